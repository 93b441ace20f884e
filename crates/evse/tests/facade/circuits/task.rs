//! The task behind circuits, with chargers on paper: what it reads reaches the planner, and orders reach chargers.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use evse::circuit::{CircuitEvent, Circuits};
use evse::guard::Requester;
use evse::model::{CurrentRange, Support};
use evse::state_store::{StateError, StateStore};
use evse::units::Milliamps;
use evse::{
    Backend, Capabilities, Charger, Command, Config, ConnectOptions, CustomError, Done, Effect,
    Error, ErrorKind, EventStream, Fleet, Identity, Protocol, State, Telemetry,
};
use futures_util::StreamExt as _;
use tokio::time::{sleep, timeout};

use super::bench::{amps, config};

/// What comes of orders, if they fail.
type Failing = Option<fn() -> Error>;

/// A charger that charges with what it is told, 16 A at first.
#[derive(Clone)]
struct Paper {
    limit: Arc<Mutex<Milliamps>>,
    told: Arc<Mutex<Vec<Command>>>,
    error: Arc<Mutex<Failing>>,
}

impl Paper {
    fn new() -> Self {
        Self {
            limit: Arc::new(Mutex::new(amps(16))),
            told: Arc::default(),
            error: Arc::default(),
        }
    }
}

#[async_trait::async_trait]
impl Backend for Paper {
    fn identity(&self) -> Identity {
        Identity::new(Protocol::Custom("paper"), "0000001234")
    }

    fn state(&self) -> State {
        State::Charging
    }

    fn telemetry(&self) -> Telemetry {
        let limit = *self.limit.lock().expect("not poisoned");
        let mut telemetry = Telemetry::default();
        telemetry.vehicle_connected = Some(true);
        telemetry.limit.reported = Some(limit);
        telemetry.current[0] = Some(limit);
        telemetry
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.current = Some(CurrentRange::from_six_to(16));
        capabilities.live_change = Support::Yes;
        capabilities
    }

    fn last_update(&self) -> Option<SystemTime> {
        Some(SystemTime::now())
    }

    fn events(&self) -> EventStream {
        Box::pin(futures_util::stream::pending())
    }

    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
        self.told
            .lock()
            .expect("not poisoned")
            .push(command.clone());
        if let Some(error) = *self.error.lock().expect("not poisoned") {
            return Err(error());
        }
        if let Command::SetCurrent { current, .. } = command {
            *self.limit.lock().expect("not poisoned") = current;
        }
        Ok(Done::new(Effect::Confirmed))
    }
}

fn fleet(folder: &tempfile::TempDir, paper: &Paper) -> (Fleet, Config) {
    let store = StateStore::at(folder.path().join("state.json"));
    let fleet = Fleet::from_config(&Config::default(), ConnectOptions::new(store));
    assert!(fleet.add("a", Charger::custom(paper.clone())));
    (fleet, config("limit = 10", &["duosida"]))
}

fn protection(amps: u16) -> Command {
    Command::SetCurrent {
        current: Milliamps::from_amps(amps),
        requester: Requester::Protection,
    }
}

/// Row: this program ends or hangs.
#[tokio::test]
async fn orders_reach_chargers_and_limits_change_at_run_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let paper = Paper::new();
    let (fleet, config) = fleet(&folder, &paper);
    let circuits = Circuits::start(&fleet, &config);
    let mut standing = circuits.standing();
    let follows =
        |limit: Milliamps| move |now: &evse::circuit::Standing| now.members[0].delivered == limit;
    let soon = Duration::from_secs(20);
    let wait = timeout(soon, standing.wait_for(follows(amps(10)))).await;
    wait.expect("in time").expect("it runs");
    circuits.set_limit("house", [amps(8); 3]).expect("known");
    let wait = timeout(soon, standing.wait_for(follows(amps(8)))).await;
    wait.expect("in time").expect("it runs");
    circuits.set_reserve("house", [amps(2); 3]).expect("known");
    let wait = timeout(soon, standing.wait_for(follows(amps(6)))).await;
    wait.expect("in time").expect("it runs");
    let told = paper.told.lock().expect("not poisoned").clone();
    assert_eq!(told, [protection(10), protection(8), protection(6)]);
    circuits.shutdown().await;
    circuits.set_limit("house", [amps(16); 3]).expect("known");
    sleep(Duration::from_millis(1_500)).await;
    assert_eq!(
        paper.told.lock().expect("not poisoned").len(),
        3,
        "it is over"
    );
    fleet.shutdown().await;
}

/// A charger that holds 8 A is told 10 A: the event that this fails, and what the charger counts at then.
async fn failure(error: fn() -> Error) -> (CircuitEvent, Milliamps) {
    let folder = tempfile::tempdir().expect("a folder");
    let paper = Paper::new();
    let (fleet, config) = fleet(&folder, &paper);
    let circuits = Circuits::start(&fleet, &config);
    circuits.set_limit("house", [amps(8); 3]).expect("known");
    let mut events = circuits.events();
    let mut standing = circuits.standing();
    // What it was told before counts for 30 s.
    let counts = standing.wait_for(|now| now.members[0].committed == amps(8));
    let counts = timeout(Duration::from_mins(1), counts).await;
    drop(counts.expect("in time").expect("it runs"));
    *paper.error.lock().expect("not poisoned") = Some(error);
    circuits.set_limit("house", [amps(10); 3]).expect("known");
    // Flash memory is written once a minute.
    let event = timeout(Duration::from_secs(90), events.next()).await;
    sleep(Duration::from_secs(2)).await;
    let committed = circuits.standing().borrow().members[0].committed;
    circuits.shutdown().await;
    fleet.shutdown().await;
    (event.expect("in time").expect("it runs"), committed)
}

fn failed(reason: &str) -> CircuitEvent {
    CircuitEvent::OrderFailed {
        member: "a".into(),
        reason: reason.to_owned(),
    }
}

/// Row: the end of an order is not known, or it is only accepted.
#[tokio::test]
async fn an_unknown_end_is_told_and_counted() {
    let torn = || {
        Error::Custom(CustomError {
            kind: ErrorKind::Unconfirmed,
            text: "the paper is torn".to_owned(),
        })
    };
    let expected = (failed("the paper is torn"), amps(10));
    assert_eq!(failure(torn).await, expected);
}

/// Row: an order is refused, for the state file cannot be used, by the guard, by the charger.
#[tokio::test]
async fn an_order_without_a_state_file_is_refused() {
    let told = failure(|| Error::State(StateError::NoHome)).await;
    let expected = (failed(&StateError::NoHome.to_string()), amps(8));
    assert_eq!(told, expected);
}

#[tokio::test]
async fn who_only_looks_tells_nobody_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let paper = Paper::new();
    let (fleet, config) = fleet(&folder, &paper);
    let circuits = Circuits::look(&fleet, &config);
    let mut standing = circuits.standing();
    let is_heard = |now: &evse::circuit::Standing| now.members[0].state == Some(State::Charging);
    let heard = timeout(Duration::from_secs(20), standing.wait_for(is_heard)).await;
    heard.expect("in time").expect("it runs");
    sleep(Duration::from_millis(2_500)).await;
    let now = circuits.standing().borrow().clone();
    assert_eq!(now.members[0].delivered, amps(16));
    assert!(now.circuits[0].phases[0].is_overloaded() || now.members[0].granted.is_some());
    assert!(paper.told.lock().expect("not poisoned").is_empty());
    circuits.shutdown().await;
    fleet.shutdown().await;
}
