//! Circuits below each other, and the phases of each.

use evse_sharing::{
    Bottleneck, CircuitId, Heard, Ledger, Overload, Phase, Policy, Settings, Terms, Why,
};

use super::Bus;

/// A garage on 25 A, wired to L1 and L2 only, below a house on 40 A.
fn garage(members: u8) -> (Bus, CircuitId) {
    let mut bus = Bus::new(members, 40);
    let garage = bus
        .ledger
        .add_circuit(CircuitId::ROOT, [25, 25, 0])
        .unwrap();
    (bus, garage)
}

fn place(bus: &mut Bus, key: u8, circuit: CircuitId, phases: &str) {
    let terms = Terms {
        circuit,
        phases: phases.parse().unwrap(),
        ..Terms::default()
    };
    assert!(bus.ledger.set_terms(key, terms));
}

/// The amps of one field on L1, L2 and L3.
fn committed_a(bus: &Bus, circuit: CircuitId) -> [u32; 3] {
    bus.ledger
        .circuit(circuit)
        .unwrap()
        .phases
        .map(|on| on.committed_a)
}

#[test]
fn members_on_different_phases_do_not_share_and_those_on_all_share_with_each() {
    let mut bus = Bus::new(3, 40);
    for (key, phases) in [(0, "L1"), (1, "L2"), (2, "L1L2L3")] {
        place(&mut bus, key, CircuitId::ROOT, phases);
        bus.plug(key);
    }
    bus.ledger
        .set_circuit_rated_a(CircuitId::ROOT, [30, 40, 40]);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(15), Some(25), Some(15)]);
    let on = |phase| Bottleneck {
        circuit: CircuitId::ROOT,
        phase,
    };
    assert_eq!(bus.member(2).bottleneck, Some(on(Phase::L1)));
    assert_eq!(bus.member(1).bottleneck, Some(on(Phase::L2)));
    for _ in 0..20 {
        (0..3).for_each(|key| bus.follow(key));
    }
    assert_eq!(committed_a(&bus, CircuitId::ROOT), [30, 40, 15]);
    assert_eq!(bus.ledger.spare_a(), 0);
    assert_eq!(
        bus.ledger.circuit(CircuitId::ROOT).unwrap().phases[2].spare_a(),
        25
    );
}

#[test]
fn a_member_counts_in_its_circuit_and_in_all_that_feed_it() {
    let (mut bus, garage) = garage(3);
    place(&mut bus, 0, garage, "L1");
    place(&mut bus, 1, garage, "L2L1");
    place(&mut bus, 2, CircuitId::ROOT, "L1L2L3");
    for key in 0..3 {
        bus.plug(key);
    }
    for _ in 0..20 {
        (0..3).for_each(|key| bus.follow(key));
    }
    assert_eq!(bus.targets(), [Some(13), Some(12), Some(15)]);
    assert_eq!(committed_a(&bus, garage), [25, 12, 0]);
    assert_eq!(committed_a(&bus, CircuitId::ROOT), [40, 27, 15]);
    let standing = bus.ledger.circuit(garage).unwrap();
    assert_eq!(standing.parent, Some(CircuitId::ROOT));
    bus.pass(0);
    let delivered_a = bus
        .ledger
        .circuit(garage)
        .unwrap()
        .phases
        .map(|on| on.delivered_a);
    assert_eq!(delivered_a, [25, 12, 0]);
}

#[test]
fn a_member_is_raised_only_out_of_what_is_free_wherever_it_counts() {
    let (mut bus, garage) = garage(2);
    place(&mut bus, 0, garage, "L1");
    place(&mut bus, 1, garage, "L1L2");
    bus.plug(0);
    bus.follow(0);
    assert_eq!(bus.commitment(0), 25);
    bus.plug(1);
    let offer = bus.ledger.offer(1, bus.now);
    assert_eq!((offer.limit_a, offer.why), (None, Why::Room));
    let bottleneck = Bottleneck {
        circuit: garage,
        phase: Phase::L1,
    };
    assert_eq!(offer.bottleneck, Some(bottleneck));
    bus.follow(0);
    bus.follow(0);
    assert_eq!(bus.offer(1).0, Some(12));
    // The root is full on L2 although the garage is not.
    bus.ledger
        .set_circuit_budget_a(CircuitId::ROOT, Some([40, 8, 40]));
    assert_eq!(bus.offer(1), (Some(8), Why::Share));
}

