//! EVSEMaster.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use evse::em::proto::session::StartRequest;
use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, Options};
use evse::guard::{Policy, Requester};
use evse::state_store::{ChargerState, StateStore};
use evse::units::Milliamps;
use evse::{Address, Charger, Error, ErrorKind, GuardedEm, StartOptions};
use evse_sim::DelayRange;
use evse_sim::em::{DeviceConfig, GroundTruth, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

use super::relay::Relay;

struct Bench {
    simulator: Simulator,
    relay: Relay,
    communicator: Communicator,
    charger: GuardedEm,
    store: StateStore,
    policy: Policy,
    _folder: tempfile::TempDir,
}

fn listen(port: u16) -> Communicator {
    let mut options = GuardedEm::one_shot(Options::default());
    options.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port))
        .to_string()
        .parse()
        .expect("an address");
    options.broadcasts = vec![Ipv4Addr::LOCALHOST];
    let communicator = Communicator::new(options);
    communicator.start().expect("a free port");
    communicator
}

fn serial() -> Serial {
    "9181102751219513".parse().expect("a serial")
}

fn pin() -> Pin {
    "123456".parse().expect("six digits")
}

async fn find(communicator: &Communicator, store: &StateStore, policy: Policy) -> GuardedEm {
    let (address, patience) = (Address::EmSerial(serial()), Duration::from_secs(20));
    let (code, store) = (Some(pin()), store.clone());
    let found = GuardedEm::find(communicator, &address, code, patience, store, policy).await;
    let charger = found.expect("heard");
    charger.hear_model().await;
    charger
}

impl Bench {
    /// A plugged charger, set to 32 A, of which nothing but its announcement was heard.
    async fn new(max_current: Option<u16>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let communicator = listen(0);
        let port = communicator.port().expect("it runs");
        let relay = Relay::udp(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await;
        let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial(), pin());
        device.announce_interval = DelayRange::from_millis(50, 100);
        let mut options = SimulatorOptions::for_tests(device, relay.address().port());
        options.plugged = true;
        let simulator = Simulator::start(options).await.expect("started");
        let store = StateStore::at(folder.path().join("state.json"));
        let policy = Policy {
            max_current: max_current.map(Milliamps::from_amps),
            ..Policy::default()
        };
        let charger = find(&communicator, &store, policy).await;
        Self {
            simulator,
            relay,
            communicator,
            charger,
            store,
            policy,
            _folder: folder,
        }
    }

    /// Ends the client, and begins another one on its port.
    async fn begin_anew(&mut self) {
        let port = self.communicator.port().expect("it runs");
        self.communicator.stop().await;
        self.communicator = listen(port);
        self.charger = find(&self.communicator, &self.store, self.policy).await;
    }

    fn truth(&self) -> GroundTruth {
        let truth = self.simulator.device(0, |device, _| device.ground_truth());
        truth.expect("one charger")
    }

    fn remembered(&self) -> ChargerState {
        let file = self.store.read().expect("readable");
        let known = file.charger(self.charger.identity());
        known.cloned().unwrap_or_default()
    }

    async fn set(&self, amps: u8, requester: Requester) -> Result<(), Error> {
        let done = self.charger.set_max_current(amps, requester).await;
        done.map(|done| done.completion)
    }

    async fn start(&self) {
        let charger = Charger::from(self.charger.clone());
        let done = charger.start(StartOptions::default()).await;
        done.expect("started");
    }
}

#[tokio::test]
async fn a_current_that_protects_is_sent_after_one_that_had_no_answer() {
    let bench = Bench::new(None).await;
    bench.set(6, Requester::Person).await.expect("set");
    let written = bench.remembered().last_flash_write_unix_ms;
    bench.set(6, Requester::Protection).await.expect("the same");
    assert_eq!(bench.remembered().last_flash_write_unix_ms, written);

    bench.relay.lose(true);
    let error = bench.set(32, Requester::Person).await.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed, "{error}");
    assert_eq!(bench.truth().output_a, 32);
    bench.relay.lose(false);

    bench.set(6, Requester::Protection).await.expect("set");
    assert_eq!(bench.truth().output_a, 6);
    let written = bench.remembered().last_flash_write_unix_ms;
    for requester in [Requester::Protection, Requester::Automation] {
        bench.set(6, requester).await.expect("the same");
    }
    assert_eq!(bench.remembered().last_flash_write_unix_ms, written);
}

#[tokio::test]
async fn a_write_to_flash_counts_whatever_came_of_it() {
    let bench = Bench::new(None).await;
    bench.relay.lose(true);
    let error = bench.set(16, Requester::Automation).await;
    let error = error.expect_err("silence");
    assert_eq!(error.kind(), ErrorKind::Unconfirmed, "{error}");
    assert_eq!(bench.truth().output_a, 16);
    bench.relay.lose(false);
    let error = bench.set(10, Requester::Automation).await;
    let error = error.expect_err("too soon");
    assert!(matches!(error, Error::FlashWear { .. }), "{error}");
    assert_eq!(bench.truth().output_a, 16);
}

#[tokio::test]
async fn a_current_above_what_the_owner_allows_is_refused() {
    let bench = Bench::new(Some(10)).await;
    let request = StartRequest {
        current_a: Some(16),
        ..StartRequest::default()
    };
    for error in [
        bench.set(16, Requester::Person).await.err(),
        bench.charger.start(request, false).await.err(),
    ] {
        let error = error.expect("too much");
        assert!(
            matches!(error, Error::CurrentOutOfRange { max, .. } if max == Milliamps(10_000)),
            "{error}"
        );
    }
    let truth = bench.truth();
    assert_eq!((truth.output_a, truth.starts), (32, 0));
    assert_eq!(bench.remembered().last_start_unix_ms, None);

    let done = bench.charger.start(StartRequest::default(), false).await;
    done.expect("started");
    assert_eq!(bench.truth().session_current_a, Some(10));
}

#[tokio::test]
async fn a_start_leaves_a_charger_that_is_set_lower_as_it_is() {
    let mut bench = Bench::new(Some(16)).await;
    bench.set(8, Requester::Person).await.expect("set");
    bench.begin_anew().await;
    bench.start().await;
    let truth = bench.truth();
    assert_eq!((truth.output_a, truth.session_current_a), (8, Some(8)));
}
