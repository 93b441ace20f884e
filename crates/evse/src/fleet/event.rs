//! What a fleet tells.

use std::sync::Arc;

use crate::model::{Event, LastError};

/// Something that happened at a charger of a fleet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FleetEvent {
    /// The charger's configured name.
    pub name: Arc<str>,
    /// What.
    pub event: MemberEvent,
}

/// What happened.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MemberEvent {
    /// It is connected, for the first time or as a new session: read what matters anew.
    Connected,
    /// It cannot be connected to; that goes on by itself. Told again when the reason is another.
    NotConnected(LastError),
    /// Its own word.
    Charger(Event),
    /// This listener was too slow, and the oldest events are lost: read what matters anew.
    Missed {
        /// How many, of all chargers.
        count: u64,
    },
}
