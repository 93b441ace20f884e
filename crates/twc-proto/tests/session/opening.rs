//! Listening before speaking, announcing, other controllers.

use std::time::Duration;

use twc_proto::Address;
use twc_proto::message::{Message, Meter, Presence};
use twc_proto::session::{Config, Event, Request, RequestError, Silence, State};

use crate::script::{OURS, Script, UNIT, config, with_limit};
use crate::unit::Unit;

const OTHER: Address = Address(0x7777);

#[test]
fn it_listens_for_five_seconds_then_announces_and_discovers() {
    let mut script = Script::new(config());
    script.units.clear();
    script.seconds(20);
    let at: Vec<_> = script.sent.iter().map(|sent| sent.at.as_millis()).collect();
    assert_eq!(
        at,
        [5_000, 6_300, 7_200, 8_100, 9_100, 9_700, 10_100, 10_500]
    );
    assert_eq!(
        script.kinds()[4..6],
        ["controller_announce", "controller_discover"]
    );
    assert_eq!(
        script.events,
        [
            Event::State(State::Announcing),
            Event::State(State::Running)
        ]
    );
}

#[test]
fn announces_say_no_limit_unless_configured() {
    for (announce_limit, max_current_ca) in [(false, 0), (true, 1_600)] {
        let mut script = Script::new(Config {
            announce_limit,
            ..with_limit(16)
        });
        script.seconds(6);
        let Message::ControllerAnnounce(Presence {
            sender,
            max_current_ca: said,
            ..
        }) = script.sent[0].message
        else {
            panic!("{:?}", script.sent);
        };
        assert_eq!((sender, said), (OURS, max_current_ca));
    }
}

#[test]
fn a_unit_that_is_heard_while_announcing_is_claimed_afterwards() {
    let mut script = Script::new(config());
    script.seconds(6);
    script.presence(0);
    script.seconds(4);
    assert!(script.beats(UNIT).is_empty());
    script.seconds(2);
    assert!(!script.beats(UNIT).is_empty());
}

#[test]
fn another_controller_makes_it_listen_only() {
    for seconds in [1, 7, 14] {
        let mut script = Script::new(config());
        script.seconds(seconds);
        script.presence(0);
        script.seconds(1);
        let before = script.sent.len();
        script.foreign_heartbeat(OTHER);
        script.seconds(60);
        assert_eq!(script.sent.len(), before);
        let silence = Silence::ForeignController(OTHER);
        assert_eq!(script.controller.state(), State::ListenOnly(silence));
        assert_eq!(
            script.count(Event::ForeignController { controller: OTHER }),
            1
        );
        let refused = script.request(Request::OpenContactors);
        assert_eq!(refused, Err(RequestError::ForeignController(OTHER)));
        assert_eq!(script.peripheral().session_sent_ca, Some(1_600));
        assert_eq!(script.peripheral().share, None);
    }
}

#[test]
fn a_lone_controller_that_only_tells_its_meter_is_noticed() {
    let mut script = Script::new(config());
    for _ in 0..2 {
        script.seconds(2);
        let meter = Meter {
            energy_raw: 5,
            ..Meter::default()
        };
        script.say(&Message::Meter {
            sender: OTHER,
            meter,
        });
    }
    script.seconds(30);
    assert!(script.sent.is_empty());
    let controller = script.controller.controllers().next().unwrap();
    assert_eq!(
        (controller.address, controller.meter.unwrap().energy_raw),
        (OTHER, 5)
    );
    assert_eq!(script.controller.peripherals().count(), 0);
}

#[test]
fn it_speaks_again_after_a_foreign_silence_only_if_configured() {
    for auto_resume in [false, true] {
        let mut script = Script::new(Config {
            auto_resume,
            ..config()
        });
        script.foreign_heartbeat(OTHER);
        script.seconds(14);
        script.foreign_heartbeat(OTHER);
        script.pass(Duration::from_millis(14_900));
        assert!(script.sent.is_empty());
        script.seconds(7);
        assert_eq!(!script.sent.is_empty(), auto_resume);
        script.seconds(10);
        assert_eq!(script.controller.state() == State::Running, auto_resume);
    }
}

