//! The controller against simulated wall connectors, with faults, in virtual time. A failing seed reproduces the run:
//! `EVSE_SEED=17 cargo test -p evse-sim --test twc_simulation`.
use std::ops::AddAssign;
use std::time::{Duration, Instant};

use evse_sim::faults::twc::Fault;
use evse_sim::faults::{FaultKind, FaultSpec};
use evse_sim::pair::twc::{Pair, PairOptions};
use evse_sim::twc::{Car, Peripheral, PeripheralConfig, TrailerPolicy};
use twc_proto::Address;
use twc_proto::message::ProtocolVersion;
use twc_proto::session::{self, Reply, Request, State};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
/// From the end of the faults until every unit is polled again.
const RECOVERY: Duration = Duration::from_secs(20);
/// The same after another controller has been there to the end: 15 to 21 s of its silence come first.
const RECOVERY_FROM_CONTROLLER: Duration = Duration::from_secs(47);

/// A small generator for the scripts: the crate's own draws stay its own.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).expect("small")]
    }

    fn seconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_secs(from + self.below(to - from))
    }

    fn place(&mut self, pair: &Pair) -> usize {
        usize::try_from(self.below(pair.bus().peripherals().len() as u64)).expect("small")
    }
}

fn peripheral(draw: &mut Draw, number: u16) -> PeripheralConfig {
    // Ids with bytes that are escaped, too.
    let id = draw.one(&[0x3495, 0xC0DB, 0x18C0, 0xDB77]) + number;
    let version = draw.one(&[
        ProtocolVersion::V1,
        ProtocolVersion::V2,
        ProtocolVersion::V2,
    ]);
    let mut config = PeripheralConfig::new(Address(id), version);
    config.answers_queries = version == ProtocolVersion::V2 && draw.below(6) > 0;
    config.phases = draw.one(&[1, 3]);
    config.trailer = draw.one(&[
        TrailerPolicy::ByLength,
        TrailerPolicy::Mixed,
        TrailerPolicy::None,
    ]);
    config.presence_interval = Duration::from_millis(draw.one(&[1_300, 6_000, 10_000]));
    config.controller_timeout = Duration::from_secs(draw.one(&[10, 30, 30]));
    config.idle_offset_ca = draw.one(&[0, 25]);
    config.car = draw.one(&[Car::tesla(), Car::Other]);
    config.vehicle.max_current_a = draw.one(&[10.0, 16.0, 32.0]);
    config
}

fn options(seed: u64) -> PairOptions {
    let mut draw = Draw(seed.wrapping_mul(2) + 1);
    let count = u16::try_from(1 + draw.below(3)).expect("small");
    let peripherals = (0..count).map(|number| peripheral(&mut draw, number * 16));
    let peripherals = peripherals.collect();
    let limit_a = draw.one(&[6, 10, 13, 16, 20, 25, 32, 40]);
    let mut options = PairOptions::new(seed, limit_a, peripherals);
    options.session.auto_resume = true;
    let all: Vec<_> = Fault::ALL.iter().map(|(fault, ..)| *fault).collect();
    let moments: Vec<_> = all
        .iter()
        .filter(|fault| !fault.is_per_message())
        .copied()
        .collect();
    let mut faults: Vec<_> = (0..3 + draw.below(4))
        .map(|_| FaultSpec::once(draw.one(&all), draw.seconds(0, 20 * 60)))
        .collect();
    // One strikes just before the end, so that there is something to recover from.
    faults.push(FaultSpec::once(
        draw.one(&moments),
        draw.seconds(1_150, 1_200),
    ));
    for _ in 0..draw.below(3) {
        let often = [
            Fault::Drop,
            Fault::Corrupt,
            Fault::Garbage,
            Fault::Collide,
            Fault::Fragment,
            Fault::Delay,
        ];
        faults.push(FaultSpec::often(draw.one(&often), 0.05));
    }
    if draw.below(3) == 0 {
        // One frame of five is lost, each way.
        faults.push(FaultSpec::often(Fault::Drop, 0.2));
    }
    options.bus.faults = faults;
    options.bus.faults_last = Some(20 * MINUTE);
    options.bus.echo = draw.below(6) == 0;
    options.bus.chunk = usize::try_from(draw.one(&[1, 16, 16, 16, 16, 64, 64, 64])).expect("small");
    options
}

