//! A Duosida charger, an EVSEMaster charger and a bus of Tesla Gen2 units on one circuit, through the whole of it.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::Duration;

use evse::circuit::{BusReading, CircuitEvent, Circuits, Standing};
use evse::config::Config;
use evse::em::proto::{Pin, Serial};
use evse::state_store::StateStore;
use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::units::Milliamps;
use evse::{Command, ConnectOptions, Fleet, StartOptions};
use evse_sim::DelayRange;
use evse_sim::duosida::Device;
use evse_sim::em::{DeviceConfig, Model};
use evse_sim::shell::{self, em, twc};
use evse_sim::twc::{BusConfig, PeripheralConfig};
use futures_util::StreamExt as _;
use tokio::time::{sleep, timeout};

use super::bench::amps;

pub(super) const SERIAL: &str = "9181102751219513";
const UNIT: Unit = Unit(0x3495);
/// Far above what anything here takes.
pub(super) const SOON: Duration = Duration::from_mins(2);

pub(super) fn options(folder: &Path) -> ConnectOptions {
    let mut options = ConnectOptions::new(StateStore::at(folder.join("state.json")));
    options.duosida.busy_retry = Duration::from_secs(1);
    options.em.bind = "127.0.0.1:0".parse().expect("an address");
    options.em.broadcasts = vec![Ipv4Addr::LOCALHOST];
    options.em.endpoint.session.poll = Some(Duration::from_secs(5));
    options
}

async fn duosida() -> shell::Simulator {
    let mut options = shell::SimulatorOptions::for_tests();
    options.device.slot_busy = Duration::ZERO;
    options.device.vehicle.phases = 1;
    shell::Simulator::start(options).await.expect("free ports")
}

async fn bus() -> twc::Simulator {
    let unit = PeripheralConfig {
        presence_interval: Duration::from_millis(1_300),
        ..PeripheralConfig::new(UNIT, ProtocolVersion::V2)
    };
    let options = twc::SimulatorOptions::for_tests(BusConfig::new(1, vec![unit]));
    twc::Simulator::start(options).await.expect("a pty")
}

/// Each has an address of its own, for tests run side by side.
pub(super) async fn em(
    fleet: &Fleet,
    at: [u8; 4],
    change: impl FnOnce(&mut em::SimulatorOptions),
) -> em::Simulator {
    let communicator = fleet.connector().communicator().expect("a free port");
    let serial: Serial = SERIAL.parse().expect("a serial");
    let pin: Pin = "123456".parse().expect("six digits");
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(50, 100);
    let port = communicator.port().expect("it is open");
    let mut options = em::SimulatorOptions::for_tests(device, port);
    options.bind = at.into();
    change(&mut options);
    em::Simulator::start(options).await.expect("started")
}

struct Watch {
    circuits: Circuits,
    limit: Milliamps,
}

