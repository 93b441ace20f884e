//! Starting at once.

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{
    ChargeStart, ChargeType, ChargerState, Fault, Faults, Identifier, Limit, Message, OutputState,
    PlugState, RawBytes, Reading, ReservationResult, StartError, StartReply,
};
use emproto::session::{Reply, Request, RequestError, RequestFailure, StartRequest, Started};

use crate::charger::{charging, login};
use crate::script::{SERIAL, Script};

pub(crate) fn start(request: StartRequest) -> Request {
    Request::Start(Box::new(request))
}

fn at_16_amps() -> Request {
    start(StartRequest {
        current_a: Some(16),
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

fn started(result: Result<Reply, RequestFailure>) -> Started {
    match result {
        Ok(Reply::Started(started)) => *started,
        other => panic!("{other:?}"),
    }
}

/// Answers a start by hand.
fn answer(error: StartError, line_id: u8) -> Message {
    Message::ChargeStartReply(StartReply {
        line_id,
        reservation_result: ReservationResult::StartedNow,
        start_result: u8::from(error == StartError::None),
        error,
        current_a: 16,
        extra: RawBytes::EMPTY,
    })
}

#[test]
fn a_start_is_confirmed_by_the_answer_and_the_state() {
    let mut script = Script::registered(EndpointConfig::default());
    let started = started(script.run(at_16_amps()));
    assert!(started.is_confirmed && started.reply.is_some());
    let order = &sent(&script)[..];
    let [order] = order else { panic!("{order:?}") };
    assert_eq!(
        (order.line_id, order.is_reservation, order.current_a),
        (1, 0, 16)
    );
    assert_eq!(order.start, emproto::time::RawTime(script.right().0 - 25));
    assert_eq!(order.parameter_3, Reading::<u16>::NONE);
    assert_eq!(
        (order.max_duration_min, order.max_energy_centikwh),
        (Limit::<u16>::NONE, Reading::<u16>::NONE)
    );
    assert!(order.charge_id.to_str_lossy().starts_with("202602031015"));
    assert_eq!(order.charge_id.to_str_lossy().len(), 16);
}

#[test]
fn limits_and_names_go_out_as_given() {
    let mut script = Script::registered(EndpointConfig::default());
    let request = StartRequest {
        current_a: Some(8),
        user_id: Some(Identifier::new("anna").unwrap()),
        charge_id: Some(Identifier::new("first").unwrap()),
        max_duration_min: Some(90),
        max_energy_centikwh: Some(1_250),
        ..StartRequest::default()
    };
    started(script.run(start(request)));
    let order = &sent(&script)[0];
    assert_eq!(order.charge_id.to_str_lossy(), "first");
    assert_eq!(order.user_id.to_str_lossy(), "anna");
    assert_eq!(
        (order.max_duration_min, order.max_energy_centikwh),
        (Limit(90), Reading(1_250))
    );
}

#[test]
fn the_line_follows_the_phases() {
    let check = |device_type: u8, single_phase: bool, line_id: Option<u8>, expected: u8| {
        let mut script = Script::registered(EndpointConfig::default());
        script.say(&Message::Announce(login("X", device_type, 32)));
        let request = StartRequest {
            current_a: Some(16),
            single_phase,
            line_id,
            ..StartRequest::default()
        };
        started(script.run(start(request)));
        let order = &sent(&script)[0];
        assert_eq!(
            (order.line_id, order.charge_type),
            (expected, ChargeType::Normal)
        );
    };
    check(1, false, None, 1);
    check(12, false, None, 2);
    check(12, true, None, 1);
    check(12, false, Some(1), 1);
}

#[test]
fn without_a_current_the_configured_one_is_taken() {
    let mut script = Script::registered(EndpointConfig::default());
    started(script.run(start(StartRequest::default())));
    assert_eq!(sent(&script)[0].current_a, 16);
    assert_eq!(script.commands()[0], Command::ChargeStart);
}

#[test]
fn an_unknown_current_is_asked_for_once_and_then_refused() {
    let mut script = Script::new(EndpointConfig::default());
    script.charger.mute = vec![Command::OutputAmps];
    script.register();
    script.seconds_with_headings(10);
    script.clear();
    let result = script.run(start(StartRequest::default()));
    assert_eq!(result, Err(RequestFailure::CurrentUnknown));
    assert!(sent(&script).is_empty());
    script.charger.mute.clear();
    script.heading();
    started(script.run(start(StartRequest::default())));
}

#[test]
fn what_is_out_of_range_is_refused_before_a_byte() {
    let mut script = Script::registered(EndpointConfig::default());
    let base = || StartRequest {
        current_a: Some(16),
        ..StartRequest::default()
    };
    let ahead = script.unix_s() + 86_401;
    for request in [
        StartRequest {
            current_a: Some(5),
            ..base()
        },
        StartRequest {
            current_a: Some(33),
            ..base()
        },
        StartRequest {
            max_duration_min: Some(65_535),
            ..base()
        },
        StartRequest {
            max_energy_centikwh: Some(65_535),
            ..base()
        },
        StartRequest {
            start_at_unix_s: Some(ahead),
            ..base()
        },
    ] {
        let result = script.endpoint.request(script.now, SERIAL, start(request));
        assert!(
            matches!(result, Err(RequestError::InvalidArgument(_))),
            "{result:?}"
        );
    }
    script.drain();
    assert!(script.sent.is_empty());
}

#[test]
fn a_car_that_was_plugged_in_since_the_last_push_is_charged() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.go(
        PlugState::Disconnected,
        OutputState::Off,
        ChargerState::Standby,
    );
    script.push_status();
    script
        .charger
        .go(PlugState::Locked, OutputState::Off, ChargerState::Ready);
    started(script.run(at_16_amps()));
}

#[test]
fn nothing_is_sent_without_a_vehicle_or_with_a_fault() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.go(
        PlugState::Disconnected,
        OutputState::Off,
        ChargerState::Standby,
    );
    script.push_status();
    assert_eq!(script.run(at_16_amps()), Err(RequestFailure::NotPluggedIn));
    script.charger.status.plug = PlugState::Locked;
    script.charger.status.faults = Faults::NONE.with(Fault::NotGrounded);
    script.push_status();
    assert!(matches!(
        script.run(at_16_amps()),
        Err(RequestFailure::Faulty { .. })
    ));
    script.charger.status.faults = Faults::NONE;
    script.charger.status.emergency_raw = 0;
    script.push_status();
    assert!(matches!(
        script.run(at_16_amps()),
        Err(RequestFailure::Faulty { .. })
    ));
    assert!(sent(&script).is_empty());
}

#[test]
fn stale_readings_are_asked_for_before_a_start() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::StatusRequest, Command::LoginRequest];
    script.seconds(40);
    script.clear();
    let result = script.run(at_16_amps());
    assert!(matches!(
        result,
        Err(RequestFailure::NoAnswer {
            command: Command::StatusRequest,
            ..
        })
    ));
    assert!(sent(&script).is_empty());
}

