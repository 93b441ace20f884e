//! Circuits with chargers of all families: the real sessions against simulated devices, with faults, in virtual time. A
//! failing seed reproduces the run: `EVSE_SEED=17 cargo test -p evse --test circuit_simulation`. `EVSE_SEEDS` sets how
//! many there are, 1,000 unless set, `EVSE_FIRST` the first of them.

mod draw;
mod members;
mod script;
mod world;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use world::{Figures, World};

/// So many failing seeds tell enough.
const FAILURES: usize = 20;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// What happened, or what was wrong.
fn run(seed: u64) -> Result<Figures, String> {
    let mut world = World::new(seed);
    world.run();
    let problems = world.problems();
    if !problems.is_empty() {
        return Err(format!("seed {seed}:\n{}", problems.join("\n")));
    }
    if std::env::var("EVSE_LOG").is_ok() {
        println!("{}", world.log().join("\n"));
    }
    Ok(world.figures)
}

#[test]
fn no_circuit_carries_more_than_its_limit() {
    let (first, seeds) = match number("EVSE_SEED") {
        Some(seed) => (seed, 1),
        None => (
            number("EVSE_FIRST").unwrap_or(0),
            number("EVSE_SEEDS").unwrap_or(1_000),
        ),
    };
    let (next, failed, began) = (AtomicU64::new(first), AtomicUsize::new(0), Instant::now());
    let work = || {
        let mut sum = Figures::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds || failed.load(Ordering::Relaxed) >= FAILURES {
                return sum;
            }
            match run(seed) {
                Ok(figures) => sum += figures,
                Err(problems) => {
                    failed.fetch_add(1, Ordering::Relaxed);
                    println!("{problems}");
                }
            }
        }
    };
    let sum = std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut sum = Figures::default();
        for thread in threads {
            match thread.join() {
                Ok(figures) => sum += figures,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        sum
    });
    println!("{seeds} runs in {:?}: {sum:?}", began.elapsed());
    assert_eq!(failed.into_inner(), 0, "failing seeds, see above");
    assert!(seeds < 100 || sum.shows_something(), "{sum:?}");
}
