//! A guarded EVSEMaster charger against a simulated one on real sockets.

mod stops;

use std::net::Ipv4Addr;
use std::time::{Duration, SystemTime};

use evse::em::proto::message::Identifier;
use evse::em::proto::session::{RequestFailure, StartRequest};
use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, Error as EmError, Options};
use evse::guard::{LimitRefusal, Policy, Requester};
use evse::state_store::{ChargerState, LiveLimit, StateError, StateStore};
use evse::units::Milliamps;
use evse::{Address, Charger, Error, ErrorKind, GuardedEm, Identity, Protocol, State, Warning};
use evse_sim::DelayRange;
use evse_sim::em::{Device, DeviceConfig, GroundTruth, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

const PATIENCE: Duration = Duration::from_secs(8);
const SERIAL: &str = "9181102751219513";

fn pin(text: &str) -> Pin {
    text.parse().expect("six digits")
}

fn serial() -> Serial {
    SERIAL.parse().expect("a serial")
}

/// A process of its own: one socket, one view of the state file.
struct Client {
    communicator: Communicator,
    store: StateStore,
}

impl Client {
    fn new(folder: &tempfile::TempDir, port: u16) -> Self {
        Self::with(folder, port, GuardedEm::one_shot(Options::default()))
    }

    fn with(folder: &tempfile::TempDir, port: u16, mut options: Options) -> Self {
        options.bind = format!("127.0.0.1:{port}").parse().expect("an address");
        options.broadcasts = vec![Ipv4Addr::LOCALHOST];
        let communicator = Communicator::new(options);
        communicator.start().expect("a free port");
        Self {
            communicator,
            store: StateStore::at(folder.path().join("state.json")),
        }
    }

    async fn find(&self, address: &Address, code: &str) -> Result<GuardedEm, Error> {
        let store = self.store.clone();
        let (code, policy) = (Some(pin(code)), Policy::default());
        GuardedEm::find(&self.communicator, address, code, PATIENCE, store, policy).await
    }

    fn remembered(&self) -> ChargerState {
        let identity = Identity::new(Protocol::Em, SERIAL);
        let file = self.store.read().expect("readable");
        file.charger(&identity).cloned().unwrap_or_default()
    }
}

struct Bench {
    simulator: Simulator,
    client: Client,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new(model: Model) -> Self {
        Self::announcing(model, DelayRange::from_millis(50, 100)).await
    }

    async fn announcing(model: Model, interval: DelayRange) -> Self {
        Self::with(model, |device| device.announce_interval = interval).await
    }

    async fn with(model: Model, change: impl FnOnce(&mut DeviceConfig)) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let client = Client::new(&folder, 0);
        let port = client.communicator.port().expect("it runs");
        let mut device = DeviceConfig::new(model, 1, serial(), pin("123456"));
        device.announce_interval = DelayRange::from_millis(50, 100);
        change(&mut device);
        let mut options = SimulatorOptions::for_tests(device, port);
        options.plugged = true;
        let simulator = Simulator::start(options).await.expect("started");
        Self {
            simulator,
            client,
            folder,
        }
    }

    async fn charger(&self) -> GuardedEm {
        let address = Address::EmSerial(serial());
        self.client.find(&address, "123456").await.expect("heard")
    }

    /// Ends the client, and begins another one on its port with the same state file.
    async fn next_process(&mut self) -> GuardedEm {
        let port = self.client.communicator.port().expect("it runs");
        self.client.communicator.stop().await;
        self.client = Client::new(&self.folder, port);
        self.charger().await
    }

    fn truth(&self) -> GroundTruth {
        let truth = self.simulator.device(0, |device, _| device.ground_truth());
        truth.expect("one charger")
    }

    fn remembered(&self) -> ChargerState {
        self.client.remembered()
    }
}

fn now() -> StartRequest {
    StartRequest {
        current_a: Some(10),
        ..StartRequest::default()
    }
}

fn in_an_hour() -> StartRequest {
    let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let unix_s = unix.expect("after 1970").as_secs() + 3_600;
    StartRequest {
        start_at_unix_s: i64::try_from(unix_s).ok(),
        ..now()
    }
}

