//! The table of failures in the documentation of `evse::circuit`: each row is found by its first column, here and in the
//! other files of this folder.

use std::time::Duration;

use evse::State;
use evse::circuit::{Action, BusControl, BusReading, CircuitEvent, Planner};
use evse::guard::Requester;
use evse::model::{StartStop, Support};
use evse::units::Milliamps;

use super::bench::{Bench, Fake, Manner, amps, bus, config};

fn protects(amps: u16) -> Action {
    Action::SetCurrent {
        current: super::bench::amps(amps),
        requester: Requester::Protection,
    }
}

#[test]
fn each_row_of_the_table_has_its_tests() {
    let page = include_str!("../../../src/circuit/mod.rs");
    let first = |line: &'static str| line.strip_prefix("//! | ")?.split(" | ").next();
    // The first two are the head.
    let rows: Vec<_> = page.lines().filter_map(first).skip(2).collect();
    assert!(rows.len() > 15, "{rows:?}");
    let tests = [
        include_str!("failures.rs"),
        include_str!("lasting.rs"),
        include_str!("learned.rs"),
        include_str!("meter.rs"),
        include_str!("orders.rs"),
        include_str!("sharing.rs"),
        include_str!("sockets.rs"),
        include_str!("task.rs"),
    ];
    let named = tests.iter().flat_map(|tests| tests.lines());
    let named: Vec<_> = named
        .filter_map(|line| line.strip_prefix("/// Row: ")?.strip_suffix('.'))
        .collect();
    for row in &rows {
        assert!(named.contains(row), "no test of the row: {row}");
    }
    for row in named {
        assert!(rows.contains(&row), "no such row: {row}");
    }
}

/// Row: a charger was never heard.
#[test]
fn a_charger_that_was_never_heard_counts_at_all_that_it_can_draw() {
    let mut config = config("limit = 40", &["duosida", "duosida"]);
    config.chargers[1].max_current = Some(amps(16));
    let silent = Fake {
        is_silent: true,
        ..Fake::plugged(16)
    };
    let mut bench = Bench::new(&config, vec![Fake::plugged(6), silent]);
    bench.run(300);
    assert_eq!(bench.committed(), [24, 16]);
    assert_eq!(bench.limits()[0], 24);
    assert!(bench.actions().iter().all(|(member, _)| *member == 0));
    config.chargers[1].max_current = None;
    let mut bench = Bench::new(&config, bench.chargers);
    bench.run(300);
    assert_eq!(bench.committed(), [8, 32]);
}

/// Row: a charger does not tell its limit.
#[test]
fn a_charger_that_does_not_tell_its_limit_may_draw_anything() {
    let mut config = config("limit = 40", &["duosida", "duosida"]);
    config.chargers[1].max_current = Some(amps(16));
    let mute = Fake {
        tells_limit: false,
        ..Fake::idle(16)
    };
    let mut bench = Bench::new(&config, vec![Fake::plugged(6), mute]);
    bench.chargers[1].manner = Manner::Ignores;
    bench.run(300);
    assert_eq!(bench.committed(), [8, 32]);
    bench.chargers[1].tells_limit = true;
    bench.run(300);
    assert_eq!(bench.committed(), [24, 16]);
}