fn a_request(draw: &mut Draw) -> Request {
    let amps = u16::try_from(6 + draw.below(20)).expect("small");
    match draw.below(8) {
        0 => Request::SetInitialCurrent {
            current_a: draw.one(&[None, Some(amps)]),
        },
        1 | 2 => Request::SetSessionCurrent {
            current_a: draw.one(&[None, Some(amps), Some(0)]),
        },
        3 | 4 => Request::Increase,
        5 => Request::Decrease,
        6 => Request::OpenContactors,
        _ => Request::CloseContactors { force: false },
    }
}

/// How often what happened in a run.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    moments: usize,
    messages: usize,
    refused: u64,
    done: u64,
    failed: u64,
    granted: u64,
    increased: u64,
    charges: u64,
    late: u16,
    foreign: u64,
    silent: u64,
    took: Duration,
    recovered: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.moments += other.moments;
        self.messages += other.messages;
        self.refused += other.refused;
        self.done += other.done;
        self.failed += other.failed;
        self.granted += other.granted;
        self.increased += other.increased;
        self.charges += other.charges;
        self.late += other.late;
        self.foreign += other.foreign;
        self.silent += other.silent;
        self.took = self.took.max(other.took);
        self.recovered += other.recovered;
    }
}

/// Cars come, charge and go; under faults until minute 20, 30 minutes in all.
fn run(seed: u64, start: Instant) -> (Pair, Result<Counts, String>) {
    let mut pair = Pair::new(&options(seed), start);
    let mut draw = Draw(seed ^ 0x5eed);
    let mut counts = Counts::default();
    pair.run_for(draw.seconds(1, 40));
    while pair.elapsed() < 19 * MINUTE {
        let unit = draw.place(&pair);
        pair.with_peripheral(unit, |unit, now| {
            unit.vehicle_mut().set_state_of_charge(0.3);
            unit.plug_in(now);
        });
        pair.run_for(draw.seconds(5, 90));
        for _ in 0..draw.below(4) {
            let (unit, request) = (draw.place(&pair), a_request(&mut draw));
            counts.refused += u64::from(pair.request(unit, request).is_err());
            pair.run_for(draw.seconds(0, 20));
        }
        if draw.below(8) == 0 && pair.bus().peripherals().len() < 3 {
            counts.late += 1;
            let late = peripheral(&mut draw, 0x300 + 16 * counts.late);
            pair.with_bus(|bus, now| bus.add_peripheral(now, late));
        }
        if draw.below(2) == 0 {
            let unit = draw.place(&pair);
            pair.with_peripheral(unit, Peripheral::unplug);
        }
    }
    pair.run_for((20 * MINUTE).saturating_sub(pair.elapsed()));
    let foreign_to_the_end = matches!(pair.controller().state(), State::ListenOnly(_));
    let mut result = recover(&mut pair, foreign_to_the_end, &mut counts);
    if result.is_ok() {
        result = charge_once_more(&mut pair);
    }
    if let Err(problem) = result {
        return (pair, Err(problem));
    }
    pair.run_for((30 * MINUTE).saturating_sub(pair.elapsed()));
    count(&mut pair, &mut counts);
    let result = match (pair.unfinished(), pair.problems().first()) {
        (_, Some(problem)) => Err(problem.clone()),
        (0, None) => Ok(counts),
        (open, None) => Err(format!("{open} requests never ended")),
    };
    (pair, result)
}

fn all_linked(pair: &Pair) -> bool {
    (0..pair.bus().peripherals().len()).all(|unit| pair.is_linked(unit))
}

