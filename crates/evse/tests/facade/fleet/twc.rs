//! Tesla Gen2 units share one bus.

use std::time::Duration;

use evse::guard::Requester;
use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::units::Milliamps;
use evse::{Command, ConnectOptions, Connector, Error, ErrorKind, Fleet, State};
use evse_sim::shell::twc::{Simulator, SimulatorOptions};
use evse_sim::twc::{BusConfig, PeripheralConfig, ViolationKind};

use super::{SOON, config, is_not, next, options, until};

const LEFT: Unit = Unit(0x3495);
const RIGHT: Unit = Unit(0x2433);

fn bus(ids: &[Unit]) -> SimulatorOptions {
    let unit = |id: &Unit| PeripheralConfig {
        presence_interval: Duration::from_millis(1_300),
        ..PeripheralConfig::new(*id, ProtocolVersion::V2)
    };
    let bus = BusConfig::new(1, ids.iter().map(unit).collect());
    SimulatorOptions {
        plugged: true,
        ..SimulatorOptions::for_tests(bus)
    }
}

fn quick(folder: &tempfile::TempDir) -> ConnectOptions {
    let mut options = options(folder.path());
    options.patience = Duration::from_secs(14);
    options
}

fn set(amps: u16) -> Command {
    Command::SetCurrent {
        current: Milliamps::from_amps(amps),
        requester: Requester::Person,
    }
}

#[tokio::test]
async fn units_share_the_bus_and_its_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulator = Simulator::start(bus(&[LEFT, RIGHT])).await.expect("a pty");
    let port = simulator.address();
    // As in /dev/serial/by-id.
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&port, &link).expect("a link");
    let link = link.display();
    let config = config(&format!(
        "[chargers.left]\naddress = \"twc://{port}#3495\"\nwiring = 32\nmax_current = 20\n\
         [chargers.right]\naddress = \"twc://{link}#2433\"\n\
         [chargers.third]\naddress = \"twc://{port}#F00D\"\n\
         [buses.\"{port}\"]\nlimit = 40\nwiring = 16\n"
    ));
    let fleet = Fleet::from_config(&config, quick(&folder));
    let (mut events, mut of_third) = (fleet.events(), fleet.events());
    let left = fleet.wait_for("left", SOON).await.expect("it answers");
    let right = fleet.wait_for("right", SOON).await.expect("it answers");
    assert_ne!(left.identity(), right.identity());
    until(&mut events, "right", State::Charging).await;
    let max = |charger: &evse::Charger| charger.capabilities().current.map(|range| range.max);
    assert_eq!(
        max(&left),
        Some(Milliamps::from_amps(20)),
        "what its owner allows"
    );
    assert_eq!(
        max(&right),
        Some(Milliamps::from_amps(16)),
        "what its wiring carries"
    );
    fleet.execute("left", set(10)).await.expect("its share");
    let error = fleet.execute("right", set(17)).await.expect_err("too much");
    assert!(matches!(error, Error::CurrentOutOfRange { .. }), "{error}");
    next(&mut of_third, "third", is_not).await;
    let error = fleet.execute("third", set(10)).await.expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::Unreachable);

    fleet.shutdown().await;
    let mut violations = simulator.bus(|bus, _| bus.violations().to_vec());
    // A unit that begins to speak while a frame leaves is not heard in time.
    violations.retain(|violation| violation.kind != ViolationKind::NoSilence);
    assert_eq!(violations, []);
    simulator.shutdown().await;
}

#[tokio::test]
async fn a_bus_that_is_not_there_yet_is_opened_when_it_comes() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = bus(&[LEFT]);
    let path = std::env::temp_dir().join(format!("evse-fleet-bus-{}", std::process::id()));
    let port = path.display().to_string();
    let config = config(&format!("[chargers.left]\naddress = \"twc://{port}\"\n"));
    let fleet = Fleet::from_config(&config, quick(&folder));
    let mut events = fleet.events();
    next(&mut events, "left", is_not).await;
    let said = fleet.snapshot()[0].status_text();
    assert!(said.starts_with("offline: there is no "), "{said}");
    let place = evse_sim::shell::twc::Place::Pty(path);
    let simulator = Simulator::start(SimulatorOptions { place, ..options }).await;
    let simulator = simulator.expect("a pty");
    fleet.wait_for("left", SOON).await.expect("it answers");
    fleet.shutdown().await;
    simulator.shutdown().await;
}

#[tokio::test]
async fn of_several_units_one_must_be_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulator = Simulator::start(bus(&[LEFT, RIGHT])).await.expect("a pty");
    let config = config(&format!(
        "[chargers.bus]\naddress = \"twc://{}\"\n",
        simulator.address()
    ));
    let mut options = quick(&folder);
    options.patience = Duration::from_secs(30);
    let connector = Connector::from_config(&config, options);
    let error = connector.connect(config.charger("bus").expect("it")).await;
    let error = error.expect_err("which one?");
    assert!(
        matches!(error, Error::SeveralChargers { count: 2, .. }),
        "{error}"
    );
    connector.shutdown().await;
    simulator.shutdown().await;
}
