//! Delays that are drawn.
use std::time::Duration;

/// A delay drawn evenly between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelayRange {
    /// Shortest delay.
    pub min: Duration,
    /// Longest delay.
    pub max: Duration,
}

impl DelayRange {
    /// No delay at all.
    pub const NONE: Self = Self::from_millis(0, 0);

    /// A range given in milliseconds.
    pub const fn from_millis(min: u64, max: u64) -> Self {
        Self {
            min: Duration::from_millis(min),
            max: Duration::from_millis(max),
        }
    }
}