#[test]
fn a_session_that_is_over_gets_exactly_one_stop_before_a_start() {
    for state in [ChargerState::Completed, ChargerState::Full] {
        let mut script = Script::registered(EndpointConfig::default());
        script
            .charger
            .go(PlugState::Locked, OutputState::Off, state);
        script.push_status();
        started(script.run(at_16_amps()));
        let commands = script.commands();
        assert_eq!(script.count(Command::ChargeStop), 1);
        let at = |command| commands.iter().position(|sent| *sent == command);
        assert!(at(Command::ChargeStop) < at(Command::ChargeStart));
    }
}

#[test]
fn a_ready_charger_gets_no_stop_before_a_start() {
    let mut script = Script::registered(EndpointConfig::default());
    started(script.run(at_16_amps()));
    assert_eq!(script.count(Command::ChargeStop), 0);
}

#[test]
fn a_state_that_does_not_leave_prevents_the_start() {
    let mut script = Script::registered(EndpointConfig::default());
    script
        .charger
        .go(PlugState::Locked, OutputState::Off, ChargerState::Full);
    script.push_status();
    script.charger.deaf = vec![Command::ChargeStop];
    let state = ChargerState::Full;
    assert_eq!(
        script.run(at_16_amps()),
        Err(RequestFailure::NotCleared { state })
    );
    assert_eq!(
        (sent(&script).len(), script.count(Command::ChargeStop)),
        (0, 1)
    );
}

