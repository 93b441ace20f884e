//! Starting later.

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{ChargeStart, ChargerState, Message, OutputState, PlugState};
use emproto::session::{Alarm, ClockPolicy, Config, Reply, Request, RequestFailure, StartRequest};
use emproto::time::RawTime;

use crate::charger::charging;
use crate::script::{Script, UNIX};
use crate::start::start;

const IN_TWO_HOURS: i64 = UNIX + 7_200;

fn later() -> Request {
    start(StartRequest {
        current_a: Some(16),
        start_at_unix_s: Some(IN_TWO_HOURS),
        ..StartRequest::default()
    })
}

fn sent(script: &Script) -> Vec<ChargeStart> {
    let start = |sent: &crate::script::Sent| match &sent.message {
        Message::ChargeStart(start) => Some(start.clone()),
        _ => None,
    };
    script.sent.iter().filter_map(start).collect()
}

fn with_clock(policy: ClockPolicy, ahead_s: i64, offset: i32) -> Script {
    let config = EndpointConfig {
        session: Config {
            clock: policy,
            ..Config::default()
        },
        ..EndpointConfig::default()
    };
    let mut script = Script::in_zone(config, offset);
    script.charger.clock_ahead_s = ahead_s;
    script.register();
    script
}

/// By the charger's own clock, seconds from now to the reservation.
fn own_wait_s(script: &Script, order: &ChargeStart) -> i64 {
    order.start.seconds_since(script.right()) - script.charger.clock_ahead_s
}

#[test]
fn a_reservation_is_made_by_a_clock_that_was_just_read() {
    let mut script = Script::registered(EndpointConfig::default());
    script.seconds_with_headings(70);
    script.push_status();
    script.clear();
    let Ok(Reply::Started(started)) = script.run(later()) else {
        panic!("not reserved");
    };
    assert_eq!(script.commands()[0], Command::SystemTime);
    assert!(started.is_confirmed);
    assert_eq!(started.reserved_for_unix_s, Some(IN_TWO_HOURS));
    let order = &sent(&script)[0];
    assert_eq!(order.is_reservation, 1);
    assert_eq!(
        order.start,
        RawTime::from_unix(IN_TWO_HOURS, 3_600).unwrap()
    );
    let charge = script.session().charge().unwrap();
    assert_eq!(charge.reserved_for_unix_s, Some(IN_TWO_HOURS));
}

#[test]
fn a_clock_in_utc_is_set_and_the_reservation_is_right() {
    let mut script = with_clock(ClockPolicy::WhenWrong, 25_200, 3_600);
    script.charger.clock_ahead_s = 25_200;
    script.seconds_with_headings(70);
    script.push_status();
    assert!(script.run(later()).is_ok());
    assert_eq!(script.charger.clock_ahead_s, 0);
    assert_eq!(
        own_wait_s(&script, &sent(&script)[0]),
        7_200 - script.unix_s() + UNIX
    );
    assert!(script.alarms().is_empty());
}

#[test]
fn a_clock_that_cannot_be_set_moves_the_reservation_along() {
    for (offset, ahead_s) in [
        (3_600, 25_200),
        (-18_000, 46_800),
        (32_400, -3_600),
        (39_600, -10_800),
    ] {
        let mut script = Script::in_zone(EndpointConfig::default(), offset);
        script.charger.ignores_clock_sets = true;
        script.charger.clock_ahead_s = ahead_s;
        script.register();
        let begun = script.unix_s();
        let request = start(StartRequest {
            current_a: Some(16),
            start_at_unix_s: Some(IN_TWO_HOURS + 30),
            ..StartRequest::default()
        });
        assert!(script.run(request).is_ok(), "{ahead_s}");
        let order = &sent(&script)[0];
        let wait_s = own_wait_s(&script, order) + script.unix_s() - begun;
        let wanted_s = IN_TWO_HOURS + 30 - begun;
        assert!(
            (wanted_s..wanted_s + 60).contains(&wait_s),
            "{wait_s} for {wanted_s}"
        );
        assert_eq!(order.start.0 % 60, 0);
        assert_eq!(script.charger.status.state, ChargerState::Reserved);
        assert!(script.alarms().is_empty());
    }
}

#[test]
fn a_clock_that_must_not_be_set_moves_the_reservation_along() {
    let mut script = with_clock(ClockPolicy::Never, 25_200, 3_600);
    assert!(script.run(later()).is_ok());
    assert_eq!(script.charger.clock_ahead_s, 25_200);
    assert_eq!(script.charger.status.state, ChargerState::Reserved);
}

