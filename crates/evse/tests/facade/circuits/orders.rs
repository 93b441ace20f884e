//! Orders that fail: rows of the table of failures in the documentation of `evse::circuit`.

use std::time::Duration;

use evse::State;
use evse::circuit::{Action, Outcome, Planner};

use super::bench::{Bench, Fake, Manner, amps, config};

/// Row: an order is refused, for the state file cannot be used, by the guard, by the charger.
#[test]
fn a_refused_order_is_repeated_sooner_when_it_lowers() {
    let config = config("limit = 32", &["duosida"]);
    let pauses = |from: u16, limit: u16| {
        let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
        bench.planner.set_limit(0, [amps(from); 3]);
        bench.run(600);
        bench.orders.clear();
        bench.chargers[0].manner = Manner::Refuses(None);
        bench.planner.set_limit(0, [amps(limit); 3]);
        bench.run(1_500);
        let times: Vec<_> = bench.orders.iter().map(|(at, ..)| at.as_secs()).collect();
        let pauses = times.windows(2).map(|pair| pair[1] - pair[0]);
        pauses.collect::<Vec<_>>()
    };
    let decreases = pauses(32, 16);
    assert_eq!(decreases[..5], [5, 10, 20, 40, 40]);
    let raises = pauses(16, 32);
    assert!(raises.is_sorted(), "{raises:?}");
    assert_eq!(raises.last(), Some(&300), "{raises:?}");
}

/// Row: an order is refused, for the state file cannot be used, by the guard, by the charger.
#[test]
fn a_refused_order_changes_nothing_and_is_tried_again_ever_more_slowly() {
    let config = config("limit = 20", &["duosida", "em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    bench.chargers[0].manner = Manner::Refuses(None);
    bench.chargers[1].state = State::Charging;
    bench.run(600);
    assert_eq!(bench.committed()[0], 14, "it has not given way");
    assert_eq!(bench.limits()[1], 6, "so nobody else gets that");
    let failures = bench
        .texts()
        .into_iter()
        .filter(|text| text.contains("did not take"));
    assert_eq!(failures.count(), 1, "told once");
    let attempts = bench.orders.iter().filter(|(_, member, _)| *member == 0);
    let attempts = attempts.count();
    assert!((2..=20).contains(&attempts), "{attempts}");
    bench.chargers[0].manner = Manner::Follows;
    bench.run(400);
    assert_eq!(bench.limits(), [10, 10]);
}

/// Row: the end of an order is not known, or it is only accepted.
#[test]
fn an_order_with_an_unknown_end_counts_at_the_more_of_before_and_after() {
    let config = config("limit = 20", &["duosida", "em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    bench.chargers[0].manner = Manner::Loses;
    bench.chargers[1].state = State::Charging;
    bench.run(300);
    assert_eq!(bench.committed()[0], 14);
    assert_eq!(bench.limits()[1], 6);
    assert!(
        !bench
            .texts()
            .iter()
            .any(|text| text.contains("does not follow"))
    );
    bench.chargers[1].state = State::Available;
    bench.chargers[0].limit = amps(6);
    bench.run(400);
    let committed = bench.committed()[0];
    assert!((6..=14).contains(&committed), "{committed}");
    bench.chargers[0].manner = Manner::Follows;
    bench.run(700);
    assert_eq!(bench.limits(), [14, 0]);
}

/// Row: the end of an order is not known, or it is only accepted.
#[test]
fn what_an_order_may_have_done_counts_until_settings_were_read_after_it() {
    let mut planner = Planner::new(&config("limit = 10", &["em"]), Duration::ZERO);
    let charger = Fake::plugged(10);
    let (mut now, mut read_at) = (Duration::ZERO, Duration::ZERO);
    let mut run = |planner: &mut Planner, seconds: u64, reads: bool, outcome: Outcome| {
        for _ in 0..seconds {
            now += Duration::from_secs(1);
            read_at = if reads { now } else { read_at };
            let mut reading = charger.reading();
            reading.limit_age = Some(now.saturating_sub(read_at));
            planner.hear(0, now, &reading);
            if !planner.tick(now).is_empty() {
                planner.done(0, now, &outcome);
            }
        }
        planner.standing().members[0].committed
    };
    let reason = "no answer".to_owned();
    let unknown = Outcome::Unknown { reason };
    assert_eq!(run(&mut planner, 600, true, Outcome::Done), amps(10));
    planner.set_limit(0, [amps(20); 3]);
    let counted = run(&mut planner, 50, false, unknown);
    assert_eq!(counted, amps(20), "though it reports 10 A all the time");
    planner.set_limit(0, [amps(10); 3]);
    assert_eq!(run(&mut planner, 120, true, Outcome::Done), amps(10));
}

#[test]
fn an_order_that_was_taken_is_not_repeated_before_settings_were_read_after_it() {
    let mut planner = Planner::new(&config("limit = 16", &["em"]), Duration::ZERO);
    let reading = Fake::plugged(16).reading();
    let mut orders = |seconds: std::ops::Range<u64>, limit_age: fn(Duration) -> Duration| {
        let mut orders = Vec::new();
        for now in seconds.map(Duration::from_secs) {
            let mut reading = reading.clone();
            reading.limit_age = Some(limit_age(now));
            planner.hear(0, now, &reading);
            if now.as_secs() == 300 {
                planner.set_limit(0, [amps(10); 3]);
            }
            for _ in planner.tick(now) {
                orders.push(now.as_secs());
                planner.done(0, now, &Outcome::Done);
            }
        }
        orders
    };
    assert_eq!(orders(0..300, |_| Duration::ZERO), [0; 0]);
    let old = |now: Duration| now.saturating_sub(Duration::from_secs(299));
    assert_eq!(orders(300..331, old), [300, 330], "nothing new was read");
    let again = orders(331..340, |_| Duration::ZERO);
    assert_eq!(again[..1], [334], "it holds 16 A after all");
}

/// Row: an order is refused, for the state file cannot be used, by the guard, by the charger.
#[test]
fn a_start_that_the_guard_holds_back_waits_as_long() {
    let config = config("limit = 32", &["em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    bench.planner.set_limit(0, [amps(5); 3]);
    bench.run(2);
    assert_eq!(bench.actions(), [(0, Action::Stop)]);
    bench.planner.set_limit(0, [amps(20); 3]);
    bench.chargers[0].manner = Manner::Refuses(Some(Duration::from_secs(40)));
    bench.run(320);
    let starts = |bench: &Bench| {
        let orders = bench.orders.iter();
        let starts = orders.filter(|(.., action)| matches!(action, Action::Start { .. }));
        starts.map(|(at, ..)| *at).collect::<Vec<_>>()
    };
    assert_eq!(starts(&bench).len(), 1);
    let texts = bench.texts();
    let is_trouble = |text: &String| text.contains("did not take");
    assert!(!texts.iter().any(is_trouble), "{texts:?}");
    bench.chargers[0].manner = Manner::Follows;
    bench.run(200);
    let [first, second] = starts(&bench)[..] else {
        panic!("{:?}", bench.orders);
    };
    assert!(second >= first + Duration::from_secs(40));
    assert_eq!(bench.limits(), [20]);
}