#[tokio::test]
async fn start_and_stop_work_without_taking_the_registration() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    let request = StartRequest {
        max_duration_min: Some(90),
        max_energy_centikwh: Some(1_000),
        user_id: Identifier::new("tester").ok(),
        single_phase: true,
        ..now()
    };
    let done = charger.start(request, false).await.expect("started");
    assert!(done.completion.is_confirmed && done.warnings.is_empty());
    while charger.state() != State::Charging {
        charger.evse().refresh().await.expect("answered");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let truth = bench.truth();
    assert_eq!((truth.session_current_a, truth.starts), (Some(10), 1));
    assert!(bench.remembered().unconfirmed_start().is_none());

    let done = charger.stop(None).await.expect("stopped");
    assert!(done.completion.is_some() && done.warnings.is_empty());
    let truth = bench.truth();
    assert!(!truth.output_on);
    assert_eq!(truth.client, None, "nobody logged in");
    assert!(bench.remembered().last_stop_confirmed);
}

#[tokio::test]
async fn a_start_after_a_stop_is_held_back_with_the_time_and_force_passes() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    charger.stop(None).await.expect("stopped");

    let error = charger.start(now(), false).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    assert!(
        matches!(error, Error::HeldBack(refusal) if (55..=60).contains(&refusal.wait_seconds()))
    );
    assert_eq!(bench.truth().starts, 1);
    charger.start(now(), true).await.expect("forced");
    assert_eq!(bench.truth().starts, 2);
}

#[tokio::test]
async fn a_start_while_it_charges_is_refused_and_a_replacement_wants_force() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    let error = charger.start(now(), false).await.expect_err("it charges");
    assert_eq!(error.kind(), ErrorKind::Refused);

    let replacing = StartRequest {
        replace: true,
        current_a: Some(12),
        ..StartRequest::default()
    };
    let error = charger.start(replacing.clone(), false).await;
    let error = error.expect_err("it would switch twice");
    assert!(matches!(error, Error::ReplacesCharge { .. }), "{error}");
    assert_eq!(bench.truth().session_current_a, Some(10));
    charger.start(replacing, true).await.expect("forced");
    assert_eq!(bench.truth().session_current_a, Some(12));
    assert!(bench.remembered().last_stop_unix_ms.is_some());
}

#[tokio::test]
async fn two_processes_share_the_spacing_by_the_state_file() {
    let mut bench = Bench::new(Model::BesenBs20).await;
    let first = bench.charger().await;
    first.start(now(), false).await.expect("started");
    first.stop(None).await.expect("stopped");
    let second = bench.next_process().await;
    let error = second.start(now(), false).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    second.stop(None).await.expect("never refused");
}

#[tokio::test]
async fn a_repeated_stop_is_merged_and_a_stop_after_a_start_is_not() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    let (first, second) = tokio::join!(charger.stop(None), charger.stop(None));
    assert!(first.expect("stopped").completion.is_some());
    assert!(second.expect("stopped").completion.is_none());
    charger.start(now(), true).await.expect("forced");
    let third = charger.stop(None).await.expect("stopped");
    assert!(third.completion.is_some());
}

#[tokio::test]
async fn a_damaged_state_file_costs_a_warning_for_a_stop_and_force_for_a_start() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    std::fs::write(bench.client.store.path(), "{").expect("written");

    let done = charger.stop(None).await.expect("never refused");
    assert!(done.completion.is_some());
    assert!(matches!(*done.warnings, [Warning::State(_)]));
    assert!(!bench.truth().output_on);

    let error = charger.start(now(), false).await;
    let error = error.expect_err("nobody can tell");
    assert_eq!(error.kind(), ErrorKind::StateFile);
    let done = charger.start(now(), true).await.expect("forced");
    assert!(matches!(*done.warnings, [Warning::State(_)]));
}

#[tokio::test]
async fn a_cancelled_reservation_holds_no_start_back() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    let done = charger.start(in_an_hour(), false).await.expect("reserved");
    assert!(done.completion.reserved_for_unix_s.is_some());
    assert_eq!(charger.state(), State::Reserved);
    let cancelled = charger.stop(None).await.expect("cancelled");
    assert!(cancelled.completion.is_some());
    assert!(!bench.truth().is_reserved);
    assert_eq!(bench.remembered().last_stop_unix_ms, None);
    charger.start(now(), false).await.expect("started at once");
}

#[tokio::test]
async fn a_stop_of_nothing_counts_only_while_a_start_may_not_show_yet() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.stop(None).await.expect("never refused");
    assert_eq!(bench.remembered().last_stop_unix_ms, None);

    let another_process = bench.client.store.update(|file| {
        let state = file.charger_mut(charger.identity());
        state.note_start(SystemTime::now());
        Ok::<_, StateError>(())
    });
    another_process.expect("written");
    charger.stop(None).await.expect("never refused");
    assert!(bench.remembered().last_stop_unix_ms.is_some());
    assert!(bench.remembered().unconfirmed_start().is_none());
}

