//! What a charger measures, is and can do.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use duosida_client::proto::config::MAX_CURRENT_AMPS;
use duosida_client::proto::session;
use duosida_client::proto::session::Status;

use crate::model::{
    Capabilities, CurrentRange, Device, Pilot, Session, StartStop, Support, Telemetry,
};
use crate::units::{DeciCelsius, Milliamps, Millivolts, WattHours, Watts};

/// The readings.
///
/// | reading | telemetry |
/// | --- | --- |
/// | voltage, current of L1 to L3 | the same; L2 and L3 absent from single-phase units |
/// | power | the same, reported or voltage times current |
/// | session energy, energy register | session and lifetime energy |
/// | station temperature | inner temperature |
/// | high level of the control pilot | pilot, with whether it is derived |
/// | session start and time | session |
/// | vehicle connected | the same |
/// | limit asked for | limit wanted |
/// | limit of the configuration | limit reported and effective: it counts within 30 s, also while charging |
///
/// Fractions are rounded to the nearest mA, mV, W, Wh or tenth of a degree; what is negative or no number is absent. The
/// limits are whole numbers from the start.
pub fn telemetry(status: &Status) -> Telemetry {
    let limit = status
        .limit_reported_centiamps
        .map(|centiamps| Milliamps(u32::from(centiamps) * 10));
    let pilot = status
        .cp_voltage_v
        .and_then(|level| scaled(level, 1_000.0))
        .map(|level| Pilot {
            level: Millivolts(level),
            is_derived: status.cp_voltage_is_derived,
        });
    let kilowatt_hours = |energy: f32| Some(WattHours(scaled(energy, 1_000.0)?.into()));
    let mut telemetry = Telemetry {
        voltage: status
            .voltage_v
            .map(|voltage| Some(Millivolts(scaled(voltage?, 1_000.0)?))),
        current: status
            .current_a
            .map(|current| Some(Milliamps(scaled(current?, 1_000.0)?))),
        power: status
            .power_w
            .and_then(|power| scaled(power, 1.0))
            .map(Watts),
        session_energy: status.session_energy_kwh.and_then(kilowatt_hours),
        lifetime_energy: status.energy_register_kwh.and_then(kilowatt_hours),
        pilot,
        session: session(status),
        vehicle_connected: status.vehicle_connected,
        ..Telemetry::default()
    };
    telemetry.temperature.inner = status.station_temperature_c.and_then(tenths);
    telemetry.limit.wanted = status
        .limit_wanted_amps
        .map(|amps| Milliamps::from_amps(amps.into()));
    telemetry.limit.reported = limit;
    telemetry.limit.effective = limit;
    telemetry.limit.delivered = telemetry.highest_current();
    telemetry
}

fn session(status: &Status) -> Option<Session> {
    let start = u64::try_from(status.session_start_unix_s?).ok()?;
    Some(Session {
        started_at: unix(start),
        length: status.session_time_s.map(Duration::from_secs),
        ..Session::default()
    })
}

fn unix(seconds: u64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}

/// What the family can do: the current is 6 A to the rating that the model's name ends with, and it changes while it
/// charges.
pub fn capabilities(identity: Option<&session::Identity>, status: &Status) -> Capabilities {
    let (min, most) = (*MAX_CURRENT_AMPS.start(), *MAX_CURRENT_AMPS.end());
    let rating = identity.and_then(session::Identity::rating_amps);
    let rating = rating.map(u16::from).filter(|rating| *rating >= min);
    let [_, l2, l3] = status.voltage_v;
    Capabilities {
        start_stop: StartStop::Yes,
        current: Some(CurrentRange::from_six_to(
            rating.map_or(most, |rating| rating.min(most)),
        )),
        live_change: Support::Yes,
        phases: l2.or(l3).map(|_| 3),
        ..Capabilities::default()
    }
}

/// What it says of itself.
pub fn device(identity: &session::Identity) -> Device {
    Device {
        brand: identity.vendor.clone(),
        model: identity.model.clone(),
        firmware: identity.firmware.clone(),
        max_current: identity
            .rating_amps()
            .map(|amps| Milliamps::from_amps(amps.into())),
        ..Device::default()
    }
}

/// A reading in smaller units, rounded to the nearest; `None` for what is negative or too large.
fn scaled(value: f32, factor: f64) -> Option<u32> {
    let value = (f64::from(value) * factor).round();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (0.0..=f64::from(u32::MAX))
        .contains(&value)
        .then_some(value as u32)
}

