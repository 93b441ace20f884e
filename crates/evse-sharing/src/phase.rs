//! The phases of the supply, and which of them a member draws from.

use core::fmt;
use core::str::FromStr;

/// A phase of the supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// The first.
    L1,
    /// The second.
    L2,
    /// The third.
    L3,
}

impl Phase {
    /// All three, in their order.
    pub const ALL: [Self; 3] = [Self::L1, Self::L2, Self::L3];

    /// What holds for this phase.
    pub fn of<T: Copy>(self, all: [T; 3]) -> T {
        let [l1, l2, l3] = all;
        match self {
            Self::L1 => l1,
            Self::L2 => l2,
            Self::L3 => l3,
        }
    }

    pub(crate) fn of_mut<T>(self, all: &mut [T; 3]) -> &mut T {
        let [l1, l2, l3] = all;
        match self {
            Self::L1 => l1,
            Self::L2 => l2,
            Self::L3 => l3,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::L1 => "L1",
            Self::L2 => "L2",
            Self::L3 => "L3",
        })
    }
}

/// The phases of the supply that a member's own phases are wired to, in the order of its own: `L2L3L1` is a charger
/// with three phases whose first is on L2.
///
/// Its limit counts on each of them. The order matters only for what it measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Phases {
    /// `None` beyond the last; all `None`: unknown.
    own: [Option<Phase>; 3],
}

impl Phases {
    /// Counts on every phase.
    pub const UNKNOWN: Self = Self { own: [None; 3] };

    /// Whether the member's limit counts on this phase.
    pub fn counts_on(self, phase: Phase) -> bool {
        self == Self::UNKNOWN || self.own.contains(&Some(phase))
    }

    /// What is drawn from L1, L2 and L3, given what is measured on the member's own phases. What is measured on a phase
    /// that is wired nowhere may be any.
    pub(crate) fn on_supply<T: Copy + Ord + Default>(self, measured: [T; 3]) -> [T; 3] {
        if self == Self::UNKNOWN {
            let most = measured.into_iter().max().unwrap_or_default();
            return [most; 3];
        }
        Phase::ALL.map(|phase| {
            let both = self.own.into_iter().zip(measured);
            let possible = both.filter(|(own, _)| own.is_none_or(|own| own == phase));
            let most = possible.map(|(_, measured)| measured).max();
            most.filter(|_| self.counts_on(phase)).unwrap_or_default()
        })
    }
}

impl FromStr for Phases {
    type Err = PhasesError;

    /// `L1`, `L2L3L1`, `unknown`.
    fn from_str(text: &str) -> Result<Self, PhasesError> {
        if text == "unknown" {
            return Ok(Self::UNKNOWN);
        }
        let mut phases = Self::UNKNOWN;
        let mut rest = text;
        for at in 0..3 {
            let found = Phase::ALL
                .into_iter()
                .zip(["L1", "L2", "L3"])
                .find_map(|(phase, name)| Some((phase, rest.strip_prefix(name)?)));
            let Some((phase, after)) = found else { break };
            if phases.own.contains(&Some(phase)) {
                break;
            }
            if let Some(own) = phases.own.get_mut(at) {
                *own = Some(phase);
            }
            rest = after;
        }
        if text.is_empty() || !rest.is_empty() {
            return Err(PhasesError);
        }
        Ok(phases)
    }
}

impl fmt::Display for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::UNKNOWN {
            return f.write_str("unknown");
        }
        let mut own = self.own.iter().flatten();
        own.try_for_each(|phase| phase.fmt(f))
    }
}

/// No phases of a supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhasesError;

impl fmt::Display for PhasesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no phases, try L1, L2L3L1 or unknown")
    }
}

impl core::error::Error for PhasesError {}
