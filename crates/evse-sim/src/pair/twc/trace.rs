//! What happened lately, for the report of a failing seed.
use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use twc_proto::message::Message;
use twc_proto::session::Event;

use crate::twc::BusEvent;

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TraceEvent {
    /// The controller began to send this.
    Sent(Message),
    /// A frame reached the controller.
    Heard(Message),
    /// An event of the controller, frames aside.
    Controller(Event),
    /// An event of the bus.
    Bus(BusEvent),
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sent(message) => write!(f, "-> {message:?}"),
            Self::Heard(message) => write!(f, "<- {message:?}"),
            Self::Controller(event) => write!(f, "controller: {event:?}"),
            Self::Bus(event) => write!(f, "bus: {event:?}"),
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
