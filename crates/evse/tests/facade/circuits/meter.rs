//! Other loads, measured by a channel.

use std::time::{Duration, Instant};

use evse::circuit::{CircuitEvent, Circuits, House, HouseLoad};
use evse::state_store::StateStore;
use evse::units::Milliamps;
use evse::{Config, ConnectOptions, Fleet};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::bench::{amps, config};

/// A circuit of 20 A with a reserve of 8 A and nobody on it; measurements hold for 5 s.
struct Empty {
    circuits: Circuits,
    fleet: Fleet,
    _folder: tempfile::TempDir,
}

impl Empty {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = StateStore::at(folder.path().join("state.json"));
        let fleet = Fleet::from_config(&Config::default(), ConnectOptions::new(store));
        let config = config("limit = 20\nreserve = 8\nmeter_max_age_s = 5", &[]);
        Self {
            circuits: Circuits::start(&fleet, &config),
            fleet,
            _folder: folder,
        }
    }

    fn follow(&self, first: Option<HouseLoad>) -> watch::Sender<Option<HouseLoad>> {
        let (sender, receiver) = watch::channel(first);
        let followed = self.circuits.follow("house", receiver);
        followed.expect("a circuit");
        sender
    }

    async fn until(&self, house: House, load: Milliamps) {
        let mut standing = self.circuits.standing();
        let is = |now: &evse::circuit::Standing| {
            let [circuit] = &now.circuits[..] else {
                panic!("one circuit");
            };
            circuit.house == house && circuit.phases[1].house == load
        };
        let reached = timeout(Duration::from_secs(20), standing.wait_for(is)).await;
        let now = || self.circuits.standing().borrow().clone();
        assert!(reached.is_ok(), "{house:?}, {load}: {:?}", now());
    }

    async fn shutdown(self) {
        self.circuits.shutdown().await;
        self.fleet.shutdown().await;
    }
}

fn measured(load: Milliamps, at: Instant) -> HouseLoad {
    let loads = [Milliamps(0), load, Milliamps(0)];
    HouseLoad { loads, at }
}

fn now(load: Milliamps) -> HouseLoad {
    measured(load, Instant::now())
}

fn ago(age: Duration) -> Instant {
    let at = Instant::now().checked_sub(age);
    at.expect("this machine runs for longer")
}

/// Row: the meter of other loads is silent.
#[tokio::test]
async fn a_channel_is_followed_until_its_last_value_is_too_old() {
    let empty = Empty::new();
    let mut events = empty.circuits.events();
    empty.until(House::Reserve, amps(8)).await;
    let stalls = empty.follow(None);
    sleep(Duration::from_millis(1_500)).await;
    empty.until(House::Reserve, amps(8)).await;
    stalls.send_replace(Some(now(Milliamps(2_300))));
    empty.until(House::Measured, amps(3)).await;
    empty.until(House::Stale, amps(8)).await;
    stalls.send_replace(Some(now(amps(5))));
    empty.until(House::Measured, amps(5)).await;
    let dropped = empty.follow(Some(now(amps(6))));
    empty.until(House::Measured, amps(6)).await;
    assert!(stalls.is_closed(), "another one is followed");
    drop(dropped);
    empty.until(House::Stale, amps(8)).await;
    sleep(Duration::from_millis(2_500)).await;
    let circuit = || "house".into();
    let told = std::iter::from_fn(|| events.next().now_or_never().flatten());
    let expected = [
        CircuitEvent::MeterStale { circuit: circuit() },
        CircuitEvent::MeterBack { circuit: circuit() },
        CircuitEvent::MeterStale { circuit: circuit() },
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected, "each once");
    let again = empty.follow(Some(now(amps(1))));
    empty.until(House::Measured, amps(1)).await;
    empty
        .circuits
        .meter("house")
        .expect("it")
        .measured([amps(9); 3]);
    empty.until(House::Measured, amps(9)).await;
    let (_, receiver) = watch::channel(None);
    let error = empty.circuits.follow("hose", receiver).expect_err("none");
    assert!(error.to_string().contains("`house`"), "{error}");
    empty.shutdown().await;
    drop(events);
    assert!(again.is_closed(), "a meter learns that nobody listens");
}

#[tokio::test]
async fn what_was_measured_counts_by_its_own_time() {
    let empty = Empty::new();
    let mut events = empty.circuits.events();
    let began = Instant::now();
    let sender = empty.follow(Some(measured(amps(3), ago(Duration::from_secs(3)))));
    empty.until(House::Measured, amps(3)).await;
    empty.until(House::Stale, amps(8)).await;
    assert!(
        began.elapsed() < Duration::from_millis(4_500),
        "2 s were left"
    );
    for _ in 0..3 {
        sender.send_replace(Some(measured(amps(2), ago(Duration::from_secs(6)))));
        sleep(Duration::from_millis(1_100)).await;
    }
    let _other = empty.follow(Some(measured(amps(2), ago(Duration::from_secs(6)))));
    sleep(Duration::from_millis(1_100)).await;
    empty.until(House::Stale, amps(8)).await;
    let told = std::iter::from_fn(|| events.next().now_or_never().flatten());
    let circuit = "house".into();
    let expected = [CircuitEvent::MeterStale { circuit }];
    assert_eq!(
        told.collect::<Vec<_>>(),
        expected,
        "what is too old is no news"
    );
    let tomorrow = Instant::now() + Duration::from_hours(24);
    let _wrong = empty.follow(Some(measured(amps(4), tomorrow)));
    empty.until(House::Measured, amps(4)).await;
    empty.until(House::Stale, amps(8)).await;
    empty.shutdown().await;
}
