//! Finding chargers, and where they are.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use emproto::endpoint::{EndpointConfig, EndpointEvent, Target};
use emproto::message::{Action, Amps, Message, RawBytes, Setting};
use emproto::session::{Changes, Event, Request, RequestError, SessionState};
use emproto::{Command, Password, Serial};

use crate::charger::login;
use crate::script::{ADDRESS, SERIAL, Script};

const OTHER: Serial = Serial([9; 8]);
const ELSEWHERE: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 9), 30_139);

#[test]
fn a_probe_holds_no_pin_and_its_answer_is_a_sighting() {
    let mut script = Script::new(EndpointConfig::default());
    script.endpoint.probe(script.now, Target::Broadcast);
    script.drain();
    let probe = &script.sent[0];
    assert_eq!(probe.to, "255.255.255.255:7248".parse().unwrap());
    assert!(probe.password.is_none());
    script.refuse();
    let session = script.session();
    assert_eq!(session.address(), Some(ADDRESS));
    assert_eq!(
        (session.state(), session.is_authorised()),
        (SessionState::Seen, None)
    );
    assert_eq!(script.events[0], Event::Added);
}

#[test]
fn a_probe_to_one_address_goes_there() {
    let mut script = Script::new(EndpointConfig::default());
    let target = Target::Address(*ADDRESS.ip());
    script.endpoint.probe(script.now, target);
    script.drain();
    assert_eq!(script.sent[0].to, SocketAddrV4::new(*ADDRESS.ip(), 7248));
}

#[test]
fn an_announcement_is_a_sighting() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    let session = script.session();
    assert_eq!(
        (session.info().model.as_str(), session.phases()),
        ("BS20", Some(1))
    );
    assert_eq!(session.label(), "Besen BS20");
    assert!(script.changed(Changes::INFO) && script.sent.is_empty());
}

#[test]
fn two_serials_in_one_packet_and_behind_one_address_are_two_chargers() {
    let mut script = Script::new(EndpointConfig::default());
    let announce = Message::Announce(login("BS20", 1, 32));
    let mut packet = announce.to_datagram(SERIAL, Password::NONE_FF).unwrap();
    packet.extend(announce.to_datagram(OTHER, Password::NONE).unwrap());
    script.packet(ADDRESS, &packet);
    let serials: Vec<_> = script
        .endpoint
        .evses()
        .map(emproto::session::Session::serial)
        .collect();
    assert_eq!(serials, [SERIAL, OTHER]);
}

#[test]
fn a_charger_that_moves_is_followed() {
    let mut script = Script::registered(EndpointConfig::default());
    script.address = ELSEWHERE;
    script.heading();
    assert_eq!(script.session().address(), Some(ELSEWHERE));
    assert_eq!(script.sent.last().unwrap().to, ELSEWHERE);
    assert!(script.changed(Changes::ADDRESS));
    assert!(script.session().is_registered());
}

#[test]
fn a_phone_that_echoes_settings_is_not_the_charger() {
    let mut script = Script::registered(EndpointConfig::default());
    let echo = Message::OutputAmpsReply(Setting::raw(Action::Set, Amps(9)));
    script.say_from(ELSEWHERE, SERIAL, &echo);
    assert_eq!(script.session().address(), Some(ADDRESS));
    assert_eq!(script.session().configuration().output_current_a, Some(16));
    script.say_from(ELSEWHERE, OTHER, &echo);
    assert!(script.endpoint.evse(OTHER).is_none());
    assert_eq!(script.endpoint.counters().ignored, 2);
}

#[test]
fn our_own_broadcasts_and_serial_zero_are_ignored() {
    let mut script = Script::new(EndpointConfig::default());
    script.say_from(ADDRESS, SERIAL, &Message::probe());
    script.say_from(ADDRESS, Serial::ZERO, &Message::Heading(RawBytes::EMPTY));
    assert!(script.endpoint.is_empty() && script.events.is_empty());
}

