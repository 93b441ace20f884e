//! Ticks, slots, questions.

use std::collections::BTreeMap;
use std::time::Duration;

use twc_proto::Address;
use twc_proto::message::{ProtocolVersion, Query, VinSection};
use twc_proto::session::Config;

use crate::script::{Script, UNIT, config};
use crate::unit::Unit;

fn three() -> Script {
    let mut script = Script::new(config());
    script.units.extend([Unit::new(0x1234), Unit::new(0x9876)]);
    script.link();
    script
}

#[test]
fn every_linked_unit_gets_a_heartbeat_each_tick_in_turns() {
    let mut script = three();
    script.seconds(39);
    let mut firsts = BTreeMap::<_, usize>::new();
    for unit in [0x1234, 0x3495, 0x9876].map(Address) {
        let beats = script.beats(unit);
        assert!((29..=31).contains(&beats.len()), "{}", beats.len());
        for pair in beats.windows(2) {
            assert!(pair[1].0.abs_diff(pair[0].0) <= Duration::from_secs(3));
        }
    }
    for tick in script.sent.split(|sent| sent.message.kind() == "query") {
        assert!(tick.len() <= 4);
        if let Some(first) = tick.first() {
            *firsts
                .entry(first.message.recipient().unwrap())
                .or_default() += 1;
        }
    }
    assert_eq!(firsts.len(), 3, "{firsts:?}");
}

#[test]
fn frames_are_a_slot_apart() {
    let mut script = three();
    script.seconds(60);
    for pair in script.sent.windows(2) {
        let gap = pair[1].at.abs_diff(pair[0].at);
        assert!(gap >= Duration::from_millis(320), "{gap:?}");
    }
}

#[test]
fn each_question_to_one_unit_comes_round_every_eleven_point_seven_seconds() {
    let mut script = Script::linked(config());
    script.seconds(120);
    let mut at = BTreeMap::<Query, Vec<Duration>>::new();
    for (when, _, query) in script.queries() {
        at.entry(query).or_default().push(when);
    }
    assert_eq!(at.len(), 7);
    for (query, at) in at {
        assert!((9..=11).contains(&at.len()), "{query:?} {at:?}");
        // The first round is in order of urgency.
        for pair in at[1..].windows(2) {
            let gap = pair[1].abs_diff(pair[0]);
            assert!(
                (Duration::from_millis(11_600)..Duration::from_millis(11_900)).contains(&gap),
                "{query:?} {gap:?}"
            );
        }
    }
}

#[test]
fn with_three_units_no_question_starves() {
    let mut script = three();
    for unit in &mut script.units {
        unit.charge(600);
    }
    script.seconds(120);
    let mut count = BTreeMap::<_, usize>::new();
    for (_, unit, query) in script.queries() {
        *count.entry((unit, query)).or_default() += 1;
    }
    assert_eq!(count.len(), 21, "{count:?}");
    for ((unit, query), count) in &count {
        assert!(*count >= 3, "{unit} {query:?} {count}");
    }
    let of = |query| count[&(UNIT, query)];
    assert!(of(Query::Meter) >= of(Query::Vin(VinSection::First)));
}

#[test]
fn a_question_that_an_old_unit_does_not_know_is_tried_three_times_until_it_restarts() {
    let mut script = Script::new(config());
    script.unit().is_old = true;
    script.unit().protocol = ProtocolVersion::V1;
    script.link();
    script.seconds(60);
    script.clear();
    script.seconds(60);
    assert!(script.queries().is_empty(), "{:?}", script.queries());
    assert!(script.beats(UNIT).len() > 40);
    assert_eq!(script.peripheral().protocol, Some(ProtocolVersion::V1));
    script.unit().session = 9;
    script.presence(0);
    script.seconds(60);
    let meter = script
        .queries()
        .iter()
        .filter(|(_, _, query)| *query == Query::Meter)
        .count();
    assert_eq!(meter, 3);
    assert_eq!(
        script.sent.last().unwrap().frame.len(),
        14,
        "in the form of its version"
    );
}

#[test]
fn a_slow_line_keeps_heartbeats_under_three_seconds() {
    let mut script = Script::new(Config {
        reply_window: Duration::from_millis(600),
        ..config()
    });
    script.delay = Duration::from_millis(400);
    script.units.extend([Unit::new(0x1234), Unit::new(0x9876)]);
    script.link();
    script.seconds(60);
    for pair in script.beats(UNIT).windows(2) {
        assert!(
            pair[1].0.abs_diff(pair[0].0) <= Duration::from_secs(3),
            "{pair:?}"
        );
    }
    assert!(script.queries().len() > 15);
}

#[test]
fn extra_early_timeouts_change_nothing() {
    let mut plain = three();
    let mut eager = three();
    plain.seconds(30);
    for _ in 0..3_000 {
        eager.pass(Duration::from_millis(10));
        if eager
            .controller
            .poll_timeout()
            .is_none_or(|due| due > eager.now)
        {
            eager.controller.handle_timeout(eager.now);
            eager.drain();
        }
    }
    let trace = |script: &Script| -> Vec<_> {
        script
            .sent
            .iter()
            .map(|sent| (sent.at, sent.message))
            .collect()
    };
    assert_eq!(trace(&plain), trace(&eager));
}

#[test]
fn a_reply_window_without_end_keeps_the_line_for_a_while_only() {
    let mut script = Script::new(Config {
        reply_window: Duration::MAX,
        ..config()
    });
    script.units.extend([Unit::new(0x1234), Unit::new(0x9876)]);
    script.link();
    script.units[0].is_on = false;
    script.clear();
    script.seconds(60);
    assert!(script.beats(Address(0x9876)).len() > 3);
}
