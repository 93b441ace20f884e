//! A Duosida charger on real sockets.

use std::time::Duration;

use evse::duosida::{Options, Reconnect};
use evse::guard::{Policy, Requester};
use evse::model::ProtocolEvent;
use evse::state_store::{Midnight, StateError, StateStore};
use evse::units::{Milliamps, WattHours};
use evse::{
    Address, Charger, Command, Effect, ErrorKind, EventKind, GuardedDuosida, StartOptions, State,
};
use evse_sim::duosida::Device;
use evse_sim::shell::{Simulator, SimulatorOptions};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::next;

struct Bench {
    simulator: Simulator,
    address: Address,
    charger: Charger,
    store: StateStore,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let mut options = SimulatorOptions::for_tests();
        options.device.slot_busy = Duration::ZERO;
        let simulator = Simulator::start(options).await.expect("free ports");
        simulator.device(Device::plug_in);
        let folder = tempfile::tempdir().expect("a folder");
        let address = Address::duosida("127.0.0.1", simulator.address().port());
        let store = StateStore::at(folder.path().join("state.json"));
        let charger = connect(&address, &store).await;
        charger.refresh().await.expect("readings");
        Self {
            simulator,
            address,
            charger,
            store,
            _folder: folder,
        }
    }
}

async fn connect(address: &Address, store: &StateStore) -> Charger {
    let options = Options {
        reconnect: Reconnect::Never,
        deadline: Some(Duration::from_secs(20)),
        ..Options::default()
    };
    let (store, policy) = (store.clone(), Policy::default());
    let connected = GuardedDuosida::connect(address, options, store, policy).await;
    Charger::from(connected.expect("a session"))
}

