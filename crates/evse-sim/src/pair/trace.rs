//! What happened lately, for the report of a failing seed.
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use duosida_proto::session::Event;

use crate::duosida::{self, Admission};
use crate::faults::Fault;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceEvent {
    /// The client connected, with this result.
    Connect(Admission),
    /// The connection ended, and why.
    Closed(&'static str),
    /// A message left the client: its outer field number and length.
    ToCharger {
        /// Outer field number.
        field: u32,
        /// Length in bytes.
        length: usize,
    },
    /// A message left the charger.
    ToClient {
        /// Outer field number.
        field: u32,
        /// Length in bytes.
        length: usize,
    },
    /// An event of the client session.
    Client(Event),
    /// An event of the charger.
    Charger(duosida::Event),
    /// A fault struck.
    Fault(Fault),
}

impl TraceEvent {
    pub(super) fn to_charger(message: &[u8]) -> Self {
        Self::ToCharger {
            field: first_field(message),
            length: message.len(),
        }
    }

    pub(super) fn to_client(message: &[u8]) -> Self {
        Self::ToClient {
            field: first_field(message),
            length: message.len(),
        }
    }
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(admission) => write!(f, "connect: {admission:?}"),
            Self::Closed(why) => write!(f, "connection closed: {why}"),
            Self::ToCharger { field, length } => {
                write!(f, "client  -> message {field}, {length} bytes")
            }
            Self::ToClient { field, length } => {
                write!(f, "charger -> message {field}, {length} bytes")
            }
            Self::Client(event) => write!(f, "client: {event:?}"),
            Self::Charger(event) => write!(f, "charger: {event:?}"),
            Self::Fault(fault) => write!(f, "fault: {fault}"),
        }
    }
}

/// The last 400 things that happened, with virtual time since the start.
#[derive(Clone, Debug, Default)]
pub struct Trace(VecDeque<(Duration, TraceEvent)>);

impl Trace {
    pub(super) fn push(&mut self, at: Duration, event: TraceEvent) {
        if self.0.len() == MAX_ENTRIES {
            self.0.pop_front();
        }
        self.0.push_back((at, event));
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &(Duration, TraceEvent)> {
        self.0.iter()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, event) in &self.0 {
            writeln!(f, "{:10.3} {event}", at.as_secs_f64())?;
        }
        Ok(())
    }
}

/// Number of the first field: one or two bytes of key are all that the envelope's messages need.
fn first_field(message: &[u8]) -> u32 {
    match message {
        [key, ..] if *key < 0x80 => u32::from(*key) >> 3,
        [low, high, ..] => (u32::from(*low & 0x7f) | u32::from(*high & 0x7f) << 7) >> 3,
        _ => 0,
    }
}

const MAX_ENTRIES: usize = 400;
