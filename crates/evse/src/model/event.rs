//! What happens at chargers.

use std::time::SystemTime;

use super::{Fault, Identity, State};

/// Something that happened at a charger.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// At which charger.
    pub identity: Identity,
    /// When it was learned.
    pub at: SystemTime,
    /// What.
    pub kind: EventKind,
    /// The protocol's own event that told it, with everything special.
    pub protocol: Option<ProtocolEvent>,
}

impl Event {
    /// An event of this moment.
    pub fn new(identity: Identity, kind: EventKind) -> Self {
        Self {
            identity,
            at: SystemTime::now(),
            kind,
            protocol: None,
        }
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// Readings came in.
    Telemetry,
    /// The state changed; offline and back too.
    State {
        /// Before.
        from: State,
        /// Now.
        to: State,
    },
    /// A session began: power may flow, or would if vehicle or charger did not hold back.
    SessionStarted,
    /// A session ended.
    SessionEnded,
    /// Other faults than before; none when all are gone.
    Faults(Vec<Fault>),
    /// What the charger is, its settings or its capabilities are not as before.
    Settings,
    /// The charger's record of a charge, perhaps of an earlier one.
    Record,
    /// Somebody should know.
    Alarm {
        /// What, for people.
        text: String,
    },
    /// This listener was too slow, and the oldest events are lost: read what matters anew.
    Missed {
        /// How many.
        count: u64,
    },
    /// Something that only the protocol has a word for.
    Other,
}

impl EventKind {
    /// The word used in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Telemetry => "telemetry",
            Self::State { .. } => "state",
            Self::SessionStarted => "session_started",
            Self::SessionEnded => "session_ended",
            Self::Faults(_) => "faults",
            Self::Settings => "settings",
            Self::Record => "record",
            Self::Alarm { .. } => "alarm",
            Self::Missed { .. } => "missed",
            Self::Other => "other",
        }
    }
}

/// A protocol's own event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ProtocolEvent {
    /// Of a Duosida charger.
    #[cfg(feature = "duosida")]
    Duosida(Box<duosida_client::proto::session::Event>),
    /// Of an EVSEMaster charger.
    #[cfg(feature = "em")]
    Em(Box<em_client::Event>),
    /// Of the bus of a Tesla Gen2 unit.
    #[cfg(feature = "twc")]
    Twc(Box<twc_director::Event>),
}
