//! Readings from captured frames, and what is derived from them.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

use std::time::{Duration, Instant};

use duosida_proto::message::{self, Body, ChargePointStatus, Envelope};
use duosida_proto::proto::{self, Measurand, UnitOfMeasure};
use duosida_proto::session::{Config, Session, Status};

/// When the captured sessions ran, by the constant that set the charger's clock.
const UNIX: i64 = 1_763_401_500;

fn session() -> (Session, Instant) {
    let now = Instant::now();
    (Session::new(Config::default(), now, UNIX), now)
}

fn after(frames: &[&str]) -> Status {
    let (mut session, now) = session();
    for name in frames {
        let vector = fixtures::vectors("duosida")
            .into_iter()
            .find(|v| v.name == *name)
            .unwrap();
        session.handle_input(now, &vector.bytes());
    }
    session.status(now)
}

fn input(session: &mut Session, now: Instant, body: Body) {
    let envelope = Envelope {
        message: Some(body),
        client_id: Some("1".into()),
        message_id: Some(1),
    };
    session.handle_input(now, &message::encode(&envelope));
}

fn report(state: ChargePointStatus) -> Body {
    Body::StatusNotificationReq(proto::StatusNotificationReq {
        status: Some(state.into()),
        ..Default::default()
    })
}

fn samples(samples: &[(Measurand, &str, UnitOfMeasure, Option<i32>)]) -> Body {
    let sampled_values =
        samples
            .iter()
            .map(|(measurand, value, unit, phase)| proto::SampledValue {
                value: Some((*value).into()),
                measurand: Some((*measurand).into()),
                unit: Some((*unit).into()),
                phase: *phase,
                ..Default::default()
            });
    let value = proto::MeterValue {
        timestamp: Some(UNIX),
        sampled_values: sampled_values.collect(),
    };
    Body::MeterValuesReq(proto::MeterValuesReq {
        meter_values: vec![value],
        ..Default::default()
    })
}

fn register(value: &str) -> Body {
    samples(&[(
        Measurand::EnergyActiveImportRegister,
        value,
        UnitOfMeasure::KWh,
        None,
    )])
}

#[test]
fn nothing_reported_is_nothing_known() {
    assert_eq!(after(&[]), Status::default());
}

#[test]
fn captured_charging_gives_all_readings() {
    let status = after(&["hw_meter_values_charging", "hw_vendor_status_charging_6a"]);
    assert_eq!(status.state, Some(ChargePointStatus::Charging));
    assert_eq!(status.voltage_v, [Some(224.6), None, None]);
    assert_eq!(status.current_a, [Some(6.8858), None, None]);
    assert_eq!(
        (status.power_w, status.power_is_derived),
        (Some(1546.55), false)
    );
    assert_eq!(status.session_energy_kwh, Some(0.021_666_666));
    assert_eq!(status.energy_register_kwh, Some(251.24167));
    assert_eq!(status.station_temperature_c, Some(30.0));
    assert_eq!(
        (status.cp_voltage_v, status.cp_voltage_is_derived),
        (Some(5.871_999_7), false)
    );
    assert_eq!(
        (status.vehicle_connected, status.transaction_id),
        (Some(true), Some(2_254_116))
    );
    assert_eq!(
        (status.session_start_unix_s, status.session_time_s),
        (Some(1_763_401_418), Some(82))
    );
    assert_eq!(status.today_energy_kwh, None);
}

#[test]
fn the_clock_is_judged_by_the_times_that_the_charger_tells() {
    // The constant that had set it, a while before.
    let captured = after(&["hw_meter_values_charging"]);
    assert_eq!(captured.clock_ahead_s, Some(1_763_400_079 - UNIX));
    let (mut session, now) = session();
    let told = |timestamp| {
        Body::StatusNotificationReq(proto::StatusNotificationReq {
            timestamp,
            ..Default::default()
        })
    };
    input(&mut session, now, told(Some(0)));
    assert_eq!(session.status(now).clock_ahead_s, None, "it has no time");
    let later = now + Duration::from_secs(10);
    input(&mut session, later, told(Some(UNIX + 7_210)));
    input(&mut session, later, told(None));
    assert_eq!(session.status(later).clock_ahead_s, Some(7_200));
}

#[test]
fn power_without_the_chargers_own_figure_is_voltage_times_current() {
    let status = after(&["hw_vendor_status_charging_16a"]);
    assert!(status.power_is_derived);
    assert!((status.power_w.unwrap() - 224.4 * 14.6133).abs() < 0.1);
}

