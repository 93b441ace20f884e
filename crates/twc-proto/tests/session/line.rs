//! Half duplex: echoes, collisions, noise, the port.

use std::time::Duration;

use twc_proto::session::{Event, LifeCycle, PortState, State};

use crate::script::{Script, UNIT, config};

#[test]
fn an_echo_is_no_foreign_controller_and_no_unit() {
    let mut script = Script::new(config());
    script.echoes = true;
    script.link();
    script.seconds(60);
    assert_eq!(script.controller.state(), State::Running);
    assert_eq!(script.controller.controllers().count(), 0);
    assert_eq!(script.controller.peripherals().count(), 1);
    let counters = script.controller.counters();
    assert!(
        counters.echoes > 60 && counters.echoes <= counters.sent,
        "{counters:?}"
    );
}

#[test]
fn nothing_is_sent_while_bytes_arrive_nor_within_50_ms_after() {
    let mut script = Script::linked(config());
    script.pass(Duration::from_millis(100));
    script.clear();
    for _ in 0..200 {
        script.controller.handle_activity(script.now);
        script.pass(Duration::from_millis(10));
    }
    assert!(script.sent.is_empty(), "{:?}", script.sent);
    let last = script.now - script.start;
    script.seconds(1);
    assert!(script.sent[0].at >= last + Duration::from_millis(40));
}

#[test]
fn an_answer_that_arrives_over_the_end_of_its_window_is_taken() {
    let mut script = Script::linked(config());
    script.delay = Duration::from_millis(290);
    script.clear();
    let missed = script.controller.counters().missed;
    script.seconds(20);
    assert_eq!(script.controller.counters().missed, missed);
}

#[test]
fn garbled_answers_are_collisions_and_are_backed_off() {
    let mut script = Script::linked(config());
    script.garbles = true;
    script.seconds(2);
    script.clear();
    script.seconds(4);
    let collision = |event: &&Event| {
        matches!(
            event,
            Event::LineError {
                collision: true,
                ..
            }
        )
    };
    assert!(script.events.iter().filter(collision).count() >= 3);
    // A slot of 320 ms, then 100 to 400 ms after the end of the answer at about 190 ms.
    let gaps: Vec<_> = script
        .sent
        .windows(2)
        .map(|pair| pair[1].at.abs_diff(pair[0].at).as_millis())
        .collect();
    assert!(gaps.iter().any(|gap| *gap > 400), "{gaps:?}");
    assert!(gaps.iter().all(|gap| *gap >= 320), "{gaps:?}");
}

#[test]
fn two_ticks_of_errors_only_are_noise_and_it_pauses_for_one() {
    let mut script = Script::linked(config());
    script.unit().is_on = false;
    script.clear();
    for _ in 0..3 {
        script.pass(Duration::from_millis(1_300));
        script.error();
    }
    script.pass(Duration::from_millis(1_300));
    assert_eq!(script.count(Event::BusNoise), 1);
    let longest = script
        .sent
        .windows(2)
        .map(|pair| pair[1].at.abs_diff(pair[0].at))
        .max()
        .unwrap();
    assert!(longest > Duration::from_millis(1_600), "{longest:?}");
    script.clear();
    for _ in 0..10 {
        script.error();
        script.presence(0);
        script.pass(Duration::from_millis(1_300));
    }
    assert_eq!(script.count(Event::BusNoise), 0, "frames came too");
}

#[test]
fn a_port_that_goes_and_comes_back_keeps_the_records_and_loses_nobody_at_once() {
    let mut script = Script::linked(config());
    script.controller.handle_port(script.now, PortState::Closed);
    script.drain();
    script.clear();
    script.seconds(600);
    assert!(script.sent.is_empty());
    assert_eq!(script.peripheral().life, LifeCycle::Stale);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 0);
    assert!(script.peripheral().serial.is_some());
    script.unit().is_on = false;
    script.controller.handle_port(script.now, PortState::Open);
    script.drain();
    script.pass(Duration::from_millis(4_900));
    assert!(script.sent.is_empty(), "it listens again");
    script.seconds(21);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 0);
    script.seconds(2);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 1);
}

#[test]
fn an_answer_that_comes_too_late_is_not_taken_for_another() {
    let mut script = Script::linked(config());
    script.delay = Duration::from_millis(420);
    script.seconds(20);
    assert!(script.controller.counters().missed > 10);
    assert!(script.peripheral().life < LifeCycle::Stale);
}