#[tokio::test]
async fn a_charge_is_started_limited_and_stopped_and_told_of() {
    let bench = Bench::new().await;
    let charger = &bench.charger;
    let before = charger.snapshot();
    assert_eq!(before.state, State::Connected);
    assert_eq!(before.address, Some(bench.address.clone()));
    assert_eq!(before.name, before.device.model.clone().expect("a model"));
    assert!(before.is_connected() && !before.is_on());
    assert_eq!(before.is_vehicle_connected(), Some(true));
    assert_eq!(before.faults, []);
    assert!(before.last_update.is_some() && before.last_error.is_none());
    assert_eq!(before.telemetry.today_energy, None);
    let range = before.capabilities.current.expect("a range");
    assert_eq!(range.min, Milliamps::from_amps(6));
    assert_eq!(Some(range.max), before.device.max_current);

    let mut events = charger.events();
    let mut options = StartOptions::default();
    options.current = Some(Milliamps(10_999));
    let done = charger.start(options).await.expect("started");
    assert_eq!(done.completion, Effect::Confirmed);
    let started = next(&mut events, |kind| matches!(kind, EventKind::State { .. })).await;
    let expected = EventKind::State {
        from: State::Connected,
        to: State::Charging,
    };
    assert_eq!(started.kind, expected);
    assert_eq!(started.identity, charger.identity());
    let begun = next(&mut events, |kind| *kind == EventKind::SessionStarted).await;
    assert!(matches!(begun.protocol, Some(ProtocolEvent::Duosida(_))));
    charger.refresh().await.expect("readings");
    let limit = charger.telemetry().limit;
    assert_eq!(limit.wanted, Some(Milliamps::from_amps(10)));
    assert_eq!(limit.reported, Some(Milliamps::from_amps(10)));

    let eight = Milliamps::from_amps(8);
    let done = charger.set_current(eight, Requester::Person).await;
    assert_eq!(done.expect("set").completion, Effect::Confirmed);
    assert_eq!(charger.telemetry().limit.effective, Some(eight));
    let automatic = |amps| charger.set_current(Milliamps::from_amps(amps), Requester::Automation);
    let done = automatic(8).await.expect("nothing to do");
    assert_eq!(done.completion, Effect::Confirmed);
    let error = automatic(9).await.expect_err("too soon after the last");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    assert!(error.to_string().contains("wears its flash memory"));
    let seven = Milliamps::from_amps(7);
    let probe = charger.set_current(seven, Requester::Probe).await;
    assert_eq!(probe.expect_err("it waits too").kind(), ErrorKind::HeldBack);
    let done = charger.set_current(seven, Requester::Protection).await;
    let done = done.expect("a circuit cannot wait");
    assert_eq!(done.completion, Effect::Confirmed);
    let snapshot = charger.snapshot();
    assert!(snapshot.is_charging() && snapshot.session_duration().is_some());
    assert_eq!(snapshot.iec_letter(), Some('C'));
    assert!(snapshot.phase_summary().starts_with("L1 "));
    assert_eq!(snapshot.limits_text(), "7 A");

    let done = charger.stop().await.expect("stopped");
    assert_eq!(done.completion, Effect::Confirmed);
    next(&mut events, |kind| *kind == EventKind::SessionEnded).await;
    let done = charger.stop().await.expect("merged");
    assert_eq!(done.completion, Effect::Merged);
    let error = charger.toggle().await.expect_err("too soon after the stop");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    let last = charger.last_error().expect("that one");
    assert_eq!(
        (last.kind, last.text),
        (ErrorKind::HeldBack, error.to_string())
    );
    drop(events);
    bench.charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn the_energy_of_a_day_goes_on_where_an_earlier_program_saw_midnight() {
    let bench = Bench::new().await;
    let telemetry = bench.charger.telemetry();
    assert_eq!(telemetry.today_energy, None, "no midnight was seen");
    let counter = telemetry.lifetime_energy.expect("a register").0;
    let identity = bench.charger.identity();
    bench.charger.shutdown().await;
    let offset = TimeZone::system().to_offset(Timestamp::now()).seconds();
    let local_s = Timestamp::now().as_second() + i64::from(offset);
    let remember = |midnight| {
        let changed = bench.store.update(|file| {
            file.charger_mut(&identity).midnight = midnight;
            Ok::<(), StateError>(())
        });
        changed.expect("written");
    };
    let midnight = Some(Midnight {
        day: local_s.div_euclid(86_400),
        energy_wh: counter - 500,
    });
    remember(midnight);

    let charger = connect(&bench.address, &bench.store).await;
    charger.refresh().await.expect("readings");
    assert_eq!(charger.telemetry().today_energy, Some(WattHours(500)));
    remember(None);
    charger.shutdown().await;
    let file = bench.store.read().expect("readable");
    let known = file.charger(&identity).expect("it was written");
    assert_eq!(known.midnight, midnight);
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn what_the_protocol_cannot_do_is_said_before_anything_is_sent() {
    let bench = Bench::new().await;
    let mut options = StartOptions::default();
    options.max_duration = Some(Duration::from_mins(90));
    options.current = Some(Milliamps::from_amps(7));
    for command in [
        Command::Start(options),
        Command::OpenContactors,
        Command::CloseContactors,
    ] {
        let error = bench.charger.execute(command).await.expect_err("it cannot");
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
    let limit = bench.charger.telemetry().limit;
    assert_eq!(limit.wanted, None, "no current was set either");
    bench.charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_charger_that_goes_away_is_offline_and_says_why() {
    let bench = Bench::new().await;
    let mut events = bench.charger.events();
    bench.simulator.shutdown().await;
    let gone = next(&mut events, |kind| matches!(kind, EventKind::State { .. })).await;
    let expected = EventKind::State {
        from: State::Connected,
        to: State::Offline,
    };
    assert_eq!(gone.kind, expected);
    let snapshot = bench.charger.snapshot();
    assert!(!snapshot.is_connected());
    assert_eq!(snapshot.is_auth_ok(), None);
    assert!(snapshot.last_update.is_some(), "what was read stays");
    let error = snapshot.last_error.clone().expect("the reason");
    assert_eq!(error.kind, ErrorKind::Unreachable);
    assert_eq!(snapshot.status_text(), format!("offline: {}", error.text));
    assert_eq!(bench.charger.last_error(), Some(error), "it keeps its time");
}
