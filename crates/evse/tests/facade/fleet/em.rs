//! EVSEMaster chargers share one socket.

use std::net::Ipv4Addr;
use std::time::Duration;

use evse::em::proto::{Pin, Serial};
use evse::units::Milliamps;
use evse::{Command, ConnectOptions, ErrorKind, Fleet, MemberEvent, State};
use evse_sim::DelayRange;
use evse_sim::em::{DeviceConfig, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

use super::{config, is_connected, is_not, next, options, until};

const LEFT: &str = "9181102751219513";
const RIGHT: &str = "9181102751219514";

/// Charges nobody's patience: chargers announce themselves often, and are missed soon.
fn quick(folder: &tempfile::TempDir) -> ConnectOptions {
    let mut options = options(folder.path());
    options.patience = Duration::from_secs(3);
    options.em.bind = "127.0.0.1:0".parse().expect("an address");
    options.em.broadcasts = vec![Ipv4Addr::LOCALHOST];
    options.em.endpoint.session.poll = Some(Duration::from_secs(5));
    options.em.endpoint.session.offline_after = Duration::from_secs(13);
    options
}

async fn simulator(serial: &str, at: [u8; 4], fleet: &Fleet) -> Simulator {
    let communicator = fleet.connector().communicator().expect("a free port");
    let serial: Serial = serial.parse().expect("a serial");
    let pin: Pin = "123456".parse().expect("six digits");
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(50, 100);
    let port = communicator.port().expect("it is open");
    let mut options = SimulatorOptions::for_tests(device, port);
    options.bind = at.into();
    options.plugged = true;
    Simulator::start(options).await.expect("started")
}

#[tokio::test]
async fn chargers_share_the_socket_and_none_disturbs_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&format!(
        "[chargers.left]\naddress = \"em://{LEFT}\"\npin_command = \"echo 123456\"\nmax_current = 10\n\
         [chargers.right]\naddress = \"em://{RIGHT}\"\npin = \"654321\"\n\
         [chargers.nobody]\naddress = \"em://9181102751219515\"\n\
         [chargers.secret]\naddress = \"em://9181102751219516\"\npin_command = \"exit 3\"\n"
    ));
    let fleet = Fleet::from_config(&config, quick(&folder));
    let mut events = fleet.events();
    let left = simulator(LEFT, [127, 0, 0, 2], &fleet).await;
    let right = simulator(RIGHT, [127, 0, 0, 3], &fleet).await;

    let MemberEvent::NotConnected(error) = next(&mut events, "secret", is_not).await else {
        panic!("it has no PIN");
    };
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(error.text.contains("`exit 3`"), "{}", error.text);
    let charger = fleet
        .wait_for("left", super::SOON)
        .await
        .expect("it is there");
    let other = fleet.wait_for("right", super::SOON).await.expect("it too");
    let port = |charger: &evse::Charger| {
        let evse = charger.as_em().expect("one of this family").evse().clone();
        (evse.is_online(), evse.serial().to_string())
    };
    assert_eq!(port(&charger), (true, LEFT.to_owned()));
    assert_eq!(port(&other), (true, RIGHT.to_owned()));

    let done = fleet.execute("left", Command::Refresh).await;
    done.expect("readings");
    let range = charger.capabilities().current.expect("a range");
    assert_eq!(range.max, Milliamps::from_amps(10), "what its owner allows");
    let done = fleet
        .execute("left", Command::Start(evse::StartOptions::default()))
        .await;
    assert!(done.expect("started").completion.is_confirmed());
    fleet
        .execute("left", Command::Refresh)
        .await
        .expect("readings");
    let limit = charger.telemetry().limit.effective;
    assert!(limit <= Some(Milliamps::from_amps(10)), "{limit:?}");
    fleet.execute("left", Command::Stop).await.expect("stopped");
    let error = fleet
        .execute("right", Command::Stop)
        .await
        .expect_err("a wrong PIN");
    assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{error}");

    next(&mut events, "nobody", is_not).await;
    let error = fleet
        .execute("nobody", Command::Stop)
        .await
        .expect_err("nobody");
    assert_eq!(error.kind(), ErrorKind::Unreachable);
    assert!(
        error
            .to_string()
            .starts_with("the charger nobody is not connected: "),
        "{error}"
    );
    let error = fleet.charger("lefd").expect_err("no such name");
    assert_eq!(
        error.to_string(),
        "no charger is named `lefd`, did you mean `left`?"
    );

    let snapshot = fleet.snapshot();
    let states: Vec<_> = snapshot.iter().map(|one| (&*one.name, one.state)).collect();
    assert_eq!(
        states[1..],
        [
            ("right", State::Unauthenticated),
            ("nobody", State::Offline),
            ("secret", State::Offline)
        ]
    );
    assert!(snapshot[0].is_connected(), "{:?}", snapshot[0].state);
    assert!(snapshot[2].status_text().starts_with("offline: "));
    assert_eq!(snapshot[2].identity.serial(), "9181102751219515");
    fleet.shutdown().await;
    let communicator = &charger.as_em().expect("it").evse().clone();
    assert!(
        communicator.refresh().await.is_err(),
        "the socket is closed"
    );
    left.shutdown().await;
    right.shutdown().await;
}

#[tokio::test]
async fn a_charger_that_goes_away_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = config(&format!(
        "[chargers.left]\naddress = \"em://{LEFT}\"\npin = \"123456\"\n"
    ));
    let fleet = Fleet::from_config(&config, quick(&folder));
    let mut events = fleet.events();
    let simulated = simulator(LEFT, [127, 0, 0, 4], &fleet).await;
    next(&mut events, "left", is_connected).await;
    fleet
        .execute("left", Command::Refresh)
        .await
        .expect("readings");
    simulated.shutdown().await;
    until(&mut events, "left", State::Offline).await;
    let again = simulator(LEFT, [127, 0, 0, 5], &fleet).await;
    until(&mut events, "left", State::Connected).await;
    fleet
        .execute("left", Command::Refresh)
        .await
        .expect("readings");
    let snapshot = fleet.snapshot();
    let address = snapshot[0]
        .address
        .as_ref()
        .expect("it was heard")
        .to_string();
    assert!(address.starts_with("em://127.0.0.5:"), "{address}");
    fleet.shutdown().await;
    again.shutdown().await;
}
