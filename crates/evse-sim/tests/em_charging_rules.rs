//! The simulated EM charger's sessions: starts, stops, reservations, limits, records.
mod em_support;

use std::time::Duration;

use emproto::Command;
use emproto::message::{
    Amps, ChargerState, Fault, Faults, Limit, Message, OutputState, PlugState, Reading, RecordAck,
    ReservationResult, Setting, StartError, StartType, StopReason,
};
use emproto::time::RawTime;
use evse_sim::em::{Device, Model, ViolationKind};
use evse_sim::vehicle::VehicleConfig;

use em_support::{Bench, CLIENT, MINUTE, SECOND, UNIX_S, config, id, order, reservation, signal};

fn plugged() -> Bench {
    let mut bench = Bench::registered();
    bench.act(Device::plug_in);
    bench.run_for(SECOND);
    bench
}

fn charging() -> Bench {
    let mut bench = plugged();
    assert!(bench.start(&order("1")).is_success());
    bench.run_for(MINUTE);
    bench
}

fn last_record(bench: &Bench) -> emproto::message::ChargeRecord {
    match bench
        .all(Command::RecordCurrent)
        .last()
        .map(|seen| &seen.message)
    {
        Some(Message::RecordCurrent(record)) => record.clone(),
        other => panic!("no record: {other:?}"),
    }
}

#[test]
fn a_session_runs_from_the_start_to_the_stop() {
    let mut bench = plugged();
    let reply = bench.start(&order("202609211333"));
    assert_eq!(
        (reply.line_id, reply.start_result),
        (1, 1),
        "the line is the charger's own"
    );
    assert_eq!(reply.reservation_result, ReservationResult::StartedNow);
    let status = bench.status();
    assert_eq!(
        (status.state, status.plug),
        (ChargerState::Charging, PlugState::Connected)
    );
    assert_eq!(status.output, OutputState::Off);
    bench.run_for(30 * MINUTE);
    let status = bench.status();
    assert_eq!(
        (status.output, status.plug),
        (OutputState::On, PlugState::Locked)
    );
    assert_eq!(status.l1.current_centiamps.get(), Some(1_600));
    let session = bench.charging();
    assert_eq!(session.charge_id, id("202609211333"));
    assert!(
        (175..185).contains(&session.session_energy_centikwh),
        "{session:?}"
    );
    bench.seen.clear();
    let reply = bench.stop();
    assert_eq!((reply.stop_result, reply.fail_reason), (11, 0));
    let record = last_record(&bench);
    assert_eq!(
        (record.stop_reason, record.stopped_by),
        (StopReason::App, id("me"))
    );
    assert!((1_795..1_810).contains(&record.duration_s), "{record:?}");
    assert_eq!(bench.status().state, ChargerState::Ready);
    // What it was is still told.
    assert_eq!(bench.charging().charge_id, id("202609211333"));
    assert_eq!(
        (bench.truth().starts, bench.truth().contactor_cycles),
        (1, 1)
    );
    assert_eq!(bench.violations(), []);
}

#[test]
fn charging_statuses_come_every_ten_seconds_while_it_runs() {
    let mut bench = charging();
    bench.seen.clear();
    bench.run_for(5 * MINUTE);
    assert_eq!(bench.count(Command::ChargingPush), 30);
    bench.stop();
    bench.run_for(SECOND);
    bench.seen.clear();
    bench.run_for(5 * MINUTE);
    assert_eq!(bench.count(Command::ChargingPush), 0);
}

#[test]
fn starts_are_refused_with_their_numbers() {
    let check = |bench: &mut Bench, order, result, error| {
        let reply = bench.start(&order);
        assert_eq!((reply.reservation_result, reply.error), (result, error));
        assert_eq!(reply.start_result, 0);
    };
    let mut bench = Bench::registered();
    check(
        &mut bench,
        order("1"),
        ReservationResult::StartedNow,
        StartError::NotPluggedIn,
    );
    bench.act(Device::plug_in);
    let late = reservation("1", 25 * 3_600);
    check(
        &mut bench,
        late,
        ReservationResult::MoreThan24Hours,
        StartError::BadTime,
    );
    assert!(bench.start(&order("1")).is_success());
    check(
        &mut bench,
        order("2"),
        ReservationResult::AlreadyCharging,
        StartError::AlreadyCharging,
    );
    bench.stop();
    assert!(bench.start(&reservation("3", 3_600)).is_success());
    check(
        &mut bench,
        order("4"),
        ReservationResult::ReservationExists,
        StartError::ReservationPending,
    );
    bench.stop();
    bench.act(|device, now| device.set_faults(now, Faults::NONE.with(Fault::NotGrounded)));
    check(
        &mut bench,
        order("5"),
        ReservationResult::SystemError,
        StartError::SystemError,
    );
    assert_eq!(bench.violations(), []);
    bench.act(|device, now| device.set_faults(now, Faults::NONE));
    let strong = emproto::message::ChargeStart {
        current_a: 40,
        ..order("6")
    };
    check(
        &mut bench,
        strong,
        ReservationResult::SystemError,
        StartError::SystemError,
    );
    assert_eq!(
        bench.violations(),
        [ViolationKind::OutOfRange(Command::ChargeStart)]
    );
}

