//! The demo on a terminal: simulated chargers of all kinds behind the real clients, on the screen of `evse tui`.

use std::fmt::Display;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::time::{Duration, Instant};

use evse::circuit::Circuits;
use evse::duosida::proto::config::keys;
use evse::em::proto::message::StartMethod;
use evse::em::proto::session::ClockPolicy;
use evse::state_store::StateStore;
use evse::twc::proto::message::ProtocolVersion;
use evse::twc::proto::session::Farewell;
use evse::{Config, ConnectOptions, Fleet};
use evse_sim::em::{Device as Carport, DeviceConfig, Model};
use evse_sim::shell::{self, em as em_shell, twc as twc_shell};
use evse_sim::twc::{BusConfig, Peripheral, PeripheralConfig};
use evse_sim::{DelayRange, duosida::Device as Garage};
use tokio::time::interval;

use super::em::{PIN, SERIAL, pin};
use super::twc::UNITS;
use crate::connect::session;
use crate::context::Context;
use crate::failure::Failure;
use crate::tui;

/// How fast the simulated chargers' time passes. Clients keep their own times, and these have to go together.
const SPEED: f64 = 5.0;

/// The same for the bus: a car that asks waits for 30 s, and on a loaded machine the controller takes some of its own.
const BUS_SPEED: f64 = 2.0;

/// How long until the next car comes or goes.
const VISIT: Duration = Duration::from_secs(12);

/// Shows them until a key, or the time if there is one, ends it.
pub(super) async fn run(duration: Option<Duration>, context: &Context) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let garage = garage().await?;
    let bus = bus(folder.path()).await?;
    let config = config(&garage.address().to_string(), &bus.address())?;
    let fleet = Fleet::from_config(&config, options(folder.path()));
    let carport = carport(fleet.connector().communicator()?.start()?).await?;
    let circuits = Circuits::start(&fleet, &config);
    let names = config.chargers.iter().map(|charger| charger.name.clone());
    let names: Vec<String> = names.collect();
    let result = session::until_told(true, async {
        tokio::select! {
            result = tui::run(&fleet, Some(&circuits), &names, context, duration) => result,
            () = visits(&garage, &carport, &bus) => Ok(()),
        }
    })
    .await;
    circuits.shutdown().await;
    fleet.shutdown().await;
    garage.shutdown().await;
    carport.shutdown().await;
    bus.shutdown().await;
    result
}

/// What clients and chargers take from the machine is free and on loopback.
fn options(folder: &Path) -> ConnectOptions {
    let mut options = ConnectOptions::new(StateStore::at(folder.join("state.json")));
    options.em.bind = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
    // The simulated charger's clock runs ahead, by design.
    options.em.endpoint.session.clock = ClockPolicy::Never;
    options.twc.session.farewell = Farewell::Leave;
    options
}

fn config(garage: &str, bus: &str) -> Result<Config, Failure> {
    let [left, right] = UNITS;
    let text = format!(
        "[circuits.house]\nlimit = \"40 A\"\n\
         [chargers.garage]\naddress = \"duosida://{garage}\"\ncircuit = \"house\"\nphases = \"L1\"\n\
         [chargers.carport]\naddress = \"em://{SERIAL}\"\npin = \"{PIN}\"\ncircuit = \"house\"\nphases = \"L2L3L1\"\n\
         [chargers.left]\naddress = \"twc://{bus}#{left}\"\n\
         [chargers.right]\naddress = \"twc://{bus}#{right}\"\n\
         [buses.\"{bus}\"]\nlimit = \"20 A\"\nwiring = \"16 A\"\n"
    );
    Ok(Config::parse(&text, "the demo")?)
}

/// A wallbox with a car. One that comes charges at once.
async fn garage() -> Result<shell::Simulator, Failure> {
    let mut options = shell::SimulatorOptions {
        speed: SPEED,
        ..shell::SimulatorOptions::for_tests()
    };
    options.device.slot_busy = Duration::ZERO;
    let simulator = shell::Simulator::start(options).await.map_err(not_begun)?;
    simulator.device(|device, now| {
        device.set_setting(now, keys::DIRECT_WORK_MODE, "1");
        device.plug_in(now);
    });
    Ok(simulator)
}

/// The same, of three phases.
async fn carport(client_port: u16) -> Result<em_shell::Simulator, Failure> {
    let mut device = DeviceConfig::new(Model::BesenBs20, 3, SERIAL, pin()?);
    device.start_method = StartMethod::Automatic;
    device.announce_interval = DelayRange::from_millis(1_000, 2_000);
    let options = em_shell::SimulatorOptions {
        speed: SPEED,
        plugged: true,
        ..em_shell::SimulatorOptions::for_tests(device, client_port)
    };
    em_shell::Simulator::start(options).await.map_err(not_begun)
}

/// Two units, one with a car.
async fn bus(folder: &Path) -> Result<twc_shell::Simulator, Failure> {
    let place = if cfg!(unix) {
        twc_shell::Place::Pty(folder.join("bus"))
    } else {
        twc_shell::Place::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    };
    let units = UNITS.map(|unit| PeripheralConfig::new(unit, ProtocolVersion::V2));
    let options = twc_shell::SimulatorOptions {
        speed: BUS_SPEED,
        ..twc_shell::SimulatorOptions::new(place, BusConfig::new(1, units.to_vec()))
    };
    let simulator = twc_shell::Simulator::start(options)
        .await
        .map_err(not_begun)?;
    simulator.peripheral(0, Peripheral::plug_in);
    Ok(simulator)
}

/// Cars come and go, for ever.
async fn visits(
    garage: &shell::Simulator,
    carport: &em_shell::Simulator,
    bus: &twc_shell::Simulator,
) {
    let mut clock = interval(VISIT);
    clock.tick().await;
    for visit in VISITS.into_iter().cycle() {
        clock.tick().await;
        match visit {
            Visit::Garage(change) => garage.device(change),
            Visit::Carport(change) => carport.device(0, change).unwrap_or_default(),
            Visit::Unit(index, change) => bus.peripheral(index, change).unwrap_or_default(),
        }
    }
}

/// A car comes or goes.
#[derive(Clone, Copy)]
enum Visit {
    Garage(fn(&mut Garage, Instant)),
    Carport(fn(&mut Carport, Instant)),
    Unit(usize, fn(&mut Peripheral, Instant)),
}

const VISITS: [Visit; 8] = [
    Visit::Unit(1, Peripheral::plug_in),
    Visit::Carport(Carport::unplug),
    Visit::Garage(Garage::unplug),
    Visit::Carport(Carport::plug_in),
    Visit::Unit(0, Peripheral::unplug),
    Visit::Garage(Garage::plug_in),
    Visit::Unit(1, Peripheral::unplug),
    Visit::Unit(0, Peripheral::plug_in),
];

fn not_begun(error: impl Display) -> Failure {
    Failure::failed("io", error.to_string())
}
