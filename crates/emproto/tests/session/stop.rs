//! Stopping.

use std::time::Duration;

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{ChargerState, Identifier, Message, OutputState, PlugState};
use emproto::session::{
    Config, Reply, Request, RequestFailure, SessionState, StartRequest, Stopped,
};

use crate::script::{SERIAL, Script};
use crate::start::start;

const STOP: Request = Request::Stop { user_id: None };

fn charging() -> Script {
    let mut script = Script::registered(EndpointConfig::default());
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    script.clear();
    script
}

#[test]
fn a_stop_goes_out_at_once_with_line_1_and_47_bytes() {
    let mut script = charging();
    let id = script.request(Request::Stop {
        user_id: Some(Identifier::new("anna").unwrap()),
    });
    let Message::ChargeStop(stop) = &script.sent[0].message else {
        panic!("no stop");
    };
    let order = stop.order.unwrap();
    assert_eq!(
        (
            order.line_id,
            order.user_id.to_str_lossy().as_ref(),
            stop.extra.len()
        ),
        (1, "anna", 30)
    );
    assert!(matches!(
        script.result(id),
        Some(Ok(Reply::Stopped(Stopped { reply: Some(_) })))
    ));
    assert_eq!(script.session().is_charging(), Some(false));
}

#[test]
fn a_stop_is_sent_when_nothing_was_heard_for_long() {
    let mut script = charging();
    script.answers = false;
    script.seconds(300);
    assert!(!script.session().is_online());
    script.clear();
    script.request(STOP);
    assert_eq!(script.commands(), [Command::ChargeStop]);
}

#[test]
fn a_stop_is_sent_without_a_login() {
    let mut script = Script::new(EndpointConfig {
        session: Config {
            auto_login: false,
            ..Config::default()
        },
        ..EndpointConfig::default()
    });
    script.know_pin();
    script.announce();
    assert_eq!(script.session().state(), SessionState::Seen);
    assert!(script.run(STOP).is_ok());
}

#[test]
fn a_stop_is_sent_while_the_registration_is_being_lost() {
    let mut script = charging();
    script.charger.mute = vec![Command::LoginRequest];
    script.seconds(36);
    assert_eq!(script.session().state(), SessionState::LoggingIn);
    assert!(script.run(STOP).is_ok());
}

#[test]
fn an_unanswered_stop_is_repeated_and_the_state_decides() {
    let mut script = charging();
    script.charger.mute = vec![Command::ChargeStop];
    assert_eq!(
        script.run(STOP),
        Ok(Reply::Stopped(Stopped { reply: None }))
    );
    assert_eq!(script.count(Command::ChargeStop), 2);
}

#[test]
fn a_stop_that_does_nothing_is_reported() {
    let mut script = charging();
    script.charger.deaf = vec![Command::ChargeStop];
    let waited = Duration::from_secs(10);
    assert!(matches!(
        script.run(STOP),
        Err(RequestFailure::NoAnswer { command: Command::ChargeStop, waited: w, .. }) if w == waited
    ));
}

#[test]
fn a_rejected_stop_tells_the_number() {
    let mut script = charging();
    script.charger.fail_reason = 3;
    assert_eq!(
        script.run(STOP),
        Err(RequestFailure::StopRejected { fail_reason: 3 })
    );
}

#[test]
fn a_stop_ends_a_start_that_runs() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.deaf = vec![Command::ChargeStart];
    let request = StartRequest {
        current_a: Some(16),
        ..StartRequest::default()
    };
    let begun = script.request(start(request));
    let stop = script.request(STOP);
    assert_eq!(
        script.result(begun),
        Some(Err(RequestFailure::Superseded { sent: true }))
    );
    assert!(script.result(stop).unwrap().is_ok());
    script.seconds(20);
    assert_eq!(script.count(Command::ChargeStart), 1);
}

#[test]
fn a_second_stop_shares_the_answer_of_the_first() {
    let mut script = charging();
    script.answers = false;
    let ids = [(); 2].map(|()| script.request(STOP));
    script.seconds(11);
    assert!(ids.iter().all(|id| script.result(*id).unwrap().is_err()));
}

#[test]
fn a_stop_to_a_refused_pin_says_so() {
    let mut script = charging();
    script.charger.refuses = true;
    let id = script.request(STOP);
    assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
    let again = script.endpoint.request(script.now, SERIAL, STOP);
    assert_eq!(again, Err(emproto::session::RequestError::WrongPin));
}

#[test]
fn a_start_waits_for_a_stop_that_runs() {
    let mut script = charging();
    script.answers = false;
    script.request(STOP);
    let request = StartRequest {
        current_a: Some(16),
        ..StartRequest::default()
    };
    let begun = script.request(start(request));
    script.answers = true;
    script.seconds(20);
    assert!(script.result(begun).unwrap().is_ok());
    assert_eq!(script.count(Command::ChargeStart), 1);
}
