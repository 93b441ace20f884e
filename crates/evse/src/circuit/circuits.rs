//! The circuits of a fleet, kept by a task.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio_stream::wrappers::BroadcastStream;

use super::event::CircuitEvent;
use super::meter::{Followed, HouseLoad, Meter};
use super::planner::Planner;
use super::standing::Standing;
use super::task;
use crate::config::{Config, ConfigError, no_such_circuit};
use crate::fleet::Fleet;
use crate::units::Milliamps;

/// Events that a slow listener may be behind; then it loses the oldest.
const EVENTS: usize = 256;
/// What the planner's clock shows at first: what was measured before has a time too. Far more than measurements hold.
const BEFORE: Duration = Duration::from_hours(24);

/// The circuits of a fleet: once a second all members are read, and told what to draw.
///
/// A handle is cheap to clone; when the last one is dropped, or [`shutdown`](Self::shutdown) is called, members keep what
/// they were told last, and buses go down to their safe limit within 10 s.
///
/// ```no_run
/// use evse::circuit::Circuits;
/// use evse::units::Milliamps;
/// use evse::{Config, ConnectOptions, Fleet};
/// # async fn example(config: Config, options: ConnectOptions) -> Result<(), evse::Error> {
/// let fleet = Fleet::from_config(&config, options);
/// let circuits = Circuits::start(&fleet, &config);
/// let meter = circuits.meter("house")?;
/// meter.measured([Milliamps(3_200), Milliamps(800), Milliamps(0)]);
/// for member in &circuits.standing().borrow().members {
///     println!("{} may draw {}: {}", member.name, member.committed, member.why);
/// }
/// circuits.shutdown().await;
/// fleet.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Circuits {
    shared: Arc<Shared>,
    /// Dropping it ends the task.
    task: Arc<tokio::sync::Mutex<JoinSet<()>>>,
}

/// What handles and task share.
pub(super) struct Shared {
    planner: Mutex<Planner>,
    epoch: Instant,
    /// By the places of circuits.
    followed: Mutex<Vec<Followed>>,
    pub(super) standing: watch::Sender<Standing>,
    pub(super) events: broadcast::Sender<CircuitEvent>,
}

impl Shared {
    pub(super) fn planner(&self) -> MutexGuard<'_, Planner> {
        self.planner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Duration {
        self.time_of(Instant::now())
    }

    fn time_of(&self, at: Instant) -> Duration {
        let before = self.epoch.saturating_duration_since(at);
        (BEFORE + at.saturating_duration_since(self.epoch)).saturating_sub(before)
    }

    /// What is said to be measured in the future is measured now.
    pub(super) fn measured(&self, circuit: usize, load: HouseLoad) {
        let at = self.time_of(load.at).min(self.now());
        self.planner().measured(circuit, at, load.loads);
    }

    pub(super) fn hear_meters(&self) {
        for (circuit, followed) in self.followed().iter_mut().enumerate() {
            if let Some(load) = followed.news() {
                self.measured(circuit, load);
            }
        }
    }