#[test]
fn a_finished_session_must_be_cleared_by_a_stop() {
    let mut order_1 = order("1");
    order_1.max_duration_min = Limit(1);
    let mut bench = plugged();
    assert!(bench.start(&order_1).is_success());
    bench.run_for(2 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Completed);
    assert_eq!(last_record(&bench).stop_reason, StopReason::TimeLimit);
    let refused = bench.start(&order("2"));
    assert_eq!(refused.error, StartError::UnknownReason);
    bench.stop();
    assert_eq!(bench.device.state(), ChargerState::Ready);
    assert!(bench.start(&order("2")).is_success());
    bench.stop();
    // A reservation is taken as it is.
    assert!(bench.start(&order_1).is_success());
    bench.run_for(2 * MINUTE);
    assert!(bench.start(&reservation("3", 3_600)).is_success());
}

#[test]
fn sessions_end_for_their_reasons() {
    let end = |change: fn(&mut emproto::message::ChargeStart), act: fn(&mut Bench)| {
        let mut order = order("1");
        change(&mut order);
        let mut bench = plugged();
        assert!(bench.start(&order).is_success());
        bench.run_for(10 * SECOND);
        act(&mut bench);
        bench.run_for(20 * MINUTE);
        (last_record(&bench).stop_reason, bench.device.state())
    };
    let energy = end(|order| order.max_energy_centikwh = Reading(50), |_| {});
    assert_eq!(energy, (StopReason::EnergyLimit, ChargerState::Completed));
    let unplugged = end(|_| {}, |bench| bench.act(Device::unplug));
    assert_eq!(unplugged, (StopReason::Unplugged, ChargerState::Standby));
    let fee = end(|order| order.parameter_3 = Reading(0), |_| {});
    assert_eq!(
        fee,
        (StopReason::FeeLimitOrAutomatic, ChargerState::Completed)
    );
    let emergency = |bench: &mut Bench| {
        bench.act(|device, now| device.set_faults(now, Faults::NONE.with(Fault::EmergencyStop)));
    };
    assert_eq!(
        end(|_| {}, emergency),
        (StopReason::EmergencyStop, ChargerState::Fault)
    );
    let hot = |bench: &mut Bench| {
        let fault = Faults::NONE.with(Fault::OverTemperatureInside);
        bench.act(|device, now| device.set_faults(now, fault));
    };
    assert_eq!(
        end(|_| {}, hot),
        (StopReason::BoardTooHot, ChargerState::Fault)
    );
    let full = |bench: &mut Bench| {
        bench.act(|device, _| device.vehicle_mut().set_state_of_charge(1.0));
    };
    assert_eq!(end(|_| {}, full), (StopReason::Full, ChargerState::Full));
}

#[test]
fn a_car_that_does_not_want_to_is_waited_for() {
    let mut bench = plugged();
    bench.act(|device, _| device.vehicle_mut().set_wants_charge(false));
    assert!(bench.start(&order("1")).is_success());
    bench.run_for(MINUTE);
    let status = bench.status();
    assert_eq!(
        (status.state, status.output),
        (ChargerState::Charging, OutputState::Off)
    );
    assert_eq!(status.plug, PlugState::Connected);
    bench.act(|device, _| device.vehicle_mut().set_wants_charge(true));
    bench.run_for(2 * SECOND);
    assert_eq!(bench.status().output, OutputState::On);
}

#[test]
fn a_reservation_waits_with_and_without_a_car() {
    let mut bench = Bench::registered();
    let reply = bench.start(&reservation("1", 600));
    assert_eq!(
        (reply.reservation_result, reply.start_result),
        (ReservationResult::Reserved, 0)
    );
    assert_eq!(bench.device.state(), ChargerState::Reserved);
    let session = bench.charging();
    assert_eq!(session.charge_id, id("1"));
    assert_eq!(session.reservation.to_unix(|_| 0), Some(UNIX_S + 600));
    assert_eq!(
        session.started.to_unix(|_| 0),
        Some(UNIX_S + 1),
        "when it was taken"
    );
    bench.act(Device::plug_in);
    bench.run_for(9 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Reserved);
    bench.run_for(MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Charging);
    bench.stop();
    bench.act(Device::unplug);
    assert!(bench.start(&reservation("2", 1_200)).is_success());
    bench.run_for(20 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Standby);
    assert_eq!(
        last_record(&bench).stop_reason,
        StopReason::ReservationWithoutPlug
    );
    assert!(bench.start(&reservation("3", 86_400)).is_success());
    bench.stop();
    assert_eq!(
        last_record(&bench).stop_reason,
        StopReason::ReservationCancelled
    );
}

