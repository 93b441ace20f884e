//! Searching the local network.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    time::Duration,
};

use duosida_proto::{DISCOVERY_PORT, DecodeError, TCP_PORT, discovery::Mac, session::Identity};
use futures_core::Stream;
use futures_util::{StreamExt, future::ready, stream};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::{Error, Tap, scan::Scan, search::Search};

/// Items that may wait for a slow reader of the stream.
const ITEMS: usize = 16;

/// How to search.
#[derive(Clone, Debug)]
pub struct DiscoverOptions {
    /// Hosts to ask one by one instead of all; the search ends when each has answered. Default: none.
    pub targets: Vec<Ipv4Addr>,
    /// Broadcast addresses to use instead of 255.255.255.255 and those of the interfaces. Default: none.
    pub broadcasts: Vec<Ipv4Addr>,
    /// Names of the network interfaces to search on. Default: none, which means all but loopback.
    pub interfaces: Vec<String>,
    /// UDP port of the chargers. Default 48899.
    pub port: u16,
    /// UDP port to ask from. Default `None`, any free one: a fixed one may belong to another program, and then either
    /// gets the other's answers. For firewalls that let only a known port in; other clients use 48890.
    pub source_port: Option<u16>,
    /// How many probes to send; the Wi-Fi modules lose some. Default 4.
    pub probes: u32,
    /// Time between probes. Default 0.8 s.
    pub probe_interval: Duration,
    /// How long to listen in all. Default 5 s.
    pub duration: Duration,
    /// Whether to connect to each charger found, one after the other, for its identifier and model. Default no: it
    /// **occupies the charger's one connection for about 30 s**.
    pub identify: bool,
    /// How long one charger may take for that. Default 20 s.
    pub identify_timeout: Duration,
    /// Addresses not to connect to, such as those of chargers already in use. Default: none.
    pub skip: Vec<Ipv4Addr>,
    /// Whether to try hosts that did not answer. Default no.
    pub scan: Scan,
    /// TCP port of the chargers, for `identify` and `scan`. Default 9988.
    pub tcp_port: u16,
    /// Sees probes, answers, and the connections of `identify` and `scan`, for recorders. Default none.
    pub tap: Option<Tap>,
}

impl Default for DiscoverOptions {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            broadcasts: Vec::new(),
            interfaces: Vec::new(),
            port: DISCOVERY_PORT,
            source_port: None,
            probes: 4,
            probe_interval: Duration::from_millis(800),
            duration: Duration::from_secs(5),
            identify: false,
            identify_timeout: Duration::from_secs(20),
            skip: Vec::new(),
            scan: Scan::Off,
            tcp_port: TCP_PORT,
            tap: None,
        }
    }
}

/// A charger on the network. What it did not say is `None`; a charger found by [`Scan`] has no MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its address by its own word.
    pub ip: Ipv4Addr,
    /// Where the answer came from, when that is another address: several networks, or a router between.
    pub answered_from: Option<Ipv4Addr>,
    /// Hardware address of its Wi-Fi module.
    pub mac: Option<Mac>,
    /// Type by its own word; `smart_wifi` on all hardware seen.
    pub kind: Option<String>,
    /// Firmware of its Wi-Fi module.
    pub firmware: Option<String>,
    /// The answer as text.
    pub raw: Option<String>,
    /// Who it is, when that was asked for. Personal: keep it out of logs.
    pub identity: Option<Identity>,
}

/// Something that went wrong during a search that goes on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DiscoveryIssue {
    /// No socket to search from; nothing was sent.
    #[error(
        "cannot open UDP port {port} for the search: {kind}; another program may hold it, choose another source port"
    )]
    Socket {
        /// The port; 0 for any.
        port: u16,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The interfaces of this machine cannot be listed, or none has one of the names asked for.
    #[error(
        "no network interface to search on: {kind}; check the interface names, or give the charger's address"
    )]
    Interfaces {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// A probe could not be sent. Reported once for each destination.
    #[error("cannot send a probe to {to}: {kind}; check network and firewall")]
    Send {
        /// Where to.
        to: SocketAddrV4,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// Answers could not be received.
    #[error("cannot receive answers: {kind}; check network and firewall")]
    Receive {
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// Someone sent an answer that is none. Reported once for each sender.
    #[error("{from} sent an answer that cannot be read: {error}; it may not be a Duosida charger")]
    Malformed {
        /// The sender.
        from: SocketAddr,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// A charger was found and did not say who it is; it follows without an identity.
    #[error("found a charger that does not say who it is: {error}")]
    NotIdentified {
        /// What the connection met.
        error: Error,
    },
}

pub(crate) type Item = Result<Found, DiscoveryIssue>;

/// Searches the local network for chargers; ends after [`DiscoverOptions::duration`].
///
/// A charger comes as soon as it answers, and again when it answers from a new address: the later one counts. With
/// [`identify`](DiscoverOptions::identify) chargers come after the search, one by one. Issues end nothing. Dropping
/// the stream ends the search; no task is left behind.
///
/// # Panics
/// When polled outside a tokio runtime with time and I/O enabled.
pub fn discover(options: DiscoverOptions) -> impl Stream<Item = Item> + Send + use<> {
    let (items, found) = mpsc::channel(ITEMS);
    let search = async move { Search::new(options, items).run().await };
    stream::select(
        ReceiverStream::new(found),
        stream::once(search).filter_map(|()| ready(None)),
    )
}
