//! What a communicator can be told.

use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

use emproto::{
    CLIENT_PORT,
    endpoint::{EndpointConfig, Target},
};

use crate::{LocalZone, Tap};

/// How a [`Communicator`](crate::Communicator) listens and speaks. The defaults suit real chargers.
///
/// ```
/// use std::time::Duration;
/// use em_client::Options;
///
/// // As emproto and the Indigo plugin: offline after 11 s, status asked for every minute.
/// let mut options = Options::default();
/// options.endpoint.session.offline_after = Duration::from_secs(11);
/// options.endpoint.session.poll = Some(Duration::from_mins(1));
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    /// Settings of the protocol: polling, logins, records, clock, dumps.
    pub endpoint: EndpointConfig,
    /// Where to listen. Default 0.0.0.0:28376; chargers answer to no other port, so another one is for simulators.
    pub bind: SocketAddrV4,
    /// Where a broadcast goes, instead of 255.255.255.255 and the broadcast addresses of the interfaces. Default: none.
    pub broadcasts: Vec<Ipv4Addr>,
    /// Names of the network interfaces whose broadcast addresses are used. Default: none, which means all but loopback,
    /// and 255.255.255.255.
    pub interfaces: Vec<String>,
    /// Size of the socket's receive buffer, bytes. Default 4 MiB: thousands of chargers that come back after a power cut
    /// speak at once. The system may grant less; on Linux see `net.core.rmem_max`.
    pub receive_buffer: usize,
    /// The owner's time zone, for clocks and reservations. Default: that of this machine.
    pub zone: LocalZone,
    /// Sees every packet, both ways, with PINs. Default none.
    pub tap: Option<Tap>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            endpoint: EndpointConfig::default(),
            bind: SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, CLIENT_PORT),
            broadcasts: Vec::new(),
            interfaces: Vec::new(),
            receive_buffer: 4 << 20,
            zone: LocalZone::default(),
            tap: None,
        }
    }
}

/// How to search.
#[derive(Clone, Debug)]
pub struct DiscoverOptions {
    /// Whom to ask. Default: all, by broadcast.
    pub targets: Vec<Target>,
    /// How many probes to send. Default 3: Wi-Fi loses some. Chargers without a client announce themselves as well.
    pub probes: u32,
    /// Time between probes. Default 1 s.
    pub probe_interval: Duration,
    /// How long to listen in all. Default 6 s: one announcement, even of a slow charger.
    pub duration: Duration,
}

impl Default for DiscoverOptions {
    fn default() -> Self {
        Self {
            targets: vec![Target::Broadcast],
            probes: 3,
            probe_interval: Duration::from_secs(1),
            duration: Duration::from_secs(6),
        }
    }
}