#[test]
fn the_budget_of_a_phase_lowers_only_who_is_on_it() {
    let (mut bus, garage) = garage(2);
    place(&mut bus, 0, garage, "L1");
    place(&mut bus, 1, garage, "L2");
    for key in 0..2 {
        bus.plug(key);
        bus.follow(key);
    }
    bus.ledger.set_circuit_budget_a(garage, Some([10, 99, 99]));
    assert_eq!(bus.offer(0).0, Some(10));
    assert_eq!(bus.offer(1).0, Some(25));
    bus.ledger.set_circuit_budget_a(garage, Some([4, 5, 0]));
    bus.pass(1);
    assert_eq!(bus.member(0).why, Why::Withdrawn);
    let worst = Overload {
        needed_a: 6,
        limit_a: 4,
    };
    assert_eq!(bus.ledger.overload(), Some(worst));
    let overloads = bus
        .ledger
        .circuit(garage)
        .unwrap()
        .phases
        .map(|on| on.overload().is_some());
    assert_eq!(overloads, [true, true, false]);
    bus.ledger.set_circuit_budget_a(garage, None);
    bus.pass(6);
    assert_eq!(bus.targets(), [Some(25), Some(25)]);
}

#[test]
fn a_draw_is_counted_on_the_phase_of_the_supply_that_it_is_wired_to() {
    let mut bus = Bus::new(2, 40);
    place(&mut bus, 0, CircuitId::ROOT, "L2L3L1");
    place(&mut bus, 1, CircuitId::ROOT, "L3");
    let draw = |delivered_ma| Heard {
        limit_a: Some(6),
        delivered_ma,
        answers: true,
    };
    bus.ledger.heard(0, bus.now, draw([20_000, 0, 10_500]));
    assert_eq!(committed_a(&bus, CircuitId::ROOT), [11, 20, 6]);
    // What is measured on a phase that is wired nowhere is counted all the same.
    bus.ledger.heard(1, bus.now, draw([0, 0, 9_000]));
    assert_eq!(committed_a(&bus, CircuitId::ROOT), [11, 20, 15]);
    place(&mut bus, 0, CircuitId::ROOT, "unknown");
    assert_eq!(committed_a(&bus, CircuitId::ROOT), [20, 20, 29]);
    assert_eq!(bus.member(0).commitment_a, 20);
}

#[test]
fn one_that_waits_in_a_full_circuit_leaves_the_rest_of_the_house_to_others() {
    let (mut bus, garage) = garage(3);
    bus.ledger.set_circuit_budget_a(garage, Some([4; 3]));
    bus.ledger.set_budget_a(Some(11));
    place(&mut bus, 0, garage, "L1");
    for key in [0, 1, 2] {
        bus.plug(key);
    }
    bus.pass(1);
    assert_eq!(bus.targets(), [None, Some(11), None]);
    assert_eq!(bus.member(0).bottleneck.unwrap().circuit, garage);
    assert_eq!(bus.member(2).bottleneck.unwrap().circuit, CircuitId::ROOT);
    // Once it could use it, it comes first.
    bus.ledger.set_circuit_budget_a(garage, None);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(11), None, None]);
}

#[test]
fn one_that_waits_on_one_phase_is_not_overtaken_on_the_others() {
    let mut bus = Bus::new(3, 40);
    bus.ledger
        .set_circuit_rated_a(CircuitId::ROOT, [10, 10, 10]);
    for (key, phases) in [(0, "L1"), (1, "L1L2L3"), (2, "L2")] {
        place(&mut bus, key, CircuitId::ROOT, phases);
        bus.plug(key);
    }
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(10), None, None]);
    bus.ledger
        .set_circuit_rated_a(CircuitId::ROOT, [10, 12, 10]);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(10), None, Some(12)]);
}

