//! What heartbeats carry, and the sharing of the limit.

use twc_proto::Address;
use twc_proto::message::{Action, PeripheralState, ProtocolVersion};
use twc_proto::session::{Config, Event, Request, UnitConfig, Why};

use crate::script::{Script, UNIT, config, with_limit};
use crate::unit::Unit;

#[test]
fn an_idle_unit_is_told_nothing() {
    let mut script = Script::linked(config());
    script.seconds(30);
    assert_eq!(script.limits(), []);
}

#[test]
fn a_vehicle_that_asks_is_told_the_initial_limit_until_it_is_echoed() {
    let mut script = Script::linked(with_limit(16));
    script.unit().plug_in();
    script.seconds(20);
    let limits = script.limits();
    assert!((1..=3).contains(&limits.len()), "{limits:?}");
    assert!(
        limits
            .iter()
            .all(|limit| *limit == (Action::SetInitialCurrent, 1_600))
    );
    assert_eq!(script.peripheral().initial_sent_ca, Some(1_600));
    let share = script.peripheral().share.unwrap();
    assert_eq!(
        (share.granted_a, share.accepted, share.why),
        (Some(16), true, Why::Share)
    );
}

#[test]
fn a_vehicle_that_has_been_waiting_for_long_is_told_nothing() {
    let mut script = Script::linked(config());
    script.unit().is_stubborn = true;
    script.set_state(PeripheralState::PluggedNotCharging);
    script.seconds(11);
    assert!(!script.limits().is_empty());
    script.clear();
    script.seconds(30);
    assert_eq!(script.limits(), []);
}

#[test]
fn a_starting_unit_without_a_limit_is_acknowledged_with_one() {
    let mut script = Script::linked(config());
    script.set_state(PeripheralState::Starting);
    script.seconds(4);
    assert_eq!(script.limits()[0], (Action::AcknowledgeStartOrStop, 3_200));
}

#[test]
fn a_charging_unit_is_corrected_with_the_action_of_its_version() {
    for (protocol, action) in [
        (ProtocolVersion::V1, Action::SetInitialCurrent),
        (ProtocolVersion::V2, Action::SetSessionCurrent),
    ] {
        let mut script = Script::new(with_limit(20));
        script.unit().protocol = protocol;
        script.link();
        script.unit().charge(3_000);
        script.seconds(20);
        assert_eq!(script.limits()[0], (action, 2_000), "{protocol:?}");
        assert_eq!(script.peripheral().available_ca, Some(2_000));
        assert!(script.limits().len() <= 3, "{:?}", script.limits());
    }
}

#[test]
fn a_sleeping_vehicle_is_lowered_so_that_another_can_charge() {
    let mut script = Script::new(with_limit(16));
    script.units.push(Unit::new(0x5000));
    script.link();
    script.units[0].charge(1_600);
    script.seconds(10);
    script.units[0].set(PeripheralState::PluggedNotCharging);
    script.units[1].plug_in();
    script.seconds(60);
    assert!(
        script.limits().contains(&(Action::SetInitialCurrent, 600)),
        "{:?}",
        script.limits()
    );
    assert_eq!(script.units[1].available_ca, 1_000);
}

#[test]
fn a_limit_that_is_not_accepted_is_said_once_and_told_on() {
    let mut script = Script::linked(config());
    script.unit().is_stubborn = true;
    script.unit().plug_in();
    script.seconds(5);
    assert!(
        !script
            .events
            .iter()
            .any(|event| matches!(event, Event::LimitNotAccepted { .. }))
    );
    script.seconds(20);
    let expected = Event::LimitNotAccepted {
        unit: UNIT,
        limit_a: 32,
        reported_ca: 0,
    };
    assert_eq!(script.count(expected), 1);
    assert!(script.limits().len() > 12);
}

#[test]
fn the_limit_is_told_again_when_a_charge_begins() {
    let mut script = Script::linked(with_limit(16));
    script.unit().charge(1_600);
    script.seconds(10);
    script.set_state(PeripheralState::PluggedNotCharging);
    script.seconds(5);
    script.clear();
    script.unit().charge(1_600);
    script.seconds(10);
    assert!(
        script
            .limits()
            .contains(&(Action::SetSessionCurrent, 1_600)),
        "{:?}",
        script.limits()
    );
    script.clear();
    script.seconds(20);
    assert_eq!(script.limits(), []);
}

