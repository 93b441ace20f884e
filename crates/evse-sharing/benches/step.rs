//! What a round costs: targets anew, then for each member an offer, a frame and its reply.

use core::time::Duration;

use divan::Bencher;
use divan::counter::ItemsCount;
use evse_sharing::{Bounds, CircuitId, Heard, Ledger, Settings, Terms};

fn main() {
    divan::main();
}

/// All on one limit.
#[divan::bench(args = ["3 members", "30 members", "300 members", "3000 members"])]
fn round(bencher: Bencher<'_, '_>, members: &str) {
    run(bencher, members, |_, _| ());
}

/// Circuits of ten below the root, where they share 80 A on each phase; one of three on all phases, the others on one.
#[divan::bench(args = ["3 members", "30 members", "300 members", "3000 members"])]
fn nested(bencher: Bencher<'_, '_>, members: &str) {
    let mut circuit = CircuitId::ROOT;
    run(bencher, members, |ledger, key| {
        if key % 10 == 0 {
            let added = ledger.add_circuit(CircuitId::ROOT, [80; 3]);
            circuit = added.expect("a circuit");
        }
        let wiring = ["L1L2L3", "L1", "L2"][usize::from(key % 3)];
        let terms = Terms {
            circuit,
            phases: wiring.parse().expect("a wiring"),
            ..Terms::default()
        };
        assert!(ledger.set_terms(key, terms));
    });
}

fn run(bencher: Bencher<'_, '_>, members: &str, mut place: impl FnMut(&mut Ledger<u16>, u16)) {
    let members = members.split_once(' ').map(|(count, _)| count.parse());
    let members: u16 = members.expect("a number").expect("a number");
    let mut ledger = Ledger::new(members * 10 + 1, Settings::default());
    for key in 0..members {
        let bounds = Bounds {
            floor_a: 6,
            cap_a: 10 + key % 23,
        };
        ledger.join(key, Duration::ZERO, bounds);
        place(&mut ledger, key);
        ledger.plugged(
            key,
            Duration::from_secs(u64::from(key) * 7 % u64::from(members)),
        );
    }
    let mut now = Duration::from_secs(5_000);
    bencher
        .counter(ItemsCount::new(members))
        .bench_local(|| step(&mut ledger, &mut now, members));
}

fn step(ledger: &mut Ledger<u16>, now: &mut Duration, members: u16) {
    *now += Duration::from_millis(1_300);
    ledger.update(*now);
    for key in 0..members {
        let limit_a = ledger.offer(key, *now).limit_a;
        ledger.sent(key, *now, limit_a);
        let heard = Heard {
            limit_a,
            delivered_ma: [u32::from(limit_a.unwrap_or(0)) * 950; 3],
            answers: true,
        };
        ledger.heard(key, *now, heard);
    }
}