fn tenths(celsius: f32) -> Option<DeciCelsius> {
    let tenths = (celsius * 10.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
    (-10_000.0..=10_000.0)
        .contains(&tenths)
        .then_some(DeciCelsius(tenths as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_readings_table_holds() {
        let nothing = telemetry(&Status::default());
        assert_eq!(nothing, Telemetry::default(), "absent is absent");
        let status = Status {
            voltage_v: [Some(224.6), Some(230.0), None],
            current_a: [Some(6.8858), Some(0.0), None],
            power_w: Some(1_546.55),
            station_temperature_c: Some(-5.04),
            session_energy_kwh: Some(0.021_666_666),
            energy_register_kwh: Some(250.325),
            cp_voltage_v: Some(5.872),
            vehicle_connected: Some(true),
            session_start_unix_s: Some(1_763_401_418),
            session_time_s: Some(90),
            limit_reported_centiamps: Some(1_600),
            limit_wanted_amps: Some(10),
            ..Status::default()
        };
        let got = telemetry(&status);
        let volts = [Some(Millivolts(224_600)), Some(Millivolts(230_000)), None];
        assert_eq!(got.voltage, volts);
        let amps = [Some(Milliamps(6_886)), Some(Milliamps(0)), None];
        assert_eq!(got.current, amps);
        assert_eq!(got.power, Some(Watts(1_547)));
        assert_eq!(got.session_energy, Some(WattHours(22)));
        assert_eq!(got.lifetime_energy, Some(WattHours(250_325)));
        assert_eq!(got.today_energy, None);
        assert_eq!(got.temperature.inner, Some(DeciCelsius(-50)));
        assert_eq!(got.temperature.outer, None);
        let pilot = Pilot {
            level: Millivolts(5_872),
            is_derived: false,
        };
        assert_eq!(got.pilot, Some(pilot));
        let session = got.session.expect("one runs");
        assert_eq!(session.started_at, unix(1_763_401_418));
        assert_eq!(session.length, Some(Duration::from_secs(90)));
        assert_eq!(session.max_energy, None);
        assert_eq!(got.vehicle_connected, Some(true));
        assert_eq!(got.limit.wanted, Some(Milliamps(10_000)));
        assert_eq!(got.limit.reported, Some(Milliamps(16_000)));
        assert_eq!(got.limit.effective, Some(Milliamps(16_000)));
        assert_eq!(got.limit.delivered, Some(Milliamps(6_886)));
        let derived = Status {
            cp_voltage_is_derived: true,
            ..status
        };
        assert!(telemetry(&derived).pilot.is_some_and(|p| p.is_derived));
    }

    #[test]
    fn readings_that_are_none_are_absent() {
        for value in [-0.6, f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let status = Status {
                voltage_v: [Some(value); 3],
                power_w: Some(value),
                session_energy_kwh: Some(value),
                session_start_unix_s: Some(-1),
                ..Status::default()
            };
            assert_eq!(telemetry(&status), Telemetry::default(), "{value}");
        }
        assert_eq!(scaled(-0.4, 1.0), Some(0));
        assert_eq!(tenths(f32::NAN), None);
        assert_eq!(tenths(1e9), None);
    }

    #[test]
    fn the_rating_bounds_the_current() {
        let identity = |model: &str| session::Identity {
            identifier: String::new(),
            model: Some(model.to_owned()),
            vendor: None,
            firmware: None,
        };
        for (model, max) in [
            ("DUOSIDA Mode3@16A", 16),
            ("DUOSIDA Mode3@32A", 32),
            ("DUOSIDA Mode3@80A", 32),
            ("DUOSIDA Mode3@3A", 32),
            ("DUOSIDA", 32),
        ] {
            let got = capabilities(Some(&identity(model)), &Status::default());
            assert_eq!(got.current, Some(CurrentRange::from_six_to(max)), "{model}");
        }
        let unknown = capabilities(None, &Status::default());
        assert_eq!(unknown.current, Some(CurrentRange::from_six_to(32)));
        assert_eq!(unknown.phases, None);
        assert_eq!(unknown.live_change, Support::Yes);
        let three = Status {
            voltage_v: [Some(230.0); 3],
            ..Status::default()
        };
        assert_eq!(capabilities(None, &three).phases, Some(3));
        let device = device(&identity("DUOSIDA Mode3@16A"));
        assert_eq!(device.max_current, Some(Milliamps(16_000)));
        assert_eq!(device.model.as_deref(), Some("DUOSIDA Mode3@16A"));
    }
}
