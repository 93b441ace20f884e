//! Requests whose socket closed.

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{ChargerState, OutputState, PlugState};
use emproto::session::{Alarm, Request, SessionState, StartRequest};

use crate::script::{SERIAL, Script, pin};
use crate::start::start;

fn at_16_amps() -> Request {
    start(StartRequest {
        current_a: Some(16),
        ..StartRequest::default()
    })
}

#[test]
fn an_abandoned_start_that_waits_for_readings_is_never_sent() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    script.seconds_with_headings(60);
    script.clear();
    let id = script.request(at_16_amps());
    assert!(script.commands().contains(&Command::StatusRequest));
    script.endpoint.abandon_requests(script.now);
    script.drain();
    script.answers = true;
    assert!(script.run(Request::Refresh).is_ok());
    assert_eq!(script.count(Command::ChargeStart), 0);
    assert_eq!(script.result(id), None);
}

#[test]
fn an_abandoned_start_that_waits_to_be_sent_does_not_leave() {
    let mut script = Script::registered(EndpointConfig::default());
    let now = script.now;
    let asked = script.endpoint.request(now, SERIAL, at_16_amps());
    asked.unwrap();
    script.endpoint.abandon_requests(now);
    script.drain();
    script.seconds(20);
    assert_eq!(script.count(Command::ChargeStart), 0);
    // The next one does.
    assert!(script.run(at_16_amps()).is_ok());
    assert_eq!(script.count(Command::ChargeStart), 1);
}

#[test]
fn an_abandoned_login_is_not_repeated_and_the_session_goes_on_with_the_pin_that_it_has() {
    let mut script = Script::new(EndpointConfig::default());
    script.know_pin();
    script.answers = false;
    let other = "654321".parse().ok();
    script.announce();
    script.request(Request::Login { pin: other });
    assert_eq!(script.count(Command::LoginRequest), 2);
    script.endpoint.abandon_requests(script.now);
    script.drain();
    assert_ne!(script.session().state(), SessionState::LoggingIn);
    script.clear();
    script.seconds(5);
    let mut logins = script.sent.iter();
    assert!(logins.next().is_some_and(|it| it.password == pin().into()));
    assert!(logins.all(|it| it.password == pin().into()));
}

#[test]
fn a_stop_of_its_own_that_is_abandoned_is_an_alarm() {
    let mut script = Script::registered(EndpointConfig::default());
    let request = StartRequest {
        current_a: Some(16),
        start_at_unix_s: Some(script.unix_s() + 7_200),
        ..StartRequest::default()
    };
    assert!(script.run(start(request)).is_ok());
    script.charger.deaf = vec![Command::ChargeStop];
    script
        .charger
        .go(PlugState::Locked, OutputState::On, ChargerState::Charging);
    script.push_status();
    script.clear();
    script.endpoint.abandon_requests(script.now);
    script.drain();
    assert_eq!(script.alarms(), [Alarm::ReservationNotStopped]);
    script.seconds(20);
    assert_eq!(script.count(Command::ChargeStop), 0);
}
