//! What a scenario has to work with: a charger of some family, its simulator, and ways to wait.

use std::time::Duration;

use async_trait::async_trait;
use evse::units::Milliamps;
use evse::{
    Charger, Command, Error, ErrorKind, Event, EventKind, EventStream, Snapshot, StartOptions,
    State,
};
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::{sleep, timeout};

/// What came of a scenario that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is so.
    Holds,
    /// The protocol cannot, and says so.
    SaysNo,
}

/// What some families can and others cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Can {
    StartAndStop,
    StartLater,
    LimitSessions,
    NameUsers,
    NameSessions,
    ChoosePhase,
    SwitchContactors,
    /// Its settings go to flash memory, which wears.
    WearFlash,
    /// A charge that is over differs from one that the vehicle suspends.
    Finish,
    TellPilot,
    TellTemperature,
    TellVin,
}

/// What the simulated vehicle does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Vehicle {
    PlugsIn,
    Unplugs,
    /// It pauses, in the way that the family can tell.
    Pauses,
    IsFull,
}

/// A charger of a family, connected, without a vehicle; and its simulator. Dropping it stops both.
#[async_trait]
pub(crate) trait Bench: Send + Sync {
    fn charger(&self) -> &Charger;
    fn serial(&self) -> &'static str;
    fn can(&self, what: Can) -> bool;
    fn vehicle(&self, does: Vehicle);
    /// Breaks the charger, or repairs it. The fault is an over-voltage where the family has words for faults.
    fn set_faulty(&self, faulty: bool);
    /// What really flows in the first phase, A.
    fn current_a(&self) -> f64;
    /// The current that it really has been told, A.
    fn limit_a(&self) -> u16;
    /// Whatever a client can change, and how often it did.
    fn orders(&self) -> String;
    /// What it has to complain about.
    fn violations(&self) -> Vec<String>;
    /// From now on it neither hears nor speaks, and nothing tells.
    async fn mute(&mut self);
    async fn go_away(&mut self);
    async fn come_back(&mut self);
    /// Ends the handle, and makes another one, as the next program would.
    async fn reconnect(&mut self);
}

/// 30 s are far above what any wait takes, a unit's 26 s of silence aside.
const SOON: Duration = Duration::from_secs(45);

/// The next event that fits.
pub(crate) async fn next(events: &mut EventStream, fits: impl Fn(&EventKind) -> bool) -> Event {
    let wanted = async {
        loop {
            let event = events.next().await.expect("the stream goes on");
            if fits(&event.kind) {
                return event;
            }
        }
    };
    timeout(SOON, wanted).await.expect("the event comes")
}

/// The event of a change to a state.
pub(crate) async fn next_state(events: &mut EventStream, state: State) -> Event {
    next(
        events,
        |kind| matches!(kind, EventKind::State { to, .. } if *to == state),
    )
    .await
}

/// Waits until the charger is as wanted.
pub(crate) async fn until(
    charger: &Charger,
    what: &str,
    is: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
    let wanted = async {
        loop {
            let snapshot = charger.snapshot();
            if is(&snapshot) {
                return snapshot;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    let Ok(snapshot) = timeout(SOON, wanted).await else {
        panic!("never {what}: {:?}", charger.snapshot());
    };
    snapshot
}

pub(crate) async fn until_state(charger: &Charger, state: State) -> Snapshot {
    until(charger, state.name(), |snapshot| snapshot.state == state).await
}

/// A start with a current, A.
pub(crate) fn with_current(milliamps: u32) -> StartOptions {
    let mut options = StartOptions::default();
    options.current = Some(Milliamps(milliamps));
    options
}

/// Plugs a vehicle in and lets it charge: by a start, where there is one, with the 32 A that are set already.
pub(crate) async fn charging(bench: &dyn Bench) -> Charger {
    let charger = bench.charger().clone();
    bench.vehicle(Vehicle::PlugsIn);
    if bench.can(Can::StartAndStop) {
        until_state(&charger, State::Connected).await;
        let started = charger.start(with_current(32_000)).await;
        started.expect("it starts");
    }
    until_state(&charger, State::Charging).await;
    until(&charger, "drawing power", |snapshot| {
        snapshot
            .telemetry
            .power
            .is_some_and(|power| power.0 > 1_000)
    })
    .await;
    charger
}

/// The error of a command that is refused at once, before anything is sent, and kept as the last error.
pub(crate) fn refused_at_once(bench: &dyn Bench, command: Command) -> Error {
    let charger = bench.charger();
    let before = bench.orders();
    let name = command.name();
    let result = charger.execute(command).now_or_never();
    let Some(Err(error)) = result else {
        panic!("{name} is not refused at once but {result:?}");
    };
    assert_eq!(bench.orders(), before);
    error
}

/// A command that the family does not have: it says so, at once.
pub(crate) fn says_no(bench: &dyn Bench, command: Command) -> Verdict {
    let error = refused_at_once(bench, command);
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    let last = bench.charger().last_error().expect("it is kept");
    assert_eq!((last.kind, last.text), (error.kind(), error.to_string()));
    Verdict::SaysNo
}
