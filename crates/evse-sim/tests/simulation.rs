//! Client session against the simulated charger, with faults, in virtual time. A failing seed reproduces the run:
//! `EVSE_SEED=17 cargo test -p evse-sim --test simulation`.
use std::time::{Duration, Instant};

use duosida_proto::config::Setting;
use duosida_proto::message::ChargePointStatus;
use duosida_proto::session::{BootConfirmation, Command, Completion, Config, Event};
use evse_sim::duosida::{
    DeviceConfig, LimitFormatAccepted, TagFormAccepted, VendorStatusPush, ViolationKind,
};
use evse_sim::faults::{Fault, FaultSpec};
use evse_sim::pair::{Pair, PairOptions};

const MINUTE: Duration = Duration::from_mins(1);
/// 300 s of pause, 30 s of busy slot, 15 s for the boot notification.
const RECOVERY: Duration = Duration::from_secs(345);

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
}

fn options(seed: u64) -> PairOptions {
    let mut draw = Draw(seed.wrapping_mul(2) + 1);
    let device = DeviceConfig {
        vendor_status: draw.one(&[
            VendorStatusPush::Always,
            VendorStatusPush::AfterBootConf,
            VendorStatusPush::Never,
        ]),
        limit_format: draw.one(&[LimitFormatAccepted::Both, LimitFormatAccepted::TwoDecimals]),
        tag_form: draw.one(&[TagFormAccepted::Both, TagFormAccepted::Plain]),
        phases: draw.one(&[1, 3]),
        cloud: draw.below(2) == 0,
        transaction_id_on_trigger: draw.below(2) == 0,
        data_continue: draw.below(4) == 0,
        ..DeviceConfig::default()
    };
    let boot_confirmation = draw.one(&[BootConfirmation::Never, BootConfirmation::CurrentTime]);
    let mut faults: Vec<_> = (0..3 + draw.below(3))
        .map(|_| {
            let (fault, ..) = draw.one(&Fault::ALL);
            FaultSpec::once(fault, Duration::from_secs(draw.below(18 * 60)))
        })
        .collect();
    if draw.below(2) == 0 {
        let fault = draw.one(&[
            Fault::Fragment,
            Fault::Coalesce,
            Fault::Garbage,
            Fault::Delay,
            Fault::Oversize,
        ]);
        faults.push(FaultSpec::often(fault, 0.05));
    }
    PairOptions {
        seed,
        device,
        session: Config {
            boot_confirmation,
            ..Config::default()
        },
        faults,
        faults_last: Some(20 * MINUTE),
        ..PairOptions::default()
    }
}

/// Plug in, start, set a limit, stop, unplug; under faults until minute 20, 30 minutes in all.
fn run(seed: u64, start: Instant) -> (Pair, Result<(), String>) {
    let mut pair = Pair::new(options(seed), start);
    let mut draw = Draw(seed ^ 0x5eed);
    pair.run_for(Duration::from_secs(20 + draw.below(60)));
    pair.plug_in();
    for _ in 0..6 {
        pair.run_for(Duration::from_secs(1 + draw.below(40)));
        let _ = pair.request(Command::Start { id_tag: None });
        pair.run_for(Duration::from_secs(1 + draw.below(40)));
        let amps = 6 + u8::try_from(draw.below(27)).expect("small");
        let _ = pair.request(Command::Set(Setting::MaxCurrent { amps }));
        pair.run_for(Duration::from_secs(1 + draw.below(60)));
        if draw.below(2) == 0 {
            let _ = pair.request(Command::Stop {
                transaction_id: None,
            });
        }
        if draw.below(3) == 0 {
            let _ = pair.request(Command::PullConfiguration);
        }
    }
    pair.unplug();
    let faults_end = (20 * MINUTE).saturating_sub(pair.elapsed());
    pair.run_for(faults_end);
    if !pair.run_until(RECOVERY, Pair::is_ready) {
        return (pair, Err("not ready 345 s after the faults stopped".into()));
    }
    let rest = (30 * MINUTE).saturating_sub(pair.elapsed());
    pair.run_for(rest);
    let result = match (pair.unfinished(), pair.problems().first()) {
        (_, Some(problem)) => Err(problem.clone()),
        (0, None) => Ok(()),
        (open, None) => Err(format!("{open} requests never ended")),
    };
    (pair, result)
}

