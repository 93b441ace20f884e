//! The ring of records.

use std::time::Duration;

use emproto::Command;
use emproto::endpoint::EndpointConfig;
use emproto::message::{Identifier, Message};
use emproto::session::{Config, Event, Reply, Request};
use emproto::time::RawTime;

use crate::charger::record;
use crate::script::Script;

fn with_slots(filled: u32, capacity: u32) -> Script {
    let mut script = Script::registered(EndpointConfig {
        session: Config {
            max_history_slots: 50,
            ..Config::default()
        },
        ..EndpointConfig::default()
    });
    script.charger.capacity = capacity;
    script.charger.records = (0..filled)
        .map(|number| Some(record(Identifier::default(), RawTime(9_000 - number))))
        .collect();
    script
}

#[test]
fn the_ring_is_read_slot_by_slot_and_sorted_by_start() {
    let mut script = with_slots(5, 12);
    let id = script.request(Request::ReadHistory);
    script.seconds(4);
    let Some(Ok(Reply::History(history))) = script.result(id) else {
        panic!("not read");
    };
    assert_eq!((history.records.len(), history.capacity), (5, 12));
    assert!(history.unread_slots.is_empty());
    assert!(history.records.is_sorted_by_key(|record| record.started));
    assert_eq!(script.count(Command::HistorySlotRequest), 12);
    let last = script.events.iter().rev().find_map(|event| match event {
        Event::Progress { done, total, .. } => Some((*done, *total)),
        _ => None,
    });
    assert_eq!(last, Some((12, 12)));
}

#[test]
fn at_most_four_slots_are_asked_for_in_a_second() {
    let mut script = with_slots(0, 40);
    script.request(Request::ReadHistory);
    script.seconds(12);
    let at: Vec<_> = script
        .sent
        .iter()
        .filter(|sent| sent.message.command() == Command::HistorySlotRequest)
        .map(|sent| sent.at)
        .collect();
    assert!(
        at.windows(2)
            .all(|pair| pair[1] >= pair[0] + Duration::from_millis(250))
    );
    assert_eq!(at.len(), 40);
}

#[test]
fn slots_without_an_answer_are_asked_for_four_times_and_then_named() {
    let mut script = with_slots(0, 3);
    script.charger.mute = vec![Command::HistorySlotRequest];
    let id = script.request(Request::ReadHistory);
    script.seconds(30);
    let Some(Ok(Reply::History(history))) = script.result(id) else {
        panic!("not ended");
    };
    assert_eq!(history.unread_slots, [1, 2, 3]);
    assert_eq!(script.count(Command::HistorySlotRequest), 12);
}

#[test]
fn a_capacity_of_four_billion_is_not_believed() {
    let mut script = with_slots(1, u32::MAX);
    let id = script.request(Request::ReadHistory);
    script.seconds(30);
    let Some(Ok(Reply::History(history))) = script.result(id) else {
        panic!("not read");
    };
    assert_eq!(history.capacity, u32::MAX);
    assert_eq!(script.count(Command::HistorySlotRequest), 50);
}

#[test]
fn an_empty_ring_is_read_at_once_and_a_silent_one_is_no_answer() {
    let mut script = with_slots(0, 0);
    assert!(
        matches!(script.run(Request::ReadHistory), Ok(Reply::History(history)) if history.records.is_empty())
    );
    script.charger.mute = vec![Command::HistoryInfoRequest];
    assert!(script.run(Request::ReadHistory).is_err());
}

#[test]
fn one_reading_serves_all_and_holds_back_the_polls() {
    let mut script = with_slots(0, 40);
    script.charger.mute = vec![Command::HistorySlotRequest];
    let ids = [(); 2].map(|()| script.request(Request::ReadHistory));
    script.seconds_with_headings(40);
    assert_eq!(script.count(Command::HistoryInfoRequest), 1);
    assert_eq!(script.count(Command::StatusRequest), 0);
    script.seconds_with_headings(30);
    assert!(ids.iter().all(|id| script.result(*id).unwrap().is_ok()));
    assert!(script.count(Command::StatusRequest) > 0);
}

#[test]
fn an_unasked_slot_is_nothing_to_a_reading() {
    let mut script = with_slots(2, 2);
    script.answers = false;
    let id = script.request(Request::ReadHistory);
    let info = script.charger.answer(
        RawTime(1),
        &Message::signal(Command::HistoryInfoRequest).unwrap(),
    );
    script.say(&info.unwrap());
    script.answers = true;
    script.seconds(10);
    assert!(
        matches!(script.result(id), Some(Ok(Reply::History(history))) if history.records.len() == 2)
    );
}
