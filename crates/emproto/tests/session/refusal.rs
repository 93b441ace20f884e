//! A refused PIN, and refusals that are none.

use emproto::endpoint::{EndpointConfig, Target};
use emproto::message::{Message, RawBytes};
use emproto::session::{Alarm, Reply, Request, RequestError, RequestFailure, SessionState};
use emproto::{Command, Serial};

use crate::charger::login;
use crate::script::{SERIAL, Script, pin};

#[test]
fn a_wrong_pin_fails_the_login_and_leaves_the_session_passive() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.charger.refuses = true;
    script.announce();
    let session = script.session();
    assert_eq!(
        (session.state(), session.is_authorised()),
        (SessionState::Passive, Some(false))
    );
    script.push_status();
    assert!(script.session().status().is_some());
    let refused = script
        .endpoint
        .request(script.now, SERIAL, Request::Refresh);
    assert_eq!(refused, Err(RequestError::WrongPin));
}

#[test]
fn after_a_wrong_pin_retries_wait_30_seconds_then_twice_as_long_up_to_10_minutes() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.charger.refuses = true;
    for _ in 0..4_000 {
        script.announce();
        script.seconds(1);
    }
    let at: Vec<_> = script.sent.iter().map(|sent| sent.at.as_secs()).collect();
    let pauses = at.windows(2).map(|pair| pair[1] - pair[0]);
    let expected = [30, 60, 120, 240, 480, 600, 600];
    for (pause, expected) in pauses.zip(expected) {
        // Spread, and the rounding of two times.
        assert!(
            (expected..=expected + 1).contains(&pause),
            "{pause} for {expected}"
        );
    }
    assert!(at.len() > expected.len());
}

#[test]
fn another_pin_is_tried_at_once() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.charger.refuses = true;
    let wrong = script.request(Request::Login {
        pin: Some("000000".parse().unwrap()),
    });
    assert_eq!(script.result(wrong), Some(Err(RequestFailure::WrongPin)));
    assert!(!script.session().has_pin());
    script.charger.refuses = false;
    let right = script.request(Request::Login { pin: Some(pin()) });
    assert_eq!(script.result(right), Some(Ok(Reply::LoggedIn)));
}

#[test]
fn a_refused_candidate_does_not_cost_the_pin_that_works() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.refuses = true;
    script.request(Request::Login {
        pin: Some("000000".parse().unwrap()),
    });
    script.charger.refuses = false;
    assert!(script.session().check_pin(&pin()));
    assert_eq!(script.session().is_authorised(), Some(true));
    assert!(script.run(Request::Refresh).is_ok());
}

#[test]
fn a_refused_request_fails_everything_that_waits() {
    let mut script = Script::registered(EndpointConfig::default());
    script.charger.refuses = true;
    let ids = [Request::ReadWeeklyPlan, Request::ReadClock].map(|request| {
        script.answers = false;
        script.request(request)
    });
    script.refuse();
    for id in ids {
        assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
    }
    assert_eq!(script.session().is_authorised(), Some(false));
}

#[test]
fn the_answer_to_a_probe_while_registered_changes_nothing_and_a_stop_goes_out() {
    let mut script = Script::registered(EndpointConfig::default());
    script.endpoint.probe(script.now, Target::Broadcast);
    script.drain();
    script.refuse();
    assert!(script.session().is_registered());
    assert_eq!(script.session().is_authorised(), Some(true));
    let stop = script.request(Request::Stop { user_id: None });
    assert!(script.result(stop).unwrap().is_ok());
}

#[test]
fn the_answer_to_somebody_elses_probe_changes_nothing() {
    let mut script = Script::registered(EndpointConfig::default());
    script.refuse();
    script.seconds(1);
    script.refuse();
    assert!(script.session().is_registered());
    assert_eq!(script.session().is_authorised(), Some(true));
}

#[test]
fn a_wrong_pin_right_after_a_probe_is_refused_at_once() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    script.endpoint.probe(script.now, Target::Broadcast);
    script.drain();
    let id = script.request(Request::Login { pin: Some(pin()) });
    script.refuse();
    assert_eq!(script.result(id), None);
    script.refuse();
    assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
}

#[test]
fn a_probe_accounts_for_one_refusal_for_three_seconds() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    script.endpoint.probe(script.now, Target::Broadcast);
    script.drain();
    script.seconds(4);
    let id = script.request(Request::Login { pin: Some(pin()) });
    script.refuse();
    assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
}

#[test]
fn three_refusals_within_30_seconds_while_acknowledging_mean_a_changed_pin() {
    let mut script = Script::registered(EndpointConfig::default());
    for _ in 0..3 {
        script.heading();
        script.refuse();
        script.seconds(10);
    }
    assert_eq!(script.alarms(), [Alarm::PinChanged]);
    assert_eq!(script.session().is_authorised(), Some(false));
}

#[test]
fn three_refusals_further_apart_mean_nothing() {
    let mut script = Script::registered(EndpointConfig::default());
    for _ in 0..6 {
        script.refuse();
        script.seconds_with_headings(20);
    }
    assert_eq!(script.session().is_authorised(), Some(true));
}

#[test]
fn an_acceptance_after_a_refusal_wins() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    script.request(Request::Login { pin: Some(pin()) });
    script.refuse();
    script.say(&Message::LoginOk(login("BS20", 1, 32)));
    assert!(script.session().is_registered());
    assert_eq!(script.session().is_authorised(), Some(true));
    assert_eq!(script.count(Command::LoginConfirm), 1);
}

#[test]
fn a_refused_login_fails_what_waits_with_the_same_pin() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.answers = false;
    script.announce();
    let id = script.request(Request::ReadWeeklyPlan);
    script.refuse();
    assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
}

#[test]
fn two_probes_account_for_two_refusals() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    for _ in 0..2 {
        script.endpoint.probe(script.now, Target::Broadcast);
    }
    script.drain();
    let id = script.request(Request::Login { pin: Some(pin()) });
    script.refuse();
    script.refuse();
    assert_eq!(script.result(id), None);
    script.refuse();
    assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
}

#[test]
fn each_copy_of_a_probe_accounts_for_one_refusal() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    for _ in 0..3 {
        script.endpoint.probe(script.now, Target::Broadcast);
        script.drain();
        script.endpoint.probe_copied(script.now, 2);
    }
    let stop = script.request(Request::Stop { user_id: None });
    for _ in 0..9 {
        script.refuse();
    }
    assert_eq!((script.alarms(), script.result(stop)), (vec![], None));
    assert_eq!(script.session().is_authorised(), Some(true));
    script.refuse();
    assert_eq!(script.result(stop), Some(Err(RequestFailure::WrongPin)));
}

#[test]
fn copies_account_for_refusals_of_every_charger() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    script.endpoint.probe(script.now, Target::Broadcast);
    script.endpoint.probe_copied(script.now, 1);
    script.drain();
    let other = Serial([0x33; 8]);
    for _ in 0..2 {
        let refusal = Message::PasswordError(RawBytes::EMPTY);
        script.say_from("192.168.1.8:7248".parse().unwrap(), other, &refusal);
    }
    let id = script.request(Request::Login { pin: Some(pin()) });
    script.refuse();
    script.refuse();
    assert_eq!(script.result(id), None);
    script.refuse();
    assert_eq!(script.result(id), Some(Err(RequestFailure::WrongPin)));
}
