//! An EVSEMaster charger on real sockets.

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, Options};
use evse::guard::{Policy, Requester};
use evse::model::{ProtocolEvent, Support};
use evse::state_store::StateStore;
use evse::units::{Milliamps, WattHours};
use evse::{
    Address, Charger, Effect, ErrorKind, EventKind, GuardedEm, StartOptions, State, Warning,
};
use evse_sim::DelayRange;
use evse_sim::em::{DeviceConfig, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

use super::next;

struct Bench {
    simulator: Simulator,
    _communicator: Communicator,
    charger: Charger,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A plugged charger with the PIN 123456, logged in to.
    async fn new(model: Model, pin: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut options = Options {
            bind: "127.0.0.1:0".parse().expect("an address"),
            broadcasts: vec![Ipv4Addr::LOCALHOST],
            ..Options::default()
        };
        options.endpoint.session.poll = Some(Duration::from_secs(5));
        let communicator = Communicator::new(options);
        let port = communicator.start().expect("a free port");
        let serial: Serial = "9181102751219513".parse().expect("a serial");
        let right: Pin = "123456".parse().expect("six digits");
        let mut device = DeviceConfig::new(model, 1, serial, right);
        device.announce_interval = DelayRange::from_millis(50, 100);
        let mut options = SimulatorOptions::for_tests(device, port);
        options.plugged = true;
        let simulator = Simulator::start(options).await.expect("started");
        let store = StateStore::at(folder.path().join("state.json"));
        let (address, pin) = (Address::EmSerial(serial), pin.parse().ok());
        let (patience, policy) = (Duration::from_secs(8), Policy::default());
        let found = GuardedEm::find(&communicator, &address, pin, patience, store, policy).await;
        Self {
            simulator,
            _communicator: communicator,
            charger: Charger::from(found.expect("heard")),
            _folder: folder,
        }
    }
}

#[tokio::test]
async fn a_charge_is_started_limited_and_stopped_and_told_of() {
    let bench = Bench::new(Model::BesenBs20, "123456").await;
    let charger = &bench.charger;
    charger.refresh().await.expect("readings");
    let before = charger.snapshot();
    assert_eq!(before.state, State::Connected);
    let address = before.address.clone().expect("it was heard");
    assert!(address.to_string().starts_with("em://127."), "{address}");
    assert_eq!(before.is_auth_ok(), Some(true));
    assert_eq!(before.is_vehicle_connected(), Some(true));
    assert_eq!(before.faults, []);
    assert!(before.last_update.is_some());
    assert!(before.telemetry.lifetime_energy.is_some());
    let capabilities = before.capabilities;
    assert_eq!(capabilities.live_change, Support::Yes);
    assert!(capabilities.schedule && capabilities.history);

    let mut events = charger.events();
    let mut options = StartOptions::default();
    options.current = Some(Milliamps(10_999));
    options.max_duration = Some(Duration::from_mins(90));
    options.max_energy = Some(WattHours(10_000));
    let done = charger.start(options).await.expect("started");
    assert_eq!(done.completion, Effect::Confirmed);
    let begun = next(&mut events, |kind| *kind == EventKind::SessionStarted).await;
    assert!(matches!(begun.protocol, Some(ProtocolEvent::Em(_))));
    charger.refresh().await.expect("readings");
    let snapshot = charger.snapshot();
    assert_eq!(snapshot.limits_text(), "10 A, 90 min, 10 kWh");
    assert_eq!(snapshot.telemetry.limit.wanted, Some(Milliamps(10_000)));
    assert!(snapshot.is_on() && snapshot.session_duration().is_some());

    let eight = Milliamps::from_amps(8);
    let done = charger.set_current(eight, Requester::Automation).await;
    assert_eq!(done.expect("it can").completion, Effect::Confirmed);
    let limit = charger.telemetry().limit;
    assert_eq!((limit.wanted, limit.reported), (Some(eight), Some(eight)));
    let automatic = |amps| charger.set_current(Milliamps::from_amps(amps), Requester::Automation);
    let done = automatic(8).await.expect("nothing to do");
    assert_eq!(done.completion, Effect::Confirmed);
    let error = automatic(9).await.expect_err("too soon after the last");
    assert_eq!(error.kind(), ErrorKind::HeldBack);

    let done = charger.stop().await.expect("stopped");
    assert_eq!(done.completion, Effect::Confirmed);
    next(&mut events, |kind| *kind == EventKind::SessionEnded).await;
    let error = charger.toggle().await.expect_err("too soon after the stop");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    assert_eq!(
        charger.last_error().expect("that one").kind,
        ErrorKind::HeldBack
    );
    bench.charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_reservation_says_for_when() {
    let bench = Bench::new(Model::BesenBs20, "123456").await;
    let at = SystemTime::now() + Duration::from_hours(1);
    let mut options = StartOptions::default();
    options.current = Some(Milliamps::from_amps(10));
    options.at = Some(at);
    let done = bench.charger.start(options).await.expect("reserved");
    let Effect::Reserved { at: reserved } = done.completion else {
        panic!("not reserved but {}", done.completion);
    };
    let apart = at.duration_since(reserved).expect("rounded down");
    assert!(apart < Duration::from_secs(1));
    bench.charger.refresh().await.expect("readings");
    let snapshot = bench.charger.snapshot();
    assert_eq!(snapshot.state, State::Reserved);
    assert_eq!(snapshot.iec_letter(), Some('B'));
    let session = snapshot.telemetry.session.expect("a reservation");
    assert_eq!(session.reserved_for, Some(reserved));
    assert_eq!((session.started_at, session.length), (None, None));
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_current_whose_effect_nobody_knows_comes_with_a_warning() {
    let bench = Bench::new(Model::Sync, "123456").await;
    let charger = &bench.charger;
    assert_eq!(charger.capabilities().live_change, Support::Unknown);
    let mut options = StartOptions::default();
    options.current = Some(Milliamps::from_amps(10));
    charger.start(options).await.expect("started");
    let eight = Milliamps::from_amps(8);
    let error = charger.set_current(eight, Requester::Automation).await;
    assert_eq!(error.expect_err("not known").kind(), ErrorKind::Refused);
    let done = charger.set_current(eight, Requester::Person).await;
    let done = done.expect("a person may");
    assert!(matches!(done.warnings[..], [Warning::LiveLimitUnknown]));
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_wrong_pin_shows_as_such() {
    let bench = Bench::new(Model::BesenBs20, "654321").await;
    let error = bench.charger.refresh().await.expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    let snapshot = bench.charger.snapshot();
    assert_eq!(snapshot.state, State::Unauthenticated);
    assert!(snapshot.is_connected());
    assert_eq!(snapshot.is_auth_ok(), Some(false));
    assert_eq!(snapshot.status_text(), format!("unauthenticated: {error}"));
    bench.simulator.shutdown().await;
}
