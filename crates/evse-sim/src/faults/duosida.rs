//! What can go wrong with a Duosida charger and its connection.
use std::fmt;

use super::FaultKind;

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// The connection breaks.
    Drop,
    /// Nothing passes for 5 to 40 s.
    Stall,
    /// A message comes 0.3 to 5 s late, and all after it.
    Delay,
    /// A message arrives in small pieces.
    Fragment,
    /// A message waits for the next and shares its segment.
    Coalesce,
    /// Random bytes before a message.
    Garbage,
    /// The connection breaks within a message.
    Cut,
    /// A header that announces far too many bytes before a message.
    Oversize,
    /// The controller restarts; the connection stays.
    Reboot,
    /// Power off and on.
    PowerCycle,
    /// The charger gets another address: the connection dies silently.
    IpChange,
    /// A fault status with error code for 10 to 60 s.
    Faulted,
    /// The charger's clock jumps.
    ClockJump,
    /// An id tag that is not UTF-8.
    BadTag,
    /// Fields that nobody knows.
    UnknownFields,
    /// Connections are refused for 60 to 180 s.
    Refuse,
}

impl Fault {
    /// Every fault with its name and one line for `--help`.
    pub const ALL: [(Self, &'static str, &'static str); 16] = [
        (Self::Drop, "drop", "the connection breaks (per minute)"),
        (
            Self::Stall,
            "stall",
            "nothing passes for 5 to 40 s (per minute)",
        ),
        (
            Self::Delay,
            "delay",
            "a message comes 0.3 to 5 s late (per message)",
        ),
        (
            Self::Fragment,
            "fragment",
            "a message arrives in small pieces (per message)",
        ),
        (
            Self::Coalesce,
            "coalesce",
            "a message shares a segment with the next (per message)",
        ),
        (
            Self::Garbage,
            "garbage",
            "random bytes before a message (per message)",
        ),
        (
            Self::Cut,
            "cut",
            "the connection breaks within a message (per message)",
        ),
        (
            Self::Oversize,
            "oversize",
            "a header announces far too many bytes (per message)",
        ),
        (
            Self::Reboot,
            "reboot",
            "the controller restarts, the connection stays (per minute)",
        ),
        (
            Self::PowerCycle,
            "power-cycle",
            "power off and on (per minute)",
        ),
        (
            Self::IpChange,
            "ip-change",
            "another address: the connection dies silently (per minute)",
        ),
        (
            Self::Faulted,
            "faulted",
            "a fault status for 10 to 60 s (per minute)",
        ),
        (
            Self::ClockJump,
            "clock-jump",
            "the charger's clock jumps (per minute)",
        ),
        (
            Self::BadTag,
            "bad-tag",
            "an id tag that is not UTF-8 (per minute)",
        ),
        (
            Self::UnknownFields,
            "unknown-fields",
            "a message with unknown fields (per minute)",
        ),
        (
            Self::Refuse,
            "refuse",
            "connections are refused for 60 to 180 s (per minute)",
        ),
    ];
}

impl FaultKind for Fault {
    const ALL: &'static [(Self, &'static str, &'static str)] = &Self::ALL;

    fn is_per_message(self) -> bool {
        matches!(
            self,
            Self::Delay
                | Self::Fragment
                | Self::Coalesce
                | Self::Garbage
                | Self::Cut
                | Self::Oversize
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
