//! Everything a peripheral waits for, in one table.

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Follow the car while there is current.
    Physics,
    /// Say that it is there.
    Presence,
    /// A second discovery after this one is answered with a burst of presences.
    Discovery,
    /// The controller has been silent for too long.
    ControllerLost,
    /// The current is down after that.
    RampedDown,
    /// The car has been recognised.
    Settled,
    /// The car has told its VIN.
    Vin,
    /// The car waits no longer for a limit.
    Patience,
    /// The current is up.
    Started,
    /// A full car falls asleep.
    Asleep,
    /// An increase or a decrease goes on.
    Adjustment,
    /// 2 A less are over.
    DecreaseOver,
}
