//! What can go wrong with wall connectors, the wires between them, and the adapter of a client.

mod injector;

use std::fmt;

use super::FaultKind;

pub(crate) use injector::{Injector, Strike};

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// A frame is not heard at the other end.
    Drop,
    /// A bit of a frame changes.
    Corrupt,
    /// Garbage stands before a frame.
    Garbage,
    /// Somebody talks at the same time.
    Collide,
    /// The client gets a frame in two pieces.
    Fragment,
    /// A unit talks 0.1 to 2 s late.
    Delay,
    /// Random bytes on the line.
    Noise,
    /// The client's adapter gives its own bytes back for 5 to 60 s.
    Echo,
    /// Nothing passes for 5 to 40 s.
    Silence,
    /// A unit is deaf and dumb for 5 to 60 s.
    Stall,
    /// A unit restarts, with a new session.
    Restart,
    /// A unit is without power for 10 to 90 s.
    PowerOff,
    /// A unit has the client's id until it chooses another.
    IdConflict,
    /// Another controller is on the bus for 20 to 90 s.
    Controller,
    /// The client's adapter is unplugged for 1 to 20 s.
    Unplug,
}

impl FaultKind for Fault {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (
            Self::Drop,
            "drop",
            "a frame is not heard at the other end (per message)",
        ),
        (
            Self::Corrupt,
            "corrupt",
            "a bit of a frame changes (per message)",
        ),
        (
            Self::Garbage,
            "garbage",
            "garbage stands before a frame (per message)",
        ),
        (
            Self::Collide,
            "collide",
            "somebody talks at the same time (per message)",
        ),
        (
            Self::Fragment,
            "fragment",
            "the client gets a frame in two pieces (per message)",
        ),
        (
            Self::Delay,
            "delay",
            "a unit talks 0.1 to 2 s late (per message)",
        ),
        (
            Self::Noise,
            "noise",
            "random bytes on the line (per minute)",
        ),
        (
            Self::Echo,
            "echo",
            "the adapter gives the client's bytes back for 5 to 60 s (per minute)",
        ),
        (
            Self::Silence,
            "silence",
            "nothing passes for 5 to 40 s (per minute)",
        ),
        (
            Self::Stall,
            "stall",
            "a unit is deaf and dumb for 5 to 60 s (per minute)",
        ),
        (
            Self::Restart,
            "restart",
            "a unit restarts, with a new session (per minute)",
        ),
        (
            Self::PowerOff,
            "power-off",
            "a unit is without power for 10 to 90 s (per minute)",
        ),
        (
            Self::IdConflict,
            "id-conflict",
            "a unit has the client's id until it chooses another (per minute)",
        ),
        (
            Self::Controller,
            "controller",
            "another controller is on the bus for 20 to 90 s (per minute)",
        ),
        (
            Self::Unplug,
            "unplug",
            "the adapter is unplugged for 1 to 20 s (per minute)",
        ),
    ];

    fn is_per_message(self) -> bool {
        matches!(
            self,
            Self::Drop
                | Self::Corrupt
                | Self::Garbage
                | Self::Collide
                | Self::Fragment
                | Self::Delay
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
