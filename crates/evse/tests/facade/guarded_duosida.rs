//! A guarded charger against a simulated one on real sockets.

use std::time::Duration;

use evse::duosida::proto::config::Setting;
use evse::duosida::proto::session::Completion;
use evse::duosida::{Options, Reconnect};
use evse::guard::Policy;
use evse::state_store::{ChargerState, LimitFormat, StateStore};
use evse::{Address, Error, ErrorKind, GuardedDuosida};
use evse_sim::DelayRange;
use evse_sim::duosida::{Device, LimitFormatAccepted, VendorStatusPush};
use evse_sim::shell::{Simulator, SimulatorOptions};
use tokio::time::{sleep, timeout};

struct Bench {
    simulator: Simulator,
    folder: tempfile::TempDir,
}

impl Bench {
    async fn new(change: impl FnOnce(&mut SimulatorOptions)) -> Self {
        let mut options = SimulatorOptions::for_tests();
        options.device.slot_busy = Duration::ZERO;
        change(&mut options);
        let simulator = Simulator::start(options).await.expect("free ports");
        simulator.device(Device::plug_in);
        let folder = tempfile::tempdir().expect("a folder");
        Self { simulator, folder }
    }

    fn store(&self) -> StateStore {
        StateStore::at(self.folder.path().join("state.json"))
    }

    async fn connect(&self) -> GuardedDuosida {
        let address = Address::duosida("127.0.0.1", self.simulator.address().port());
        let options = Options {
            reconnect: Reconnect::Never,
            deadline: Some(Duration::from_secs(20)),
            ..Options::default()
        };
        let connected =
            GuardedDuosida::connect(&address, options, self.store(), Policy::default()).await;
        connected.expect("a session")
    }

    fn remembered(&self, charger: &GuardedDuosida) -> ChargerState {
        let file = self.store().read().expect("readable");
        file.charger(charger.identity())
            .cloned()
            .unwrap_or_default()
    }
}

#[tokio::test]
async fn a_start_after_a_stop_is_held_back_in_the_same_process() {
    let bench = Bench::new(|_| {}).await;
    let charger = bench.connect().await;
    let done = charger.start(None, false).await.expect("started");
    assert_eq!(done.completion, Some(Completion::Verified));
    assert!(bench.remembered(&charger).transaction_id.is_some());
    charger.stop(None).await.expect("stopped");
    assert_eq!(bench.remembered(&charger).transaction_id, None);

    let error = charger.start(None, false).await.expect_err("too soon");
    assert_eq!(error.kind(), ErrorKind::HeldBack);
    assert!(
        matches!(error, Error::HeldBack(refusal) if (58..=60).contains(&refusal.wait_seconds()))
    );
    charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_repeated_stop_is_merged_and_a_stop_after_a_start_is_not() {
    let bench = Bench::new(|_| {}).await;
    let charger = bench.connect().await;
    charger.start(None, false).await.expect("started");
    let (first, second) = tokio::join!(charger.stop(None), charger.stop(None));
    assert_eq!(
        first.expect("stopped").completion,
        Some(Completion::Verified)
    );
    assert_eq!(second.expect("stopped").completion, None);

    charger.start(None, true).await.expect("forced");
    let third = charger.stop(None).await.expect("stopped");
    assert_eq!(third.completion, Some(Completion::Verified));
    charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_damaged_state_file_costs_a_warning_for_a_stop_and_force_for_a_start() {
    let bench = Bench::new(|_| {}).await;
    let charger = bench.connect().await;
    charger.start(None, false).await.expect("started");
    std::fs::write(bench.store().path(), "{").expect("written");

    let done = charger.stop(None).await.expect("never refused");
    assert_eq!(done.completion, Some(Completion::Verified));
    assert_eq!(done.warnings.len(), 1);

    let error = charger
        .start(None, false)
        .await
        .expect_err("nobody can tell");
    assert_eq!(error.kind(), ErrorKind::StateFile);
    let done = charger.start(None, true).await.expect("forced");
    assert!(!done.warnings.is_empty());
    charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_stop_overtakes_a_start_that_still_asks_for_the_limit() {
    let bench = Bench::new(|options| {
        options.device.vendor_status = VendorStatusPush::Never;
        options.device.answer_delay = DelayRange::from_millis(3_000, 3_000);
    })
    .await;
    let charger = bench.connect().await;
    let (starting, stopping) = (charger.clone(), charger.clone());
    let start = tokio::spawn(async move { starting.start_with(Some(10), None, true).await });
    let noted = async {
        while bench.remembered(&charger).last_start_unix_ms.is_none() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let noted = timeout(Duration::from_mins(1), noted).await;
    noted.expect("the start is on its way");

    // What comes of it takes long where nothing runs.
    tokio::spawn(async move { stopping.stop(None).await });
    let error = start.await.expect("no panic").expect_err("overtaken");
    assert_eq!(error.kind(), ErrorKind::HeldBack, "{error}");
    let truth = bench.simulator.device(|device, _| device.ground_truth());
    assert_eq!((truth.in_transaction, truth.flash_writes), (false, 0));
}

#[tokio::test]
async fn what_the_firmware_wants_is_kept_for_the_next_session() {
    let bench =
        Bench::new(|options| options.device.limit_format = LimitFormatAccepted::TwoDecimals).await;
    let charger = bench.connect().await;
    charger
        .set(Setting::MaxCurrent { amps: 10 })
        .await
        .expect("set");
    let remembered = bench.remembered(&charger);
    assert_eq!(
        remembered.quirks.map(|quirks| quirks.limit_format),
        Some(LimitFormat::TwoDecimals)
    );
    assert!(remembered.last_flash_write_unix_ms.is_some());
    charger.shutdown().await;

    let writes = |bench: &Bench| {
        bench
            .simulator
            .device(|device, _| device.ground_truth().flash_writes)
    };
    let before = writes(&bench);
    let charger = bench.connect().await;
    let began = std::time::Instant::now();
    charger
        .set(Setting::MaxCurrent { amps: 12 })
        .await
        .expect("set");
    assert!(
        began.elapsed() < Duration::from_secs(4),
        "the form that works is tried first"
    );
    assert_eq!(writes(&bench), before + 1);
    charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_value_out_of_range_is_bad_input() {
    let bench = Bench::new(|_| {}).await;
    let charger = bench.connect().await;
    let error = charger
        .set(Setting::MaxCurrent { amps: 40 })
        .await
        .expect_err("too much");
    assert_eq!(error.kind(), ErrorKind::BadInput);
    charger.shutdown().await;
    bench.simulator.shutdown().await;
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_unreachable() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = StateStore::at(folder.path().join("state.json"));
    let address = Address::duosida("no-such-host.invalid", 9988);
    let error =
        GuardedDuosida::connect(&address, Options::default(), store, Policy::default()).await;
    assert_eq!(
        error.err().map(|error| error.kind()),
        Some(ErrorKind::Unreachable)
    );
}
