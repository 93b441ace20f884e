//! What the owner of an endpoint decides.

use std::net::{Ipv4Addr, SocketAddrV4};

use crate::CHARGER_PORT;
use crate::session::Config;

/// Settings of an [`Endpoint`](super::Endpoint).
#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// Of all sessions.
    pub session: Config,
    /// Port of chargers that have not been heard. Default [`CHARGER_PORT`].
    pub charger_port: u16,
    /// Where [`Target::Broadcast`] goes. Default 255.255.255.255.
    pub broadcast: Ipv4Addr,
    /// How many chargers are kept; more are not taken in. Default 16,384.
    pub max_evses: usize,
    /// Whether to emit [`EndpointEvent::Datagram`](super::EndpointEvent::Datagram). Default: no.
    pub dump: bool,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            session: Config::default(),
            charger_port: CHARGER_PORT,
            broadcast: Ipv4Addr::BROADCAST,
            max_evses: 16_384,
            dump: false,
        }
    }
}

/// Where a probe goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// To all; broadcasts do not cross VLANs and container bridges.
    Broadcast,
    /// To one address. The charger's port is found out by its answer; a wrong one often provokes an announcement.
    Address(Ipv4Addr),
    /// To one address and port.
    Socket(SocketAddrV4),
}