impl Watch {
    /// Waits until things stand so; on the way the circuit never may carry more than its limit once all are told.
    async fn until(&self, what: &str, is: impl Fn(&Standing) -> bool) -> Standing {
        let mut standing = self.circuits.standing();
        let reached = async {
            loop {
                let now = standing.borrow_and_update().clone();
                let on = now.circuits[0].phases[0];
                assert!(on.used <= self.limit, "{on:?}");
                if is(&now) {
                    return now;
                }
                standing.changed().await.expect("the task runs");
            }
        };
        let reached = timeout(SOON, reached).await;
        reached.unwrap_or_else(|_| panic!("{what}: {:#?}", self.circuits.standing().borrow()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_families_share_twenty_amps() {
    let folder = tempfile::tempdir().expect("a folder");
    let (garage, line) = (duosida().await, bus().await);
    let port = line.address();
    let text = format!(
        "[circuits.house]\nlimit = 20\n\
         [chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\nphases = \"L1\"\ncircuit = \"house\"\n\
         [chargers.carport]\naddress = \"em://{SERIAL}\"\npin = \"123456\"\nphases = \"L1\"\ncircuit = \"house\"\n\
         [chargers.left]\naddress = \"twc://{port}#3495\"\n\
         [buses.\"{port}\"]\nlimit = 32\nwiring = 16\nphases = \"L1\"\ncircuit = \"house\"\n",
        garage.address().port()
    );
    let config = Config::parse(&text, "evse.toml").expect(&text);
    let fleet = Fleet::from_config(&config, options(folder.path()));
    let carport = em(&fleet, [127, 0, 0, 6], |_| {}).await;
    let circuits = Circuits::start(&fleet, &config);
    let watch = Watch {
        circuits: circuits.clone(),
        limit: amps(20),
    };
    let is_idle = |now: &Standing| {
        let [first, second, bus] = &now.members[..] else {
            panic!("three members");
        };
        let heard = first.state.is_some() && second.state.is_some();
        heard
            && first.committed == amps(6)
            && second.committed == amps(6)
            && bus.committed == amps(6)
    };
    watch.until("idle ones are told their least", is_idle).await;

    line.peripheral(0, evse_sim::twc::Peripheral::plug_in);
    let first = watch.until("the bus gets the rest", |now| {
        now.members[2].delivered >= amps(7)
    });
    first.await;
    garage.device(Device::plug_in);
    let person = fleet.execute("garage", Command::Start(StartOptions::default()));
    person.await.expect("started");
    let both = watch.until("both charge", |now| {
        now.members[0].delivered >= amps(6) && now.members[2].delivered >= amps(6)
    });
    let both = both.await;
    assert!(both.circuits[0].phases[0].committed <= amps(20));

    let meter = circuits.meter("house").expect("a circuit");
    meter.measured([Milliamps(4_200); 3]);
    let lower = watch.until("other loads are made room for", |now| {
        let on = now.circuits[0].phases[0];
        on.house == amps(5) && on.committed <= on.available()
    });
    lower.await;
    let error = circuits.meter("hose").expect_err("no such circuit");
    assert_eq!(
        error.to_string(),
        "no circuit is named `hose`, did you mean `house`?"
    );

    circuits.shutdown().await;
    sleep(Duration::from_millis(50)).await;
    fleet.shutdown().await;
    garage.shutdown().await;
    carport.shutdown().await;
    line.shutdown().await;
}

/// One bus on a circuit of 20 A; the bus has a safe limit that nothing else comes to.
fn with_bus(line: &twc::Simulator, folder: &Path, listens: bool) -> (Fleet, Config) {
    let port = line.address();
    let text = format!(
        "[circuits.house]\nlimit = 20\n\
         [buses.\"{port}\"]\nlimit = 32\nwiring = 16\nlisten_only = {listens}\nphases = \"L1\"\ncircuit = \"house\"\n"
    );
    let config = Config::parse(&text, "evse.toml").expect(&text);
    let mut options = options(folder);
    options.twc.session.safe_limit_a = 7;
    (Fleet::from_config(&config, options), config)
}

/// Row: this program ends or hangs.
/// Row: a bus is closed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_is_told_no_budget_any_more_goes_down_to_its_safe_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = bus().await;
    line.peripheral(0, evse_sim::twc::Peripheral::plug_in);
    let (fleet, config) = with_bus(&line, folder.path(), false);
    let circuits = Circuits::start(&fleet, &config);
    let watch = Watch {
        circuits: circuits.clone(),
        limit: amps(20),
    };
    let charges = |now: &Standing| now.members[0].delivered >= amps(15);
    watch.until("it charges", charges).await;
    let director = fleet.connector().director(&line.address()).await;
    let director = director.expect("it is open");
    let limit_a = || director.read(evse::twc::proto::session::Controller::limit_a);
    sleep(Duration::from_secs(11)).await;
    assert_eq!(limit_a(), 16, "its budget is renewed");

    line.bus(|bus, _| bus.set_adapter(false));
    let given_up = async {
        while limit_a() != 0 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(SOON, given_up).await.expect("it has nothing");
    line.bus(|bus, _| bus.set_adapter(true));
    watch.until("it is allowed anew", charges).await;

    circuits.shutdown().await;
    sleep(Duration::from_secs(11)).await;
    assert_eq!(limit_a(), 7, "it lasts 10 s");
    let drawn = async {
        while director.read(|bus| BusReading::of(bus).delivered_ma) > 7_000 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(SOON, drawn).await.expect("the unit obeys");
    fleet.shutdown().await;
    line.shutdown().await;
}

/// Row: another controller runs a bus, or it is only listened to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bus_that_is_only_listened_to_counts_at_its_breaker() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = bus().await;
    let (fleet, config) = with_bus(&line, folder.path(), true);
    let circuits = Circuits::start(&fleet, &config);
    let mut events = circuits.events();
    let event = timeout(SOON, events.next()).await.expect("in time");
    let member = line.address().as_str().into();
    assert_eq!(event, Some(CircuitEvent::ForeignController { member }));
    let mut standing = circuits.standing();
    let counts = standing.wait_for(|now| now.members[0].committed == amps(32));
    timeout(SOON, counts)
        .await
        .expect("in time")
        .expect("it runs");
    circuits.shutdown().await;
    fleet.shutdown().await;
    line.shutdown().await;
}
