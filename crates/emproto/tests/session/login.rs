//! Logging in, staying registered, logging in again.

use std::time::Duration;

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::Message;
use emproto::session::{Config, Event, Known, Reply, Request, RequestFailure, SessionState};

use crate::charger::login;
use crate::script::{ADDRESS, SERIAL, Script, pin};

#[test]
fn an_announcement_of_a_charger_with_a_known_pin_leads_to_a_login() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.announce();
    assert_eq!(
        script.commands()[..4],
        [
            Command::LoginRequest,
            Command::LoginConfirm,
            Command::StatusRequest,
            Command::ChargingRequest
        ]
    );
    assert_eq!(script.sent[0].password, pin().into());
    let session = script.session();
    assert_eq!(
        (session.state(), session.is_authorised()),
        (SessionState::Registered, Some(true))
    );
    assert_eq!(session.configuration().name.as_deref(), Some("Garage"));
    assert_eq!(session.info().software_version, "2.0");
    assert_eq!(session.clock().unwrap().delta_s, 0);
}

#[test]
fn a_loaded_address_is_logged_in_to_without_waiting() {
    let mut script = Script::new(EndpointConfig::default());
    let known = Known {
        address: Some(ADDRESS),
        pin: Some(pin()),
        ..Known::default()
    };
    script.endpoint.add(script.now, SERIAL, known);
    script.drain();
    assert!(script.session().is_registered());
}

#[test]
fn a_login_is_tried_four_times_three_seconds_apart() {
    let mut script = Script::new(EndpointConfig {
        session: Config {
            auto_login: false,
            ..Config::default()
        },
        ..EndpointConfig::default()
    });
    script.announce();
    script.answers = false;
    let id = script.request(Request::Login { pin: Some(pin()) });
    script.seconds(60);
    let times: Vec<_> = script.sent.iter().map(|sent| sent.at.as_secs()).collect();
    assert_eq!(times, [0, 3, 6, 9]);
    let waited = Duration::from_secs(12);
    assert!(matches!(
        script.result(id),
        Some(Err(RequestFailure::NoAnswer { command: Command::LoginRequest, waited: w, .. })) if w == waited
    ));
    assert!(!script.session().has_pin());
}

#[test]
fn an_unanswered_login_is_tried_again_after_ever_longer_pauses() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.answers = false;
    script.announce();
    script.seconds(13);
    script.announce();
    assert_eq!(script.session().state(), SessionState::LoggingIn);
    script.seconds(2);
    assert_eq!(script.session().state(), SessionState::Passive);
    script.seconds(600);
    let rounds = script.sent.len() / 4;
    assert!((7..=12).contains(&rounds), "{rounds}");
}

#[test]
fn only_an_accepted_pin_is_kept() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    let id = script.request(Request::Login { pin: Some(pin()) });
    assert_eq!(script.result(id), Some(Ok(Reply::LoggedIn)));
    assert!(script.session().check_pin(&pin()));
}

#[test]
fn what_is_pushed_to_us_after_a_restart_leads_to_a_login_and_is_not_answered_before() {
    for message in [Command::Heading, Command::StatusPush, Command::ChargingPush] {
        let mut script = Script::new(EndpointConfig::default());
        script.know_pin();
        script.answers = false;
        match message {
            Command::Heading => script.heading(),
            Command::StatusPush => script.push_status(),
            _ => script.push_charge(),
        }
        assert_eq!(script.commands(), [Command::LoginRequest]);
    }
}

#[test]
fn a_charger_that_goes_on_announcing_causes_one_login() {
    let mut script = Script::registered(EndpointConfig::default());
    for second in 0..120 {
        script.seconds(1);
        if second % 10 == 0 {
            script.heading();
        }
        if second % 3 == 0 {
            script.announce();
        }
    }
    assert_eq!(script.count(Command::LoginRequest), 0);
}

#[test]
fn two_announcements_without_headings_for_12_seconds_lead_to_a_login() {
    let mut script = Script::registered(EndpointConfig::default());
    script.seconds_with_headings(20);
    script.heading();
    script.seconds(9);
    script.announce();
    script.seconds(3);
    script.announce();
    assert_eq!(script.count(Command::LoginRequest), 1);
    assert!(script.session().is_registered());
}

#[test]
fn one_announcement_while_registered_changes_nothing() {
    let mut script = Script::registered(EndpointConfig::default());
    script.heading();
    script.seconds(13);
    script.announce();
    script.seconds(11);
    script.announce();
    assert_eq!(script.count(Command::LoginRequest), 0);
}

