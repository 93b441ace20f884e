//! Everything the device waits for, in one table.

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Follow the car, count time and energy while there is a session.
    Physics,
    /// The controller is up again.
    Restarted,
    /// Announce itself.
    Announce,
    /// Send a heading, or drop a client that answered none.
    Heading,
    /// Someone else's registration ends.
    StrangerGone,
    /// Send a status.
    Status,
    /// Send a charging status.
    Charging,
    /// Send the oldest record again.
    Replay,
    /// The relay closes after a start or an interruption.
    CloseContactor,
    /// The time of the reservation has come.
    Reservation,
    /// Look at the weekly plan.
    Plan,
    /// A lowered current ends in a fault.
    LateFault,
}
