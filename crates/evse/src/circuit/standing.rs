//! How circuits and their members stand.

use std::sync::Arc;

use super::order::Action;
use crate::config::{Phase, PhaseWiring};
use crate::model::State;
use crate::units::Milliamps;

/// How all circuits and members stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Standing {
    /// The circuits, in the order of the configuration.
    pub circuits: Vec<CircuitStanding>,
    /// The members: chargers in the order of the configuration, then buses.
    pub members: Vec<MemberStanding>,
}

/// How a circuit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircuitStanding {
    /// What it is called.
    pub name: Arc<str>,
    /// The circuit that feeds it.
    pub within: Option<Arc<str>>,
    /// What counts as its other loads.
    pub house: House,
    /// L1, L2 and L3.
    pub phases: [PhaseStanding; 3],
}

/// What counts as the other loads of a circuit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum House {
    /// They are measured.
    Measured,
    /// They were never measured, the reserve counts.
    Reserve,
    /// They were measured too long ago, the reserve counts.
    Stale,
}

impl House {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Reserve => "reserve",
            Self::Stale => "stale",
        }
    }
}

/// How a circuit stands on one phase; `spare` is `limit` less `house` and `committed`, never below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PhaseStanding {
    /// Which.
    pub phase: Phase,
    /// What it carries.
    pub limit: Milliamps,
    /// Other loads.
    pub house: Milliamps,
    /// What its members draw, each rounded up to whole amps.
    pub used: Milliamps,
    /// What its members may draw right now.
    pub committed: Milliamps,
    /// What is free.
    pub spare: Milliamps,
    /// What all members are to have, and what has to be kept for those that cannot be told; more than `limit` less `house`
    /// is an overload.
    pub needed: Milliamps,
}

impl PhaseStanding {
    /// What there is for members.
    pub const fn available(&self) -> Milliamps {
        Milliamps(self.limit.0.saturating_sub(self.house.0))
    }

    /// Whether more has to be kept than there is, and not everything of it can be stopped.
    pub const fn is_overloaded(&self) -> bool {
        self.needed.0 > self.available().0
    }
}

/// How a member stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberStanding {
    /// What it is called: a charger by its name, a bus by its port.
    pub name: Arc<str>,
    /// Its circuit.
    pub circuit: Arc<str>,
    /// Whether it is a bus with units of its own.
    pub is_bus: bool,
    /// How it is wired to the supply; `None` counts on every phase.
    pub phases: Option<PhaseWiring>,
    /// What it is doing, as far as it was ever heard; buses tell none.
    pub state: Option<State>,
    /// The most that it would take; 0 when it asks for nothing.
    pub wanted: Milliamps,
    /// What it gets once all have followed; `None`: nothing.
    pub granted: Option<Milliamps>,
    /// What it draws on the phase where that is most, rounded up to whole amps.
    pub delivered: Milliamps,
    /// What it may draw right now on a phase.
    pub committed: Milliamps,
    /// Why it gets no more, in words.
    pub why: String,
    /// The circuit and phase where there is no more for it.
    pub bottleneck: Option<(Arc<str>, Phase)>,
    /// What it is being told.
    pub order: Option<Action>,
}
