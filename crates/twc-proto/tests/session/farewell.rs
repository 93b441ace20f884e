//! How it ends.

use std::time::Duration;

use twc_proto::session::{
    Config, Event, Farewell, PortState, Request, RequestError, RequestFailure, State,
};

use crate::script::{Script, UNIT, config};

fn charging(farewell: Farewell) -> Script {
    let mut script = Script::linked(Config {
        farewell,
        ..config()
    });
    script.unit().charge(3_200);
    script.seconds(20);
    script.clear();
    script
}

fn shut_down(script: &mut Script) {
    script.controller.shutdown(script.now);
    script.drain();
}

#[test]
fn it_brings_units_to_their_floor_and_says_what_they_do() {
    let mut script = charging(Farewell::Floor);
    shut_down(&mut script);
    assert_eq!(script.controller.state(), State::Leaving);
    script.seconds(10);
    assert!(script.controller.is_stopped());
    assert_eq!(script.unit().available_ca, 600);
    let left = Event::Left {
        unit: UNIT,
        charges: true,
        available_ca: 600,
    };
    assert_eq!(script.count(left), 1);
    assert_eq!(script.count(Event::State(State::Stopped)), 1);
    assert_eq!(script.controller.poll_timeout(), None);
    let sent = script.sent.len();
    script.seconds(30);
    assert_eq!(script.sent.len(), sent);
    let refused = script.request(Request::OpenContactors);
    assert_eq!(refused, Err(RequestError::Stopped));
}

#[test]
fn it_does_not_wait_longer_than_ten_seconds_for_them() {
    let mut script = charging(Farewell::Floor);
    script.unit().is_stubborn = true;
    shut_down(&mut script);
    script.pass(Duration::from_millis(9_500));
    assert!(!script.controller.is_stopped());
    script.seconds(1);
    assert!(script.controller.is_stopped());
    let left = Event::Left {
        unit: UNIT,
        charges: true,
        available_ca: 3_200,
    };
    assert_eq!(script.count(left), 1);
}

#[test]
fn a_second_shutdown_does_not_cut_the_way_to_the_floor_short() {
    let mut script = charging(Farewell::Floor);
    shut_down(&mut script);
    shut_down(&mut script);
    assert_eq!(script.controller.state(), State::Leaving);
    script.seconds(10);
    assert!(script.controller.is_stopped());
    let left = Event::Left {
        unit: UNIT,
        charges: true,
        available_ca: 600,
    };
    assert_eq!(script.count(left), 1);
    shut_down(&mut script);
    assert_eq!(script.count(left), 1);
}

#[test]
fn units_that_are_left_behind_a_lost_port_are_told_too() {
    for farewell in [Farewell::Floor, Farewell::Leave] {
        let mut script = charging(farewell);
        script.controller.handle_port(script.now, PortState::Closed);
        script.seconds(2);
        shut_down(&mut script);
        assert!(script.controller.is_stopped());
        let left = Event::Left {
            unit: UNIT,
            charges: true,
            available_ca: 3_200,
        };
        assert_eq!(script.count(left), 1);
    }
}

#[test]
fn it_leaves_at_once_if_configured_or_with_nothing_to_lower() {
    let mut script = charging(Farewell::Leave);
    let id = script
        .request(Request::SetSessionCurrent { current_a: Some(9) })
        .unwrap();
    shut_down(&mut script);
    assert!(script.controller.is_stopped());
    assert!(matches!(
        script.result(id),
        Some(Err(RequestFailure::Stopped { .. }))
    ));
    let left = Event::Left {
        unit: UNIT,
        charges: true,
        available_ca: 3_200,
    };
    assert_eq!(script.count(left), 1);

    let mut idle = Script::linked(config());
    shut_down(&mut idle);
    idle.seconds(2);
    assert!(idle.controller.is_stopped());
    assert_eq!(idle.limits(), []);
}
