//! What a charger measures, is and can do.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use em_client::proto::message::{Phase, Reading, Status, Temperature};
use em_client::proto::session::{self, CurrentCharge, Info, LiveLimit, StatusReport};
use em_client::proto::{MAX_CURRENT_A, MIN_CURRENT_A};

use crate::model::{
    Capabilities, CurrentRange, Device, Session, StartStop, State, Support, Telemetry,
};
use crate::units::{DeciCelsius, Milliamps, Millivolts, WattHours, Watts};

/// A status that came so long after the report of a charge was sent after it too: datagrams overtake each other.
const CLEARLY_LATER: Duration = Duration::from_secs(5);

/// What is known of a charger, as far as its telemetry is made of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// The last status.
    pub status: Option<&'a StatusReport>,
    /// The charge that runs or is planned, else the last one.
    pub charge: Option<&'a CurrentCharge>,
    /// The current that starts default to, A.
    pub configured_a: Option<u8>,
    /// 1 or 3.
    pub phases: Option<u8>,
}

impl<'a> From<&'a session::Session> for Known<'a> {
    fn from(session: &'a session::Session) -> Self {
        Self {
            status: session.status(),
            charge: session.charge(),
            configured_a: session.configuration().output_current_a,
            phases: session.phases(),
        }
    }
}

impl<'a> Known<'a> {
    /// The charge that runs or is planned. The report of its end may be lost, so a clearly later status without one
    /// ends it as well.
    fn current_charge(&self) -> Option<&'a CurrentCharge> {
        let charge = self.charge.filter(|charge| charge.is_current())?;
        let has_ended = self.status.is_some_and(|report| {
            report.at.saturating_duration_since(charge.at) >= CLEARLY_LATER
                && matches!(
                    self.state(),
                    State::Available | State::Connected | State::Finished
                )
        });
        (!has_ended).then_some(charge)
    }

    fn state(&self) -> State {
        super::state(true, true, self.status.map(|report| &report.status))
    }
}

/// No older than this is what [`telemetry`] tells as limit: the configuration, and the charge that runs.
pub fn limit_at(session: &session::Session) -> Option<Instant> {
    let is_open = session.is_session_open() == Some(true);
    let charge = session
        .charge()
        .filter(|charge| is_open && charge.is_current());
    let configured = session.output_current_at()?;
    Some(charge.map_or(configured, |charge| configured.min(charge.at)))
}

/// The readings.
///
/// | report | telemetry |
/// | --- | --- |
/// | voltage, current of L1 to L3 | the same; L2 and L3 absent on one phase, where some chargers send zeros |
/// | power | the larger of it and the sum of voltage times current |
/// | energy counter | lifetime energy |
/// | energy of the charge, else the difference of its counters | session energy |
/// | inner, outer temperature | the same |
/// | charge, while it runs or is reserved by its report, and by a status that came 5 s or more after it | session, with its limits of time and energy |
/// | plug other than "disconnected" | vehicle connected |
/// | output current of the configuration | limit reported |
/// | current of the charge, while it runs or is reserved | limit effective: a new one may be stored and not count |
/// | output current, while there is no charge | limit effective; absent while the current of a charge was not told |
///
/// The protocol tells of no control pilot and of no wish.
pub fn telemetry(known: &Known<'_>) -> Telemetry {
    let mut telemetry = Telemetry::default();
    if let Some(report) = known.status {
        measured(&report.status, known.phases, &mut telemetry);
    }
    telemetry.session_energy = known
        .charge
        .map(|charge| WattHours(u64::from(charge.energy_centikwh()) * 10));
    let charge = known.current_charge();
    telemetry.session = charge.map(session);
    let reported = known.configured_a.map(amps);
    let of_session = charge
        .and_then(|charge| charge.report.max_current_a.get())
        .map(amps);
    telemetry.limit.reported = reported;
    let reported_idle = reported.filter(|_| !known.state().is_session_open());
    telemetry.limit.effective = of_session.or(reported_idle);
    telemetry.limit.delivered = telemetry.highest_current();
    telemetry
}

