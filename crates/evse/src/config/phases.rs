//! How a charger is wired to the phases of the supply.

use std::fmt;
use std::str::FromStr;

/// A phase of the supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// The first.
    L1,
    /// The second.
    L2,
    /// The third.
    L3,
}

impl Phase {
    const ALL: [(&'static str, Self); 3] = [("L1", Self::L1), ("L2", Self::L2), ("L3", Self::L3)];
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// The phases of the supply at a charger's own terminals, in the order of these: `L1`, or `L2L3L1` for one that is turned
/// by one phase against the supply.
///
/// ```
/// use evse::config::{Phase, PhaseWiring};
///
/// let wiring: PhaseWiring = "L2L3L1".parse()?;
/// assert_eq!(wiring.phases(), [Phase::L2, Phase::L3, Phase::L1]);
/// assert_eq!(wiring.to_string(), "L2L3L1");
/// # Ok::<(), evse::config::ParsePhasesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PhaseWiring(Vec<Phase>);

impl PhaseWiring {
    /// One to three phases, none of them twice.
    pub fn phases(&self) -> &[Phase] {
        &self.0
    }
}

/// A text that names no phases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no phases, expected such as L1, L1L2L3 or L2L3L1")]
pub struct ParsePhasesError(String);

impl FromStr for PhaseWiring {
    type Err = ParsePhasesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParsePhasesError(text.to_owned());
        let mut phases = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let next = Phase::ALL
                .iter()
                .find_map(|(name, phase)| Some((*phase, rest.strip_prefix(name)?)));
            let (phase, after) = next.ok_or_else(error)?;
            if phases.contains(&phase) {
                return Err(error());
            }
            phases.push(phase);
            rest = after;
        }
        if phases.is_empty() {
            return Err(error());
        }
        Ok(Self(phases))
    }
}

impl fmt::Display for PhaseWiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|phase| write!(f, "{phase}"))
    }
}

#[cfg(test)]
mod tests {
    use super::PhaseWiring;

    #[test]
    fn phases_are_named_once_each() {
        for text in ["L1", "L2", "L3", "L1L2", "L1L2L3", "L3L1L2"] {
            let wiring: PhaseWiring = text.parse().expect(text);
            assert_eq!(wiring.to_string(), text);
        }
        for text in ["", "L", "L4", "L1L1", "L1L2L3L1", "l1", "L1 L2", "1"] {
            assert!(text.parse::<PhaseWiring>().is_err(), "{text}");
        }
    }
}