#[test]
fn reservations_go_by_the_chargers_clock() {
    let mut options = config(Model::BesenBs20, 1);
    options.clock_skew_s = 7 * 3_600;
    let mut bench = Bench::with_client(options);
    bench.act(Device::plug_in);
    let reply = bench.start(&reservation("1", 3_600));
    assert_eq!(reply.reservation_result, ReservationResult::InThePast);
    assert_eq!(
        bench.device.state(),
        ChargerState::Charging,
        "it charges at once"
    );
    bench.stop();
    // A clock that moves moves the start with it.
    assert!(bench.start(&reservation("2", 8 * 3_600)).is_success());
    let right = RawTime::from_unix(UNIX_S + 8 * 3_600 - 60, 0).expect("in range");
    bench.ask(&Message::SystemTime(Setting::<RawTime>::set(right)));
    assert_eq!(bench.device.state(), ChargerState::Reserved);
    bench.run_for(62 * SECOND);
    assert_eq!(bench.device.state(), ChargerState::Charging);
}

#[test]
fn a_start_stores_its_current() {
    let mut bench = plugged();
    assert!(bench.start(&order("1")).is_success());
    assert_eq!(bench.truth().output_a, 16);
}

#[test]
fn records_are_repeated_until_the_right_id_comes_back() {
    let mut bench = charging();
    bench.seen.clear();
    bench.stop();
    assert_eq!(bench.count(Command::RecordCurrent), 1);
    bench.run_for(Duration::from_secs(36));
    assert_eq!(bench.count(Command::RecordLocal), 10);
    bench.send(&Message::RecordLocalAck(RecordAck::new(id("other"))));
    assert_eq!(bench.violations(), [ViolationKind::UnknownRecord]);
    assert_eq!(bench.truth().unacknowledged_records, 1);
    for _ in 0..2 {
        bench.send(&Message::RecordLocalAck(RecordAck::new(id("1"))));
    }
    assert_eq!(bench.violations().len(), 1, "a duplicate is no breach");
    bench.seen.clear();
    bench.run_for(MINUTE);
    assert_eq!(bench.count(Command::RecordLocal), 0);
}

#[test]
fn the_oldest_record_is_repeated_first() {
    let mut bench = Bench::registered();
    bench.act(|device, now| device.add_unacknowledged_records(now, 50));
    let mut last = RawTime::NONE;
    while bench.truth().unacknowledged_records > 0 {
        bench.seen.clear();
        bench.run_for(4 * SECOND);
        let Some(Message::RecordLocal(record)) = bench
            .all(Command::RecordLocal)
            .first()
            .map(|seen| seen.message.clone())
        else {
            panic!("none");
        };
        assert!(record.started > last);
        last = record.started;
        bench.send(&Message::RecordLocalAck(RecordAck::new(record.charge_id)));
    }
}

#[test]
fn the_button_starts_where_the_start_method_lets_it() {
    let mut bench = plugged();
    bench.act(Device::press_button);
    assert_eq!(bench.device.state(), ChargerState::Ready);
    let method = Setting::<emproto::message::StartMethod>::set(0.into());
    bench.ask(&Message::StartMethod(method));
    bench.act(Device::press_button);
    let session = bench.charging();
    assert_eq!(
        (session.start_type, session.user_id),
        (StartType::PlugAndCharge, id("PAP"))
    );
    bench.act(Device::press_button);
    assert_eq!(last_record(&bench).stop_reason, StopReason::Key);
}

#[test]
fn a_full_battery_tapers_off_and_ends_the_session() {
    let mut options = config(Model::BesenBs20, 1);
    options.vehicle = VehicleConfig {
        battery_kwh: 1.0,
        ..VehicleConfig::default()
    };
    let mut bench = Bench::with_client(options);
    bench.act(Device::plug_in);
    assert!(bench.start(&order("1")).is_success());
    bench.run_for(60 * MINUTE);
    assert_eq!(bench.device.state(), ChargerState::Full);
    bench.seen.clear();
    assert!(matches!(
        bench.ask(&Message::OutputAmps(Setting::<Amps>::get())),
        Message::OutputAmpsReply(_)
    ));
    assert_eq!(bench.device.client(), Some(CLIENT));
    assert!(bench.ask(&signal(Command::VersionRequest)).command() == Command::VersionReply);
}