#[test]
fn without_the_charger_s_time_nothing_is_reserved() {
    let mut script = Script::registered(EndpointConfig::default());
    script.seconds_with_headings(70);
    script.push_status();
    script.charger.mute = vec![Command::SystemTime];
    script.clear();
    assert_eq!(script.run(later()), Err(RequestFailure::ClockUnknown));
    assert!(sent(&script).is_empty());
}

#[test]
fn a_reservation_that_begins_at_once_is_stopped_at_once() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.moves_before_start_s = 25_200;
    let result = script.run(later());
    assert!(
        matches!(result, Err(RequestFailure::StartedAtOnce { .. })),
        "{result:?}"
    );
    assert_eq!(script.count(Command::ChargeStop), 1);
    assert!(matches!(
        script.alarms()[..],
        [Alarm::ReservationStartedAtOnce { .. }]
    ));
    assert_eq!(script.charger.status.output, OutputState::Off);
}

#[test]
fn a_reservation_that_begins_early_is_stopped() {
    let mut script = Script::registered(EndpointConfig::default());
    assert!(script.run(later()).is_ok());
    script.clear();
    script.seconds_with_headings(600);
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    assert_eq!(script.count(Command::ChargeStop), 1);
    assert!(matches!(
        script.alarms()[..],
        [Alarm::ReservationStartedAtOnce { .. }]
    ));
}

#[test]
fn a_stop_of_an_early_reservation_that_fails_is_an_alarm_of_its_own() {
    let mut script = Script::registered(EndpointConfig::default());
    assert!(script.run(later()).is_ok());
    script.charger.deaf = vec![Command::ChargeStop];
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    script.seconds(11);
    assert_eq!(script.alarms().last(), Some(&Alarm::ReservationNotStopped));
}

#[test]
fn a_reservation_that_begins_in_time_charges() {
    let mut script = Script::registered(EndpointConfig::default());
    assert!(script.run(later()).is_ok());
    script.seconds_with_headings(7_200 - 60);
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    assert_eq!(script.count(Command::ChargeStop), 0);
}

#[test]
fn a_session_that_somebody_started_meanwhile_is_not_stopped() {
    let mut script = Script::registered(EndpointConfig::default());
    assert!(script.run(later()).is_ok());
    script.charger.charge = charging(ChargerState::Charging, "by hand", script.right());
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_charge();
    script.push_status();
    assert_eq!(script.count(Command::ChargeStop), 0);
}

#[test]
fn a_reservation_needs_no_vehicle() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.go(
        PlugState::Disconnected,
        OutputState::Off,
        ChargerState::Standby,
    );
    script.push_status();
    assert!(script.run(later()).is_ok());
}

#[test]
fn a_session_that_is_over_needs_no_stop_before_a_reservation() {
    let mut script = Script::registered(EndpointConfig::default());
    script
        .charger
        .go(PlugState::Locked, OutputState::Off, ChargerState::Full);
    script.push_status();
    assert!(script.run(later()).is_ok());
    assert_eq!(script.count(Command::ChargeStop), 0);
}

#[test]
fn a_pending_reservation_is_replaced_only_when_asked_to() {
    let mut script = Script::registered(EndpointConfig::default());
    assert!(script.run(later()).is_ok());
    script.heading();
    script.push_status();
    script.clear();
    let result = script.run(later());
    let Err(RequestFailure::ReservationPending {
        start: Some(pending),
    }) = result
    else {
        panic!("{result:?}");
    };
    assert_eq!(pending.to_string(), "2026-02-03T12:15:00");
    let text = result.expect_err("pending").to_string();
    let told = "a reservation is pending for 2026-02-03 12:15; ";
    assert!(text.starts_with(told), "{text}");
    script.heading();
    script.push_status();
    let replaced = script.run(start(StartRequest {
        current_a: Some(16),
        start_at_unix_s: Some(IN_TWO_HOURS + 600),
        replace: true,
        ..StartRequest::default()
    }));
    assert!(replaced.is_ok(), "{replaced:?}");
    assert_eq!(script.count(Command::ChargeStop), 1);
}

#[test]
fn a_time_that_is_past_means_now() {
    let mut script = Script::registered(EndpointConfig::default());
    let request = start(StartRequest {
        current_a: Some(16),
        start_at_unix_s: Some(UNIX - 3_600),
        ..StartRequest::default()
    });
    assert!(script.run(request).is_ok());
    assert_eq!(sent(&script)[0].is_reservation, 0);
}