    fn followed(&self) -> MutexGuard<'_, Vec<Followed>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Circuits {
    /// Begins to divide what the circuits of a configuration bear among the chargers of a fleet of the same
    /// configuration. For the first minute, or three, nobody is stopped: not all have been heard.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    pub fn start(fleet: &Fleet, config: &Config) -> Self {
        Self::with(fleet, config, true)
    }

    /// Only looks at how the members of a fleet stand on the circuits of a configuration: nobody is told anything. What a
    /// bus shares is what its own controller does.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    pub fn look(fleet: &Fleet, config: &Config) -> Self {
        Self::with(fleet, config, false)
    }

    fn with(fleet: &Fleet, config: &Config, decides: bool) -> Self {
        let planner = Planner::new(config, BEFORE);
        let named = |name: &Arc<str>| config.circuits.iter().find(|known| *known.name == **name);
        let circuits = planner.circuits().filter_map(named);
        let followed = circuits.map(|circuit| Followed::nothing(circuit.meter_max_age));
        let shared = Arc::new(Shared {
            followed: Mutex::new(followed.collect()),
            standing: watch::Sender::new(planner.standing()),
            planner: Mutex::new(planner),
            epoch: Instant::now(),
            events: broadcast::channel(EVENTS).0,
        });
        let mut task = JoinSet::new();
        task.spawn(task::drive(fleet.clone(), shared.clone(), decides));
        Self {
            shared,
            task: Arc::new(tokio::sync::Mutex::new(task)),
        }
    }

    /// How all stand, and whenever that changes.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.shared.standing.subscribe()
    }

    /// What happens, from now on. A listener that falls 256 events behind loses the oldest; the standing tells how things
    /// are.
    pub fn events(&self) -> impl Stream<Item = CircuitEvent> + Send + Unpin + use<> {
        let events = BroadcastStream::new(self.shared.events.subscribe());
        events.filter_map(|event| std::future::ready(event.ok()))
    }

    /// Where to tell what other loads take on a circuit; see [`follow`](Self::follow) for a channel.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchCircuit`].
    pub fn meter(&self, circuit: &str) -> Result<Meter, ConfigError> {
        Ok(Meter {
            circuit: self.place(circuit)?,
            shared: self.shared.clone(),
        })
    }

    /// Takes what other loads take on a circuit from a channel from now on, instead of from one that was followed before.
    /// A value counts until it is as old as the configuration allows, 30 s unless set, by its own
    /// [time](HouseLoad::at); then the reserve counts. So it does when the sender stalls or is dropped, until there is a
    /// new value or another channel.
    ///
    /// ```no_run
    /// use std::time::{Duration, Instant};
    ///
    /// use evse::circuit::{Circuits, HouseLoad};
    /// use evse::units::Milliamps;
    /// use tokio::sync::watch;
    /// # async fn read_meter() -> std::io::Result<[Milliamps; 3]> { Ok([Milliamps(0); 3]) }
    /// # async fn example(circuits: Circuits) -> Result<(), evse::Error> {
    /// let (sender, receiver) = watch::channel(None);
    /// circuits.follow("house", receiver)?;
    /// tokio::spawn(async move {
    ///     while !sender.is_closed() {
    ///         let at = Instant::now();
    ///         if let Ok(loads) = read_meter().await {
    ///             sender.send_replace(Some(HouseLoad { loads, at }));
    ///         }
    ///         tokio::time::sleep(Duration::from_secs(1)).await;
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ConfigError::NoSuchCircuit`].
    pub fn follow(
        &self,
        circuit: &str,
        loads: watch::Receiver<Option<HouseLoad>>,
    ) -> Result<(), ConfigError> {
        let circuit = self.place(circuit)?;
        if let Some(followed) = self.shared.followed().get_mut(circuit) {
            followed.follow(loads);
        }
        Ok(())
    }

    /// What a circuit carries on L1, L2 and L3 is another, from the next round on. Whole amps count.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchCircuit`].
    pub fn set_limit(&self, circuit: &str, limit: [Milliamps; 3]) -> Result<(), ConfigError> {
        let circuit = self.place(circuit)?;
        self.shared.planner().set_limit(circuit, limit);
        Ok(())
    }

    /// What other loads take on L1, L2 and L3 of a circuit while nothing measures them is another.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchCircuit`].
    pub fn set_reserve(&self, circuit: &str, reserve: [Milliamps; 3]) -> Result<(), ConfigError> {
        let circuit = self.place(circuit)?;
        self.shared.planner().set_reserve(circuit, reserve);
        Ok(())
    }

    /// Ends it for all clones. Orders on their way are not waited for. Shut the fleet down afterwards.
    pub async fn shutdown(&self) {
        self.task.lock().await.shutdown().await;
    }

    fn place(&self, circuit: &str) -> Result<usize, ConfigError> {
        let planner = self.shared.planner();
        let found = planner.circuit(circuit);
        found.ok_or_else(|| no_such_circuit(circuit, planner.circuits().map(|name| &**name)))
    }
}

impl fmt::Debug for Circuits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circuits").finish_non_exhaustive()
    }
}