#[test]
fn a_peripheral_is_no_controller_because_of_one_broken_frame() {
    let mut script = Script::linked(config());
    script.foreign_heartbeat(UNIT);
    script.seconds(2);
    assert_eq!(script.controller.state(), State::Running);
    script.foreign_heartbeat(UNIT);
    script.seconds(2);
    assert_eq!(script.controller.state(), State::Running);
    assert_eq!(script.controller.controllers().count(), 0);
    // Two in a row are no accident.
    script.unit().is_on = false;
    script.seconds(2);
    script.foreign_heartbeat(UNIT);
    script.foreign_heartbeat(UNIT);
    let silence = State::ListenOnly(Silence::ForeignController(UNIT));
    assert_eq!(script.controller.state(), silence);
}

#[test]
fn a_controller_that_turns_out_to_be_a_peripheral_does_not_silence_for_ever() {
    let mut script = Script::new(config());
    script.seconds(1);
    script.foreign_heartbeat(UNIT);
    script.seconds(8);
    assert!(script.sent.is_empty());
    script.presence(0);
    assert_eq!(script.controller.controllers().count(), 0);
    script.seconds(4);
    assert!(script.sent.is_empty(), "it listens anew");
    script.seconds(12);
    assert_eq!(script.controller.state(), State::Running);
    // Nor does it speak when there is a controller after all.
    let mut script = Script::new(config());
    script.foreign_heartbeat(UNIT);
    script.presence(0);
    script.foreign_heartbeat(OTHER);
    script.seconds(30);
    assert!(script.sent.is_empty());
}

#[test]
fn a_unit_lost_under_another_controller_takes_no_part_afterwards() {
    let mut script = Script::new(Config {
        auto_resume: true,
        limit_a: 20,
        ..config()
    });
    script.units.push(Unit::new(0x1839));
    script.link();
    script.units[0].charge(2_000);
    script.seconds(5);
    script.units[0].is_on = false;
    script.foreign_heartbeat(OTHER);
    script.seconds(12);
    script.foreign_heartbeat(OTHER);
    script.seconds(26);
    assert_eq!(script.count(Event::Lost { unit: UNIT }), 1);
    script.units[1].plug_in();
    script.presence(1);
    // What the lost one may hold stays reserved for a minute since it was heard.
    script.seconds(8);
    assert_eq!(script.controller.committed_a(), 20);
    let granted_a = |script: &Script| {
        let other = script.controller.peripheral(script.units[1].address);
        other.unwrap().share.unwrap().granted_a
    };
    assert_eq!(granted_a(&script), None);
    script.seconds(30);
    assert_eq!(granted_a(&script), Some(20));
}

#[test]
fn a_controller_with_our_id_is_a_configuration_error() {
    let mut script = Script::linked(config());
    script.foreign_heartbeat(OURS);
    script.seconds(60);
    assert!(script.sent.is_empty());
    let state = State::ListenOnly(Silence::IdInUse(OURS));
    assert_eq!(script.controller.state(), state);
    assert_eq!(script.count(Event::State(state)), 1);
}

#[test]
fn a_unit_with_our_id_is_made_to_choose_another() {
    let mut script = Script::linked(config());
    let presence = Message::PeripheralPresence(Presence {
        sender: OURS,
        session: 3,
        max_current_ca: 3_200,
    });
    script.say(&presence);
    script.seconds(3);
    script.say(&presence);
    script.seconds(20);
    let count = |kind| script.kinds().iter().filter(|one| **one == kind).count();
    assert_eq!(
        (count("controller_announce"), count("controller_discover")),
        (5, 5)
    );
    assert_eq!(script.count(Event::IdConflict { address: OURS }), 1);
    assert!(script.controller.peripheral(OURS).is_none());
    assert_eq!(script.controller.state(), State::Running);
}

#[test]
fn listening_only_is_never_broken() {
    let mut script = Script::new(Config {
        listen_only: true,
        auto_resume: true,
        ..config()
    });
    script.presence(0);
    script.foreign_heartbeat(OTHER);
    script.seconds(60);
    assert!(script.sent.is_empty());
    let refused = script.request(Request::SetSessionCurrent { current_a: None });
    assert_eq!(refused, Err(RequestError::ListenOnly));
}
