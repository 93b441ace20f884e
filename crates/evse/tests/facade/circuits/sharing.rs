//! Who gets what while nothing fails.

use std::time::Duration;

use evse::State;
use evse::circuit::Action;
use evse::guard::Requester;
use evse::model::Support;

use super::bench::{Bench, Fake, amps, bus, config};

#[test]
fn a_second_vehicle_gets_its_share_after_the_first_has_given_way() {
    let config = config("limit = 20", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    assert_eq!(bench.limits(), [14, 0], "the other may start with 6 A");
    bench.chargers[1].state = State::Charging;
    bench.run(120);
    assert_eq!(bench.limits(), [10, 10]);
    let first: Vec<_> = bench.actions().into_iter().take(2).collect();
    let set = |amps: u16| Action::SetCurrent {
        current: super::bench::amps(amps),
        requester: Requester::Automation,
    };
    assert_eq!(first, [(0, set(10)), (1, set(10))]);
}

#[test]
fn flash_memory_is_written_once_a_minute() {
    let config = config("limit = 20", &["duosida", "duosida"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6), Fake::idle(6)]);
    for _ in 0..10 {
        for state in [State::Charging, State::Available] {
            bench.chargers[1].state = state;
            bench.run(70);
        }
    }
    for charger in 0..2 {
        let mine = bench
            .orders
            .iter()
            .filter(|(_, member, _)| *member == charger);
        let times: Vec<_> = mine.map(|(at, ..)| *at).collect();
        assert!(times.len() > 3, "{times:?}");
        let pauses = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
        assert!(pauses.min() >= Some(Duration::from_mins(1)), "{times:?}");
    }
}

#[test]
fn a_charger_that_interrupts_its_charge_is_raised_once_in_five_minutes() {
    let config = config("limit = 32", &["em"]);
    let mut bench = Bench::settled(&config, vec![Fake::plugged(6)]);
    for limit in [20, 32, 20, 32, 20, 32] {
        bench.planner.set_limit(0, [amps(limit); 3]);
        bench.run(100);
    }
    let told = bench.orders.iter().map(|(at, _, action)| (*at, *action));
    let raises: Vec<_> = told
        .filter(|(_, action)| matches!(action, Action::SetCurrent { current, .. } if *current == amps(32)))
        .map(|(at, _)| at)
        .collect();
    assert!(raises.len() <= 2, "{raises:?}");
}

#[test]
fn what_cannot_change_while_it_charges_counts_at_what_it_began_with() {
    let config = config("limit = 24", &["em", "em"]);
    let fixed = Fake {
        live_change: Support::Unknown,
        appetite: amps(8),
        ..Fake::plugged(16)
    };
    let mut bench = Bench::settled(&config, vec![fixed, Fake::idle(6)]);
    bench.chargers[1].state = State::Connected;
    bench.run(300);
    assert_eq!(bench.committed()[0], 16, "though it draws 8 A");
    assert_eq!(bench.chargers[0].limit, amps(16));
    let standing = bench.standing();
    assert_eq!(
        standing.members[0].why,
        "cannot be changed while it charges"
    );
}

#[test]
fn between_charges_it_is_told_what_the_next_one_may_draw() {
    let config = config("limit = 20", &["em", "em"]);
    let idle = Fake {
        live_change: Support::No,
        ..Fake::idle(16)
    };
    let bench = Bench::settled(&config, vec![idle, Fake::plugged(6)]);
    assert_eq!(
        bench.chargers[0].limit,
        amps(6),
        "for the other needs the rest"
    );
    assert_eq!(bench.limits(), [0, 14]);
}

#[test]
fn what_nobody_needs_is_for_the_next_charges() {
    let config = config("limit = 40", &["em", "em", "duosida"]);
    let idle = Fake {
        live_change: Support::No,
        ..Fake::idle(6)
    };
    let mut bench = Bench::settled(&config, vec![idle.clone(), idle, Fake::plugged(32)]);
    let told = |bench: &Bench| -> Vec<_> { bench.chargers.iter().map(|one| one.limit).collect() };
    assert_eq!(told(&bench), [amps(6), amps(6), amps(28)]);
    bench.chargers[2] = Fake::idle(28);
    bench.run(200);
    assert_eq!(
        told(&bench),
        [amps(17), amps(17), amps(6)],
        "the last can be raised"
    );
    let few = bench.actions().len();
    bench.run(3_600);
    assert_eq!(bench.actions().len(), few, "and that lasts");
}

