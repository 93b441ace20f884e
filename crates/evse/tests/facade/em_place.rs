//! EVSEMaster chargers of which one is where another one was.

use std::net::Ipv4Addr;
use std::time::Duration;

use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, Options};
use evse::guard::Policy;
use evse::state_store::{StateError, StateStore};
use evse::{Address, Error, GuardedEm, Identity, Protocol};
use evse_sim::DelayRange;
use evse_sim::em::{DeviceConfig, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};

const PATIENCE: Duration = Duration::from_secs(8);
const NEW: &str = "9181102751219513";
const OLD: &str = "9181102751219514";
const OLDER: &str = "9181102751219515";
const OTHER: &str = "9181102751219516";

fn communicator() -> Communicator {
    let mut options = GuardedEm::one_shot(Options::default());
    options.bind = "127.0.0.1:0".parse().expect("an address");
    options.broadcasts = vec![Ipv4Addr::LOCALHOST];
    let communicator = Communicator::new(options);
    communicator.start().expect("a free port");
    communicator
}

async fn find(
    communicator: &Communicator,
    address: &Address,
    store: &StateStore,
) -> Result<GuardedEm, Error> {
    let (store, policy) = (store.clone(), Policy::default());
    GuardedEm::find(communicator, address, None, PATIENCE, store, policy).await
}

fn remember(store: &StateStore, chargers: &[(&str, String)]) {
    let written = store.update(|file| {
        for (serial, address) in chargers {
            let identity = Identity::new(Protocol::Em, *serial);
            file.charger_mut(&identity).address = Some(address.clone());
        }
        Ok::<_, StateError>(())
    });
    written.expect("written");
}

fn remembered(store: &StateStore, serial: &str) -> Option<String> {
    let file = store.read().expect("readable");
    let known = file.charger(&Identity::new(Protocol::Em, serial));
    known.expect("it was written").address.clone()
}

#[tokio::test]
async fn a_charger_in_the_place_of_another_is_found_there_also_when_it_is_silent() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = StateStore::at(folder.path().join("state.json"));
    let first = communicator();
    let serial: Serial = NEW.parse().expect("a serial");
    let pin: Pin = "123456".parse().expect("six digits");
    let mut device = DeviceConfig::new(Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(50, 100);
    let options = SimulatorOptions::for_tests(device, first.port().expect("it runs"));
    let simulator = Simulator::start(options).await.expect("started");
    let at = simulator.address(0).expect("one charger");
    let here = Address::em(at.ip().to_string(), Some(at.port())).to_string();
    let other_port = Address::em(at.ip().to_string(), Some(7)).to_string();
    let elsewhere = "em://192.0.2.8:7".to_owned();
    remember(
        &store,
        &[
            (NEW, here.clone()),
            (OLD, here.clone()),
            (OLDER, other_port.clone()),
            (OTHER, elsewhere.clone()),
        ],
    );

    let found = find(&first, &Address::EmSerial(serial), &store).await;
    found.expect("it announces itself");
    assert_eq!(remembered(&store, NEW).as_ref(), Some(&here));
    assert_eq!(remembered(&store, OLD), None);
    let kept = remembered(&store, OLDER);
    assert_eq!(kept, Some(other_port), "two may share an address");

    let place = Address::em(at.ip().to_string(), None);
    find(&first, &place, &store).await.expect("it is there");
    assert_eq!(remembered(&store, NEW), Some(here));
    assert_eq!(remembered(&store, OLDER), None, "it names one charger");
    assert_eq!(remembered(&store, OTHER), Some(elsewhere));

    simulator.shutdown().await;
    first.stop().await;
    let found = find(&communicator(), &place, &store).await;
    let found = found.expect("known by the state file");
    assert_eq!(found.identity().serial(), NEW);
}

#[tokio::test]
async fn a_charger_that_is_not_heard_takes_nobodys_place() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = StateStore::at(folder.path().join("state.json"));
    let here = "em://127.0.0.1:7".to_owned();
    remember(&store, &[(OLD, here.clone()), (NEW, here.clone())]);
    let address: Address = format!("em://{OLD}").parse().expect("an address");
    let found = find(&communicator(), &address, &store).await;
    found.expect("known by the state file");
    assert_eq!(remembered(&store, NEW), Some(here));
}
