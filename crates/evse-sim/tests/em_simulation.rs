//! The client's endpoint against simulated EM chargers, with faults, in virtual time. A failing seed reproduces the
//! run: `EVSE_SEED=17 cargo test -p evse-sim --test em_simulation`.
use std::time::{Duration, Instant};

use emproto::Pin;
use emproto::endpoint::EndpointEvent;
use emproto::message::{Nickname, PlanSlot, StartMethod, WeeklyPlan};
use emproto::session::{Config, Event, Reply, Request, Session, Setting, StartRequest};
use evse_sim::em::{Device, DeviceConfig, Model};
use evse_sim::faults::em::Fault;
use evse_sim::faults::{FaultKind, FaultSpec};
use evse_sim::pair::em::{Pair, PairOptions};

const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);
const UNIX_S: i64 = 1_790_000_000;
/// A restart of 6 s, 12 s without a heading, within which it announces itself twice, 15 s between automatic logins; or
/// 10 s until the charger drops a client that was silent, two announcements, and the same 15 s.
const RECOVERY: Duration = Duration::from_secs(33);

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
}

fn pin() -> Pin {
    "123456".parse().expect("six digits")
}

fn device(draw: &mut Draw) -> DeviceConfig {
    let serial = "1122334455667788".parse().expect("a serial");
    let model = draw.one(&Model::ALL).0;
    let mut config = DeviceConfig::new(model, draw.one(&[1, 3]), serial, pin());
    if config.phases == 1 {
        config.status_len = draw.one(&[23, 25, 33, 40]);
    }
    config.login_len = draw.one(&[70, 118, 119, 145, 151]);
    config.version_len = draw.one(&[32, 36, 37]);
    config.reply_action = draw.one(&[None, Some(0), Some(1), Some(2)]);
    config.joins_datagrams = draw.below(3) == 0;
    config.announces_when_registered = draw.below(4) == 0;
    config.clock_skew_s = draw.one(&[0, 0, 20, 7 * 3_600, -3 * 3_600, 2_678_400]);
    config.utc_offset_s = 7_200;
    config.history_capacity = 20;
    config.history_records = 12;
    config
}

fn options(seed: u64) -> PairOptions {
    let mut draw = Draw(seed.wrapping_mul(2) + 1);
    let device = device(&mut draw);
    let all: Vec<_> = Fault::ALL.iter().map(|(fault, ..)| *fault).collect();
    let mut faults: Vec<_> = (0..3 + draw.below(4))
        .map(|_| FaultSpec::once(draw.one(&all), draw.seconds(0, 20 * 60)))
        .collect();
    // One strikes just before the end, so that there is something to recover from.
    let moments = all.iter().filter(|fault| !fault.is_per_message());
    let moments: Vec<_> = moments.copied().collect();
    faults.push(FaultSpec::once(
        draw.one(&moments),
        draw.seconds(1_170, 1_200),
    ));
    for _ in 0..draw.below(3) {
        let often = [
            Fault::Drop,
            Fault::Duplicate,
            Fault::Reorder,
            Fault::Corrupt,
            Fault::Delay,
        ];
        faults.push(FaultSpec::often(draw.one(&often), 0.06));
    }
    let session = Config {
        acknowledge_records: draw.below(2) == 0,
        ..Config::default()
    };
    PairOptions {
        session,
        faults,
        faults_last: Some(20 * MINUTE),
        unix_time_s: UNIX_S,
        utc_offset_s: 7_200,
        ..PairOptions::new(seed, vec![device])
    }
}

fn unix_s(pair: &Pair) -> i64 {
    UNIX_S + i64::try_from(pair.elapsed().as_secs()).expect("short")
}

fn a_request(draw: &mut Draw) -> Request {
    match draw.below(11) {
        0 => Request::Set(Setting::OutputCurrent(
            6 + u8::try_from(draw.below(11)).expect("small"),
        )),
        1 => Request::Set(Setting::Name(
            Nickname::new(draw.one(&["Garage", "Left", ""])).expect("short"),
        )),
        2 => Request::Set(Setting::StartMethod(StartMethod::AppOnly)),
        3 => Request::Set(Setting::Language(draw.one(&[1, 3, 7]).into())),
        4 => Request::ReadClock,
        5 => Request::SetClock { civil: None },
        6 => Request::FetchConfiguration {
            max_age: draw.seconds(0, 30),
        },
        7 => Request::ReadWeeklyPlan,
        8 => Request::ReadHistory,
        9 => Request::Set(Setting::WeeklyPlan(Box::new(WeeklyPlan(
            [PlanSlot::OFF; 7],
        )))),
        _ => Request::Refresh,
    }
}