#[test]
fn a_running_session_is_replaced_only_when_asked_to() {
    let mut script = Script::registered(EndpointConfig::default());
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    assert_eq!(
        script.run(at_16_amps()),
        Err(RequestFailure::AlreadyCharging)
    );
    assert_eq!(script.count(Command::ChargeStop), 0);
    script.heading();
    let request = StartRequest {
        current_a: Some(10),
        replace: true,
        ..StartRequest::default()
    };
    started(script.run(start(request)));
    assert_eq!(script.count(Command::ChargeStop), 1);
}

#[test]
fn a_rejection_tells_both_numbers() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.deaf = vec![Command::ChargeStart];
    let id = script.request(at_16_amps());
    script.say(&answer(StartError::NotPluggedIn, 1));
    let failure = RequestFailure::StartRejected {
        reservation: ReservationResult::StartedNow,
        error: StartError::NotPluggedIn,
    };
    assert_eq!(script.result(id), Some(Err(failure)));
}

#[test]
fn the_line_of_the_answer_does_not_matter() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::ChargeStart];
    let id = script.request(at_16_amps());
    script.say(&answer(StartError::None, 9));
    script.seconds(5);
    assert!(script.result(id).unwrap().is_ok());
}

#[test]
fn an_answer_after_seven_seconds_counts() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.deaf = vec![Command::ChargeStart];
    let id = script.request(at_16_amps());
    script.seconds(7);
    assert_eq!(script.result(id), None);
    script.say(&answer(StartError::None, 1));
    script.seconds(5);
    assert!(!started(script.result(id).unwrap()).is_confirmed);
    assert_eq!(sent(&script).len(), 1);
}

#[test]
fn an_unanswered_start_whose_session_shows_has_worked() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.mute = vec![Command::ChargeStart];
    let started = started(script.run(at_16_amps()));
    assert!(started.reply.is_none() && started.is_confirmed);
    assert_eq!(sent(&script).len(), 1);
}

#[test]
fn an_unanswered_start_without_a_session_has_an_unknown_outcome_and_is_not_repeated() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.deaf = vec![Command::ChargeStart];
    let result = script.run(at_16_amps());
    assert_eq!(
        result,
        Err(RequestFailure::OutcomeUnknown { shows_none: true })
    );
    assert_eq!(sent(&script).len(), 1);
    assert!(
        script.count(Command::StatusRequest) >= 1 && script.count(Command::ChargingRequest) >= 1
    );
}

#[test]
fn an_unanswered_start_to_a_silent_charger_has_an_unknown_outcome() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    let result = script.run(at_16_amps());
    assert_eq!(
        result,
        Err(RequestFailure::OutcomeUnknown { shows_none: false })
    );
    assert_eq!(sent(&script).len(), 1);
}

#[test]
fn somebody_elses_session_is_not_taken_for_ours() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.deaf = vec![Command::ChargeStart];
    script.charger.charge = charging(ChargerState::Charging, "another", script.right());
    script.charger.charge.state = ChargerState::Charging;
    let id = script.request(at_16_amps());
    script.seconds(11);
    assert!(matches!(
        script.result(id),
        Some(Err(RequestFailure::OutcomeUnknown { .. }))
    ));
}

#[test]
fn the_current_that_a_start_stores_is_read_again() {
    let mut script = Script::registered(EndpointConfig::default());
    let request = StartRequest {
        current_a: Some(8),
        ..StartRequest::default()
    };
    started(script.run(start(request)));
    assert_eq!(script.session().configuration().output_current_a, Some(8));
}
