//! What an endpoint tells its owner.

use std::net::SocketAddrV4;

use super::Dump;
use crate::session::Event;
use crate::{FrameError, Serial};

/// What happened, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointEvent {
    /// To one charger.
    Evse {
        /// Which one.
        serial: Serial,
        /// What.
        event: Event,
    },
    /// A datagram came or is about to leave, when [`EndpointConfig::dump`](super::EndpointConfig::dump) says so.
    Datagram(Dump),
    /// Bytes that are no datagram came; they are lost.
    Malformed {
        /// Where from.
        from: SocketAddrV4,
        /// What is wrong.
        error: FrameError,
    },
}

/// What came in so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams of chargers.
    pub datagrams: u64,
    /// Runs of bytes that were none.
    pub malformed: u64,
    /// Datagrams with the checksum form that no capture shows, see
    /// [`ChecksumForm::Modulo65536`](crate::frame::ChecksumForm::Modulo65536).
    pub other_checksums: u64,
    /// Datagrams whose payload is probably encrypted, see [`Alarm::Encrypted`](crate::session::Alarm::Encrypted).
    pub other_key_types: u64,
    /// Our own broadcasts, datagrams without a serial, echoes of other clients, and chargers without a place.
    pub ignored: u64,
}