#[test]
fn an_idle_charger_counts_at_its_settings_though_it_still_tells_of_an_old_charge() {
    let idle = Fake::idle(16);
    let mut reading = idle.reading();
    reading.limit.effective = Some(amps(6));
    let told = Some(reading);
    let config = config("limit = 40", &["em"]);
    let bench = Bench::settled(&config, vec![Fake { told, ..idle }]);
    assert_eq!(bench.committed(), [16]);
}

#[test]
fn a_charge_counts_at_what_it_may_have_begun_with_until_it_tells() {
    let config = config("limit = 32", &["em"]);
    let fixed = Fake {
        live_change: Support::No,
        appetite: amps(0),
        ..Fake::idle(32)
    };
    let mut bench = Bench::settled(&config, vec![fixed]);
    let mut counted = |reported: u16, effective: Option<u16>| {
        let mut reading = Fake {
            state: State::Charging,
            limit: amps(reported),
            ..bench.chargers[0].clone()
        }
        .reading();
        reading.limit.effective = effective.map(amps);
        for _ in 0..20 {
            bench.now += Duration::from_secs(1);
            bench.planner.hear(0, bench.now, &reading);
        }
        bench.committed()
    };
    assert_eq!(counted(32, None), [32]);
    assert_eq!(counted(16, None), [32], "it was lowered after the start");
    assert_eq!(counted(16, Some(24)), [24]);
}

#[test]
fn what_settings_held_long_ago_is_not_what_every_new_charge_may_have_begun_with() {
    let config = config("limit = 32", &["em"]);
    let fixed = Fake {
        live_change: Support::No,
        ..Fake::idle(32)
    };
    let mut bench = Bench::settled(&config, vec![fixed]);
    bench.chargers[0].limit = amps(6);
    bench.chargers[0].state = State::Charging;
    let reading = bench.chargers[0].reading();
    let mut counted = Vec::new();
    for _ in 0..15 {
        // Each time it may have been another charge, for nothing was heard in between.
        bench.now += Duration::from_secs(12);
        bench.planner.hear(0, bench.now, &reading);
        counted.push(bench.committed()[0]);
    }
    assert_eq!(counted[..10], [32; 10], "{counted:?}");
    assert_eq!(counted[12..], [6; 3], "{counted:?}");
}

#[test]
fn idle_chargers_could_start_with_no_more_than_there_is() {
    let config = config("limit = 20", &["em", "duosida"]);
    let bench = Bench::settled(&config, vec![Fake::idle(32), Fake::idle(16)]);
    let limits: Vec<_> = bench.chargers.iter().map(|one| one.limit).collect();
    assert_eq!(limits, [amps(6), amps(6)]);
    assert_eq!(bench.texts(), [""; 0]);
}

#[test]
fn a_probe_goes_upwards_by_two_steps_and_learns() {
    let mut config = config("limit = 32", &["em"]);
    for charger in &mut config.chargers {
        charger.sharing.as_mut().expect("on a circuit").probe = true;
    }
    let unknown = Fake {
        live_change: Support::Unknown,
        ..Fake::plugged(10)
    };
    let mut bench = Bench::new(&config, vec![unknown.clone()]);
    bench.run(400);
    let told: Vec<_> = bench.actions();
    let step = |amps: u16| Action::SetCurrent {
        current: super::bench::amps(amps),
        requester: Requester::Probe,
    };
    assert_eq!(told[..2], [(0, step(12)), (0, step(14))]);
    let told = bench.texts();
    let learned = "whether a takes another current while it charges: yes".to_owned();
    assert!(told.contains(&learned), "{told:?}");
    assert_eq!(bench.limits(), [32], "and so it gets all that there is");

    let stubborn = Fake {
        manner: super::bench::Manner::Ignores,
        ..unknown
    };
    let mut bench = Bench::new(&config, vec![stubborn]);
    bench.run(400);
    assert_eq!(bench.actions(), [(0, step(12))]);
    assert_eq!(bench.committed(), [12], "it may hold what it was told");
}

