//! What a charger wants back, and records.

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{ChargeRecord, Identifier, Message, RawBytes};
use emproto::session::{Config, Event, RecordKey};
use emproto::time::RawTime;

use crate::charger::record;
use crate::script::{SERIAL, Script};

fn acknowledging() -> Script {
    Script::registered(EndpointConfig {
        session: Config {
            acknowledge_records: true,
            ..Config::default()
        },
        ..EndpointConfig::default()
    })
}

fn records(script: &Script) -> Vec<RecordKey> {
    let key = |event: &Event| match event {
        Event::Record { key, .. } => Some(*key),
        _ => None,
    };
    script.events.iter().filter_map(key).collect()
}

/// A record whose charge id is not text.
fn strange(number: u32) -> ChargeRecord {
    let mut id = [0xFE; 16];
    id[..4].copy_from_slice(&number.to_be_bytes());
    record(Identifier(id), RawTime(1_000_000 + number))
}

#[test]
fn headings_and_pushes_are_acknowledged_each_time() {
    let mut script = Script::registered(EndpointConfig::default());
    script.heading();
    script.push_status();
    script.push_status();
    script.push_charge();
    assert_eq!(
        script.commands(),
        [
            Command::HeadingAck,
            Command::StatusAck,
            Command::StatusAck,
            Command::ChargingAck
        ]
    );
    assert_eq!(
        script.sent[1].message,
        Message::StatusAck(RawBytes::from([1]))
    );
}

#[test]
fn without_a_pin_nothing_is_acknowledged_and_everything_is_read() {
    let mut script = Script::new(EndpointConfig::default());
    script.heading();
    script.push_status();
    assert!(script.sent.is_empty());
    assert!(script.session().status().is_some());
}

#[test]
fn a_record_is_told_once_and_acknowledged_after_it_was_taken() {
    let mut script = acknowledging();
    let strange = strange(1);
    script.say(&Message::RecordCurrent(strange.clone()));
    script.say(&Message::RecordLocal(strange.clone()));
    assert_eq!(records(&script).len(), 1);
    assert!(script.sent.is_empty());
    script.endpoint.record_taken(SERIAL, records(&script)[0]);
    script.drain();
    assert_eq!(script.commands(), [Command::RecordLocalAck]);
    let Message::RecordLocalAck(ack) = &script.sent[0].message else {
        panic!("no acknowledgement");
    };
    assert_eq!(ack.charge_id, strange.charge_id);
    script.say(&Message::RecordLocal(strange));
    assert_eq!(script.count(Command::RecordLocalAck), 2);
    assert_eq!(records(&script).len(), 1);
}

#[test]
fn records_are_not_acknowledged_unless_the_owner_wants_that() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say(&Message::RecordCurrent(strange(1)));
    script.endpoint.record_taken(SERIAL, records(&script)[0]);
    script.drain();
    assert!(script.sent.is_empty());
}

#[test]
fn thousands_of_stored_records_are_all_told() {
    let mut script = acknowledging();
    for number in 0..5_000 {
        script.say(&Message::RecordLocal(strange(number)));
        let key = *records(&script).last().unwrap();
        script.endpoint.record_taken(SERIAL, key);
        script.drain();
    }
    assert_eq!(records(&script).len(), 5_000);
    assert_eq!(script.count(Command::RecordLocalAck), 5_000);
}

#[test]
fn two_sessions_of_one_name_within_a_minute_are_two_records() {
    let mut script = acknowledging();
    let id = Identifier::new("2026020310151337").unwrap();
    script.say(&Message::RecordCurrent(record(id, RawTime(1_000_000))));
    script.say(&Message::RecordCurrent(record(id, RawTime(1_000_030))));
    assert_eq!(records(&script).len(), 2);
}

#[test]
fn a_record_under_a_wrong_clock_is_doubtful() {
    let mut script = Script::registered(EndpointConfig::default());
    script.say_time(25_200);
    script.say(&Message::RecordCurrent(strange(1)));
    let is_doubtful = |event: &Event| {
        matches!(
            event,
            Event::Record {
                is_time_doubtful: true,
                ..
            }
        )
    };
    assert!(script.events.iter().any(is_doubtful));
}
