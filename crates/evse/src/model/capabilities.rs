//! What a charger is and what it can do.

use crate::units::{Milliamps, Watts};

/// What a charger can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// How a charge is started and stopped.
    pub start_stop: StartStop,
    /// The currents that it may be told; `None` when it cannot be told any.
    pub current: Option<CurrentRange>,
    /// Whether another current takes effect while it charges.
    pub live_change: Support,
    /// 1 or 3; `None` while it is not known.
    pub phases: Option<u8>,
    /// Whether a start can be told for later.
    pub schedule: bool,
    /// Whether it keeps records of earlier charges.
    pub history: bool,
    /// Whether its contactors can be opened and closed by themselves.
    pub contactors: bool,
}

/// How a charge is started and stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StartStop {
    /// By command.
    #[default]
    Yes,
    /// The vehicle decides; in place of a stop its current can be held at the minimum.
    HoldAtMinimum,
    /// Not at all.
    No,
}

/// Whether something works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Support {
    /// Nobody knows: a person may try, automatic control counts it as no.
    #[default]
    Unknown,
    /// It does.
    Yes,
    /// It does not.
    No,
}

/// The currents that a charger may be told. Others are refused before a byte is sent; between two steps it is told the
/// lower one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrentRange {
    /// The lowest.
    pub min: Milliamps,
    /// The highest.
    pub max: Milliamps,
    /// Between two.
    pub step: Milliamps,
}

impl CurrentRange {
    /// Whole amps from 6 A, the lowest that IEC 61851 knows, to this one.
    pub const fn from_six_to(max_amps: u16) -> Self {
        Self {
            min: Milliamps::from_amps(6),
            max: Milliamps::from_amps(max_amps),
            step: Milliamps::from_amps(1),
        }
    }

    /// The current that the charger is told for this one: a whole step, rounded down; `None` outside the range.
    pub fn admit(&self, current: Milliamps) -> Option<Milliamps> {
        let step = self.step.0.max(1);
        let current = Milliamps(current.0 / step * step);
        (self.min..=self.max).contains(&current).then_some(current)
    }
}

/// What a charger is, as far as it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// Brand or vendor.
    pub brand: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Version of the hardware.
    pub hardware: Option<String>,
    /// Version of the firmware.
    pub firmware: Option<String>,
    /// Rated current.
    pub max_current: Option<Milliamps>,
    /// Rated power.
    pub max_power: Option<Watts>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currents_are_rounded_down_and_bounded() {
        let range = CurrentRange::from_six_to(16);
        for (milliamps, expected) in [
            (0, None),
            (5_999, None),
            (6_000, Some(6_000)),
            (6_999, Some(6_000)),
            (15_999, Some(15_000)),
            (16_000, Some(16_000)),
            (16_999, Some(16_000)),
            (17_000, None),
            (u32::MAX, None),
        ] {
            let admitted = range.admit(Milliamps(milliamps));
            assert_eq!(admitted, expected.map(Milliamps), "{milliamps}");
        }
        let fine = CurrentRange {
            step: Milliamps(0),
            ..range
        };
        assert_eq!(fine.admit(Milliamps(6_001)), Some(Milliamps(6_001)));
    }
}
