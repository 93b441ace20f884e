//! What a charger measures and reports. Absent is absent, never 0.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::units::{DeciCelsius, Milliamps, Millivolts, WattHours, Watts};

/// The last readings. `None` is: not reported, or not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Telemetry {
    /// Voltage of L1 to L3.
    pub voltage: [Option<Millivolts>; 3],
    /// Current of L1 to L3.
    pub current: [Option<Milliamps>; 3],
    /// Power over all phases.
    pub power: Option<Watts>,
    /// Energy of the session that runs, else of the last one if the charger still tells it.
    pub session_energy: Option<WattHours>,
    /// The charger's own counter. Some units restart it with a power cycle.
    pub lifetime_energy: Option<WattHours>,
    /// Energy since local midnight; `None` until the counter was seen around a midnight.
    pub today_energy: Option<WattHours>,
    /// Temperatures.
    pub temperature: Temperatures,
    /// The control pilot.
    pub pilot: Option<Pilot>,
    /// The session that runs or is reserved.
    pub session: Option<Session>,
    /// The current that it may draw.
    pub limit: CurrentLimit,
    /// Whether a vehicle is plugged in.
    pub vehicle_connected: Option<bool>,
    /// The vehicle's identification number, where the protocol tells it.
    pub vin: Option<Vin>,
}

/// Temperatures of the charger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Temperatures {
    /// Inside.
    pub inner: Option<DeciCelsius>,
    /// Outside of the case, or at a second place.
    pub outer: Option<DeciCelsius>,
}

/// The control pilot of IEC 61851-1: 12 V no car, 9 V car, 6 V charging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pilot {
    /// Its high level.
    pub level: Millivolts,
    /// Whether that is what the state implies, not a reading.
    pub is_derived: bool,
}

/// A session: from the start of a charge to its end, pauses included; or a reservation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// When it began, by our clock.
    pub started_at: Option<SystemTime>,
    /// How long it has lasted.
    pub length: Option<Duration>,
    /// When it is to begin, if it is reserved for later.
    pub reserved_for: Option<SystemTime>,
    /// After how long it ends by itself.
    pub max_duration: Option<Duration>,
    /// After how much energy it ends by itself.
    pub max_energy: Option<WattHours>,
}

/// The current that a charger may draw, in its four meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CurrentLimit {
    /// What was last asked for through this handle.
    pub wanted: Option<Milliamps>,
    /// What the charger says it is set to.
    pub reported: Option<Milliamps>,
    /// What counts at this moment: some chargers stay at the current that the session began with, and tell it some
    /// seconds later.
    pub effective: Option<Milliamps>,
    /// What is drawn: the highest current of a phase.
    pub delivered: Option<Milliamps>,
}

impl Telemetry {
    /// The highest current of a phase.
    pub fn highest_current(&self) -> Option<Milliamps> {
        self.current.into_iter().flatten().max()
    }

    /// Voltage and current of each phase, such as `L1 230.1 V 15.98 A, L2 229.8 V 16.01 A`. What was not measured is
    /// left out; the text may be empty.
    pub fn phase_summary(&self) -> String {
        let names = ["L1", "L2", "L3"];
        let phases = names.iter().zip(self.voltage).zip(self.current);
        let texts: Vec<_> = phases
            .filter_map(|((name, voltage), current)| {
                let voltage = voltage.map(|voltage| format!(" {voltage}"));
                let current = current.map(|current| format!(" {current}"));
                let readings = [voltage, current].into_iter().flatten();
                Some(format!("{name}{}", readings.reduce(|a, b| a + &b)?))
            })
            .collect();
        texts.join(", ")
    }

    /// What bounds or ends the charge, such as `16 A, 90 min, 10 kWh`; `none` without any limit.
    pub fn limits_text(&self) -> String {
        let session = self.session.unwrap_or_default();
        let current = self.limit.effective.or(self.limit.reported);
        let duration = session.max_duration;
        let limits = [
            current.map(|current| current.to_string()),
            duration.map(|duration| format!("{} min", duration.as_secs() / 60)),
            session.max_energy.map(|energy| energy.to_string()),
        ];
        let limits: Vec<_> = limits.into_iter().flatten().collect();
        if limits.is_empty() {
            return "none".to_owned();
        }
        limits.join(", ")
    }
}

/// A vehicle identification number: personal data. `Debug` hides it, and only [`Vin::expose`] gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Vin(String);

impl Vin {
    /// Wraps a number.
    pub fn new(vin: impl Into<String>) -> Self {
        Self(vin.into())
    }

    /// The whole number. Keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_that_were_not_measured_are_left_out() {
        let mut telemetry = Telemetry::default();
        assert_eq!(telemetry.phase_summary(), "");
        assert_eq!(telemetry.highest_current(), None);
        telemetry.voltage = [Some(Millivolts(230_100)), None, Some(Millivolts(230_000))];
        telemetry.current = [Some(Milliamps(15_980)), None, None];
        assert_eq!(telemetry.phase_summary(), "L1 230.1 V 15.98 A, L3 230 V");
        assert_eq!(telemetry.highest_current(), Some(Milliamps(15_980)));
    }

    #[test]
    fn limits_name_what_is_limited() {
        let mut telemetry = Telemetry::default();
        assert_eq!(telemetry.limits_text(), "none");
        telemetry.limit.reported = Some(Milliamps(16_000));
        assert_eq!(telemetry.limits_text(), "16 A");
        telemetry.limit.effective = Some(Milliamps(10_000));
        telemetry.session = Some(Session {
            max_duration: Some(Duration::from_mins(90)),
            max_energy: Some(WattHours(10_000)),
            ..Session::default()
        });
        assert_eq!(telemetry.limits_text(), "10 A, 90 min, 10 kWh");
    }

    #[test]
    fn a_vin_hides_itself() {
        let vin = Vin::new("WVWZZZ1JZXW000001");
        assert_eq!(format!("{vin:?}"), "[redacted]");
        assert_eq!(vin.expose(), "WVWZZZ1JZXW000001");
    }
}