#[test]
fn what_does_not_exist_changes_nothing() {
    let mut bus = Bus::new(1, 40);
    let mut other = Ledger::<u8>::new(9, Settings::default());
    let elsewhere = other.add_circuit(CircuitId::ROOT, [9; 3]).unwrap();
    assert_eq!(bus.ledger.add_circuit(elsewhere, [9; 3]), None);
    assert_eq!(bus.ledger.circuit(elsewhere), None);
    bus.ledger.set_circuit_rated_a(elsewhere, [1; 3]);
    bus.ledger.set_circuit_budget_a(elsewhere, Some([1; 3]));
    let terms = Terms {
        circuit: elsewhere,
        ..Terms::default()
    };
    assert!(!bus.ledger.set_terms(0, terms));
    assert!(!bus.ledger.set_terms(7, Terms::default()));
    bus.ledger.set_wanted_a(7, None);
    assert_eq!(bus.member(0).terms, Terms::default());
    assert_eq!(bus.ledger.circuits().count(), 1);
}

#[test]
fn eight_circuits_may_be_below_each_other() {
    let mut bus = Bus::new(1, 40);
    let mut circuit = CircuitId::ROOT;
    for rated_a in 20..27 {
        circuit = bus.ledger.add_circuit(circuit, [rated_a; 3]).unwrap();
    }
    assert_eq!(bus.ledger.add_circuit(circuit, [9; 3]), None);
    place(&mut bus, 0, circuit, "L1");
    bus.plug(0);
    assert_eq!(bus.offer(0).0, Some(20));
    bus.follow(0);
    let committed = bus
        .ledger
        .circuits()
        .map(|(_, on)| on.phases[0].committed_a);
    assert_eq!(committed.collect::<Vec<_>>(), [20; 8]);
}

#[test]
fn each_policy_divides_as_it_says() {
    let divide = |policy, priorities: [u8; 3], guaranteed: [u16; 3]| {
        let settings = Settings {
            policy,
            ..Settings::default()
        };
        let mut bus = Bus::with(3, 40, settings);
        for key in 0..3 {
            let terms = Terms {
                priority: priorities[usize::from(key)],
                guaranteed_a: guaranteed[usize::from(key)],
                ..Terms::default()
            };
            assert!(bus.ledger.set_terms(key, terms));
            bus.plug(key);
        }
        bus.pass(1);
        let targets = bus.targets();
        targets
            .into_iter()
            .map(|target| target.unwrap_or(0))
            .collect::<Vec<_>>()
    };
    assert_eq!(divide(Policy::Fair, [0, 0, 9], [0, 30, 0]), [14, 13, 13]);
    assert_eq!(divide(Policy::Priority, [0, 0, 9], [0; 3]), [6, 6, 28]);
    assert_eq!(divide(Policy::Priority, [9, 0, 9], [0; 3]), [17, 6, 17]);
    assert_eq!(divide(Policy::FirstCome, [0; 3], [0; 3]), [28, 6, 6]);
    assert_eq!(divide(Policy::Guaranteed, [0; 3], [0, 16, 0]), [12, 16, 12]);
    assert_eq!(
        divide(Policy::Guaranteed, [0; 3], [16, 16, 16]),
        [14, 13, 13]
    );
}

#[test]
fn a_higher_priority_is_admitted_first_and_displaces_nobody() {
    let settings = Settings {
        policy: Policy::Priority,
        ..Settings::default()
    };
    let mut bus = Bus::with(3, 13, settings);
    for key in 0..3 {
        let terms = Terms {
            priority: key,
            ..Terms::default()
        };
        assert!(bus.ledger.set_terms(key, terms));
        bus.plug(key);
    }
    bus.pass(1);
    assert_eq!(bus.targets(), [None, Some(6), Some(7)]);
    let mut bus = Bus::with(3, 13, settings);
    for key in [0, 1] {
        bus.plug(key);
    }
    for _ in 0..9 {
        bus.follow(0);
        bus.follow(1);
    }
    let terms = Terms {
        priority: 9,
        ..Terms::default()
    };
    assert!(bus.ledger.set_terms(2, terms));
    bus.plug(2);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(7), Some(6), None]);
    bus.ledger.set_rated_a(7);
    bus.pass(1);
    assert_eq!(bus.member(1).why, Why::Withdrawn);
}
