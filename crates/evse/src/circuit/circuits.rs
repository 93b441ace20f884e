//! The circuits of a fleet, kept by a task.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinSet;
use tokio_stream::wrappers::BroadcastStream;

use super::event::CircuitEvent;
use super::planner::Planner;
use super::standing::Standing;
use super::task;
use crate::config::{Config, ConfigError, no_such_circuit};
use crate::fleet::Fleet;
use crate::units::Milliamps;

/// Events that a slow listener may be behind; then it loses the oldest.
const EVENTS: usize = 256;

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
    pub(super) standing: watch::Sender<Standing>,
    pub(super) events: broadcast::Sender<CircuitEvent>,
}

impl Shared {
    pub(super) fn planner(&self) -> MutexGuard<'_, Planner> {
        self.planner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> std::time::Duration {
        self.epoch.elapsed()
    }
}

impl Circuits {
    /// Begins to divide what the circuits of a configuration bear among the chargers of a fleet of the same
    /// configuration. For the first minute nobody is stopped: not all have been heard.
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
        let planner = Planner::new(config, std::time::Duration::ZERO);
        let shared = Arc::new(Shared {
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

    /// Where to tell what other loads take on a circuit.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchCircuit`].
    pub fn meter(&self, circuit: &str) -> Result<Meter, ConfigError> {
        Ok(Meter {
            circuit: self.place(circuit)?,
            shared: self.shared.clone(),
        })
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

/// Where to tell what other loads take on a circuit.
#[derive(Clone)]
pub struct Meter {
    circuit: usize,
    shared: Arc<Shared>,
}

impl Meter {
    /// What other loads take right now on L1, L2 and L3: those that hang on the circuit or below it, without members.
    /// What feeds in counts as 0. It holds for the time of the configuration, 30 s unless set.
    pub fn measured(&self, loads: [Milliamps; 3]) {
        let now = self.shared.now();
        self.shared.planner().measured(self.circuit, now, loads);
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").finish_non_exhaustive()
    }
}