fn a_start(draw: &mut Draw, pair: &Pair) -> Request {
    let later = draw.below(3) == 0;
    let ahead = i64::try_from(30 + draw.below(300)).expect("small");
    Request::Start(Box::new(StartRequest {
        current_a: draw.one(&[None, Some(6), Some(10), Some(16)]),
        start_at_unix_s: later.then(|| unix_s(pair) + ahead),
        max_duration_min: draw.one(&[None, Some(1)]),
        replace: draw.below(2) == 0,
        ..StartRequest::default()
    }))
}

/// Plug in, start, set, stop, unplug; under faults until minute 20, 30 minutes in all.
fn run(seed: u64, start: Instant) -> (Pair, Result<Outcome, String>) {
    let mut pair = Pair::new(&options(seed), start);
    let mut draw = Draw(seed ^ 0x5eed);
    pair.run_for(draw.seconds(10, 60));
    pair.with_device(0, Device::plug_in);
    for _ in 0..6 {
        let request = a_start(&mut draw, &pair);
        let _ = pair.request(0, request);
        pair.run_for(draw.seconds(1, 60));
        for _ in 0..draw.below(3) {
            let request = a_request(&mut draw);
            let _ = pair.request(0, request);
            pair.run_for(draw.seconds(0, 20));
        }
        if draw.below(2) == 0 {
            let _ = pair.request(0, Request::Stop { user_id: None });
        }
        pair.run_for(draw.seconds(1, 60));
    }
    pair.with_device(0, Device::unplug);
    let faults_end = (20 * MINUTE).saturating_sub(pair.elapsed());
    pair.run_for(faults_end);
    let refused = pair
        .session(0)
        .is_some_and(|session| session.is_authorised() == Some(false));
    if refused {
        // After a refusal only a person tries at once.
        let _ = pair.request(0, Request::Login { pin: Some(pin()) });
    }
    // A registration that stands at this moment may be one that the charger is about to drop.
    let mut took = Duration::ZERO;
    pair.run_until(MINUTE, |pair| {
        if !pair.is_registered(0) {
            took = pair.elapsed().saturating_sub(20 * MINUTE);
        }
        false
    });
    let counts = count(&mut pair);
    let result = charge_once_more(&mut pair);
    let rest = (30 * MINUTE).saturating_sub(pair.elapsed());
    pair.run_for(rest);
    let result = match (result, pair.unfinished(), pair.problems().first()) {
        (_, _, Some(problem)) => Err(problem.clone()),
        (Err(problem), ..) => Err(problem),
        (Ok(()), 0, None) => Ok(Outcome { took, counts }),
        (Ok(()), open, None) => Err(format!("{open} requests never ended")),
    };
    (pair, result)
}

/// How a run went.
struct Outcome {
    /// From the end of the faults to the registration that stays.
    took: Duration,
    counts: Counts,
}

/// How requests ended under faults.
#[derive(Default)]
struct Counts {
    done: u32,
    failed: u32,
    confirmed_starts: u32,
}

fn count(pair: &mut Pair) -> Counts {
    let mut counts = Counts::default();
    while let Some((_, event)) = pair.poll_event() {
        if let EndpointEvent::Evse {
            event: Event::Done { result, .. },
            ..
        } = event
        {
            counts.done += u32::from(result.is_ok());
            counts.failed += u32::from(result.is_err());
            let confirmed = matches!(result, Ok(Reply::Started(started)) if started.is_confirmed);
            counts.confirmed_starts += u32::from(confirmed);
        }
    }
    counts
}

/// On a network without faults everything works at the first try.
fn charge_once_more(pair: &mut Pair) -> Result<(), String> {
    finish(pair, Request::Stop { user_id: None })?;
    pair.with_device(0, |device, _| device.vehicle_mut().set_state_of_charge(0.2));
    pair.with_device(0, Device::plug_in);
    pair.run_for(2 * SECOND);
    let order = StartRequest {
        current_a: Some(10),
        replace: true,
        ..StartRequest::default()
    };
    finish(pair, Request::Start(Box::new(order)))?;
    pair.run_for(30 * SECOND);
    let truth = pair.device(0).ground_truth();
    if !truth.output_on || pair.session(0).and_then(Session::is_charging) != Some(true) {
        return Err(format!("it should charge: {truth:?}"));
    }
    finish(pair, Request::Stop { user_id: None })?;
    if pair.device(0).ground_truth().output_on {
        return Err("it should not charge".into());
    }
    pair.with_device(0, Device::unplug);
    Ok(())
}

/// Runs until the request ends.
fn finish(pair: &mut Pair, request: Request) -> Result<Reply, String> {
    let text = format!("{request:?}");
    let wanted = pair
        .request(0, request)
        .map_err(|error| format!("{text}: {error}"))?;
    for _ in 0..60 {
        pair.run_for(SECOND);
        while let Some((_, event)) = pair.poll_event() {
            if let EndpointEvent::Evse {
                event: Event::Done { id, result },
                ..
            } = &event
                && *id == wanted
            {
                return result.clone().map_err(|error| format!("{text}: {error}"));
            }
        }
    }
    Err(format!("{text} never ended"))
}

