//! Energy that a charger does not tell: of this day, and of a session. Pure, the time is an argument.
//!
//! Honest rather than complete: what cannot be known is `None`. The energy of a day needs the charger's counter on both
//! sides of a midnight, shortly apart or with nothing charged between; the energy of a session needs its begin, and
//! readings without a gap.

use std::time::{Duration, SystemTime};

use crate::state_store::Midnight;
use crate::units::{WattHours, Watts};

/// The counters of one charger.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    counter: Option<Counter>,
    midnight: Option<Midnight>,
    session: Session,
}

/// The last reading of the charger's own counter.
#[derive(Clone, Copy, Debug)]
struct Counter {
    at: SystemTime,
    day: i64,
    energy: WattHours,
}

#[derive(Debug, Default)]
enum Session {
    /// Nothing was seen, or the session was open when it was first seen.
    #[default]
    Unknown,
    Closed,
    Open(Running),
}

/// A session that was seen to begin.
#[derive(Debug)]
struct Running {
    began: SystemTime,
    at: SystemTime,
    power: Option<Watts>,
    /// `None` once readings were missing.
    milliwatt_seconds: Option<u128>,
}

impl Meter {
    pub(crate) fn new(midnight: Option<Midnight>) -> Self {
        Self {
            midnight,
            ..Self::default()
        }
    }

    /// The charger's counter, read on a day (counted from any fixed one).
    pub(crate) fn count(&mut self, at: SystemTime, day: i64, energy: WattHours) {
        if let Some(last) = self.counter {
            let is_close = at.duration_since(last.at).is_ok_and(|gap| gap <= GAP);
            if energy < last.energy {
                self.midnight = None; // it began anew
            } else if day > last.day && (energy == last.energy || (is_close && day == last.day + 1))
            {
                self.midnight = Some(Midnight {
                    day,
                    energy_wh: last.energy.0,
                });
            }
        }
        self.midnight = self
            .midnight
            .filter(|known| known.day == day && known.energy_wh <= energy.0);
        self.counter = Some(Counter { at, day, energy });
    }

    /// Whether a session is open, and its power from now on.
    pub(crate) fn watch(&mut self, at: SystemTime, is_open: bool, power: Option<Watts>) {
        match &mut self.session {
            _ if !is_open => self.session = Session::Closed,
            Session::Unknown => {}
            Session::Closed => {
                self.session = Session::Open(Running {
                    began: at,
                    at,
                    power,
                    milliwatt_seconds: Some(0),
                });
            }
            Session::Open(running) => {
                let gap = at.duration_since(running.at).unwrap_or_default();
                let since = running.power.filter(|_| gap <= GAP);
                let since = since.map(|power| u128::from(power.0) * gap.as_millis());
                running.milliwatt_seconds = running
                    .milliwatt_seconds
                    .and_then(|before| before.checked_add(since?));
                running.at = at;
                running.power = power;
            }
        }
    }

    pub(crate) const fn midnight(&self) -> Option<Midnight> {
        self.midnight
    }

    /// Energy since the midnight with which this day began.
    pub(crate) fn today(&self, day: i64) -> Option<WattHours> {
        let midnight = self.midnight.filter(|known| known.day == day)?;
        let now = self.counter?.energy.0;
        Some(WattHours(now.saturating_sub(midnight.energy_wh)))
    }

    /// When the open session was seen to begin.
    pub(crate) const fn session_start(&self) -> Option<SystemTime> {
        match &self.session {
            Session::Open(running) => Some(running.began),
            Session::Unknown | Session::Closed => None,
        }
    }

    /// Energy of the open session, rounded down.
    pub(crate) fn session_energy(&self) -> Option<WattHours> {
        let Session::Open(running) = &self.session else {
            return None;
        };
        let energy = running.milliwatt_seconds? / MILLIWATT_SECONDS_PER_WH;
        u64::try_from(energy).ok().map(WattHours)
    }
}

