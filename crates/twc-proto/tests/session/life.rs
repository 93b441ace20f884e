//! Claiming, losing, returning, restarting.

use std::time::Duration;

use twc_proto::message::{Action, Message};
use twc_proto::session::{Config, Event, LifeCycle};

use crate::script::{Script, UNIT, config};

#[test]
fn a_burst_of_presences_is_claimed_once() {
    let mut script = Script::new(config());
    script.unit().is_on = false;
    script.seconds(12);
    script.clear();
    let from = script.now - script.start;
    for _ in 0..5 {
        script.presence(0);
        script.pass(Duration::from_millis(700));
    }
    script.seconds(4);
    let beats = script.beats(UNIT);
    assert_eq!(beats.len(), 3, "{beats:?}");
    assert!(
        beats
            .iter()
            .all(|(_, action, current)| *action == Action::None && *current == 0)
    );
    let wait = beats[0].0.abs_diff(from);
    assert!((100..=450).contains(&wait.as_millis()), "{wait:?}");
    for pair in beats.windows(2) {
        let gap = pair[1].0.abs_diff(pair[0].0).as_millis();
        assert!((320..=400).contains(&gap), "{gap}");
    }
    script.presence(0);
    script.seconds(4);
    assert_eq!(script.beats(UNIT).len(), 6);
}

#[test]
fn a_new_device_is_told_once_with_version_and_serial() {
    let mut script = Script::new(config());
    script.seconds(12);
    script.presence(0);
    script.seconds(60);
    assert_eq!(script.count(Event::Found { unit: UNIT }), 1);
    assert_eq!(script.count(Event::NewDevice { unit: UNIT }), 1);
    let peripheral = script.peripheral();
    assert_eq!(peripheral.life, LifeCycle::Initialised);
    assert_eq!(peripheral.serial.unwrap().to_string(), "A17A0003495");
    assert_eq!(peripheral.version.unwrap().to_string(), "4.5.3.2");
    assert_eq!(peripheral.hardware_max_ca, Some(3_200));
}

#[test]
fn a_silent_unit_is_stale_then_lost_then_returns() {
    let mut script = Script::linked(config());
    script.unit().is_on = false;
    script.seconds(7);
    assert_eq!(script.peripheral().life, LifeCycle::Stale);
    assert!(script.beats(UNIT).len() >= 4, "polled as before");
    script.seconds(17);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 0);
    script.seconds(3);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 1);
    script.clear();
    script.seconds(120);
    let polls = script.sent.len();
    assert!((8..=40).contains(&polls), "{polls} polls in 120 s");
    script.unit().is_on = true;
    script.seconds(12);
    assert_eq!(script.count(Event::Returned { unit: UNIT }), 1);
    assert_eq!(script.peripheral().life, LifeCycle::Initialised);
    script.clear();
    script.seconds(13);
    assert_eq!(script.beats(UNIT).len(), 10);
}

#[test]
fn a_lost_unit_that_may_draw_gets_no_heartbeats() {
    let mut script = Script::linked(config());
    script.unit().charge(1_600);
    script.seconds(10);
    script.unit().is_on = false;
    script.seconds(27);
    script.clear();
    script.seconds(40);
    assert!(script.beats(UNIT).is_empty());
    assert!(!script.queries().is_empty());
    script.unit().is_on = true;
    script.presence(0);
    script.seconds(1);
    assert_eq!(script.count(Event::Returned { unit: UNIT }), 1);
    assert!(!script.beats(UNIT).is_empty());
}

#[test]
fn another_session_number_is_a_restart_and_all_is_asked_again() {
    let mut script = Script::linked(config());
    script.presence(0);
    assert_eq!(script.peripheral().restarts, 0, "the same number is none");
    script.unit().session = 0x5B;
    script.presence(0);
    assert_eq!(
        script.count(Event::Restarted {
            unit: UNIT,
            count: 1
        }),
        1
    );
    assert_eq!(script.peripheral().serial, None);
    script.seconds(5);
    assert!(script.peripheral().serial.is_some() && script.peripheral().version.is_some());
    assert_eq!(script.count(Event::NewDevice { unit: UNIT }), 0);
}

#[test]
fn a_unit_first_seen_by_a_heartbeat_has_not_restarted_at_its_first_presence() {
    let mut script = Script::new(config());
    script.seconds(12);
    let ours = script.controller.address();
    let report = script.units[0].report(ours, twc_proto::message::PeripheralState::Ready);
    script.say(&report);
    assert_eq!(script.peripheral().session, None);
    assert_eq!(script.peripheral().life, LifeCycle::Linked);
    script.seconds(3);
    script.presence(0);
    assert_eq!(script.peripheral().restarts, 0);
    assert_eq!(script.peripheral().session, Some(0x8E));
}

#[test]
fn noise_that_looks_like_units_does_not_fill_the_memory() {
    let mut script = Script::linked(config());
    for address in 0..1_000 {
        script.units[0].address.0 = address;
        script.presence(0);
    }
    assert!(script.controller.peripherals().count() <= 8);
    assert!(script.controller.counters().ignored > 900);
    // Room is made once the false ones have been lost for long.
    script.seconds(200);
    script.units[0].address.0 = 0x1234;
    script.presence(0);
    assert!(
        script
            .controller
            .peripheral(twc_proto::Address(0x1234))
            .is_some()
    );
    assert!(matches!(
        script.sent.first().unwrap().message,
        Message::ControllerHeartbeat(_) | Message::Query { .. }
    ));
}

#[test]
fn a_unit_claimed_in_vain_is_claimed_again_though_it_says_nothing() {
    let mut script = Script::new(config());
    script.seconds(12);
    script.garbles = true;
    script.presence(0);
    script.seconds(4);
    assert_eq!(script.beats(UNIT).len(), 3);
    script.garbles = false;
    script.seconds(13);
    assert_eq!(script.peripheral().life, LifeCycle::Initialised);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 0);
}

#[test]
fn a_lost_share_is_released_after_a_minute_unless_it_is_kept() {
    for keep_lost_share in [false, true] {
        let mut script = Script::linked(Config {
            keep_lost_share,
            ..config()
        });
        script.unit().charge(1_600);
        script.seconds(3);
        script.unit().charge(3_200);
        script.seconds(7);
        script.unit().is_on = false;
        script.seconds(50);
        assert_eq!(script.controller.committed_a(), 32);
        script.seconds(60);
        let kept_a = if keep_lost_share { 32 } else { 0 };
        assert_eq!(script.controller.committed_a(), kept_a);
    }
}