#[tokio::test]
async fn a_reservation_beyond_the_spacing_may_follow_a_stop() {
    let bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    charger.stop(None).await.expect("stopped");
    charger.start(in_an_hour(), false).await.expect("reserved");
    assert!(bench.truth().is_reserved);
}

#[tokio::test]
async fn a_stop_goes_to_a_silent_charger_too_and_holds_a_start_back() {
    let mut bench = Bench::new(Model::BesenBs20).await;
    bench.charger().await;
    bench.simulator.shutdown().await;
    let port = bench.client.communicator.port().expect("it runs");
    bench.client.communicator.stop().await;
    bench.client = Client::new(&bench.folder, port);
    let address = Address::EmSerial(serial());
    let charger = bench.client.find(&address, "123456").await;
    let charger = charger.expect("known by the state file");
    let error = charger.stop(None).await.expect_err("no answer");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed);
    let remembered = bench.client.remembered();
    assert!(remembered.last_stop_unix_ms.is_some() && !remembered.last_stop_confirmed);
    let error = charger.start(now(), false).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
}

#[tokio::test]
async fn a_start_without_an_answer_is_told_to_the_next_process() {
    let mut bench = Bench::new(Model::BesenBs20).await;
    let port = bench.client.communicator.port().expect("it runs");
    bench.client.communicator.stop().await;
    // One that is logged in goes by what was pushed, and asks nothing before a start.
    bench.client = Client::with(&bench.folder, port, Options::default());
    let charger = bench.charger().await;
    while !charger.evse().is_logged_in() || charger.evse().state().is_none() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bench.simulator.shutdown().await;
    let error = charger.start(now(), false).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed);
    assert!(matches!(
        error,
        Error::Em(EmError::Failed {
            source: RequestFailure::OutcomeUnknown { shows_none: false },
            ..
        })
    ));
    assert!(bench.client.remembered().unconfirmed_start().is_some());
    bench.client.communicator.stop().await;

    let client = Client::new(&bench.folder, port);
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial(), pin("123456"));
    device.announce_interval = DelayRange::from_millis(50, 100);
    let mut options = SimulatorOptions::for_tests(device, port);
    options.plugged = true;
    let simulator = Simulator::start(options).await.expect("started");
    let charger = client.find(&Address::EmSerial(serial()), "123456").await;
    let charger = charger.expect("heard");
    let done = charger.start(now(), false).await.expect("started");
    assert!(matches!(*done.warnings, [Warning::EarlierStart { .. }]));
    assert!(client.remembered().unconfirmed_start().is_none());
    simulator.shutdown().await;
}

