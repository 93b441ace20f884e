//! What a charger can be told, and what comes of it.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::guard::Requester;
use crate::units::{Milliamps, WattHours};

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Start to charge, now or later.
    Start(StartOptions),
    /// Stop charging, or cancel a reservation. Never refused by the guard.
    Stop,
    /// Stop if a session is open, else start. [`Charger`](crate::Charger) makes one of the two of it, by readings of
    /// this moment, so no backend gets it.
    Toggle,
    /// Set the current that it may draw.
    SetCurrent {
        /// The current; what is not a whole step of the charger's is rounded down.
        current: Milliamps,
        /// Who wants it.
        requester: Requester,
    },
    /// Open the contactors, which cuts the power without a word to the vehicle.
    OpenContactors,
    /// Close the contactors.
    CloseContactors,
    /// Ask for all readings now.
    Refresh,
}

impl Command {
    /// The word used in JSON and errors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Stop => "stop",
            Self::Toggle => "toggle",
            Self::SetCurrent { .. } => "set_current",
            Self::OpenContactors => "open_contactors",
            Self::CloseContactors => "close_contactors",
            Self::Refresh => "refresh",
        }
    }
}

/// How to charge. The default starts at once, with the current that is set, and without limits. A charger that cannot
/// do what is asked for says so, before anything is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartOptions {
    /// With this current.
    pub current: Option<Milliamps>,
    /// At this time.
    pub at: Option<SystemTime>,
    /// For this long; whole minutes, rounded down.
    pub max_duration: Option<Duration>,
    /// Until that much energy has flowed; rounded down to what the charger counts in.
    pub max_energy: Option<WattHours>,
    /// Who charges.
    pub user: Option<String>,
    /// A name for the session.
    pub id: Option<String>,
    /// On one phase of three.
    pub single_phase: bool,
    /// Cancel a reservation, and with [`force`](Self::force) stop a charge that runs, first.
    pub replace: bool,
    /// Pass the guard's spacing: for a person who knows why.
    pub force: bool,
}

/// How far the effect of a command is known. That nobody knows is an error of the kind
/// [`Unconfirmed`](crate::ErrorKind::Unconfirmed).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The charger's own report shows it.
    Confirmed,
    /// The charger accepted; it does not show the effect, or not yet.
    Accepted,
    /// Accepted, with less than was asked for: others need the rest.
    Shared {
        /// What it got.
        granted: Milliamps,
    },
    /// A start was accepted, and the charger waits for a vehicle.
    WaitingForVehicle,
    /// A start was accepted for later.
    Reserved {
        /// When it will start.
        at: SystemTime,
    },
    /// Accepted, and it takes effect after the charger restarts.
    AfterRestart,
    /// Nothing was sent: another stop, a moment ago, was confirmed.
    Merged,
}

impl Effect {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Accepted => "accepted",
            Self::Shared { .. } => "shared",
            Self::WaitingForVehicle => "waiting_for_vehicle",
            Self::Reserved { .. } => "reserved",
            Self::AfterRestart => "after_restart",
            Self::Merged => "merged",
        }
    }

    /// Whether the charger showed that it is done.
    pub const fn is_confirmed(self) -> bool {
        matches!(self, Self::Confirmed | Self::Reserved { .. } | Self::Merged)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Confirmed => "done, confirmed by the charger",
            Self::Accepted => "accepted by the charger, the effect does not show yet",
            Self::Shared { granted } => {
                return write!(f, "{granted} for now, the rest is for others");
            }
            Self::WaitingForVehicle => "accepted, waiting for the vehicle",
            Self::Reserved { .. } => "reserved for later",
            Self::AfterRestart => "accepted, takes effect after the charger restarts",
            Self::Merged => "done already, a moment ago",
        })
    }
}
