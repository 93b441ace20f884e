//! What can go wrong with an EM charger and the datagrams to and from it.

mod injector;
mod network;

use std::fmt;

use super::FaultKind;

pub use injector::{Injector, LinkAction};
pub use network::Network;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// A packet is lost.
    Drop,
    /// A packet arrives twice.
    Duplicate,
    /// A packet is overtaken by later ones.
    Reorder,
    /// A bit of a packet changes.
    Corrupt,
    /// A packet loses its end.
    Truncate,
    /// A packet comes 0.3 to 6 s late.
    Delay,
    /// Nothing passes for 5 to 40 s.
    Silence,
    /// The charger restarts and loses its clock.
    Reboot,
    /// The charger gets another address.
    IpChange,
    /// The PIN is another one for 20 to 90 s.
    WrongPin,
    /// The charger's clock jumps by up to some days.
    ClockJump,
    /// Another client sets the charger's clock to plain Unix seconds.
    ForeignClock,
    /// The charger takes no new time for 60 to 180 s.
    RefuseClock,
    /// The vendor app takes the registration for 15 to 60 s.
    Steal,
    /// A fault of the charger for 10 to 60 s.
    Faulted,
    /// A status with values that nobody knows.
    UnknownValues,
    /// A command that nobody knows.
    UnknownCommand,
    /// An announcement, registered or not.
    Announce,
}

impl FaultKind for Fault {
    const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::Drop, "drop", "a packet is lost (per message)"),
        (
            Self::Duplicate,
            "duplicate",
            "a packet arrives twice (per message)",
        ),
        (
            Self::Reorder,
            "reorder",
            "a packet is overtaken by later ones (per message)",
        ),
        (
            Self::Corrupt,
            "corrupt",
            "a bit of a packet changes (per message)",
        ),
        (
            Self::Truncate,
            "truncate",
            "a packet loses its end (per message)",
        ),
        (
            Self::Delay,
            "delay",
            "a packet comes 0.3 to 6 s late (per message)",
        ),
        (
            Self::Silence,
            "silence",
            "nothing passes for 5 to 40 s (per minute)",
        ),
        (Self::Reboot, "reboot", "the charger restarts (per minute)"),
        (
            Self::IpChange,
            "ip-change",
            "the charger gets another address (per minute)",
        ),
        (
            Self::WrongPin,
            "wrong-pin",
            "another PIN for 20 to 90 s (per minute)",
        ),
        (
            Self::ClockJump,
            "clock-jump",
            "the charger's clock jumps (per minute)",
        ),
        (
            Self::ForeignClock,
            "foreign-clock",
            "another client sets the clock to Unix seconds (per minute)",
        ),
        (
            Self::RefuseClock,
            "refuse-clock",
            "the charger takes no new time for 60 to 180 s (per minute)",
        ),
        (
            Self::Steal,
            "steal",
            "the vendor app takes the registration for 15 to 60 s (per minute)",
        ),
        (
            Self::Faulted,
            "faulted",
            "a fault of the charger for 10 to 60 s (per minute)",
        ),
        (
            Self::UnknownValues,
            "unknown-values",
            "a status with values that nobody knows (per minute)",
        ),
        (
            Self::UnknownCommand,
            "unknown-command",
            "a command that nobody knows (per minute)",
        ),
        (
            Self::Announce,
            "announce",
            "an announcement at any time (per minute)",
        ),
    ];

    fn is_per_message(self) -> bool {
        matches!(
            self,
            Self::Drop
                | Self::Duplicate
                | Self::Reorder
                | Self::Corrupt
                | Self::Truncate
                | Self::Delay
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