/// Row: a charger is not heard for 60 s, or offline.
#[test]
fn a_charger_that_falls_silent_keeps_what_it_may_draw_and_gets_no_orders() {
    let config = config("limit = 20", &["duosida", "em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::plugged(6)]);
    assert_eq!(bench.limits(), [10, 10]);
    bench.chargers[1].is_silent = true;
    bench.planner.set_limit(0, [amps(17); 3]);
    bench.run(3_600);
    assert_eq!(bench.actions(), [(0, protects(7))]);
    assert_eq!(bench.committed(), [7, 10]);
    assert_eq!(
        bench.texts()[0],
        "b is not heard, what it may draw stays reserved"
    );
    bench.chargers[1].is_silent = false;
    bench.run(400);
    assert!(bench.texts().contains(&"b is heard again".to_owned()));
    let limits = bench.limits();
    assert!(limits == [9, 8] || limits == [8, 9], "{limits:?}");
}

/// Row: a charger is not heard for 60 s, or offline.
#[test]
fn readings_of_more_than_a_minute_ago_are_silence() {
    let config = config("limit = 20", &["duosida", "em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::plugged(6)]);
    let mut reading = bench.chargers[1].reading();
    for (age_s, expected) in [(60, None), (61, Some("b is not heard"))] {
        reading.age = Some(Duration::from_secs(age_s));
        bench.planner.hear(1, bench.now, &reading);
        let told = bench.planner.poll_event().map(|event| event.to_string());
        let told = told.as_deref().and_then(|told| told.split(',').next());
        assert_eq!(told, expected, "after {age_s} s");
    }
}

/// Row: one that was stopped is started by a person, or by being plugged in anew.
#[test]
fn who_was_stopped_and_charges_all_the_same_is_stopped_again() {
    let config = config("limit = 32", &["duosida"]);
    for plugged_anew in [false, true] {
        let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
        bench.planner.set_limit(0, [amps(5); 3]);
        bench.run(2);
        assert_eq!(bench.actions(), [(0, Action::Stop)]);
        bench.run(60);
        if plugged_anew {
            bench.chargers[0].state = State::Available;
            bench.run(10);
        }
        bench.orders.clear();
        bench.chargers[0].state = State::Charging;
        bench.run(1);
        assert_eq!(bench.actions(), [(0, Action::Stop)], "{plugged_anew}");
        bench.run(5);
        assert_eq!(bench.limits(), [0]);
    }
}

/// Row: it draws or holds more than it was told for a minute.
#[test]
fn a_charger_that_does_not_follow_counts_at_what_it_draws() {
    let config = config("limit = 20", &["em", "em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    bench.chargers[0].manner = Manner::Ignores;
    bench.chargers[1].state = State::Charging;
    bench.run(200);
    let told = CircuitEvent::LimitNotHonoured {
        member: "a".into(),
        counted: amps(14),
    };
    let is_told = |event: &&CircuitEvent| **event == told;
    assert_eq!(
        bench.events.iter().filter(is_told).count(),
        1,
        "{:?}",
        bench.events
    );
    assert_eq!(bench.committed(), [14, 6]);
    bench.orders.clear();
    bench.run(600);
    assert_eq!(bench.actions(), [], "it is not told again while it charges");
    bench.planner.set_limit(0, [amps(12); 3]);
    bench.chargers[0].manner = Manner::Follows;
    bench.run(2);
    let told = bench.actions();
    assert!(told.contains(&(0, Action::Stop)), "but it can be stopped");
}

/// Row: the meter of other loads is silent.
#[test]
fn a_silent_meter_counts_as_the_reserve() {
    let config = config("limit = 20\nreserve = 8", &["em"]);
    let mut bench = Bench::new(&config, vec![Fake::plugged(6)]);
    let measure = |bench: &mut Bench, seconds: u64, load: u16| {
        for _ in 0..seconds {
            bench.planner.measured(0, bench.now, [amps(load); 3]);
            bench.run(1);
        }
    };
    measure(&mut bench, 400, 2);
    assert_eq!(bench.limits(), [18]);
    bench.run(29);
    assert_eq!(bench.limits(), [18], "30 s are allowed");
    bench.run(3);
    assert_eq!(bench.limits(), [12]);
    let silent = "nothing measures the other loads on house, the reserve counts";
    assert_eq!(bench.texts(), [silent]);
    measure(&mut bench, 400, 2);
    assert_eq!(bench.limits(), [18]);
    assert_eq!(
        bench.texts()[1],
        "the other loads on house are measured again"
    );
}

/// Row: the meter is wild.
#[test]
fn a_wild_meter_lowers_at_once_and_raises_slowly() {
    let config = config("limit = 32", &["em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    assert_eq!(bench.limits(), [32]);
    for second in 0..300u32 {
        let wild = [0, 20_000][usize::try_from(second % 2).expect("small")];
        bench.planner.measured(0, bench.now, [Milliamps(wild); 3]);
        bench.run(1);
    }
    assert_eq!(bench.limits(), [12]);
    assert_eq!(bench.actions(), [(0, protects(12))]);
    bench
        .planner
        .measured(0, bench.now, [Milliamps(u32::MAX); 3]);
    bench.run(1);
    assert_eq!(bench.actions()[1..], [(0, Action::Stop)]);
}

/// Row: the limit falls.
#[test]
fn a_falling_limit_is_followed_at_once_whatever_it_wears() {
    let config = config("limit = 32", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::plugged(6)]);
    for limit in [28, 24, 20, 16] {
        bench.planner.set_limit(0, [amps(limit); 3]);
        bench.run(1);
        let half = u32::from(limit) / 2;
        assert_eq!(bench.limits(), [half, half]);
        bench.run(4);
    }
    bench.run(200);
    bench.planner.set_limit(0, [amps(10); 3]);
    bench.run(2);
    let drawn: u32 = bench.limits().iter().sum();
    assert_eq!(drawn, 6, "one of them was stopped");
    bench.planner.set_limit(0, [amps(32); 3]);
    bench.run(290);
    assert_eq!(
        bench.limits().iter().filter(|drawn| **drawn > 0).count(),
        1,
        "it rests"
    );
    bench.run(200);
    assert_eq!(bench.limits(), [16, 16]);
}

/// Row: the limit falls.
#[test]
fn a_decrease_does_not_even_wait_for_readings() {
    let config = config("limit = 32", &["duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    bench.chargers[0].told = Some(bench.chargers[0].reading());
    for (limit, last) in [(20, protects(20)), (10, protects(10)), (5, Action::Stop)] {
        bench.planner.set_limit(0, [amps(limit); 3]);
        bench.run(1);
        let told = bench.actions();
        assert_eq!(told.last(), Some(&(0, last)), "{told:?}");
    }
    bench.run(5);
    assert_eq!(bench.actions().len(), 3, "nothing is repeated meanwhile");
}

/// Row: the limit falls.
#[test]
fn what_cannot_be_lowered_is_stopped_when_the_limit_falls() {
    let config = config("limit = 32", &["em", "em"]);
    let fixed = Fake {
        live_change: Support::No,
        ..Fake::plugged(16)
    };
    let mut bench = Bench::settled(&config, vec![fixed.clone(), fixed]);
    bench.planner.set_limit(0, [amps(20); 3]);
    bench.run(2);
    assert_eq!(bench.actions(), [(1, Action::Stop)], "one is enough");
    bench.run(400);
    let start = |amps: u16| Action::Start {
        current: super::bench::amps(amps),
    };
    assert_eq!(
        bench.actions(),
        [(1, Action::Stop)],
        "there is no room for its floor"
    );
    bench.planner.set_limit(0, [amps(24); 3]);
    bench.run(10);
    assert_eq!(bench.actions()[1..], [(1, start(8))]);
}

/// Row: a member that cannot be stopped has no room.
#[test]
fn what_cannot_be_stopped_is_held_at_its_least_with_an_alarm() {
    let config = config("limit = 20", &["custom", "custom"].map(|_| "duosida"));
    let unstoppable = Fake {
        start_stop: StartStop::HoldAtMinimum,
        ..Fake::plugged(6)
    };
    let mut bench = Bench::settled(&config, vec![unstoppable.clone(), unstoppable]);
    bench.planner.set_limit(0, [amps(8); 3]);
    bench.run(3);
    assert_eq!(bench.limits(), [6, 6]);
    let alarm = "house L1 has to keep 12 A and bears 8 A: something has to be switched off";
    assert_eq!(bench.texts(), [alarm]);
    bench.planner.set_limit(0, [amps(20); 3]);
    bench.run(3);
    assert_eq!(bench.texts()[1], "house L1 bears what it has to again");
}

/// Row: it starts anew.
#[test]
fn a_new_process_stops_nobody_in_its_first_minute_and_raises_nobody_blindly() {
    let config = config("limit = 20", &["duosida", "duosida", "duosida"]);
    let mut bench = Bench::settled(
        &config,
        vec![Fake::plugged(6), Fake::plugged(6), Fake::idle(6)],
    );
    bench.planner = Planner::new(&config, bench.now);
    bench.chargers[1].is_silent = true;
    bench.run(1);
    assert_eq!(
        bench.committed()[0],
        32,
        "it may follow something from before"
    );
    bench.run(39);
    assert_eq!(bench.actions(), []);
    bench.chargers[1].is_silent = false;
    bench.run(400);
    assert_eq!(bench.limits(), [6, 7, 0], "1 A more is not worth a write");
    assert!(
        !bench
            .actions()
            .iter()
            .any(|(_, action)| *action == Action::Stop)
    );
}

#[test]
fn who_was_stopped_is_forgotten_when_its_vehicle_leaves() {
    let config = config("limit = 32", &["duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    bench.planner.set_limit(0, [amps(5); 3]);
    bench.run(2);
    bench.chargers[0].state = State::Available;
    bench.run(2);
    bench.planner.set_limit(0, [amps(20); 3]);
    bench.chargers[0].state = State::Connected;
    bench.run(900);
    let starts = bench
        .actions()
        .into_iter()
        .filter(|(_, action)| matches!(action, Action::Start { .. }));
    assert_eq!(starts.count(), 0, "another vehicle is not ours to start");
}

/// Row: one that was stopped is not heard.
#[test]
fn who_was_stopped_and_is_not_heard_counts_again() {
    let config = config("limit = 20", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::plugged(6)]);
    bench.planner.set_limit(0, [amps(10); 3]);
    bench.run(5);
    assert_eq!(
        bench.committed().iter().sum::<u32>(),
        10,
        "one charges, one rests"
    );
    let resting = bench
        .committed()
        .iter()
        .position(|amps| *amps == 0)
        .expect("one");
    bench.chargers[resting].is_silent = true;
    bench.run(5);
    assert!(bench.committed()[resting] >= 6);
    bench.chargers[resting].is_silent = false;
    bench.planner.set_limit(0, [amps(20); 3]);
    bench.run(400);
    assert_eq!(bench.limits(), [10, 10], "it is ours to start again");
}

fn bus_config() -> evse::Config {
    let text =
        "[circuits.house]\nlimit = 20\n[buses.\"/dev/ttyUSB0\"]\nlimit = 16\ncircuit = \"house\"\n";
    evse::Config::parse(text, "bus").expect("a bus")
}

fn with_bus() -> Bench {
    let mut config = config("limit = 20", &["duosida"]);
    config.buses = bus_config().buses;
    let mut bench = Bench::new(&config, vec![Fake::plugged(6)]);
    bench.bus = Some(bus());
    bench.run(200);
    assert_eq!(bench.committed(), [10, 10]);
    bench
}

/// Row: a bus is closed.
#[test]
fn a_bus_that_is_closed_stays_reserved_until_its_units_have_stopped() {
    let mut bench = with_bus();
    let mut closed = bus();
    closed.is_open = false;
    bench.bus = Some(closed);
    bench.run(55);
    assert_eq!(bench.committed(), [10, 10]);
    bench.run(60);
    assert_eq!(bench.committed(), [20, 0], "they stop within 30 s");

    bench.bus = Some(BusReading {
        limit_a: 0,
        floor_a: 0,
        ..bus()
    });
    for _ in 0..100 {
        bench.run(1);
        let counted: u32 = bench.committed().iter().sum();
        assert!(counted <= 20, "it does not go on where it was: {counted}");
    }
    assert_eq!(bench.committed(), [10, 10]);
}

/// Row: a bus was never opened.
#[test]
fn a_bus_that_was_never_opened_counts_at_its_breaker() {
    let mut config = config("limit = 30", &["duosida"]);
    config.buses = bus_config().buses;
    let mut bench = Bench::new(&config, vec![Fake::plugged(10)]);
    bench.bus = Some(BusReading::default());
    bench.run(25);
    assert_eq!(bench.limits(), [10], "it may be opened at any moment");
    bench.run(300);
    assert_eq!(bench.committed(), [14, 16], "somebody else may run it");
    bench.bus = Some(BusReading {
        limit_a: 0,
        floor_a: 0,
        ..bus()
    });
    bench.run(100);
    assert_eq!(bench.committed(), [14, 15]);
}

/// Row: another controller runs a bus, or it is only listened to.
#[test]
fn a_bus_of_another_controller_counts_at_all_that_it_can_draw() {
    let mut bench = with_bus();
    let mut foreign = bus();
    foreign.control = BusControl::Foreign;
    foreign.cap_a = 0;
    bench.bus = Some(foreign);
    bench.orders.clear();
    bench.run(60);
    assert_eq!(bench.committed()[1], 16, "its breaker");
    assert_eq!(bench.limits(), [0], "4 A are too few");
    assert!(bench.actions().iter().all(|(member, _)| *member == 0));
    let told = "another controller runs /dev/ttyUSB0, which counts at all that it can draw";
    assert!(
        bench.texts().contains(&told.to_owned()),
        "{:?}",
        bench.texts()
    );
}

/// Row: the limit falls.
#[test]
fn a_bus_with_units_that_cannot_go_lower_raises_the_alarm() {
    let mut bench = with_bus();
    bench.planner.set_limit(0, [amps(5); 3]);
    bench.run(60);
    assert_eq!(bench.limits(), [0], "what can be stopped is");
    assert_eq!(bench.committed()[1], 6);
    let alarm = |text: &String| text.contains("has to keep 6 A and bears 5 A");
    assert!(bench.texts().iter().any(alarm), "{:?}", bench.texts());
}