/// After the faults all units are polled again within the bound, and stay so.
fn recover(pair: &mut Pair, from_controller: bool, counts: &mut Counts) -> Result<(), String> {
    let end = pair.elapsed();
    let mut took = Duration::ZERO;
    pair.run_until(MINUTE, |pair| {
        if !all_linked(pair) {
            took = pair.elapsed().saturating_sub(end);
        }
        false
    });
    let bound = if from_controller {
        RECOVERY_FROM_CONTROLLER
    } else {
        counts.took = took;
        RECOVERY
    };
    counts.recovered += u64::from(!took.is_zero());
    if took > bound {
        let units = (0..pair.bus().peripherals().len()).map(|unit| {
            let there = pair.bus().peripherals()[unit].ground_truth();
            (
                there.id,
                there.controller,
                pair.unit(unit).map(|unit| unit.life),
            )
        });
        let units: Vec<_> = units.collect();
        return Err(format!("polled again only after {took:?}: {units:?}"));
    }
    Ok(())
}

/// On a quiet bus cars charge as far as the limit goes.
fn charge_once_more(pair: &mut Pair) -> Result<(), String> {
    let units = 0..pair.bus().peripherals().len();
    for unit in units.clone() {
        pair.with_peripheral(unit, Peripheral::unplug);
    }
    pair.run_for(30 * SECOND);
    for unit in units.clone() {
        pair.with_peripheral(unit, |unit, now| {
            unit.vehicle_mut().set_state_of_charge(0.2);
            unit.plug_in(now);
        });
    }
    pair.run_for(90 * SECOND);
    let charging = units.filter(|unit| pair.bus().peripherals()[*unit].current_a() > 4.0);
    let charging = charging.count();
    let room = usize::from(pair.controller().limit_a() / 6);
    let expected = room.min(pair.bus().peripherals().len());
    if charging < expected {
        let units: Vec<_> = pair.controller().peripherals().collect();
        return Err(format!(
            "{charging} cars charge, there is room for {expected}: {units:#?}"
        ));
    }
    Ok(())
}

fn count(pair: &mut Pair, counts: &mut Counts) {
    while let Some((_, event)) = pair.poll_event() {
        match event {
            session::Event::Done { result, .. } => {
                counts.done += u64::from(result.is_ok());
                counts.failed += u64::from(result.is_err());
                counts.granted +=
                    u64::from(matches!(result, Ok(Reply::Limited { accepted: true, .. })));
                counts.increased += u64::from(matches!(
                    result,
                    Ok(Reply::Stepped { before_ca, now_ca, .. }) if now_ca > before_ca
                ));
            }
            session::Event::ForeignController { .. } => counts.foreign += 1,
            session::Event::State(State::ListenOnly(_)) => counts.silent += 1,
            _ => {}
        }
    }
    let units = pair.bus().peripherals().iter();
    counts.charges = units.map(|unit| unit.ground_truth().starts).sum();
    let log = pair.bus().fault_log();
    counts.messages = log
        .iter()
        .filter(|(_, fault)| fault.is_per_message())
        .count();
    counts.moments = log.len() - counts.messages;
}

/// Runs seeds, and says how often what happened.
fn run_all(seeds: impl Iterator<Item = u64>, start: Instant) -> Counts {
    let mut sum = Counts::default();
    for seed in seeds {
        let (pair, result) = run(seed, start);
        sum += result.unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{}", pair.trace()));
    }
    sum
}

#[test]
fn a_thousand_seeds_of_plug_charge_unplug_with_faults() {
    let start = Instant::now();
    let only = std::env::var("EVSE_SEED")
        .ok()
        .and_then(|seed| seed.parse::<u64>().ok());
    let sum = only.map_or_else(
        || {
            std::thread::scope(|scope| {
                let odd = scope.spawn(|| run_all((0..1_000).skip(1).step_by(2), start));
                let mut sum = run_all((0..1_000).step_by(2), start);
                sum += odd.join().expect("no panic");
                sum
            })
        },
        |seed| run_all(std::iter::once(seed), start),
    );
    println!("{sum:?}");
    println!("{:?} for 500 hours", start.elapsed());
    // The run must not be empty.
    assert!(
        only.is_some()
            || (sum.moments > 3_000
                && sum.done > 1_000
                && sum.granted > 500
                && sum.increased > 100
                && sum.charges > 5_000
                && sum.foreign > 100
                && sum.late > 50
                && sum.recovered > 50),
        "the run is empty"
    );
}
