//! Tesla Gen2 units: serial ports are listed, and those that were named are listened to.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_core::Stream;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, timeout_at};
use twc_director::{Config, Director, Error, Peripheral, serial_ports};

use super::{DiscoverOptions, DiscoveryIssue, Found, FoundKind, Item, telling};
use crate::adapter::twc::{device, identity};
use crate::address::{Address, bus_key};
use crate::config::ChargerConfig;
use crate::model::Protocol;

/// The port of a charger on a bus.
pub(super) fn port(charger: &ChargerConfig) -> Option<String> {
    match &charger.address {
        Address::Twc { port, .. } => Some(port.clone()),
        _ => None,
    }
}

pub(super) fn search(options: &DiscoverOptions) -> impl Stream<Item = Item> + Send + use<> {
    let DiscoverOptions {
        mut ports,
        bus_duration,
        twc,
        ..
    } = options.clone();
    ports.sort_by_cached_key(|port| bus_key(port));
    ports.dedup_by_key(|port| bus_key(port));
    let is_other = |port: &String| ports.iter().all(|known| bus_key(known) != bus_key(port));
    let listed: Vec<Item> = serial_ports()
        .into_iter()
        .filter(is_other)
        .map(|port| Ok(found(FoundKind::SerialPort, port, None)))
        .collect();
    let mut config = twc;
    config.session.listen_only = true;
    let heard = telling(move |items| async move {
        let listening = ports
            .iter()
            .map(|port| listen(port, &config, bus_duration, &items));
        join_all(listening).await;
    });
    stream::iter(listed).chain(heard)
}

async fn listen(port: &str, config: &Config, duration: Duration, items: &Sender<Item>) {
    if let Err(error) = hear(port, config, duration, items).await {
        let issue = DiscoveryIssue {
            protocol: Protocol::Twc,
            text: error.to_string(),
        };
        // Fails when the stream is being dropped.
        let _ = items.send(Err(issue)).await;
    }
}

async fn hear(
    port: &str,
    config: &Config,
    duration: Duration,
    items: &Sender<Item>,
) -> Result<(), Error> {
    let end = Instant::now() + duration;
    let director = Director::open(port, config.clone()).await?;
    let mut events = director.events();
    let mut told = BTreeSet::new();
    // Every change of a unit is an event.
    while let Ok(Some(_)) = timeout_at(end, events.next()).await {
        for unit in director.peripherals() {
            if told.insert(unit.address()) {
                let found = found(FoundKind::Charger, port.to_owned(), Some(&unit));
                let _ = items.send(Ok(found)).await;
            }
        }
    }
    if told.is_empty() {
        // It knows whether there was nothing, or noise.
        director.wait_for(None, Duration::ZERO).await?;
    }
    Ok(())
}

fn found(kind: FoundKind, port: String, unit: Option<&Peripheral>) -> Found {
    let known = unit.and_then(|unit| unit.read(device));
    Found {
        kind,
        address: Address::twc(port, unit.map(Peripheral::address)),
        identity: unit.and_then(|unit| Some(identity(&unit.serial()?))),
        name: None,
        device: known.unwrap_or_default(),
    }
}
