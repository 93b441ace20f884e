//! Circuits, as far as they are shown.

use evse::units::Milliamps;

/// A limit that chargers share, and what is taken of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Circuit {
    pub(in crate::tui) name: String,
    /// Of L1 to L3.
    pub(in crate::tui) phases: Vec<Load>,
}

/// What is taken on one phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Load {
    pub(in crate::tui) phase: String,
    pub(in crate::tui) limit: Milliamps,
    /// By chargers and by all else.
    pub(in crate::tui) used: Milliamps,
    /// More has to be kept than there is.
    pub(in crate::tui) is_overloaded: bool,
}

/// What a charger gets of its circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Share {
    /// Whose.
    pub(in crate::tui) name: String,
    pub(in crate::tui) text: String,
}