/// Readings further apart leave open what happened between. Chargers report or are asked every 30 s or sooner.
const GAP: Duration = Duration::from_mins(2);
const MILLIWATT_SECONDS_PER_WH: u128 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// What a meter says of today after these readings: second, day, counter.
    #[track_caller]
    fn check_today(readings: &[(u64, i64, u64)], expected: Option<u64>) {
        let mut meter = Meter::default();
        let mut today = 0;
        for (second, day, energy) in readings {
            meter.count(at(*second), *day, WattHours(*energy));
            today = *day;
        }
        assert_eq!(meter.today(today), expected.map(WattHours), "{readings:?}");
    }

    #[test]
    fn energy_of_the_day_needs_a_midnight() {
        check_today(&[], None);
        check_today(&[(0, 1, 500), (60, 1, 600)], None);
        check_today(&[(0, 1, 500), (60, 2, 600)], Some(100));
        check_today(&[(0, 1, 500), (60, 2, 600), (9_000, 2, 900)], Some(400));
        // Too far apart, and something was charged between.
        check_today(&[(0, 1, 500), (121, 2, 600)], None);
        // Nothing was charged between, however long that was.
        check_today(&[(0, 1, 500), (200_000, 3, 500)], Some(0));
        check_today(
            &[(0, 1, 500), (200_000, 3, 500), (200_001, 3, 501)],
            Some(1),
        );
        // The next day counts anew, and not without its own midnight.
        check_today(&[(0, 1, 500), (60, 2, 600), (120, 3, 700)], Some(100));
        check_today(&[(0, 1, 500), (60, 2, 600), (9_000, 3, 700)], None);
    }

    #[test]
    fn a_counter_that_begins_anew_leaves_the_day_open() {
        check_today(&[(0, 1, 500), (60, 2, 600), (90, 2, 10)], None);
        check_today(
            &[(0, 1, 500), (60, 2, 600), (90, 2, 10), (99, 2, 900)],
            None,
        );
        check_today(&[(0, 1, 500), (60, 2, 10)], None);
    }

    #[test]
    fn a_midnight_of_an_earlier_program_counts_on_its_day_only() {
        let midnight = Some(Midnight {
            day: 2,
            energy_wh: 500,
        });
        for (day, counter, expected) in [
            (2, 500, Some(0)),
            (2, 1_700, Some(1_200)),
            (2, 499, None),
            (3, 1_700, None),
        ] {
            let mut meter = Meter::new(midnight);
            assert_eq!(meter.today(day), None, "nothing read yet");
            meter.count(at(0), day, WattHours(counter));
            assert_eq!(meter.today(day), expected.map(WattHours), "{day} {counter}");
        }
    }

    /// What a meter says of the session after these readings: second, open, power.
    #[track_caller]
    fn check_session(
        readings: &[(u64, bool, Option<u32>)],
        start: Option<u64>,
        energy: Option<u64>,
    ) {
        let mut meter = Meter::default();
        for (second, is_open, power) in readings {
            meter.watch(at(*second), *is_open, power.map(Watts));
        }
        assert_eq!(meter.session_start(), start.map(at), "{readings:?}");
        assert_eq!(
            meter.session_energy(),
            energy.map(WattHours),
            "{readings:?}"
        );
    }

    #[test]
    fn a_session_is_counted_from_its_begin() {
        let (off, on) = ((0, false, Some(0)), (10, true, Some(7_200)));
        check_session(&[on, (60, true, Some(7_200))], None, None);
        check_session(&[off], None, None);
        check_session(&[off, on], Some(10), Some(0));
        check_session(&[off, on, (70, true, Some(0))], Some(10), Some(120));
        check_session(
            &[off, on, (70, true, Some(3_600)), (80, true, None)],
            Some(10),
            Some(130),
        );
        check_session(&[off, on, (70, false, Some(0))], None, None);
        check_session(
            &[off, on, (70, false, None), (80, true, None)],
            Some(80),
            Some(0),
        );
    }

    #[test]
    fn a_session_with_a_gap_has_no_energy() {
        let (off, on) = ((0, false, Some(0)), (10, true, Some(7_200)));
        let after = (140, true, Some(7_200));
        check_session(&[off, on, (131, true, Some(7_200)), after], Some(10), None);
        check_session(
            &[off, on, (20, true, None), (30, true, Some(1))],
            Some(10),
            None,
        );
    }
}
