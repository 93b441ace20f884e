//! What a communicator tells its listeners.

use std::net::SocketAddrV4;

use emproto::{
    Command, FrameError, PayloadError, Serial,
    endpoint::Dump,
    message::ChargeRecord,
    session::{Alarm, Changes, RecordKey},
};

/// Something that happened. The serial leads to the handle: [`Communicator::evse`](crate::Communicator::evse).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A charger was heard for the first time, or loaded.
    Added {
        /// Which one.
        serial: Serial,
    },
    /// A charger is not as before.
    Changed {
        /// Which one.
        serial: Serial,
        /// What changed.
        changes: Changes,
    },
    /// A charger was removed.
    Removed {
        /// Which one.
        serial: Serial,
    },
    /// A charge has ended, now or earlier. See [`Evse::record_taken`](crate::Evse::record_taken).
    Record {
        /// At which charger.
        serial: Serial,
        /// Names the record.
        key: RecordKey,
        /// The record.
        record: Box<ChargeRecord>,
        /// Whether the charger had it in store.
        is_replay: bool,
        /// Whether the charger's clock is known to be wrong: then so may be the times.
        is_time_doubtful: bool,
    },
    /// Somebody should know.
    Alarm {
        /// Which charger.
        serial: Serial,
        /// What.
        alarm: Alarm,
    },
    /// A charger sent a payload that is too short; it is lost.
    Malformed {
        /// Which one.
        serial: Serial,
        /// What it was about.
        command: Command,
        /// What is missing.
        error: PayloadError,
    },
    /// Bytes came that are no datagram; they are lost.
    Garbage {
        /// Where from.
        from: SocketAddrV4,
        /// What is wrong.
        error: FrameError,
    },
    /// A datagram, with its secrets masked; only with
    /// [`EndpointConfig::dump`](emproto::endpoint::EndpointConfig::dump).
    Datagram(Box<Dump>),
    /// This listener was too slow, and the oldest events are lost: read what matters anew.
    Missed {
        /// How many.
        count: u64,
    },
}

impl Event {
    /// The charger that it is about, if it is about one.
    pub const fn serial(&self) -> Option<Serial> {
        match self {
            Self::Added { serial }
            | Self::Changed { serial, .. }
            | Self::Removed { serial }
            | Self::Record { serial, .. }
            | Self::Alarm { serial, .. }
            | Self::Malformed { serial, .. } => Some(*serial),
            Self::Garbage { .. } | Self::Datagram(_) | Self::Missed { .. } => None,
        }
    }
}
