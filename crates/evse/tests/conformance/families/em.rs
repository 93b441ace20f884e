//! An EVSEMaster charger over UDP.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use evse::em::proto::message::{Fault, Faults};
use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, Options};
use evse::guard::Policy;
use evse::state_store::StateStore;
use evse::{Address, Charger, GuardedEm, State};
use evse_sim::DelayRange;
use evse_sim::em::{Device, DeviceConfig, GroundTruth, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

use crate::bench::{Bench, Can, Vehicle, until};

const SERIAL: &str = "9181102751219513";
const PIN: &str = "871263";

pub(super) struct Em {
    charger: Charger,
    communicator: Communicator,
    simulator: Option<Simulator>,
    port: u16,
    store: StateStore,
    _folder: tempfile::TempDir,
}

impl Em {
    pub(super) async fn new() -> Self {
        let communicator = communicate(0);
        let port = communicator.port().expect("it runs");
        let simulator = simulate(Ipv4Addr::new(127, 0, 0, 2), port).await;
        let folder = tempfile::tempdir().expect("a folder");
        let store = StateStore::at(folder.path().join("state.json"));
        let charger = find(&communicator, &store).await;
        Self {
            charger,
            communicator,
            simulator: Some(simulator),
            port,
            store,
            _folder: folder,
        }
    }

    fn device<T>(&self, act: impl FnOnce(&mut Device, Instant) -> T) -> T {
        let simulator = self.simulator.as_ref().expect("it is there");
        simulator.device(0, act).expect("one charger")
    }

    fn truth(&self) -> GroundTruth {
        self.device(|device, _| device.ground_truth())
    }
}

fn communicate(port: u16) -> Communicator {
    let mut options = Options {
        bind: SocketAddrV4::new(Ipv4Addr::LOCALHOST, port),
        broadcasts: vec![Ipv4Addr::LOCALHOST],
        ..Options::default()
    };
    options.endpoint.session.offline_after = Duration::from_secs(8);
    let communicator = Communicator::new(options);
    communicator.start().expect("a free port");
    communicator
}

async fn simulate(bind: Ipv4Addr, client_port: u16) -> Simulator {
    let serial: Serial = SERIAL.parse().expect("a serial");
    let pin: Pin = PIN.parse().expect("six digits");
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(200, 300);
    device.heading_interval = Duration::from_secs(2);
    device.status_interval = DelayRange::from_millis(1_000, 1_500);
    device.charging_interval = Duration::from_secs(2);
    let mut options = SimulatorOptions::for_tests(device, client_port);
    options.bind = bind;
    Simulator::start(options).await.expect("started")
}

async fn find(communicator: &Communicator, store: &StateStore) -> Charger {
    let address = Address::EmSerial(SERIAL.parse().expect("a serial"));
    let (pin, patience) = (PIN.parse().ok(), Duration::from_secs(20));
    let found = GuardedEm::find(
        communicator,
        &address,
        pin,
        patience,
        store.clone(),
        Policy::default(),
    );
    let found = found.await.expect("heard");
    let charger = Charger::from(found.clone());
    until(&charger, "logged in", |snapshot| {
        // The model is in the announcements, which end with the login.
        found.evse().is_logged_in() && !matches!(snapshot.state, State::Unknown(_))
    })
    .await;
    charger.refresh().await.expect("readings");
    charger
}

#[async_trait]
impl Bench for Em {
    fn charger(&self) -> &Charger {
        &self.charger
    }

    fn serial(&self) -> &'static str {
        SERIAL
    }

    fn can(&self, what: Can) -> bool {
        !matches!(what, Can::SwitchContactors | Can::TellPilot | Can::TellVin)
    }

    fn vehicle(&self, does: Vehicle) {
        self.device(|device, now| match does {
            Vehicle::PlugsIn => device.plug_in(now),
            Vehicle::Unplugs => device.unplug(now),
            Vehicle::Pauses => device.vehicle_mut().set_wants_charge(false),
            Vehicle::IsFull => device.vehicle_mut().set_state_of_charge(1.0),
        });
    }

    fn set_faulty(&self, faulty: bool) {
        let wrong = if faulty {
            Faults::NONE.with(Fault::OverVoltage)
        } else {
            Faults::NONE
        };
        self.device(|device, now| device.set_faults(now, wrong));
    }

    fn current_a(&self) -> f64 {
        self.truth().current_a
    }

    fn limit_a(&self) -> u16 {
        let truth = self.truth();
        truth.session_current_a.unwrap_or(truth.output_a).into()
    }

    fn orders(&self) -> String {
        let truth = self.truth();
        let (limit, session) = (truth.output_a, truth.session_current_a);
        let names = (truth.nickname, truth.charge_id);
        format!("{limit} {session:?} A, {names:?}, {} charges", truth.starts)
    }

    fn violations(&self) -> Vec<String> {
        let Some(simulator) = &self.simulator else {
            return Vec::new();
        };
        let texts = |device: &mut Device, _| {
            device
                .violations()
                .iter()
                .map(ToString::to_string)
                .collect()
        };
        simulator.device(0, texts).unwrap_or_default()
    }

    async fn mute(&mut self) {
        if let Some(simulator) = self.simulator.take() {
            simulator.shutdown().await;
        }
    }

    async fn go_away(&mut self) {
        self.mute().await;
    }

    async fn come_back(&mut self) {
        // With another address, as a router may give it.
        self.simulator = Some(simulate(Ipv4Addr::new(127, 0, 0, 3), self.port).await);
    }

    async fn reconnect(&mut self) {
        self.charger.clone().shutdown().await;
        self.communicator.stop().await;
        self.communicator = communicate(self.port);
        self.charger = find(&self.communicator, &self.store).await;
    }
}