fn measured(status: &Status, phases: Option<u8>, telemetry: &mut Telemetry) {
    let count = phases.unwrap_or(3).into();
    let slots = telemetry.voltage.iter_mut().zip(&mut telemetry.current);
    for ((voltage, current), phase) in slots.zip(status.phases()).take(count) {
        (*voltage, *current) = readings(phase);
    }
    telemetry.power = status.total_power_w().map(Watts);
    let counter = Reading::<u32>::get(status.energy_centikwh);
    telemetry.lifetime_energy = counter.map(|energy| WattHours(u64::from(energy) * 10));
    telemetry.temperature.inner = temperature(status.inner_temperature);
    telemetry.temperature.outer = temperature(status.outer_temperature);
    telemetry.vehicle_connected = Some(status.plug.is_connected());
}

fn readings(phase: Phase) -> (Option<Millivolts>, Option<Milliamps>) {
    let voltage = phase.voltage_decivolts.get();
    let current = phase.current_centiamps.get();
    (
        voltage.map(|voltage| Millivolts(u32::from(voltage) * 100)),
        current.map(|current| Milliamps(u32::from(current) * 10)),
    )
}

/// Tenths, rounded down.
fn temperature(raw: Temperature) -> Option<DeciCelsius> {
    raw.centidegrees()
        .map(|hundredths| DeciCelsius(hundredths.div_euclid(10)))
}

fn session(charge: &CurrentCharge) -> Session {
    let report = &charge.report;
    let is_pending = charge.reserved_for_unix_s.is_some()
        && report.current_state() == em_client::proto::message::ChargerState::Reserved;
    let duration = report.duration_s.get().map(u64::from);
    let minutes = report.max_duration_min.get().map(u64::from);
    let energy = report.max_energy_centikwh.get().map(u64::from);
    Session {
        started_at: charge.started_unix_s.filter(|_| !is_pending).and_then(unix),
        length: duration.filter(|_| !is_pending).map(Duration::from_secs),
        reserved_for: charge
            .reserved_for_unix_s
            .filter(|_| is_pending)
            .and_then(unix),
        max_duration: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        max_energy: energy.map(|energy| WattHours(energy * 10)),
    }
}

fn unix(seconds: i64) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

fn amps(amps: u8) -> Milliamps {
    Milliamps::from_amps(amps.into())
}

/// What the model can do: the current is 6 A to its maximum, 32 A while that is not known.
pub fn capabilities(info: &Info, phases: Option<u8>, live_limit: LiveLimit) -> Capabilities {
    let max = info.max_current_a.filter(|max| *max >= MIN_CURRENT_A);
    let max = max.map_or(MAX_CURRENT_A, |max| max.min(MAX_CURRENT_A));
    Capabilities {
        start_stop: StartStop::Yes,
        current: Some(CurrentRange::from_six_to(max.into())),
        live_change: match live_limit {
            LiveLimit::Unknown => Support::Unknown,
            LiveLimit::Yes => Support::Yes,
            LiveLimit::No => Support::No,
        },
        phases,
        schedule: true,
        history: true,
        contactors: false,
    }
}

