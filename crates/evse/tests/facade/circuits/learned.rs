//! What circuits learn of an EVSEMaster charger, over its protocol, and keep in the state file.

use std::fs;
use std::path::Path;

use evse::Fleet;
use evse::circuit::{CircuitEvent, Circuits, Standing};
use evse::config::Config;
use evse::em::proto::message::StartMethod;
use evse::state_store::{LiveLimit, StateStore};
use evse_sim::em::LiveCurrent;
use evse_sim::shell::em::Simulator;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::bench::amps;
use super::sockets::{SERIAL, SOON, em, options};

/// A charger of which its owner thinks that it takes other currents while it charges; it says that it does, and goes on
/// as before.
struct Stubborn {
    fleet: Fleet,
    circuits: Circuits,
    simulator: Simulator,
}

impl Stubborn {
    async fn new(folder: &Path, at: [u8; 4]) -> Self {
        let text = format!(
            "[circuits.house]\nlimit = 32\n\
             [chargers.a]\naddress = \"em://{SERIAL}\"\npin = \"123456\"\nlive_limit = \"yes\"\nphases = \"L1\"\ncircuit = \"house\"\n"
        );
        let config = Config::parse(&text, "evse.toml").expect(&text);
        let fleet = Fleet::from_config(&config, options(folder));
        let simulator = em(&fleet, at, |options| {
            options.device.live_current = LiveCurrent::Ignored;
            options.device.start_method = StartMethod::Automatic;
            options.plugged = true;
        });
        Self {
            simulator: simulator.await,
            circuits: Circuits::start(&fleet, &config),
            fleet,
        }
    }

    /// Waits until it charges, lowers the limit, and waits for the order to end.
    async fn lower(&self) {
        let mut standing = self.circuits.standing();
        let charges = |now: &Standing| now.members[0].delivered >= amps(30);
        let charges = timeout(SOON, standing.wait_for(charges)).await;
        charges.expect("it charges").expect("it runs");
        let limit = self.circuits.set_limit("house", [amps(10); 3]);
        limit.expect("a circuit");
        let is_told = |now: &Standing| now.members[0].order.is_some();
        let told = timeout(SOON, standing.wait_for(is_told)).await;
        told.expect("it is told").expect("it runs");
        let is_done = |now: &Standing| now.members[0].order.is_none();
        let done = timeout(SOON, standing.wait_for(is_done)).await;
        done.expect("it says yes").expect("it runs");
    }

    /// Waits for such an event.
    async fn event(&self, is: impl Fn(&CircuitEvent) -> bool) -> CircuitEvent {
        let events = self
            .circuits
            .events()
            .filter(|event| std::future::ready(is(event)));
        let event = timeout(SOON, std::pin::pin!(events).next()).await;
        event.expect("in time").expect("it runs")
    }

    async fn shutdown(self) {
        self.circuits.shutdown().await;
        self.fleet.shutdown().await;
        self.simulator.shutdown().await;
    }
}

/// Row: it draws or holds more than it was told for a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn later_programs_know_that_a_charger_does_not_follow() {
    let folder = tempfile::tempdir().expect("a folder");
    let stubborn = Stubborn::new(folder.path(), [127, 0, 0, 7]).await;
    stubborn.lower().await;
    let is = |event: &CircuitEvent| matches!(event, CircuitEvent::LimitNotHonoured { .. });
    let event = stubborn.event(is).await;
    let counted = amps(32);
    let member = "a".into();
    assert_eq!(event, CircuitEvent::LimitNotHonoured { member, counted });
    let store = StateStore::at(folder.path().join("state.json"));
    let charger = stubborn.fleet.charger("a").expect("connected").identity();
    let known = || Some(store.read().ok()?.charger(&charger)?.live_limit);
    let kept = async {
        while known() != Some(LiveLimit::No) {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    timeout(SOON, kept).await.expect("it is kept");
    stubborn.shutdown().await;
}

/// Row: that cannot be kept in the state file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let stubborn = Stubborn::new(folder.path(), [127, 0, 0, 8]).await;
    stubborn.lower().await;
    let file = folder.path().join("state.json");
    fs::remove_file(&file).expect("it was written");
    fs::create_dir_all(file.join("in the way")).expect("a folder");
    let is = |event: &CircuitEvent| matches!(event, CircuitEvent::NotKept { .. });
    let event = stubborn.event(is).await;
    let told = event.to_string();
    assert!(
        told.starts_with("what is known of a is not kept: "),
        "{told}"
    );
    assert!(told.contains("state.json"), "{told}");
    let charger = stubborn.fleet.charger("a").expect("connected");
    let live = charger.as_em().expect("one of this family").live_limit();
    assert_eq!(live, LiveLimit::No, "this program knows all the same");
    stubborn.shutdown().await;
}
