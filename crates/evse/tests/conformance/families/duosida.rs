//! A Duosida charger over TCP.

use std::time::Duration;

use async_trait::async_trait;
use evse::duosida::Options;
use evse::duosida::proto::message::ErrorCode;
use evse::guard::Policy;
use evse::state_store::StateStore;
use evse::{Address, Charger, GuardedDuosida};
use evse_sim::duosida::{Device, GroundTruth, VendorStatusPush, ViolationKind};
use evse_sim::shell::{Simulator, SimulatorOptions};

use super::proxy::{Line, Proxy};
use crate::bench::{Bench, Can, Vehicle};

const SERIAL: &str = "0300000000000007712";

pub(super) struct Duosida {
    charger: Charger,
    proxy: Proxy,
    simulator: Simulator,
    store: StateStore,
    /// Nobody answers it any more, and it complains of that.
    is_muted: bool,
    _folder: tempfile::TempDir,
}

impl Duosida {
    pub(super) async fn new() -> Self {
        let mut options = SimulatorOptions::for_tests();
        // At speed 1 a busy machine shortens the gaps between requests below what the charger forgives.
        options.speed = 2.0;
        SERIAL.clone_into(&mut options.device.identifier);
        options.device.slot_busy = Duration::ZERO;
        options.device.vendor_status = VendorStatusPush::Always;
        options.device.vendor_status_interval = Duration::from_secs(2);
        options.device.meter_values_interval = Duration::from_secs(4);
        options.device.suspended_for = Duration::from_secs(10);
        let simulator = Simulator::start(options).await.expect("free ports");
        let proxy = Proxy::new(simulator.address()).await;
        let folder = tempfile::tempdir().expect("a folder");
        let store = StateStore::at(folder.path().join("state.json"));
        let charger = connect(&proxy, &store).await;
        Self {
            charger,
            proxy,
            simulator,
            store,
            is_muted: false,
            _folder: folder,
        }
    }

    fn truth(&self) -> GroundTruth {
        self.simulator.device(|device, _| device.ground_truth())
    }
}

async fn connect(proxy: &Proxy, store: &StateStore) -> Charger {
    let address = Address::duosida("127.0.0.1", proxy.address.port());
    let options = Options {
        reconnect_delays: [Duration::from_secs(1); 3],
        ..Options::default()
    };
    let connected = GuardedDuosida::connect(&address, options, store.clone(), Policy::default());
    let charger = Charger::from(connected.await.expect("a session"));
    charger.refresh().await.expect("readings");
    charger
}

#[async_trait]
impl Bench for Duosida {
    fn charger(&self) -> &Charger {
        &self.charger
    }

    fn serial(&self) -> &'static str {
        SERIAL
    }

    fn can(&self, what: Can) -> bool {
        matches!(
            what,
            Can::StartAndStop
                | Can::NameUsers
                | Can::WearFlash
                | Can::Finish
                | Can::TellPilot
                | Can::TellTemperature
        )
    }

    fn vehicle(&self, does: Vehicle) {
        self.simulator.device(|device, now| match does {
            Vehicle::PlugsIn => device.plug_in(now),
            Vehicle::Unplugs => device.unplug(now),
            Vehicle::Pauses => device.vehicle_mut().set_wants_charge(false),
            Vehicle::IsFull => device.vehicle_mut().set_state_of_charge(1.0),
        });
    }

    fn set_faulty(&self, faulty: bool) {
        let error = faulty.then_some(ErrorCode::OverVoltage);
        self.simulator
            .device(|device: &mut Device, now| device.set_fault(now, error));
    }

    fn current_a(&self) -> f64 {
        self.truth().current_a
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole amps"
    )]
    fn limit_a(&self) -> u16 {
        self.truth().limit_a as u16
    }

    fn orders(&self) -> String {
        let truth = self.truth();
        let (settings, writes) = (truth.settings, truth.flash_writes);
        format!(
            "{settings:?}, {writes} writes, {} charges",
            truth.contactor_cycles
        )
    }

    fn violations(&self) -> Vec<String> {
        if self.is_muted {
            return Vec::new();
        }
        // A request that a busy machine reads late makes the next one look early, and one that slept makes it look as
        // if nobody had held it back. The pace is proven in virtual time.
        let is_late = |kind: &ViolationKind| matches!(kind, ViolationKind::TooFast { .. });
        self.simulator.device(|device, _| {
            let found = device.violations().iter();
            let counted = found.filter(|violation| !is_late(&violation.kind));
            counted.map(ToString::to_string).collect()
        })
    }

    async fn mute(&mut self) {
        self.is_muted = true;
        self.proxy.set(Line::Silent);
    }

    async fn go_away(&mut self) {
        self.proxy.set(Line::Broken);
    }

    async fn come_back(&mut self) {
        self.proxy.set(Line::Open);
    }

    async fn reconnect(&mut self) {
        self.charger.clone().shutdown().await;
        self.charger = connect(&self.proxy, &self.store).await;
    }
}