#[test]
fn a_probe_needs_room_for_each_step() {
    let mut config = config("limit = 17", &["em", "em"]);
    config.chargers[0]
        .sharing
        .as_mut()
        .expect("on a circuit")
        .probe = true;
    let unknown = Fake {
        live_change: Support::Unknown,
        ..Fake::plugged(10)
    };
    let mut bench = Bench::new(&config, vec![unknown, Fake::idle(6)]);
    bench.run(400);
    assert_eq!(bench.actions(), []);
}

/// A plugged in charger on 20 A, and an idle bus with these keys.
fn beside_an_idle_bus(keys: &str) -> Bench {
    let mut config = config("limit = 20", &["duosida"]);
    let text = format!(
        "[circuits.house]\nlimit = 20\n[buses.\"/dev/ttyUSB0\"]\nlimit = 40\ncircuit = \"house\"\n{keys}"
    );
    let other = evse::Config::parse(&text, "bus").expect("a bus");
    config.buses = other.buses;
    let mut bench = Bench::new(&config, vec![Fake::plugged(16)]);
    bench.bus = Some(evse::circuit::BusReading {
        wanted_a: 0,
        ..bus()
    });
    bench.run(100);
    bench
}

#[test]
fn a_bus_is_one_member_and_has_a_budget() {
    let mut bench = beside_an_idle_bus("");
    assert_eq!(bench.committed(), [14, 6], "for a vehicle that comes");
    if let Some(bus) = &mut bench.bus {
        bus.wanted_a = 32;
    }
    bench.run(120);
    assert_eq!(bench.committed(), [10, 10]);
    let bus = bench.bus.expect("it is there");
    assert_eq!(bus.limit_a, 10);
}

/// Row: there is no room for the floor of an idle bus.
#[test]
fn an_idle_bus_keeps_nothing_if_so_configured_or_where_there_is_none() {
    let bench = beside_an_idle_bus("self_start = false\n");
    assert_eq!(bench.committed(), [20, 0]);
    let mut bench = beside_an_idle_bus("");
    bench.planner.set_limit(0, [amps(11); 3]);
    bench.run(200);
    assert_eq!(
        bench.committed(),
        [11, 0],
        "who charges is not stopped for it"
    );
    bench.planner.set_limit(0, [amps(12); 3]);
    bench.run(60);
    assert_eq!(bench.committed(), [6, 6]);
}

#[test]
fn a_circuit_within_another_binds_as_that_does() {
    let text = "[circuits.house]\nlimit = 25\n[circuits.garage]\nlimit = 16\nwithin = \"house\"\n\
                [chargers.a]\naddress = \"duosida://a\"\nphases = \"L1\"\ncircuit = \"garage\"\n\
                [chargers.b]\naddress = \"duosida://b\"\nphases = \"L1\"\ncircuit = \"garage\"\n\
                [chargers.c]\naddress = \"duosida://c\"\nphases = \"L1\"\ncircuit = \"house\"\n\
                [chargers.d]\naddress = \"duosida://d\"\nphases = \"L2\"\ncircuit = \"house\"\n";
    let config = evse::Config::parse(text, "nested").expect(text);
    let bench = Bench::settled(&config, vec![Fake::plugged(6); 4]);
    assert_eq!(bench.limits(), [8, 8, 9, 25]);
    let standing = bench.standing();
    let garage = &standing.circuits[1];
    assert_eq!(garage.within.as_deref(), Some("house"));
    let used: Vec<_> = garage.phases.iter().map(|on| on.used).collect();
    assert_eq!(used, [amps(16), amps(0), amps(0)]);
    let (circuit, phase) = standing.members[2].bottleneck.clone().expect("full");
    assert_eq!((&*circuit, phase), ("house", evse::config::Phase::L1));
}
