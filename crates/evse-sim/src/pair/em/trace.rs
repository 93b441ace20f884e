//! What happened lately, for the report of a failing seed.
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use emproto::Command;
use emproto::endpoint::EndpointEvent;
use emproto::frame::datagrams;

use crate::em;
use crate::faults::em::Fault;

/// One thing that happened. Chargers are told by their place in the options.
#[derive(Clone, Debug, PartialEq)]
pub enum TraceEvent {
    /// A packet reached a charger: its first command.
    ToCharger(usize, Option<Command>),
    /// A packet of a charger reached the client: its first command.
    ToClient(usize, Option<Command>),
    /// An event of the client.
    Client(EndpointEvent),
    /// An event of a charger.
    Charger(usize, em::Event),
    /// A fault struck a charger or its network.
    Fault(usize, Fault),
}

/// What a packet is about; `None` for damaged ones.
pub(super) fn first_command(packet: &[u8]) -> Option<Command> {
    Some(datagrams(packet).next()?.ok()?.command)
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToCharger(charger, command) => write!(f, "-> {charger}: {command:?}"),
            Self::ToClient(charger, command) => write!(f, "<- {charger}: {command:?}"),
            Self::Client(event) => write!(f, "client: {event:?}"),
            Self::Charger(charger, event) => write!(f, "charger {charger}: {event:?}"),
            Self::Fault(charger, fault) => write!(f, "fault at {charger}: {fault}"),
        }
    }
}

/// The last 500 things that happened, with virtual time since the start.
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

const MAX_ENTRIES: usize = 500;
