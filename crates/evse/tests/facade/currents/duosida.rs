//! Duosida.

use std::time::Duration;

use evse::duosida::proto::config::Setting;
use evse::duosida::proto::session::Completion;
use evse::duosida::{Options, Reconnect};
use evse::guard::{Policy, Requester};
use evse::state_store::{ChargerState, StateStore};
use evse::units::Milliamps;
use evse::{Address, Charger, Error, ErrorKind, GuardedDuosida, StartOptions};
use evse_sim::duosida::{Device, GroundTruth};
use evse_sim::shell::{Simulator, SimulatorOptions};

use super::relay::Relay;

struct Bench {
    simulator: Simulator,
    relay: Relay,
    charger: GuardedDuosida,
    store: StateStore,
    /// Writes to flash before there was a client.
    writes_before: u64,
    _folder: tempfile::TempDir,
}

impl Bench {
    /// A plugged charger of this rating, set to `amps`, with a client that has just connected.
    async fn new(rating_a: u8, amps: u8, max_current: Option<u16>) -> Self {
        let mut options = SimulatorOptions::for_tests();
        options.device.slot_busy = Duration::ZERO;
        options.device.rating_a = rating_a;
        options.device.model = format!("DUOSIDA Mode3@{rating_a}A");
        let simulator = Simulator::start(options).await.expect("free ports");
        let writes_before = simulator.device(|device: &mut Device, now| {
            device.plug_in(now);
            device.set_setting(now, "VendorMaxWorkCurrent", &amps.to_string());
            device.ground_truth().flash_writes
        });
        let relay = Relay::tcp(simulator.address()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let store = StateStore::at(folder.path().join("state.json"));
        let options = Options {
            reconnect: Reconnect::Never,
            deadline: Some(Duration::from_secs(20)),
            ..Options::default()
        };
        let policy = Policy {
            max_current: max_current.map(Milliamps::from_amps),
            ..Policy::default()
        };
        let address = Address::duosida("127.0.0.1", relay.address().port());
        let charger = GuardedDuosida::connect(&address, options, store.clone(), policy).await;
        Self {
            simulator,
            relay,
            charger: charger.expect("a session"),
            store,
            writes_before,
            _folder: folder,
        }
    }

    fn truth(&self) -> GroundTruth {
        self.simulator.device(|device, _| device.ground_truth())
    }

    fn flash_writes(&self) -> u64 {
        self.truth().flash_writes - self.writes_before
    }

    fn limit_a(&self) -> Option<String> {
        let key = "VendorMaxWorkCurrent";
        self.truth().settings.get(key).cloned()
    }

    fn remembered(&self) -> ChargerState {
        let file = self.store.read().expect("readable");
        let known = file.charger(self.charger.identity());
        known.cloned().unwrap_or_default()
    }

    async fn set(&self, amps: u8, requester: Requester) -> Result<Option<Completion>, Error> {
        let done = self.charger.set_max_current(amps, requester).await;
        done.map(|done| done.completion)
    }

    async fn start(&self) {
        let charger = Charger::from(self.charger.clone());
        let done = charger.start(StartOptions::default()).await;
        done.expect("started");
        assert!(self.truth().in_transaction);
    }
}

#[tokio::test]
async fn a_current_that_protects_is_sent_after_one_that_had_no_answer() {
    let bench = Bench::new(32, 6, None).await;
    let same = bench.set(6, Requester::Protection).await;
    assert_eq!(same.expect("nothing to do"), Some(Completion::Verified));
    assert_eq!(bench.flash_writes(), 0);

    bench.relay.lose(true);
    let error = bench.set(32, Requester::Person).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed);
    assert_eq!(bench.limit_a().as_deref(), Some("32"));
    bench.relay.lose(false);

    bench.set(6, Requester::Protection).await.expect("set");
    assert_eq!(bench.limit_a().as_deref(), Some("6"));
    let writes = bench.flash_writes();
    for requester in [Requester::Protection, Requester::Automation] {
        let same = bench.set(6, requester).await.expect("nothing to do");
        assert_eq!(same, Some(Completion::Verified));
    }
    assert_eq!(bench.flash_writes(), writes);
}

#[tokio::test]
async fn a_write_to_flash_counts_whatever_came_of_it() {
    let bench = Bench::new(32, 6, None).await;
    bench.relay.lose(true);
    let error = bench.set(16, Requester::Automation).await;
    let error = error.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed);
    bench.relay.lose(false);
    let writes = bench.flash_writes();
    assert!(writes > 0);
    let error = bench.set(10, Requester::Automation).await;
    let error = error.expect_err("too soon");
    assert!(matches!(error, Error::FlashWear { .. }), "{error}");
    assert_eq!(bench.flash_writes(), writes);
}

#[tokio::test]
async fn a_setting_that_is_never_sent_is_no_write_to_flash() {
    let bench = Bench::new(32, 6, None).await;
    let error = bench.set(40, Requester::Person).await;
    assert_eq!(error.expect_err("too much").kind(), ErrorKind::BadInput);
    assert_eq!(bench.remembered().last_flash_write_unix_ms, None);
    bench.set(16, Requester::Automation).await.expect("set");
    let written = bench.remembered().last_flash_write_unix_ms;
    assert!(written.is_some());
    let error = bench.set(40, Requester::Person).await;
    assert_eq!(error.expect_err("too much").kind(), ErrorKind::BadInput);
    assert_eq!(bench.remembered().last_flash_write_unix_ms, written);
}

#[tokio::test]
async fn a_current_above_what_the_owner_allows_is_refused() {
    let bench = Bench::new(32, 6, Some(10)).await;
    let key = Setting::Key {
        key: "VendorMaxWorkCurrent".to_owned(),
        value: "16".to_owned(),
    };
    for error in [
        bench.set(16, Requester::Person).await.err(),
        bench.charger.set(key).await.err(),
        bench.charger.start_with(Some(16), None, false).await.err(),
    ] {
        let error = error.expect("too much");
        assert!(
            matches!(error, Error::CurrentOutOfRange { max, .. } if max == Milliamps(10_000)),
            "{error}"
        );
    }
    assert_eq!(bench.limit_a().as_deref(), Some("6"));
    assert!(!bench.truth().in_transaction);
    assert_eq!(bench.remembered().last_start_unix_ms, None);
    bench.set(10, Requester::Person).await.expect("allowed");
    assert_eq!(bench.limit_a().as_deref(), Some("10"));
}

#[tokio::test]
async fn a_start_leaves_a_charger_that_is_set_lower_as_it_is() {
    let bench = Bench::new(32, 8, Some(16)).await;
    bench.start().await;
    assert_eq!(bench.limit_a().as_deref(), Some("8"));
    assert_eq!(bench.flash_writes(), 0);
}

#[tokio::test]
async fn a_start_lowers_a_charger_that_is_set_higher_than_the_owner_allows() {
    let bench = Bench::new(32, 32, Some(16)).await;
    bench.start().await;
    assert_eq!(bench.limit_a().as_deref(), Some("16"));
}

#[tokio::test]
async fn an_owner_may_allow_more_than_the_charger_can() {
    let bench = Bench::new(16, 16, Some(20)).await;
    bench.start().await;
    assert_eq!(bench.limit_a().as_deref(), Some("16"));
    assert_eq!(bench.flash_writes(), 0);
}