#[test]
fn finished_charger_draws_nothing_and_has_no_transaction() {
    let status = after(&[
        "hw_meter_values_charging",
        "hw_vendor_status_charging_6a",
        "hw_vendor_status_finished",
    ]);
    assert_eq!(
        (status.power_w, status.current_a[0]),
        (Some(0.0), Some(0.0))
    );
    assert_eq!((status.transaction_id, status.session_time_s), (None, None));
    assert_eq!(
        status.vehicle_connected,
        Some(true),
        "the control pilot is near 9 V"
    );
}

#[test]
fn control_pilot_level_is_derived_from_the_state_when_it_is_not_reported() {
    let (mut session, now) = session();
    for (state, level) in [
        (ChargePointStatus::Available, 12.0),
        (ChargePointStatus::Charging, 6.0),
    ] {
        input(&mut session, now, report(state));
        let status = session.status(now);
        assert_eq!(
            (status.cp_voltage_v, status.cp_voltage_is_derived),
            (Some(level), true)
        );
    }
}

#[test]
fn three_phases_add_up() {
    let (mut session, now) = session();
    input(&mut session, now, report(ChargePointStatus::Charging));
    let voltage = |phase, value| (Measurand::Voltage, value, UnitOfMeasure::V, Some(phase));
    let current = |phase, value| {
        (
            Measurand::CurrentImport,
            value,
            UnitOfMeasure::A,
            Some(phase),
        )
    };
    let phases = [
        voltage(0, "230"),
        voltage(1, "231"),
        voltage(2, "229"),
        current(0, "10"),
        current(1, "10"),
        current(2, "10"),
    ];
    input(&mut session, now, samples(&phases));
    let status = session.status(now);
    assert_eq!(status.voltage_v, [Some(230.0), Some(231.0), Some(229.0)]);
    assert_eq!(
        (status.power_w, status.power_is_derived),
        (Some(6900.0), true)
    );
}

#[test]
fn values_are_converted_by_their_unit_and_bad_text_is_no_reading() {
    let (mut session, now) = session();
    input(&mut session, now, report(ChargePointStatus::Charging));
    input(
        &mut session,
        now,
        samples(&[
            (Measurand::PowerActiveImport, "1.5", UnitOfMeasure::KW, None),
            (
                Measurand::EnergyActiveImportInterval,
                "2500",
                UnitOfMeasure::Wh,
                None,
            ),
            (Measurand::Temperature, "NaN", UnitOfMeasure::Celsius, None),
            (Measurand::Voltage, "high", UnitOfMeasure::V, None),
        ]),
    );
    let status = session.status(now);
    assert_eq!(
        (status.power_w, status.session_energy_kwh),
        (Some(1500.0), Some(2.5))
    );
    assert_eq!(
        (status.station_temperature_c, status.voltage_v[0]),
        (None, None)
    );
}

#[test]
fn implausible_clock_of_the_charger_gives_way_to_ours() {
    let (mut session, now) = session();
    let vendor = |start| {
        let status = proto::DataVendorStatusReq {
            status: Some(ChargePointStatus::Charging.into()),
            transaction_start: Some(start),
            ..Default::default()
        };
        let case = proto::data_transfer_req::Case::DataVendorStatusReq(status);
        Body::DataTransferReq(proto::DataTransferReq {
            case: Some(case),
            ..Default::default()
        })
    };
    input(&mut session, now, report(ChargePointStatus::Preparing));
    for start in [1, UNIX + 7200, UNIX - 73 * 3600] {
        input(&mut session, now, vendor(start));
        assert_eq!(
            session.status(now + Duration::from_mins(1)).session_time_s,
            Some(60)
        );
    }
    input(&mut session, now, vendor(UNIX - 600));
    assert_eq!(session.status(now).session_time_s, Some(600));
}

#[test]
fn todays_energy_is_known_after_a_midnight_and_survives_a_meter_reset() {
    let (mut session, now) = session();
    let to_midnight = 86_400 - UNIX.rem_euclid(86_400);
    let at = |seconds: i64| now + Duration::from_secs(u64::try_from(seconds).unwrap());
    input(&mut session, now, register("100.0"));
    assert_eq!(session.status(now).today_energy_kwh, None);
    for (after, value, today) in [
        (1, "100.5", 0.5),
        (2, "102.5", 2.5),
        (3, "0.0", 2.5),
        (4, "1.0", 3.5),
    ] {
        session.handle_input(
            at(to_midnight + after),
            &message::encode(&Envelope {
                message: Some(register(value)),
                client_id: Some("1".into()),
                message_id: Some(1),
            }),
        );
        let known = session.status(at(to_midnight + after)).today_energy_kwh;
        assert!((known.unwrap() - today).abs() < 1e-4, "{known:?}");
    }
}
