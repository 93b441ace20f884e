//! Faults of network and charger: names, how they are written on a command line, when they strike.
//!
//! All of it is sans-I/O and seeded: a [`Pipe`] is one direction of a connection, an [`Injector`] decides what goes
//! wrong and when, and the owner carries it out.

mod injector;
mod pipe;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use injector::{Injector, LinkAction};
pub use pipe::{Output, Pipe};

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
    pub const ALL: [(Self, &str, &str); 16] = [
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

    /// The name on a command line.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(fault, ..)| *fault == self)
            .map_or("", |(_, name, _)| name)
    }

    /// Strikes single messages; the others strike at moments.
    pub fn is_per_message(self) -> bool {
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

/// A fault and when it strikes, written `NAME[=P][@TIME]`.
///
/// `P` is the probability for each message or for each minute (see [`Fault::ALL`]), above 0 and at most 1. `TIME` is
/// virtual time since the start, `90`, `90s`, `500ms`, `5m` or `1h`: with it alone the fault strikes once, with `P`
/// as well it begins then. With neither, `P` is 0.05 for messages and 0.2 for minutes.
///
/// ```
/// use evse_sim::faults::{Fault, FaultSpec};
///
/// let spec: FaultSpec = "garbage=0.1@2m".parse()?;
/// assert_eq!(spec.fault, Fault::Garbage);
/// assert_eq!(spec.to_string(), "garbage=0.1@120s");
/// # Ok::<(), evse_sim::faults::InvalidFault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultSpec {
    /// What strikes.
    pub fault: Fault,
    /// How likely, for each message or minute; `None`: see the type.
    pub probability: Option<f64>,
    /// When, or from when on.
    pub at: Option<Duration>,
}

impl FaultSpec {
    /// Strikes once, this long after the start.
    pub fn once(fault: Fault, at: Duration) -> Self {
        Self {
            fault,
            probability: None,
            at: Some(at),
        }
    }

    /// Strikes with this probability, for each message or each minute.
    pub fn often(fault: Fault, probability: f64) -> Self {
        Self {
            fault,
            probability: Some(probability),
            at: None,
        }
    }

    /// The probability to use, `None` for a single strike.
    fn rate(&self) -> Option<f64> {
        let default = if self.fault.is_per_message() {
            0.05
        } else {
            0.2
        };
        self.probability
            .or_else(|| self.at.is_none().then_some(default))
    }
}

impl fmt::Display for FaultSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fault.name())?;
        if let Some(probability) = self.probability {
            write!(f, "={probability}")?;
        }
        self.at
            .map_or(Ok(()), |at| write!(f, "@{}s", at.as_secs_f64()))
    }
}

/// Why a text is not a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFault {
    /// The name is unknown.
    #[error("unknown fault {0:?}; known are {names}", names = names())]
    Name(String),
    /// The probability is not a number above 0 and at most 1.
    #[error("{0:?} is not a probability above 0 and at most 1")]
    Probability(String),
    /// The time is not a number with `ms`, `s`, `m` or `h`.
    #[error("{0:?} is not a time such as 90s, 500ms, 5m or 1h")]
    Time(String),
}

impl FromStr for FaultSpec {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (head, time) = text
            .split_once('@')
            .map_or((text, None), |(head, time)| (head, Some(time)));
        let (name, probability) = head
            .split_once('=')
            .map_or((head, None), |(name, p)| (name, Some(p)));
        let (fault, ..) = Fault::ALL
            .into_iter()
            .find(|(_, known, _)| *known == name)
            .ok_or_else(|| InvalidFault::Name(name.to_owned()))?;
        let probability = probability
            .map(|p| {
                let value = p
                    .parse()
                    .ok()
                    .filter(|value: &f64| *value > 0.0 && *value <= 1.0);
                value.ok_or_else(|| InvalidFault::Probability(p.to_owned()))
            })
            .transpose()?;
        let at = time
            .map(|time| parse_time(time).ok_or_else(|| InvalidFault::Time(time.to_owned())))
            .transpose()?;
        Ok(Self {
            fault,
            probability,
            at,
        })
    }
}

fn parse_time(text: &str) -> Option<Duration> {
    let units = [
        ("ms", 0.001),
        ("s", 1.0),
        ("m", 60.0),
        ("h", 3600.0),
        ("", 1.0),
    ];
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    let seconds = number.parse::<f64>().ok()? * factor;
    Duration::try_from_secs_f64(seconds).ok()
}

fn names() -> String {
    Fault::ALL.map(|(_, name, _)| name).join(", ")
}