#[tokio::test]
async fn a_wrong_pin_is_told_and_holds_nothing_back() {
    let bench = Bench::new(Model::BesenBs20).await;
    let address = Address::EmSerial(serial());
    let charger = bench.client.find(&address, "654321").await.expect("heard");
    for error in [
        charger.start(now(), false).await.expect_err("refused"),
        charger.stop(None).await.expect_err("refused"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");
        assert!(!error.to_string().contains("654321"), "{error}");
    }
    assert_eq!(charger.state(), State::Unauthenticated);
    let charger = bench.charger().await;
    let done = charger.start(now(), false).await.expect("the right one");
    assert!(done.warnings.is_empty(), "{:?}", done.warnings);
}

#[tokio::test]
async fn another_current_during_a_charge_follows_the_live_limit() {
    let bench = Bench::new(Model::Sync).await;
    let charger = bench.charger().await;
    assert_eq!(charger.live_limit(), LiveLimit::Unknown);
    let done = charger.set_max_current(16, Requester::Automation).await;
    assert!(done.expect("nothing charges").warnings.is_empty());
    assert!(bench.remembered().last_flash_write_unix_ms.is_some());

    charger.start(now(), false).await.expect("started");
    let refused = charger.set_max_current(8, Requester::Automation).await;
    assert!(matches!(
        refused,
        Err(Error::LiveLimit {
            source: LimitRefusal::NotKnown,
            ..
        })
    ));
    let done = charger.set_max_current(8, Requester::Person).await;
    let done = done.expect("a person may try");
    assert!(matches!(*done.warnings, [Warning::LiveLimitUnknown]));
    assert_eq!(bench.truth().output_a, 8);

    charger.set_live_limit(LiveLimit::No).await.expect("kept");
    let refused = charger.set_max_current(7, Requester::Person).await;
    let refused = refused.expect_err("it would fault");
    assert_eq!(refused.kind(), ErrorKind::Refused);
    assert!(refused.to_string().contains("stop it"), "{refused}");
    assert_eq!(bench.truth().output_a, 8);

    charger.set_live_limit(LiveLimit::Yes).await.expect("kept");
    let done = charger.set_max_current(7, Requester::Person).await;
    assert!(done.expect("it can").warnings.is_empty());
    assert_eq!(bench.truth().output_a, 7);

    let held_back = charger.set_max_current(6, Requester::Automation).await;
    let held_back = held_back.expect_err("flash memory wears");
    assert_eq!(held_back.kind(), ErrorKind::HeldBack);
    assert!(matches!(held_back, Error::FlashWear { .. }));
    assert_eq!(bench.truth().output_a, 7);
}

#[tokio::test]
async fn a_model_that_faults_is_remembered_for_a_process_that_does_not_hear_the_model() {
    let mut bench = Bench::new(Model::TelestarEc311s).await;
    let charger = bench.charger().await;
    charger.start(now(), false).await.expect("started");
    assert_eq!(charger.live_limit(), LiveLimit::No);
    assert_eq!(bench.remembered().live_limit, LiveLimit::No);

    // A charger with a client announces nothing.
    bench.simulator.device(0, |device: &mut Device, now| {
        device.steal(now, Duration::from_mins(1));
    });
    let charger = bench.next_process().await;
    let refused = charger.set_max_current(6, Requester::Person).await;
    assert!(matches!(
        refused,
        Err(Error::LiveLimit {
            source: LimitRefusal::NotWhileCharging,
            ..
        })
    ));
    assert_eq!(bench.truth().output_a, 10);
}

#[tokio::test]
async fn what_a_charger_once_said_that_it_is_stays_known_while_it_says_it_to_nobody() {
    let mut bench = Bench::new(Model::BesenBs20).await;
    let charger = bench.charger().await;
    charger.hear_model().await;
    let told = charger.evse().info();
    assert_eq!((&*told.brand, &*told.model), ("BESEN", "BS20"));
    Charger::from(charger).shutdown().await;

    // A charger with a client announces nothing.
    bench.simulator.device(0, |device: &mut Device, now| {
        device.steal(now, Duration::from_mins(1));
    });
    let known = Charger::from(bench.next_process().await).snapshot();
    assert_eq!(known.device.brand.as_deref(), Some("BESEN"));
    assert_eq!(known.device.model.as_deref(), Some("BS20"));
    assert_eq!(known.capabilities.phases, told.phases);
    assert_eq!(known.device.max_current, Some(Milliamps(32_000)));
}

#[tokio::test]
async fn another_current_waits_until_a_charging_charger_says_its_model() {
    let interval = DelayRange::from_millis(3_000, 3_100);
    let bench = Bench::announcing(Model::TelestarEc311s, interval).await;
    let at = bench.simulator.address(0).expect("one charger");
    let address = Address::em(at.ip().to_string(), Some(at.port()));
    let charger = bench.client.find(&address, "123456").await;
    let charger = charger.expect("it answers the probe");
    charger.start(now(), false).await.expect("started");
    assert_eq!(charger.live_limit(), LiveLimit::Unknown, "not heard yet");
    let refused = charger.set_max_current(6, Requester::Person).await;
    assert!(matches!(
        refused,
        Err(Error::LiveLimit {
            source: LimitRefusal::NotWhileCharging,
            ..
        })
    ));
}

#[tokio::test]
async fn a_charger_is_found_by_its_place_and_named_by_its_serial() {
    let bench = Bench::new(Model::BesenBs20).await;
    let at = bench.simulator.address(0).expect("one charger");
    let address = Address::em(at.ip().to_string(), Some(at.port()));
    let charger = bench.client.find(&address, "123456").await.expect("heard");
    assert_eq!(charger.identity(), &Identity::new(Protocol::Em, SERIAL));
    let learned = bench.remembered().address;
    assert_eq!(learned, Some(address.to_string()));

    let elsewhere = Address::em("127.0.0.99", None);
    let client = &bench.client;
    let limit = Duration::from_millis(200);
    let missing = GuardedEm::find(
        &client.communicator,
        &elsewhere,
        None,
        limit,
        client.store.clone(),
        Policy::default(),
    );
    let error = missing.await.err().expect("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    let other = Address::duosida("127.0.0.1", 9988);
    let error = client
        .find(&other, "123456")
        .await
        .err()
        .expect("another protocol");
    assert_eq!(error.kind(), ErrorKind::BadInput);
}
