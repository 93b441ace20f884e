//! How a fault is written.
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Fault;

/// The faults of one family.
pub trait FaultKind: Copy + Eq + 'static {
    /// Every fault with its name and one line for `--help`.
    const ALL: &'static [(Self, &'static str, &'static str)];

    /// Strikes single messages; the others strike at moments.
    fn is_per_message(self) -> bool;

    /// The name on a command line.
    fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(fault, ..)| *fault == self)
            .map_or("", |(_, name, _)| name)
    }
}

/// A fault and when it strikes, written `NAME[=P][@TIME]`.
///
/// `P` is the probability for each message or for each minute (see [`FaultKind::ALL`]), above 0 and at most 1. `TIME` is
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
pub struct FaultSpec<F = Fault> {
    /// What strikes.
    pub fault: F,
    /// How likely, for each message or minute; `None`: see the type.
    pub probability: Option<f64>,
    /// When, or from when on.
    pub at: Option<Duration>,
}

impl<F: FaultKind> FaultSpec<F> {
    /// Strikes once, this long after the start.
    pub fn once(fault: F, at: Duration) -> Self {
        Self {
            fault,
            probability: None,
            at: Some(at),
        }
    }

    /// Strikes with this probability, for each message or each minute.
    pub fn often(fault: F, probability: f64) -> Self {
        Self {
            fault,
            probability: Some(probability),
            at: None,
        }
    }

    /// The probability to use, `None` for a single strike.
    pub(super) fn rate(&self) -> Option<f64> {
        let default = if self.fault.is_per_message() {
            0.05
        } else {
            0.2
        };
        self.probability
            .or_else(|| self.at.is_none().then_some(default))
    }
}

impl<F: FaultKind> fmt::Display for FaultSpec<F> {
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
    #[error("unknown fault {name:?}; known are {known}")]
    Name {
        /// What was written.
        name: String,
        /// The names of the family, comma separated.
        known: String,
    },
    /// The probability is not a number above 0 and at most 1.
    #[error("{0:?} is not a probability above 0 and at most 1")]
    Probability(String),
    /// The time is not a number with `ms`, `s`, `m` or `h`.
    #[error("{0:?} is not a time such as 90s, 500ms, 5m or 1h")]
    Time(String),
}

impl<F: FaultKind> FromStr for FaultSpec<F> {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (head, time) = text
            .split_once('@')
            .map_or((text, None), |(head, time)| (head, Some(time)));
        let (name, probability) = head
            .split_once('=')
            .map_or((head, None), |(name, p)| (name, Some(p)));
        let (fault, ..) = F::ALL
            .iter()
            .find(|(_, known, _)| *known == name)
            .ok_or_else(|| InvalidFault::Name {
                name: name.to_owned(),
                known: names::<F>(),
            })?;
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
            fault: *fault,
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

fn names<F: FaultKind>() -> String {
    let names: Vec<_> = F::ALL.iter().map(|(_, name, _)| *name).collect();
    names.join(", ")
}