#[test]
fn a_thousand_seeds_of_plug_charge_unplug_with_faults() {
    let start = Instant::now();
    let only = std::env::var("EVSE_SEED")
        .ok()
        .and_then(|seed| seed.parse::<u64>().ok());
    let seeds = only.map_or(0..1_000, |seed| seed..seed + 1);
    let (mut moments, mut packets) = (0, 0);
    let (mut done, mut failed, mut starts) = (0, 0, 0);
    let mut recoveries = Vec::new();
    for seed in seeds {
        let (pair, result) = run(seed, start);
        let Outcome { took, counts } =
            result.unwrap_or_else(|problem| panic!("seed {seed}: {problem}\n{}", pair.trace()));
        let trace = pair.trace();
        assert!(
            took <= RECOVERY,
            "seed {seed}: registered only after {took:?}\n{trace}"
        );
        recoveries.push(took);
        done += counts.done;
        failed += counts.failed;
        starts += counts.confirmed_starts;
        let log = pair.faults(0).log();
        let of_packets = log.iter().filter(|(_, fault)| fault.is_per_message());
        packets += of_packets.clone().count();
        moments += log.len() - of_packets.count();
    }
    let lost = recoveries.iter().filter(|took| !took.is_zero()).count();
    let longest = recoveries.iter().max().copied().unwrap_or_default();
    println!("{moments} faults at moments, {packets} of packets");
    println!("{done} requests done, {failed} failed; {starts} starts confirmed");
    println!("{lost} registered again, within {longest:?}");
    println!("{:?} for 500 hours", start.elapsed());
    // The run must not be empty: most requests succeed in spite of the faults.
    assert!(
        only.is_some() || (moments > 3_000 && done > failed && starts > 1_000 && lost > 50),
        "the run is empty"
    );
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let start = Instant::now();
    let trace = |start| run(23, start).0.trace().to_string();
    assert_eq!(trace(start), trace(start + MINUTE));
}

/// Several chargers of one model, with serial numbers that follow each other.
fn several(count: u8, model: Model) -> Vec<DeviceConfig> {
    let serial = |number| emproto::Serial([1, 2, 3, 4, 5, 6, 7, number]);
    let config = |number| DeviceConfig::new(model, 1, serial(number), pin());
    (0..count).map(config).collect()
}

#[test]
fn a_quiet_network_breaks_no_rule_and_everything_is_done() {
    for (model, _) in Model::ALL {
        let mut pair = Pair::new(&PairOptions::new(5, several(1, model)), Instant::now());
        assert!(pair.run_until(10 * SECOND, |pair| pair.is_registered(0)));
        pair.run_for(10 * SECOND);
        pair.with_device(0, Device::plug_in);
        pair.run_for(SECOND);
        let start = || Request::Start(Box::default());
        let plan = WeeklyPlan([PlanSlot::OFF; 7]);
        for request in [
            Request::Set(Setting::OutputCurrent(10)),
            start(),
            Request::Stop { user_id: None },
            Request::Set(Setting::Name(Nickname::new("Garage").expect("short"))),
            Request::Set(Setting::WeeklyPlan(Box::new(plan))),
            Request::ReadWeeklyPlan,
            Request::SetClock { civil: None },
            Request::FetchConfiguration {
                max_age: Duration::ZERO,
            },
            start(),
            Request::Refresh,
        ] {
            finish(&mut pair, request).expect("done");
        }
        pair.run_for(30 * MINUTE);
        assert!(pair.device(0).ground_truth().session_wh > 1_000.0);
        pair.with_device(0, Device::unplug);
        pair.run_for(10 * MINUTE);
        assert!(pair.is_registered(0));
        assert_eq!(pair.device(0).violations(), [], "{}", pair.trace());
        assert_eq!(pair.problems(), [""; 0]);
    }
}

#[test]
fn faults_at_one_charger_do_not_touch_the_others() {
    let mut options = PairOptions::new(11, several(8, Model::BesenBs20));
    options.faults = vec![FaultSpec::often(Fault::Drop, 0.06)];
    let mut pair = Pair::new(&options, Instant::now());
    let all = |pair: &Pair| (0..8).all(|charger| pair.is_registered(charger));
    assert!(pair.run_until(MINUTE, all));
    for charger in 0..8 {
        pair.with_device(charger, Device::plug_in);
    }
    pair.with_device(3, Device::reboot);
    for minute in 0..30 {
        let _ = pair.request(minute % 8, Request::Start(Box::default()));
        pair.run_for(MINUTE);
        let charging = (0..8).filter(|charger| pair.device(*charger).ground_truth().output_on);
        assert!(charging.count() >= minute.min(7) / 2, "minute {minute}");
    }
    assert!(pair.run_until(MINUTE, all));
    assert_eq!(pair.problems(), [""; 0], "{}", pair.trace());
}
