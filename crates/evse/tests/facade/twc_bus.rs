//! A simulated bus of one Tesla Gen2 unit, four times as fast as a real one, and a director on it.

use std::time::Duration;

use evse::guard::Policy;
use evse::state_store::{ChargerState, StateStore};
use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::twc::proto::session::Peripheral;
use evse::twc::{Config, Director};
use evse::{GuardedTwc, State};
use evse_sim::shell::twc::{Simulator, SimulatorOptions};
use evse_sim::twc::{BusConfig, PeripheralConfig, ViolationKind};
use futures_util::StreamExt as _;
use tokio::time::timeout;

pub(crate) const UNIT: Unit = Unit(0x3495);

/// Far above what anything here takes.
const SOON: Duration = Duration::from_secs(90);

/// Long enough for a unit that tells its serial number at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Fails the test instead of hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("it takes too long")
}

pub(crate) fn unit(version: ProtocolVersion) -> PeripheralConfig {
    PeripheralConfig::new(UNIT, version)
}

/// Units wired for 32 A on a circuit of as much.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.session.limit_a = 32;
    config.session.unit.wiring_a = 32;
    config
}

pub(crate) struct Bench {
    pub(crate) simulator: Simulator,
    pub(crate) director: Director,
    folder: tempfile::TempDir,
}

impl Bench {
    pub(crate) async fn new(unit: PeripheralConfig) -> Self {
        Self::with(BusConfig::new(1, vec![unit]), config()).await
    }

    pub(crate) async fn with(bus: BusConfig, config: Config) -> Self {
        let mut options = SimulatorOptions::for_tests(bus);
        options.speed = 4.0;
        let simulator = Simulator::start(options).await.expect("a pty");
        let opened = Director::open(&*simulator.address(), config).await;
        Self {
            simulator,
            director: opened.expect("it is there"),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(crate) fn store(&self) -> StateStore {
        StateStore::at(self.folder.path().join("state.json"))
    }

    /// The unit, guarded by a process of its own: with nothing in common but the state file.
    pub(crate) async fn guarded(&self, patience: Duration) -> GuardedTwc {
        self.until_unit(|_| true).await;
        let unit = self.director.peripheral(UNIT).expect("just heard");
        GuardedTwc::new(unit, patience, self.store(), Policy::default()).await
    }

    /// Waits until the unit is as wanted.
    pub(crate) async fn until_unit(&self, is: impl Fn(&Peripheral) -> bool) {
        let mut events = self.director.events();
        soon(async {
            let read = || self.director.peripheral(UNIT)?.read(&is);
            while read() != Some(true) {
                events.next().await.expect("a running director");
            }
        })
        .await;
    }

    /// Waits until the facade shows a state.
    pub(crate) async fn until(&self, guarded: &GuardedTwc, state: State) {
        let mut events = self.director.events();
        let shown = async {
            while guarded.state() != state {
                events.next().await.expect("a running director");
            }
        };
        let shown = timeout(SOON, shown).await;
        assert!(shown.is_ok(), "{:?} instead of {state:?}", guarded.state());
    }

    pub(crate) fn remembered(&self, guarded: &GuardedTwc) -> ChargerState {
        let file = self.store().read().expect("readable");
        file.charger(guarded.identity())
            .cloned()
            .unwrap_or_default()
    }

    pub(crate) fn are_contactors_closed(&self) -> bool {
        let truth = self.simulator.peripheral(0, |unit, _| unit.ground_truth());
        truth.expect("one unit").contactors_closed
    }

    /// Nothing that a client can help: a unit that begins to speak while a frame leaves is not heard in time.
    pub(crate) fn assert_no_violations(&self) {
        let mut found = self.simulator.bus(|bus, _| bus.violations().to_vec());
        found.retain(|one| one.kind != ViolationKind::NoSilence);
        assert_eq!(found, []);
    }
}
