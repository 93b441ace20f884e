//! What is settled with the owner of a ledger and of each member.

use core::time::Duration;

use crate::phase::Phases;
use crate::target::Policy;
use crate::tree::CircuitId;

/// What may be offered to a member at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The least current that its vehicle can charge with, A; less is never offered. 0 is taken as 1.
    pub floor_a: u16,
    /// The most that its wiring, its hardware and its owner allow, A. Below the floor it gets nothing.
    pub cap_a: u16,
}

/// Where a member is wired, what comes to it, and what it can do.
///
/// The default is a unit of a load-sharing bus: on every phase of the root, changed whenever need be, and stopping by
/// itself without messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The circuit that feeds it.
    pub circuit: CircuitId,
    /// The phases that it draws from.
    pub phases: Phases,
    /// For [`Policy::Priority`]: the higher, the earlier. Default 0.
    pub priority: u8,
    /// For [`Policy::Guaranteed`], A. Default 0.
    pub guaranteed_a: u16,
    /// Its limit can be changed while it charges. `false` also when unknown: it gets a limit to start with once there is
    /// room for all of its share, and then counts at what it holds until it has none.
    pub live: bool,
    /// It charges on without messages: what it may draw stays reserved while it is lost, whatever
    /// [`Settings::release_after`] says, and until it is heard it counts at its cap.
    pub keeps_charging: bool,
    /// It starts by itself when a vehicle is plugged in, with the limit that it holds, which therefore counts also while
    /// it is idle. It is told its floor only while others need the rest.
    pub starts_itself: bool,
    /// How often and how little it is raised.
    pub pace: Pace,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            circuit: CircuitId::ROOT,
            phases: Phases::UNKNOWN,
            priority: 0,
            guaranteed_a: 0,
            live: true,
            keeps_charging: false,
            starts_itself: false,
            pace: Pace::default(),
        }
    }
}

/// How often and how little a member is raised. Decreases never wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// It is not raised for so long after its last change. Default 5 s. Source: other controllers of the load-sharing
    /// bus.
    pub settle: Duration,
    /// It is not raised by less, A, unless it has nothing. Default 1.
    pub deadband_a: u16,
    /// One change in so long on average, where changes wear it out: decreases may be more, raises wait until all
    /// changes are paid for. Default 0.
    pub write_every: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            settle: Duration::from_secs(5),
            deadband_a: 1,
            write_every: Duration::ZERO,
        }
    }
}

/// How a ledger behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// After so long without a frame either way a lost member is believed to have stopped by itself, and its
    /// commitment is released; `None`: never. Default 60 s.
    pub release_after: Option<Duration>,
    /// Lets [`Ledger::spike`](super::Ledger::spike) raise a member to so many amps for some seconds. Default `None`.
    pub spike_a: Option<u16>,
    /// A vehicle that leaves a part of its share is given all of it again, for half a minute, after so long. Default 5 min.
    /// Source: ours; more where the others' changes are dear.
    pub reopen: Duration,
    /// Who comes first.
    pub policy: Policy,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            release_after: Some(Duration::from_mins(1)),
            spike_a: None,
            reopen: Duration::from_mins(5),
            policy: Policy::default(),
        }
    }
}
