//! Duosida chargers have a connection each.

use std::net::TcpListener;
use std::time::Duration;

use evse::{Charger, Command, ConnectOptions, ErrorKind, Fleet, MemberEvent, State, connect};
use evse_sim::duosida::Device;
use evse_sim::shell::{Simulator, SimulatorOptions};

use super::{SOON, config, is_connected, is_not, next, options, until};

/// Against a simulator the pauses may be short.
fn quick(folder: &tempfile::TempDir) -> ConnectOptions {
    let mut options = options(folder.path());
    options.patience = Duration::from_secs(20);
    options.duosida.busy_retry = Duration::from_secs(1);
    options.duosida.reconnect_delays = [Duration::from_secs(1); 3];
    options
}

async fn simulator(port: u16) -> Simulator {
    let mut options = SimulatorOptions::for_tests();
    options.device.slot_busy = Duration::ZERO;
    options.port = port;
    let simulator = Simulator::start(options).await.expect("free ports");
    simulator.device(Device::plug_in);
    simulator
}

/// A port where nobody listens.
fn nobody() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}

#[tokio::test]
async fn a_charger_that_goes_away_comes_back_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (garage, carport) = (simulator(0).await, simulator(0).await);
    let (port, other) = (garage.address().port(), carport.address().port());
    let config = config(&format!(
        "[chargers.garage]\naddress = \"duosida://127.0.0.1:{port}\"\n\
         [chargers.carport]\naddress = \"duosida://127.0.0.1:{other}\"\n\
         [chargers.nobody]\naddress = \"duosida://127.0.0.1:{}\"\n\
         [chargers.nowhere]\naddress = \"duosida://no-such-host.invalid\"\n",
        nobody()
    ));
    let fleet = Fleet::from_config(&config, quick(&folder));
    // Which of the two is given up first is not certain.
    let absent = [("nobody", fleet.events()), ("nowhere", fleet.events())];
    let names: Vec<_> = fleet.names().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["garage", "carport", "nobody", "nowhere"]);
    fleet.wait_for("garage", SOON).await.expect("it is there");
    fleet.wait_for("carport", SOON).await.expect("it too");
    for (name, mut events) in absent {
        let MemberEvent::NotConnected(error) = next(&mut events, name, is_not).await else {
            panic!("it is not there");
        };
        assert_eq!(error.kind, ErrorKind::Unreachable);
        let said = fleet.charger(name).expect_err("not there");
        assert!(said.to_string().ends_with(&error.text), "{said}");
    }

    let mut events = fleet.events();
    garage.shutdown().await;
    until(&mut events, "garage", State::Offline).await;
    fleet
        .execute("carport", Command::Refresh)
        .await
        .expect("it goes on");
    let garage = simulator(port).await;
    until(&mut events, "garage", State::Connected).await;
    fleet
        .execute("garage", Command::Refresh)
        .await
        .expect("it is back");

    fleet.shutdown().await;
    let error = fleet.execute("garage", Command::Refresh).await;
    assert_eq!(
        error.expect_err("it is over").kind(),
        ErrorKind::Unreachable
    );
    garage.shutdown().await;
    carport.shutdown().await;
}

#[tokio::test]
async fn a_charger_with_another_serial_number_is_not_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulator = simulator(0).await;
    let port = simulator.address().port();
    let config = config(&format!(
        "[chargers.garage]\naddress = \"duosida://127.0.0.1:{port}\"\nserial = \"0310107112129999999\"\n"
    ));
    let fleet = Fleet::from_config(&config, quick(&folder));
    let mut events = fleet.events();
    let MemberEvent::NotConnected(error) = next(&mut events, "garage", is_not).await else {
        panic!("it is another");
    };
    assert!(
        !error.text.contains("0310107112129999999"),
        "{}",
        error.text
    );
    assert_eq!(fleet.snapshot()[0].identity.serial(), "0310107112129999999");
    fleet.shutdown().await;
    simulator.shutdown().await;
}

#[tokio::test]
async fn one_charger_is_connected_by_its_address_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let simulator = simulator(0).await;
    let address = format!("duosida://127.0.0.1:{}", simulator.address().port());
    let address = address.parse().expect("an address");
    let charger = connect(&address, None, quick(&folder))
        .await
        .expect("it is there");
    assert_eq!(charger.address(), Some(address));
    charger.refresh().await.expect("readings");

    let fleet = Fleet::from_config(&config(""), quick(&folder));
    let mut events = fleet.events();
    assert!(fleet.add("guest", charger.clone()));
    assert!(!fleet.add("guest", charger), "the name is taken");
    next(&mut events, "guest", is_connected).await;
    let snapshot = fleet.snapshot();
    assert_eq!(
        (&*snapshot[0].name, snapshot[0].state),
        ("guest", State::Connected)
    );
    fleet.shutdown().await;
    simulator.shutdown().await;

    let address = format!("duosida://127.0.0.1:{}", nobody());
    let mut options = quick(&folder);
    options.patience = Duration::from_secs(1);
    let nobody: Result<Charger, _> = connect(&address.parse().expect("it"), None, options).await;
    assert_eq!(nobody.expect_err("nobody").kind(), ErrorKind::Unreachable);
}