#[test]
fn without_headings_the_registration_is_lost_after_35_seconds() {
    let mut script = Script::registered(EndpointConfig::default());
    script.heading();
    script.answers = false;
    script.seconds(34);
    assert!(script.session().is_registered());
    script.seconds(1);
    assert_eq!(script.session().state(), SessionState::LoggingIn);
    assert_eq!(script.count(Command::LoginRequest), 1);
}

#[test]
fn automatic_logins_are_at_least_15_seconds_apart() {
    let mut script = Script::registered(EndpointConfig::default());
    // A login from elsewhere, and its answer got lost: the charger announces itself.
    script.answers = false;
    script.seconds(35);
    script.clear();
    for _ in 0..40 {
        script.seconds(1);
        script.announce();
    }
    let at: Vec<_> = script.sent.iter().map(|sent| sent.at.as_secs()).collect();
    let rounds: Vec<_> = at.windows(2).filter(|pair| pair[1] - pair[0] > 4).collect();
    assert!(rounds.len() <= 2, "{at:?}");
}

#[test]
fn a_late_acceptance_is_confirmed() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    let id = script.request(Request::Login { pin: Some(pin()) });
    script.seconds(14);
    assert!(script.result(id).unwrap().is_err());
    script.say(&Message::LoginOk(login("BS20", 1, 32)));
    assert!(script.session().is_registered());
    assert_eq!(script.count(Command::LoginConfirm), 1);
}

#[test]
fn an_acceptance_that_nobody_asked_for_is_not_confirmed() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.say(&Message::LoginOk(login("BS20", 1, 32)));
    assert_eq!(script.count(Command::LoginConfirm), 0);
}

#[test]
fn a_repeated_acceptance_is_confirmed_again_and_nothing_else() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say(&Message::LoginOk(login("BS20", 1, 32)));
    assert_eq!(script.commands(), [Command::LoginConfirm]);
}

#[test]
fn requests_work_without_a_login() {
    let mut script = Script::new(EndpointConfig {
        session: Config {
            auto_login: false,
            ..Config::default()
        },
        ..EndpointConfig::default()
    });
    script.know_pin();
    script.announce();
    assert_eq!(script.run(Request::Refresh), Ok(Reply::Refreshed));
    assert_eq!(
        script.commands(),
        [Command::StatusRequest, Command::ChargingRequest]
    );
    assert_eq!(script.session().is_authorised(), Some(true));
    assert!(!script.session().is_registered());
}

#[test]
fn a_second_login_with_the_same_pin_shares_the_answer() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    let ids = [(); 2].map(|()| script.request(Request::Login { pin: Some(pin()) }));
    assert_eq!(script.count(Command::LoginRequest), 1);
    script.say(&Message::LoginOk(login("BS20", 1, 32)));
    assert_eq!(
        ids.map(|id| script.result(id)),
        [Some(Ok(Reply::LoggedIn)), Some(Ok(Reply::LoggedIn))]
    );
}

#[test]
fn a_login_with_another_pin_takes_the_place_of_one_that_runs() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.answers = false;
    let first = script.request(Request::Login { pin: Some(pin()) });
    let other = "654321".parse().unwrap();
    script.request(Request::Login { pin: Some(other) });
    let failure = RequestFailure::Superseded { sent: true };
    assert_eq!(script.result(first), Some(Err(failure)));
    script.say(&Message::LoginOk(login("BS20", 1, 32)));
    assert!(script.session().check_pin(&other));
}

#[test]
fn readings_are_asked_for_only_when_none_are_pushed() {
    let mut script = Script::registered(EndpointConfig::default());
    for _ in 0..6 {
        script.seconds_with_headings(10);
        script.push_status();
    }
    assert_eq!(script.count(Command::StatusRequest), 0);
    script.seconds_with_headings(31);
    assert_eq!(script.count(Command::StatusRequest), 1);
}

#[test]
fn the_configuration_is_read_every_two_minutes() {
    let mut script = Script::registered(EndpointConfig::default());
    script.seconds_with_headings(245);
    assert_eq!(script.count(Command::Nickname), 2);
    let is_done = |event: &Event| matches!(event, Event::Done { .. });
    assert!(!script.events.iter().any(is_done));
}

#[test]
fn a_restart_right_after_a_login_waits_for_the_cooldown() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.announce();
    for _ in 0..10 {
        script.pass(Duration::from_secs(2));
        script.announce();
    }
    let logins = script
        .sent
        .iter()
        .filter(|sent| sent.message.command() == Command::LoginRequest);
    let at: Vec<_> = logins.map(|sent| sent.at.as_secs()).collect();
    assert_eq!(at, [0, 15]);
}
