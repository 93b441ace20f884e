//! Requests: what they send, and how they end.

use std::time::Duration;

use twc_proto::Address;
use twc_proto::message::{Action, PeripheralState, PlugState};
use twc_proto::session::{PortState, Reply, Request, RequestError, RequestFailure, Why};

use crate::script::{Script, UNIT, config, with_limit};

fn charging(limit_a: u16) -> Script {
    let mut script = Script::linked(with_limit(limit_a));
    script.unit().charge(limit_a * 100);
    script.seconds(20);
    script.clear();
    script
}

const fn session(current_a: u16) -> Request {
    Request::SetSessionCurrent {
        current_a: Some(current_a),
    }
}

#[test]
fn a_session_current_is_granted_and_echoed() {
    let mut script = charging(20);
    let expected = Reply::Limited {
        asked_a: Some(13),
        granted_a: 13,
        accepted: true,
        why: Why::Wish,
    };
    assert_eq!(script.run(session(13)), Ok(expected));
    assert_eq!(script.limits()[0], (Action::SetSessionCurrent, 1_300));
    assert_eq!(script.peripheral().share.unwrap().session_asked_a, Some(13));
}

#[test]
fn more_than_the_cap_is_granted_in_part_and_says_so() {
    let mut script = charging(20);
    let Ok(Reply::Limited {
        asked_a,
        granted_a,
        accepted,
        ..
    }) = script.run(session(99))
    else {
        panic!("{:?}", script.events);
    };
    assert_eq!((asked_a, granted_a, accepted), (Some(99), 20, true));
}

#[test]
fn a_limit_that_the_unit_ignores_ends_as_not_accepted() {
    let mut script = charging(20);
    script.unit().is_stubborn = true;
    let Ok(Reply::Limited {
        granted_a,
        accepted,
        ..
    }) = script.run(session(13))
    else {
        panic!("{:?}", script.events);
    };
    assert_eq!((granted_a, accepted), (13, false));
}

#[test]
fn a_session_current_that_nobody_answers_has_an_unknown_outcome() {
    let mut script = charging(20);
    script.unit().is_on = false;
    assert_eq!(script.run(session(13)), Err(RequestFailure::OutcomeUnknown));
}

#[test]
fn a_later_session_current_replaces_an_earlier_one() {
    let mut script = charging(20);
    let first = script.request(session(13)).unwrap();
    let second = script.request(session(14)).unwrap();
    assert_eq!(script.result(first), Some(Err(RequestFailure::Superseded)));
    script.seconds(16);
    assert!(matches!(
        script.result(second),
        Some(Ok(Reply::Limited {
            granted_a: 14,
            accepted: true,
            ..
        }))
    ));
}

#[test]
fn a_session_current_ends_with_its_session() {
    let mut script = charging(20);
    script.run(session(8)).unwrap();
    script.unit().set(PeripheralState::Ready);
    script.unit().plug = PlugState::Unplugged;
    script.unit().available_ca = 0;
    script.seconds(30);
    script.unit().plug_in();
    script.seconds(20);
    assert_eq!(script.unit().available_ca, 2_000);
}

#[test]
fn an_initial_current_is_stored_and_told_when_the_next_session_begins() {
    let mut script = charging(20);
    let stored = Reply::Stored {
        asked_a: Some(9),
        granted_a: 9,
    };
    let request = Request::SetInitialCurrent { current_a: Some(9) };
    assert_eq!(script.run(request), Ok(stored));
    assert_eq!(script.limits(), [], "nothing for the session that runs");
    script.unit().set(PeripheralState::Ready);
    script.unit().plug = PlugState::Unplugged;
    script.unit().available_ca = 0;
    script.seconds(30);
    script.clear();
    script.unit().plug_in();
    script.seconds(10);
    assert_eq!(script.limits()[0], (Action::SetInitialCurrent, 900));
}

#[test]
fn currents_between_nothing_and_the_floor_are_refused() {
    let mut script = charging(20);
    for request in [
        session(1),
        session(5),
        Request::SetInitialCurrent { current_a: Some(5) },
    ] {
        let refused = script.request(request);
        assert!(
            matches!(refused, Err(RequestError::BelowFloor { floor_a: 6, .. })),
            "{refused:?}"
        );
    }
    // 0: as little as can be, for the bus offers no stop.
    script.run(session(0)).unwrap();
    assert_eq!(script.unit().available_ca, 600);
}

