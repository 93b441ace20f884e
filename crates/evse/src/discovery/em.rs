//! EVSEMaster chargers: they announce themselves, or answer a probe.

use std::collections::BTreeMap;
use std::net::SocketAddrV4;
use std::pin::pin;

use em_client::proto::Serial;
use em_client::{Communicator, Error, Evse};
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::mpsc::Sender;

use super::{DiscoverOptions, DiscoveryIssue, Found, FoundKind, Item, telling};
use crate::adapter::em::{address, device, identity};
use crate::guarded::GuardedEm;
use crate::model::Protocol;

pub(super) fn search(options: &DiscoverOptions) -> impl Stream<Item = Item> + Send + use<> {
    let communicator = options.communicator.clone().unwrap_or_else(|| {
        let mut em = GuardedEm::one_shot(options.em.clone());
        em.broadcasts.extend(&options.broadcasts);
        Communicator::new(em)
    });
    let search = em_client::DiscoverOptions {
        duration: options.duration,
        ..em_client::DiscoverOptions::default()
    };
    let is_shared = options.communicator.is_some();
    telling(move |items| async move {
        let result = run(&communicator, search, &items).await;
        if !is_shared {
            // Who connects to what was found needs the same port, at once.
            communicator.stop().await;
        }
        if let Err(error) = result {
            let issue = DiscoveryIssue {
                protocol: Protocol::Em,
                text: error.to_string(),
            };
            // Fails when the stream is being dropped.
            let _ = items.send(Err(issue)).await;
        }
    })
}

async fn run(
    communicator: &Communicator,
    options: em_client::DiscoverOptions,
    items: &Sender<Item>,
) -> Result<(), Error> {
    communicator.start()?;
    let mut told = BTreeMap::new();
    let mut events = communicator.events();
    let mut search = pin!(communicator.discover(options));
    loop {
        let event = tokio::select! {
            heard = &mut search => {
                for evse in heard? {
                    tell(&evse, &mut told, items).await;
                }
                return Ok(());
            }
            event = events.next() => event,
        };
        let evse = event.and_then(|event| communicator.evse(event.serial()?));
        // What it is comes a moment after its first sign of life.
        if let Some(evse) = evse.filter(|evse| evse.is_online() && !evse.info().model.is_empty()) {
            tell(&evse, &mut told, items).await;
        }
    }
}

/// Hands a charger out, unless that was done at this address.
async fn tell(evse: &Evse, told: &mut BTreeMap<Serial, SocketAddrV4>, items: &Sender<Item>) {
    let Some(at) = evse.address() else { return };
    if told.insert(evse.serial(), at) == Some(at) {
        return;
    }
    let found = Found {
        kind: FoundKind::Charger,
        address: address(at),
        identity: Some(identity(evse.serial())),
        name: evse.config().name.filter(|name| !name.is_empty()),
        device: device(&evse.info()),
    };
    let _ = items.send(Ok(found)).await;
}