#[test]
fn a_thousand_seeds_of_plug_charge_unplug_with_faults() {
    let start = Instant::now();
    let only = std::env::var("EVSE_SEED")
        .ok()
        .and_then(|seed| seed.parse::<u64>().ok());
    let seeds = only.map_or(0..1_000, |seed| seed..seed + 1);
    let (mut struck, mut ended, mut verified) = (0, 0_u32, 0);
    for seed in seeds {
        let (mut pair, result) = run(seed, start);
        if let Err(problem) = result {
            panic!("seed {seed}: {problem}\n{}", pair.trace());
        }
        struck += pair.faults().log().len();
        while let Some((_, event)) = pair.poll_event() {
            if let Event::Done { result, .. } = event {
                ended += 1;
                verified += u32::from(result == Ok(Completion::Verified));
            }
        }
    }
    // The run must not be empty: most requests succeed in spite of the faults.
    println!("{struck} faults, {verified} of {ended} requests verified");
    assert!(only.is_some() || (struck > 3_000 && verified > ended / 2));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let start = Instant::now();
    let trace = |start| run(23, start).0.trace().to_string();
    assert_eq!(trace(start), trace(start + MINUTE));
}

#[test]
fn faults_that_keep_messages_whole_lead_to_no_violation() {
    let start = Instant::now();
    let faults = [
        Fault::Drop,
        Fault::IpChange,
        Fault::Refuse,
        Fault::Cut,
        Fault::Fragment,
        Fault::Reboot,
        Fault::PowerCycle,
        Fault::Faulted,
        Fault::ClockJump,
        Fault::BadTag,
        Fault::UnknownFields,
    ];
    for (seed, fault) in (0_u64..).zip(faults.into_iter().cycle().take(110)) {
        let faults = vec![FaultSpec::often(fault, 0.05)];
        let mut pair = Pair::new(
            PairOptions {
                seed,
                faults,
                ..PairOptions::default()
            },
            start,
        );
        pair.run_for(Duration::from_secs(10));
        pair.plug_in();
        for _ in 0..5 {
            let _ = pair.request(Command::Start { id_tag: None });
            pair.run_for(2 * MINUTE);
            let _ = pair.request(Command::Stop {
                transaction_id: None,
            });
            pair.run_for(MINUTE);
        }
        // Being refused is no fault of the client.
        let breaches: Vec<_> = pair
            .device()
            .violations()
            .iter()
            .filter(|violation| violation.kind != ViolationKind::SecondConnection)
            .collect();
        assert!(
            breaches.is_empty(),
            "seed {seed}, {fault}: {breaches:?}\n{}",
            pair.trace()
        );
        assert_eq!(pair.problems(), [""; 0], "seed {seed}, {fault}");
    }
}

/// Runs until the request ends and returns how.
fn finish(pair: &mut Pair, command: Command) -> Event {
    let id = pair.request(command).expect("taken");
    for _ in 0..100 {
        pair.run_for(Duration::from_secs(1));
        while let Some((_, event)) = pair.poll_event() {
            if matches!(event, Event::Done { id: done, .. } if done == id) {
                return event;
            }
        }
    }
    panic!("never ended\n{}", pair.trace());
}

#[test]
fn quiet_link_breaks_no_rule_and_every_command_is_verified() {
    let device = DeviceConfig {
        limit_format: LimitFormatAccepted::TwoDecimals,
        tag_form: TagFormAccepted::Plain,
        ..DeviceConfig::default()
    };
    let mut pair = Pair::new(
        PairOptions {
            seed: 5,
            device,
            ..PairOptions::default()
        },
        Instant::now(),
    );
    assert!(pair.run_until(Duration::from_secs(10), Pair::is_ready));
    pair.plug_in();
    for command in [
        Command::Set(Setting::MaxCurrent { amps: 10 }),
        Command::Start { id_tag: None },
        Command::Stop {
            transaction_id: None,
        },
    ] {
        let event = finish(&mut pair, command.clone());
        let verified = matches!(
            event,
            Event::Done {
                result: Ok(Completion::Verified),
                ..
            }
        );
        assert!(verified, "{command:?}: {event:?}\n{}", pair.trace());
    }
    pair.unplug();
    pair.run_for(10 * MINUTE);
    assert!(pair.is_ready());
    assert_eq!(pair.device().status(), ChargePointStatus::Available);
    assert_eq!(pair.device().violations(), [], "{}", pair.trace());
    assert_eq!(pair.problems(), [""; 0]);
}
