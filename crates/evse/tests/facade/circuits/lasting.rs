//! What goes on for hours: nothing is worn by it, and nobody is kept low.

use evse::State;
use evse::circuit::Action;
use evse::model::Support;

use super::bench::{Bench, Fake, Manner, amps, config};

#[test]
fn a_full_vehicle_that_stays_leaves_the_others_alone() {
    let config = config("limit = 20", &["duosida", "duosida"]);
    let full = Fake {
        state: State::SuspendedByVehicle,
        ..Fake::plugged(6)
    };
    let mut bench = Bench::settled(&config, vec![full, Fake::plugged(6)]);
    assert_eq!(bench.limits(), [0, 14]);
    bench.run(3_600);
    assert_eq!(bench.actions(), [], "nothing has changed");
    bench.chargers[0].state = State::Charging;
    bench.run(100);
    assert_eq!(bench.limits(), [10, 10]);
}

#[test]
fn a_vehicle_that_has_not_begun_to_draw_keeps_its_share() {
    let config = config("limit = 20", &["duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    for state in [State::SuspendedByVehicle, State::Charging] {
        bench.chargers[0].state = state;
        bench.run(20);
    }
    assert_eq!((bench.actions(), bench.limits()), (vec![], vec![20]));
}

#[test]
fn a_vehicle_that_takes_less_is_offered_more_now_and_then_only() {
    let config = config("limit = 24", &["duosida", "duosida"]);
    let modest = Fake {
        appetite: amps(8),
        ..Fake::plugged(6)
    };
    let mut bench = Bench::settled(&config, vec![modest, Fake::plugged(6)]);
    assert_eq!(bench.limits(), [8, 14]);
    bench.run(4 * 3_600);
    let writes = bench.actions().len();
    assert!((16..=32).contains(&writes), "twice an hour: {writes}");
}

#[test]
fn loads_that_come_and_go_do_not_wear_an_idle_charger() {
    let config = config("limit = 25", &["em"]);
    let idle = Fake {
        live_change: Support::No,
        ..Fake::idle(6)
    };
    let mut bench = Bench::settled(&config, vec![idle]);
    for second in 0..3_600_u16 {
        let oven = if second % 300 < 120 { 12 } else { 3 };
        bench.planner.measured(0, bench.now, [amps(oven); 3]);
        bench.run(1);
    }
    let writes = bench.actions().len();
    assert!((2..=8).contains(&writes), "{:?}", bench.orders);
}

#[test]
fn a_load_that_wavers_is_followed_once() {
    let config = config("limit = 20", &["duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    for second in 0..3_600_u16 {
        let load = 4 + second / 20 % 2;
        bench.planner.measured(0, bench.now, [amps(load); 3]);
        bench.run(1);
    }
    assert_eq!(bench.limits(), [15]);
    assert!(bench.actions().len() <= 2, "{:?}", bench.orders);
}

#[test]
fn a_charger_that_tells_no_current_is_not_taken_to_draw_none() {
    let config = config("limit = 20", &["duosida"]);
    let mute = Fake {
        tells_current: false,
        ..Fake::plugged(6)
    };
    let bench = Bench::settled(&config, vec![mute]);
    assert_eq!(bench.limits(), [20]);
}

/// Row: an order is refused, for the state file cannot be used, by the guard, by the charger.
#[test]
fn an_hour_of_refusals_is_not_paid_for_afterwards() {
    let config = config("limit = 20", &["duosida", "em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    bench.chargers[0].manner = Manner::Refuses(None);
    bench.chargers[1].state = State::Charging;
    bench.run(3_600);
    bench.chargers[0].manner = Manner::Follows;
    bench.run(60);
    assert_eq!(bench.limits()[0], 10);
    bench.chargers[1].state = State::Available;
    bench.run(200);
    assert_eq!(bench.limits(), [14, 0]);
}

/// Row: an order is refused, for the state file cannot be used, by the guard, by the charger.
#[test]
fn a_stop_that_is_refused_is_repeated() {
    let config = config("limit = 32", &["em"]);
    let fixed = Fake {
        live_change: Support::No,
        manner: Manner::Refuses(None),
        ..Fake::plugged(16)
    };
    let mut bench = Bench::settled(&config, vec![fixed]);
    bench.planner.set_limit(0, [amps(10); 3]);
    bench.run(76);
    assert_eq!(
        bench.actions(),
        [(0, Action::Stop); 5],
        "at 0, 5, 15, 35, 75 s"
    );
    bench.chargers[0].state = State::Finished;
    bench.planner.set_limit(0, [amps(32); 3]);
    bench.chargers[0].manner = Manner::Follows;
    bench.orders.clear();
    bench.run(900);
    let starts = |(_, action): &(usize, Action)| matches!(action, Action::Start { .. });
    assert!(!bench.actions().iter().any(starts), "a person has ended it");
}

#[test]
fn a_start_that_comes_to_nothing_is_tried_now_and_then() {
    let config = config("limit = 32", &["em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    bench.planner.set_limit(0, [amps(5); 3]);
    bench.run(2);
    bench.planner.set_limit(0, [amps(20); 3]);
    bench.orders.clear();
    bench.chargers[0].manner = Manner::Ignores;
    bench.run(1_000);
    let start = Action::Start { current: amps(20) };
    assert_eq!(bench.actions(), [(0, start); 3], "at 5, 10, 15 min");
}