#[test]
fn a_session_current_needs_a_vehicle_and_a_step_a_charge() {
    let mut script = Script::linked(config());
    assert_eq!(
        script.request(session(10)),
        Err(RequestError::NoVehicle(UNIT))
    );
    assert_eq!(
        script.request(Request::Increase),
        Err(RequestError::NotCharging(UNIT))
    );
    assert_eq!(
        script.request(Request::Decrease),
        Err(RequestError::NotCharging(UNIT))
    );
    let nobody = Address(0x1111);
    let refused = script
        .controller
        .request(script.now, nobody, Request::Decrease);
    assert_eq!(refused, Err(RequestError::UnknownUnit(nobody)));
}

#[test]
fn an_increase_is_sent_once_and_only_when_two_amps_are_free() {
    let mut script = charging(20);
    let refused = script.request(Request::Increase);
    assert!(
        matches!(refused, Err(RequestError::NoCapacity { .. })),
        "{refused:?}"
    );
    script.run(session(10)).unwrap();
    script.clear();
    let stepped = Reply::Stepped {
        before_ca: 1_000,
        now_ca: 1_000,
        accepted: true,
    };
    assert_eq!(script.run(Request::Increase), Ok(stepped));
    let steps = script
        .limits()
        .into_iter()
        .filter(|(action, _)| *action == Action::Increase);
    assert_eq!(steps.count(), 1);
    script.seconds(20);
    assert_eq!(script.unit().available_ca, 1_200, "and stays");
    assert!(script.controller.committed_a() <= 20);
}

#[test]
fn a_decrease_is_sent_once_and_frees_nothing() {
    let mut script = charging(20);
    let committed_a = script.controller.committed_a();
    let stepped = Reply::Stepped {
        before_ca: 2_000,
        now_ca: 2_000,
        accepted: true,
    };
    assert_eq!(script.run(Request::Decrease), Ok(stepped));
    assert_eq!(script.limits(), [(Action::Decrease, 0)]);
    assert_eq!(script.controller.committed_a(), committed_a);
}

#[test]
fn a_step_that_the_unit_does_not_show_is_not_accepted() {
    let mut script = charging(20);
    script.unit().is_stubborn = true;
    let Ok(Reply::Stepped { accepted, .. }) = script.run(Request::Decrease) else {
        panic!("{:?}", script.events);
    };
    assert!(!accepted);
}

#[test]
fn contactor_commands_come_first_and_are_acknowledged() {
    for (request, kind) in [
        (Request::OpenContactors, "open_contactors"),
        (
            Request::CloseContactors { force: false },
            "close_contactors",
        ),
    ] {
        let mut script = charging(20);
        let id = script.request(request).unwrap();
        script.seconds(2);
        assert_eq!(script.result(id), Some(Ok(Reply::Acknowledged)));
        let count = script.kinds().iter().filter(|one| **one == kind).count();
        assert_eq!(count, 1);
        let contactors = script.peripheral().contactors.unwrap();
        assert_eq!(
            (contactors.open, contactors.acknowledged),
            (kind == "open_contactors", true)
        );
    }
}

#[test]
fn a_contactor_command_without_acknowledgement_is_repeated_twice_and_then_unknown() {
    let mut script = charging(20);
    script.unit().is_old = true;
    let id = script.request(Request::OpenContactors).unwrap();
    script.seconds(10);
    assert_eq!(script.result(id), Some(Err(RequestFailure::OutcomeUnknown)));
    let count = script
        .kinds()
        .iter()
        .filter(|kind| **kind == "open_contactors")
        .count();
    assert_eq!(count, 3);
    assert!(!script.peripheral().contactors.unwrap().acknowledged);
}

