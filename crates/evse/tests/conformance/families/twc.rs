//! A Tesla Gen2 unit on a pty.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use evse::guard::Policy;
use evse::state_store::StateStore;
use evse::twc::proto::Address;
use evse::twc::proto::message::ProtocolVersion;
use evse::twc::proto::session::UnitConfig;
use evse::twc::{Config, Director};
use evse::{Charger, GuardedTwc, State};
use evse_sim::shell::twc::{Simulator, SimulatorOptions};
use evse_sim::twc::{
    BusConfig, GroundTruth, Peripheral, PeripheralConfig, Violation, ViolationKind,
};

use crate::bench::{Bench, Can, Vehicle, until};

const UNIT: Address = Address(0x3495);
const SERIAL: &str = "A17A0003495";
const PATIENCE: Duration = Duration::from_secs(40);

pub(super) struct Twc {
    charger: Charger,
    director: Director,
    simulator: Simulator,
    store: StateStore,
    _folder: tempfile::TempDir,
}

impl Twc {
    pub(super) async fn new() -> Self {
        let unit = PeripheralConfig {
            presence_interval: Duration::from_millis(1_300),
            // As the controller, whose times do not pass faster.
            patience: Duration::from_secs(150),
            ..PeripheralConfig::new(UNIT, ProtocolVersion::V2)
        };
        let mut options = SimulatorOptions::for_tests(BusConfig::new(1, vec![unit]));
        options.speed = 5.0;
        let simulator = Simulator::start(options).await.expect("a pty");
        let folder = tempfile::tempdir().expect("a folder");
        let store = StateStore::at(folder.path().join("state.json"));
        let (director, charger) = open(&simulator, &store).await;
        Self {
            charger,
            director,
            simulator,
            store,
            _folder: folder,
        }
    }

    fn unit<T>(&self, act: impl FnOnce(&mut Peripheral, Instant) -> T) -> T {
        self.simulator.peripheral(0, act).expect("one unit")
    }

    fn truth(&self) -> GroundTruth {
        self.unit(|unit, _| unit.ground_truth())
    }
}

async fn open(simulator: &Simulator, store: &StateStore) -> (Director, Charger) {
    let mut config = Config::default();
    config.session.limit_a = 32;
    config.session.unit = UnitConfig {
        wiring_a: 32,
        ..UnitConfig::default()
    };
    let director = Director::open(&*simulator.address(), config).await;
    let director = director.expect("it is there");
    let unit = director.wait_for(Some(UNIT), PATIENCE).await;
    let unit = unit.expect("it is on the bus");
    let guarded = GuardedTwc::new(unit, PATIENCE, store.clone(), Policy::default()).await;
    let charger = Charger::from(guarded);
    until(&charger, "known", |snapshot| {
        let is_known = !matches!(snapshot.state, State::Unknown(_));
        // The version is asked for beside the serial number, the meter after it.
        let is_read = snapshot.telemetry.lifetime_energy.is_some();
        is_known && is_read && snapshot.device.firmware.is_some()
    })
    .await;
    (director, charger)
}

#[async_trait]
impl Bench for Twc {
    fn charger(&self) -> &Charger {
        &self.charger
    }

    fn serial(&self) -> &'static str {
        SERIAL
    }

    fn can(&self, what: Can) -> bool {
        matches!(what, Can::SwitchContactors | Can::TellVin)
    }

    fn vehicle(&self, does: Vehicle) {
        self.unit(|unit, now| match does {
            Vehicle::PlugsIn => unit.plug_in(now),
            Vehicle::Unplugs => unit.unplug(now),
            // Its only pause is that of a vehicle with enough.
            Vehicle::Pauses | Vehicle::IsFull => unit.vehicle_mut().set_state_of_charge(1.0),
        });
    }

    fn set_faulty(&self, faulty: bool) {
        self.unit(|unit, now| unit.set_faulty(now, faulty));
    }

    fn current_a(&self) -> f64 {
        self.truth().current_a
    }

    fn limit_a(&self) -> u16 {
        self.truth().available_ca / 100
    }

    fn orders(&self) -> String {
        let truth = self.truth();
        format!(
            "{} A, {} cycles",
            truth.available_ca, truth.contactor_cycles
        )
    }

    fn violations(&self) -> Vec<String> {
        // At this speed a unit's bytes may lie in the pty unseen for longer than the silence that it wants; and what is
        // read late lies there as two frames.
        let counts = |found: &&Violation| {
            !matches!(
                found.kind,
                ViolationKind::NoSilence | ViolationKind::FrameCount(2..)
            )
        };
        self.simulator.bus(|bus, _| {
            let counted = bus.violations().iter().filter(counts);
            counted.map(|found| format!("{found:?}")).collect()
        })
    }

    async fn mute(&mut self) {
        self.unit(Peripheral::switch_off);
    }

    async fn go_away(&mut self) {
        self.simulator.bus(|bus, _| bus.set_adapter(false));
    }

    async fn come_back(&mut self) {
        self.simulator.bus(|bus, _| bus.set_adapter(true));
    }

    async fn reconnect(&mut self) {
        self.charger.clone().shutdown().await;
        self.director.shutdown().await;
        (self.director, self.charger) = open(&self.simulator, &self.store).await;
    }
}