/// What it says of itself.
pub fn device(info: &Info) -> Device {
    let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Device {
        brand: told(&info.brand),
        model: told(&info.model),
        hardware: told(&info.hardware_version),
        firmware: told(&info.software_version),
        max_current: info.max_current_a.map(amps),
        max_power: info.max_power_w.map(Watts),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use em_client::proto::frame::Datagram;
    use em_client::proto::message::{ChargingStatus, Message};
    use em_client::proto::{Command, Password, Serial};

    use super::*;

    fn decoded(command: Command, payload: &[u8]) -> Message {
        let datagram = Datagram::new(Serial::ZERO, Password::NONE, command, payload);
        Message::decode(&datagram).expect("a long enough payload")
    }

    fn status(payload: &[u8]) -> StatusReport {
        let at = Instant::now();
        match decoded(Command::StatusPush, payload) {
            Message::StatusPush(status) => StatusReport { status, at },
            other => unreachable!("{other:?}"),
        }
    }

    /// A charge of 10 A with limits in a state.
    fn charge(state: u8) -> CurrentCharge {
        let mut payload = [0; 74];
        payload[1] = state;
        payload[2] = b'1';
        payload[20..22].copy_from_slice(&90_u16.to_be_bytes());
        payload[22..24].copy_from_slice(&1_000_u16.to_be_bytes());
        payload[46] = 10;
        payload[51..55].copy_from_slice(&75_u32.to_be_bytes());
        payload[63..67].copy_from_slice(&123_u32.to_be_bytes());
        let Message::ChargingPush(report) = decoded(Command::ChargingPush, &payload) else {
            unreachable!("it is one");
        };
        let _: &ChargingStatus = &report;
        CurrentCharge {
            report,
            at: Instant::now(),
            started_unix_s: Some(1_763_401_418),
            reserved_for_unix_s: Some(1_763_405_018),
        }
    }

    #[test]
    fn every_row_of_the_readings_table_holds() {
        assert_eq!(telemetry(&Known::default()), Telemetry::default());
        let mut payload = [0xFF; 33];
        payload[1..5].copy_from_slice(&[0x08, 0xFD, 0x06, 0x40]);
        payload[5..9].copy_from_slice(&100_u32.to_be_bytes());
        payload[9..13].copy_from_slice(&25_032_u32.to_be_bytes());
        payload[13..15].copy_from_slice(&22_855_u16.to_be_bytes());
        payload[15..17].copy_from_slice(&19_445_u16.to_be_bytes());
        payload[17..25].copy_from_slice(&[1, 4, 1, 14, 0, 0, 0, 0]);
        payload[29..33].copy_from_slice(&[0x08, 0xFC, 0x03, 0xE8]);
        let status = status(&payload);
        let known = Known {
            status: Some(&status),
            configured_a: Some(16),
            ..Known::default()
        };
        let got = telemetry(&known);
        let volts = [Some(Millivolts(230_100)), None, Some(Millivolts(230_000))];
        assert_eq!(got.voltage, volts);
        let amps = [Some(Milliamps(16_000)), None, Some(Milliamps(10_000))];
        assert_eq!(got.current, amps);
        assert_eq!(got.power, Some(Watts(3_681 + 2_300)));
        assert_eq!(got.lifetime_energy, Some(WattHours(250_320)));
        assert_eq!(got.temperature.inner, Some(DeciCelsius(285)));
        assert_eq!(got.temperature.outer, Some(DeciCelsius(-56)));
        assert_eq!(got.vehicle_connected, Some(true));
        assert_eq!((got.session, got.session_energy), (None, None));
        assert_eq!(got.limit.wanted, None);
        assert_eq!(got.limit.reported, Some(Milliamps(16_000)));
        assert_eq!(got.limit.effective, None);
        assert_eq!(got.limit.delivered, Some(Milliamps(16_000)));
        assert_eq!(got.pilot, None);
        let single = telemetry(&Known {
            phases: Some(1),
            ..known
        });
        assert_eq!(single.voltage, [Some(Millivolts(230_100)), None, None]);
    }

    #[test]
    fn a_plug_that_is_out_and_values_that_are_none_are_told_as_such() {
        let mut payload = [0xFF; 25];
        payload[17..21].copy_from_slice(&[1, 1, 2, 12]);
        let status = status(&payload);
        let got = telemetry(&Known {
            status: Some(&status),
            ..Known::default()
        });
        let expected = Telemetry {
            vehicle_connected: Some(false),
            ..Telemetry::default()
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn a_session_is_the_charge_that_runs_or_is_reserved() {
        let (runs, pending, over) = (charge(14), charge(20), charge(15));
        let of = |charge| {
            telemetry(&Known {
                charge: Some(charge),
                configured_a: Some(16),
                ..Known::default()
            })
        };
        let got = of(&runs);
        let session = got.session.expect("it runs");
        assert_eq!(session.started_at, unix(1_763_401_418));
        assert_eq!(session.length, Some(Duration::from_secs(75)));
        assert_eq!(session.reserved_for, None);
        assert_eq!(session.max_duration, Some(Duration::from_mins(90)));
        assert_eq!(session.max_energy, Some(WattHours(10_000)));
        assert_eq!(got.session_energy, Some(WattHours(1_230)));
        assert_eq!(got.limit.effective, Some(Milliamps(10_000)));
        assert_eq!(got.limits_text(), "10 A, 90 min, 10 kWh");

        let session = of(&pending).session.expect("it is reserved");
        assert_eq!((session.started_at, session.length), (None, None));
        assert_eq!(session.reserved_for, unix(1_763_405_018));

        let got = of(&over);
        assert_eq!(got.session, None);
        assert_eq!(got.session_energy, Some(WattHours(1_230)));
        assert_eq!(got.limit.effective, Some(Milliamps(16_000)));
    }

    #[test]
    fn a_clearly_later_status_that_shows_no_charge_ends_it() {
        let charge = charge(14);
        // Output and state, how much later the status came, and what limits.
        for (codes, later_s, expected_a) in [
            ([2, 13], 5, 16),
            ([2, 15], 5, 16),
            ([2, 13], 4, 10),
            ([1, 14], 60, 10),
            ([2, 14], 60, 10),
            ([2, 20], 60, 10),
            ([2, 1], 60, 10),
        ] {
            let mut payload = [0; 25];
            payload[17..21].copy_from_slice(&[1, 4, codes[0], codes[1]]);
            let mut status = status(&payload);
            status.at = charge.at + Duration::from_secs(later_s);
            let got = telemetry(&Known {
                status: Some(&status),
                charge: Some(&charge),
                configured_a: Some(16),
                phases: None,
            });
            let row = format!("{codes:?} {later_s}");
            assert_eq!(got.session.is_some(), expected_a == 10, "{row}");
            let effective = got.limit.effective;
            assert_eq!(effective, Some(amps(expected_a)), "{row}");
            assert_eq!(got.session_energy, Some(WattHours(1_230)), "{row}");
        }
    }

    #[test]
    fn the_maximum_of_the_model_bounds_the_current() {
        for (told, max) in [(None, 32), (Some(16), 16), (Some(80), 32), (Some(0), 32)] {
            let info = Info {
                max_current_a: told,
                ..Info::default()
            };
            let got = capabilities(&info, Some(3), LiveLimit::Unknown);
            assert_eq!(
                got.current,
                Some(CurrentRange::from_six_to(max)),
                "{told:?}"
            );
            assert_eq!(
                (got.phases, got.schedule, got.history),
                (Some(3), true, true)
            );
        }
        for (live_limit, expected) in [
            (LiveLimit::Unknown, Support::Unknown),
            (LiveLimit::Yes, Support::Yes),
            (LiveLimit::No, Support::No),
        ] {
            let got = capabilities(&Info::default(), None, live_limit);
            assert_eq!(got.live_change, expected);
        }
    }

    #[test]
    fn texts_that_were_not_told_are_absent() {
        let info = Info {
            brand: "BESEN".to_owned(),
            max_power_w: Some(22_000),
            ..Info::default()
        };
        let got = device(&info);
        assert_eq!(got.brand.as_deref(), Some("BESEN"));
        assert_eq!((got.model, got.max_power), (None, Some(Watts(22_000))));
    }
}