#[test]
fn contactors_are_closed_at_most_once_a_minute_unless_forced_and_always_opened() {
    let mut script = charging(20);
    let close = Request::CloseContactors { force: false };
    script.run(Request::OpenContactors).unwrap();
    assert!(matches!(
        script.request(close),
        Err(RequestError::TooSoon { .. })
    ));
    script.seconds(14);
    let refused = script.request(close);
    let Err(RequestError::TooSoon { retry_after, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(retry_after, Duration::from_secs(30));
    script
        .run(Request::CloseContactors { force: true })
        .unwrap();
    script.run(Request::OpenContactors).unwrap();
    script.seconds(61);
    script.run(close).unwrap();
}

#[test]
fn a_unit_with_opened_contactors_is_offered_nothing_until_they_are_closed_or_the_vehicle_leaves() {
    for is_closed in [true, false] {
        let mut script = charging(20);
        script.run(Request::OpenContactors).unwrap();
        script.unit().available_ca = 0;
        for state in [
            PeripheralState::PluggedNotCharging,
            PeripheralState::PluggedReady,
            PeripheralState::Starting,
        ] {
            script.set_state(state);
            script.clear();
            script.seconds(30);
            assert_eq!(script.limits(), [], "{state}");
        }
        let current = Request::SetSessionCurrent {
            current_a: Some(20),
        };
        let refused = Err(RequestError::ContactorsOpen(UNIT));
        assert_eq!(script.request(current), refused);
        if is_closed {
            script
                .run(Request::CloseContactors { force: true })
                .unwrap();
        } else {
            script.unit().plug = PlugState::Unplugged;
            script.set_state(PeripheralState::Ready);
            script.seconds(30);
            script.unit().plug_in();
        }
        script.seconds(10);
        assert!(!script.limits().is_empty());
    }
}

#[test]
fn a_unit_that_goes_on_charging_after_its_contactors_were_opened_can_still_be_told_to_draw_less() {
    let mut script = charging(20);
    script.run(Request::OpenContactors).unwrap();
    script.controller.set_limit_a(script.now, 10);
    script.seconds(10);
    assert_eq!(script.unit().available_ca, 1_000);
    script.controller.set_limit_a(script.now, 20);
    script.clear();
    script.seconds(20);
    assert_eq!(script.limits(), []);
}

#[test]
fn opening_twice_shares_the_answer_goes_ahead_of_closing_and_is_never_too_many() {
    let mut script = charging(20);
    for _ in 0..15 {
        script.request(Request::Decrease).unwrap();
    }
    let close = script
        .request(Request::CloseContactors { force: false })
        .unwrap();
    let first = script.request(Request::OpenContactors).unwrap();
    assert_eq!(script.result(close), Some(Err(RequestFailure::Superseded)));
    let second = script.request(Request::OpenContactors);
    assert_eq!(
        second,
        Err(RequestError::QueueFull(16)),
        "one is on its way"
    );
    script.seconds(2);
    assert_eq!(script.result(first), Some(Ok(Reply::Acknowledged)));

    let mut script = charging(20);
    let first = script.request(Request::OpenContactors).unwrap();
    while !script.kinds().contains(&"open_contactors") {
        script.pass(Duration::from_millis(10));
    }
    let second = script.request(Request::OpenContactors).unwrap();
    script.seconds(2);
    for id in [first, second] {
        assert_eq!(script.result(id), Some(Ok(Reply::Acknowledged)));
    }
    let count = script
        .kinds()
        .iter()
        .filter(|kind| **kind == "open_contactors")
        .count();
    assert_eq!(count, 1);
}

#[test]
fn a_unit_that_does_not_answer_is_told_to_open_all_the_same() {
    let mut script = charging(20);
    script.unit().is_on = false;
    script.seconds(30);
    assert_eq!(
        script.run(Request::OpenContactors),
        Err(RequestFailure::OutcomeUnknown)
    );
    let refused = script.request(Request::CloseContactors { force: true });
    assert_eq!(refused, Err(RequestError::NotLinked(UNIT)));
}

#[test]
fn requests_end_when_the_line_the_unit_or_the_bus_is_lost() {
    let mut script = charging(20);
    let id = script.request(session(13)).unwrap();
    script.controller.handle_port(script.now, PortState::Closed);
    script.drain();
    let Some(Err(RequestFailure::Closed { .. })) = script.result(id) else {
        panic!("{:?}", script.result(id));
    };
    assert_eq!(script.request(session(13)), Err(RequestError::Closed));

    let mut script = charging(20);
    let id = script.request(session(13)).unwrap();
    script.foreign_heartbeat(Address(0x7777));
    assert!(matches!(
        script.result(id),
        Some(Err(RequestFailure::ForeignController { .. }))
    ));

    let mut script = charging(20);
    let id = script.request(session(13)).unwrap();
    script.unit().session = 1;
    script.presence(0);
    assert!(matches!(
        script.result(id),
        Some(Err(RequestFailure::UnitLost { .. }))
    ));
}

#[test]
fn too_many_requests_are_refused() {
    let mut script = charging(20);
    let mut refused = 0;
    for _ in 0..40 {
        match script.request(Request::Decrease) {
            Ok(_) => {}
            Err(RequestError::QueueFull(16)) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 20);
}
