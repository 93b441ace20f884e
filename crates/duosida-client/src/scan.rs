//! Asking hosts over TCP who they are: found chargers for their identifier, or a whole network.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use duosida_proto::session::Identity;
use futures_core::Stream;
use futures_util::{StreamExt, future::ready, stream};

use crate::{Charger, Error, Options, Reconnect, Tap, interfaces::Network};

/// Connections at a time. More would look like an attack to routers, and like a full slot to nobody's benefit.
const AT_A_TIME: usize = 16;

/// How long a host may take to accept a connection.
const CONNECT: Duration = Duration::from_millis(1200);

/// How long a host that accepted may take to say who it is. Chargers take half a second.
const ANSWER: Duration = Duration::from_secs(3);

/// Whether hosts that did not answer the search are tried over TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scan {
    /// No.
    #[default]
    Off,
    /// The networks of this machine, at most 256 hosts around each of its addresses. For networks that lose
    /// broadcasts. Takes up to half a minute, and **occupies the one connection of each charger found for about
    /// 30 s**.
    Subnets,
}

/// Connects once, asks who is there, and closes. Occupies the charger's slot for about 30 s.
pub(crate) async fn identify(
    address: SocketAddr,
    connect_timeout: Duration,
    limit: Duration,
    tap: Option<Tap>,
) -> Result<Identity, Error> {
    let options = Options {
        connect_timeout,
        deadline: Some(limit),
        busy_retry: limit, // so there is one attempt
        reconnect: Reconnect::Never,
        tap,
        ..Options::default()
    };
    let charger = Charger::connect(address, options).await?;
    let identity = charger.identity();
    let peer = charger.peer();
    charger.shutdown().await;
    identity.ok_or(Error::Silent { charger: peer })
}

/// The hosts of these networks that are chargers.
pub(crate) fn scan(
    networks: &[Network],
    port: u16,
    skip: &BTreeSet<Ipv4Addr>,
    tap: Option<&Tap>,
) -> impl Stream<Item = (Ipv4Addr, Identity)> + use<> {
    let mut hosts: BTreeSet<Ipv4Addr> = networks
        .iter()
        .flat_map(|network| network.neighbours())
        .collect();
    hosts.retain(|host| !skip.contains(host));
    let tap = tap.cloned();
    stream::iter(hosts)
        .map(move |host| {
            let address = SocketAddr::from((host, port));
            let identity = identify(address, CONNECT, CONNECT + ANSWER, tap.clone());
            async move { identity.await.ok().map(|identity| (host, identity)) }
        })
        .buffer_unordered(AT_A_TIME)
        .filter_map(ready)
}