#[test]
fn the_cap_is_the_least_of_wiring_hardware_and_what_a_person_allows() {
    for (wiring_a, hardware_ca, max_a, cap_a) in [
        (10, 3_200, None, 10),
        (32, 1_650, None, 16),
        (32, 3_200, Some(8), 8),
    ] {
        let unit = UnitConfig {
            wiring_a,
            max_a,
            ..UnitConfig::default()
        };
        let mut script = Script::new(Config {
            units: [(UNIT, unit)].into(),
            ..config()
        });
        script.unit().hardware_max_ca = hardware_ca;
        script.link();
        script.unit().plug_in();
        script.seconds(10);
        assert_eq!(script.limits()[0], (Action::SetInitialCurrent, cap_a * 100));
        assert_eq!(script.peripheral().share.unwrap().cap_a, cap_a);
    }
}

#[test]
fn by_default_no_more_than_six_amps_are_given() {
    let mut script = Script::linked(Config::default());
    script.unit().plug_in();
    script.seconds(10);
    assert_eq!(script.limits()[0], (Action::SetInitialCurrent, 600));
}

#[test]
fn two_vehicles_share_and_the_first_gives_way_before_the_second_gets_anything() {
    let mut script = Script::new(with_limit(32));
    let other = Address(0x5000);
    script.units.push(Unit::new(other.0));
    script.link();
    script.units[0].charge(3_200);
    script.seconds(10);
    script.units[1].plug_in();
    script.seconds(40);
    assert_eq!(script.units[0].available_ca, 1_600);
    assert_eq!(script.units[1].available_ca, 1_600);
    let granted = script
        .beats(other)
        .into_iter()
        .find(|(.., limit_ca)| *limit_ca > 0)
        .unwrap();
    let lowered = script
        .beats(UNIT)
        .into_iter()
        .find(|(.., limit_ca)| *limit_ca == 1_600)
        .unwrap();
    assert!(lowered.0 < granted.0);
    assert!(script.controller.committed_a() <= 32);
}

#[test]
fn a_vehicle_without_room_for_its_floor_waits() {
    let mut script = Script::new(with_limit(10));
    script.units.push(Unit::new(0x5000));
    script.link();
    script.units[0].charge(1_000);
    script.seconds(10);
    script.units[1].plug_in();
    script.seconds(40);
    assert_eq!(script.units[1].available_ca, 0);
    let waiting = script
        .controller
        .peripheral(Address(0x5000))
        .unwrap()
        .share
        .unwrap();
    assert_eq!((waiting.target_a, waiting.why), (None, Why::Waiting));
}

#[test]
fn a_budget_lowers_and_falls_back_to_the_safe_limit_when_it_is_old() {
    let mut script = Script::linked(Config {
        safe_limit_a: 8,
        ..with_limit(20)
    });
    script.unit().charge(2_000);
    script.seconds(10);
    let until = script.now + std::time::Duration::from_secs(30);
    script.controller.set_budget(script.now, Some((12, until)));
    script.seconds(20);
    assert_eq!(script.unit().available_ca, 1_200);
    script.seconds(30);
    assert_eq!(script.unit().available_ca, 800);
    assert_eq!(script.count(Event::BudgetExpired { limit_a: 8 }), 1);
    let until = script.now + std::time::Duration::from_mins(5);
    script.controller.set_budget(script.now, Some((90, until)));
    assert_eq!(script.controller.limit_a(), 20, "it never raises");
    script.controller.set_budget(script.now, None);
    script.seconds(20);
    assert_eq!(script.unit().available_ca, 2_000);
}

#[test]
fn a_limit_below_what_cannot_be_stopped_is_an_alarm() {
    let mut script = Script::linked(with_limit(20));
    script.unit().charge(2_000);
    script.seconds(10);
    script.controller.set_limit_a(script.now, 4);
    script.drain();
    let alarms = |script: &Script| {
        script
            .events
            .iter()
            .filter(|event| matches!(event, Event::Overload(_)))
            .copied()
            .collect::<Vec<_>>()
    };
    assert!(matches!(alarms(&script)[..], [Event::Overload(Some(_))]));
    script.seconds(10);
    assert_eq!(script.unit().available_ca, 600, "its floor");
    script.controller.set_limit_a(script.now, 20);
    script.drain();
    assert_eq!(alarms(&script)[1..], [Event::Overload(None)]);
}

#[test]
fn a_limit_of_an_earlier_controller_is_kept_until_another_one_is_asked_for() {
    for (keep_limits, expected) in [(false, Some(32)), (true, Some(10))] {
        let mut script = Script::new(Config {
            keep_limits,
            ..config()
        });
        script.unit().charge(1_000);
        script.link();
        script.seconds(20);
        let share = script.peripheral().share.unwrap();
        assert_eq!(share.target_a, expected);
        if keep_limits {
            assert_eq!(script.limits(), []);
            script.run(Request::Increase).unwrap();
            assert_eq!(script.unit().available_ca, 1_200);
        }
    }
}