#[test]
fn garbage_costs_only_itself() {
    let mut script = Script::new(EndpointConfig::default());
    let announce = Message::Announce(login("BS20", 1, 32));
    let mut packet = announce.to_datagram(SERIAL, Password::NONE_FF).unwrap();
    packet.extend([7; 40]);
    script.packet(ADDRESS, &packet);
    script.packet(ADDRESS, &[]);
    assert_eq!(script.endpoint.len(), 1);
    let is_malformed = |event: &EndpointEvent| matches!(event, EndpointEvent::Malformed { .. });
    assert_eq!(
        script
            .others
            .iter()
            .filter(|event| is_malformed(event))
            .count(),
        2
    );
    assert_eq!(script.endpoint.counters().malformed, 2);
}

#[test]
fn a_payload_that_is_too_short_is_told_and_changes_nothing() {
    let mut script = Script::registered(EndpointConfig::default());
    let mut bytes = Vec::new();
    emproto::frame::Datagram::new(SERIAL, Password::NONE, Command::StatusPush, &[1, 2])
        .encode(&mut bytes)
        .unwrap();
    script.packet(ADDRESS, &bytes);
    assert!(matches!(
        script.events[..],
        [Event::Malformed {
            command: Command::StatusPush,
            ..
        }]
    ));
}

#[test]
fn there_is_place_for_so_many_chargers_only() {
    let mut script = Script::new(EndpointConfig {
        max_evses: 1,
        ..EndpointConfig::default()
    });
    script.announce();
    script.say_from(ADDRESS, OTHER, &Message::Announce(login("BS20", 1, 32)));
    assert_eq!(script.endpoint.len(), 1);
    assert!(script.endpoint.remove(SERIAL));
    script.say_from(ADDRESS, OTHER, &Message::Announce(login("BS20", 1, 32)));
    assert!(script.endpoint.evse(OTHER).is_some());
}

#[test]
fn a_removed_charger_ends_its_requests() {
    let mut script = Script::registered(EndpointConfig::default());
    script.answers = false;
    let id = script.request(Request::ReadWeeklyPlan);
    assert!(script.endpoint.remove(SERIAL));
    script.drain();
    assert_eq!(
        script.result(id),
        Some(Err(emproto::session::RequestFailure::Removed))
    );
    assert_eq!(script.events.last(), Some(&Event::Removed));
    script.seconds(100);
    assert!(script.endpoint.poll_timeout().is_none());
}

#[test]
fn without_address_or_pin_requests_are_refused_at_once() {
    let mut script = Script::new(EndpointConfig::default());
    let ask = |script: &mut Script| {
        script
            .endpoint
            .request(script.now, SERIAL, Request::Refresh)
    };
    assert_eq!(ask(&mut script), Err(RequestError::UnknownCharger));
    script.know_pin();
    assert_eq!(ask(&mut script), Err(RequestError::NoAddress));
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    assert_eq!(ask(&mut script), Err(RequestError::NoPin));
}

#[test]
fn a_charger_falls_offline_after_35_seconds_of_silence() {
    let mut script = Script::new(EndpointConfig::default());
    script.announce();
    script.seconds(34);
    assert!(script.session().is_online());
    script.clear();
    script.seconds(1);
    assert_eq!(script.session().state(), SessionState::Offline);
    assert!(script.changed(Changes::ONLINE));
    script.announce();
    assert!(script.session().is_online());
}

#[test]
fn times_at_their_limits_neither_hang_nor_panic() {
    for time in [Duration::ZERO, Duration::MAX] {
        let mut config = EndpointConfig::default();
        config.session.offline_after = time;
        config.session.poll = Some(time);
        config.session.refresh_configuration = Some(time);
        let mut script = Script::registered(config);
        script.seconds_with_headings(60);
        assert!(script.session().is_online() || time.is_zero());
        let asked = script.count(Command::OutputAmps);
        assert_eq!(asked > 5, time.is_zero(), "{asked}");
    }
}
