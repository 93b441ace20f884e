//! Many chargers of all kinds: kept connected, commanded by name, heard in one stream.

mod event;
mod member;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_core::Stream;
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt as _};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

pub use event::{FleetEvent, MemberEvent};
use member::Member;

use crate::charger::Charger;
use crate::config::{Config, no_such_charger};
use crate::connect::{ConnectOptions, Connector, LetGo};
use crate::error::Error;
use crate::guarded::Done;
use crate::model::{Command, Effect, Snapshot};

/// Events that a slow listener may be behind; then it loses the oldest.
const EVENTS: usize = 4_096;

/// Many chargers, each looked after by a task of its own: it connects, tries again with the patience that the protocol
/// asks for, and passes on what happens. A charger that fails disturbs no other. Chargers on one socket or bus share it.
///
/// A handle is cheap to clone; when the last one is dropped everything ends at once, without the care of
/// [`shutdown`](Self::shutdown).
///
/// ```no_run
/// use evse::config::Config;
/// use evse::state_store::StateStore;
/// use evse::{Command, ConnectOptions, Fleet};
/// use futures_util::StreamExt as _;
///
/// # async fn example() -> Result<(), evse::Error> {
/// let loaded = Config::load(None)?;
/// let fleet = Fleet::from_config(&loaded.config, ConnectOptions::new(StateStore::locate(None)?));
/// let mut events = fleet.events();
/// while let Some(event) = events.next().await {
///     println!("{}: {:?}", event.name, event.event);
///     for charger in fleet.snapshot() {
///         println!("{} is {}", charger.name, charger.status_text());
///     }
/// }
/// fleet.execute("garage", Command::Stop).await?;
/// fleet.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Fleet {
    inner: Arc<Inner>,
}

struct Inner {
    connector: Connector,
    events: broadcast::Sender<FleetEvent>,
    crew: Mutex<Crew>,
}

#[derive(Default)]
struct Crew {
    members: Vec<Arc<Member>>,
    /// Dropping them ends them.
    tasks: JoinSet<()>,
}

impl Fleet {
    /// The chargers of a configuration. They are connected in the background: see [`events`](Self::events) and
    /// [`wait_for`](Self::wait_for). The fleet [stays](ConnectOptions::stay).
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O enabled.
    pub fn from_config(config: &Config, mut options: ConnectOptions) -> Self {
        options.stay = true;
        let file = options.store.read().unwrap_or_default();
        let connector = Connector::from_config(config, options);
        let fleet = Self {
            inner: Arc::new(Inner {
                connector: connector.clone(),
                events: broadcast::channel(EVENTS).0,
                crew: Mutex::default(),
            }),
        };
        for charger in &config.chargers {
            let member = Arc::new(Member::new(charger, &file));
            let events = fleet.inner.events.clone();
            let task =
                member::supervise(member.clone(), charger.clone(), connector.clone(), events);
            let mut crew = fleet.crew();
            crew.members.push(member);
            crew.tasks.spawn(task);
        }
        fleet
    }

    /// Adds a charger that is connected already, such as one of the application's own. `false` when the name is taken.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn add(&self, name: &str, charger: Charger) -> bool {
        let mut crew = self.crew();
        if crew.members.iter().any(|member| *member.name == *name) {
            return false;
        }
        let member = Arc::new(Member::connected(name, charger.clone()));
        let events = self.inner.events.clone();
        crew.tasks.spawn({
            let member = member.clone();
            async move { member.follow(charger, &events).await }
        });
        crew.members.push(member);
        true
    }

    /// What the chargers are called, in the order of the configuration.
    pub fn names(&self) -> Vec<Arc<str>> {
        let crew = self.crew();
        crew.members
            .iter()
            .map(|member| member.name.clone())
            .collect()
    }

    /// A charger by its name, for everything special. It may be offline meanwhile; a charger that goes on as another
    /// session has a new handle, so do not keep it for long.
    ///
    /// # Errors
    /// [`Error::Config`] with the nearest name, and [`Error::NotConnected`] before the first connection.
    pub fn charger(&self, name: &str) -> Result<Charger, Error> {
        self.member(name)?.charger()
    }

    /// Waits until a charger is connected for the first time.
    ///
    /// # Errors
    /// As [`charger`](Self::charger), after this time.
    pub async fn wait_for(&self, name: &str, within: Duration) -> Result<Charger, Error> {
        let member = self.member(name)?;
        // Without it the last error tells more than the time does.
        let _ = timeout(within, member.is_connected()).await;
        member.charger()
    }

    /// Tells a charger something, by its name.
    ///
    /// # Errors
    /// As [`charger`](Self::charger) and [`Charger::execute`].
    pub async fn execute(&self, name: &str, command: Command) -> Result<Done<Effect>, Error> {
        self.charger(name)?.execute(command).await
    }

    /// Every charger as it is now, by its configured name; one that was never connected too, as offline and with the
    /// reason.
    pub fn snapshot(&self) -> Vec<Snapshot> {
        let members = self.crew().members.clone();
        members.iter().map(|member| member.snapshot()).collect()
    }

    /// What happens at all chargers, from now on. A listener that falls 4,096 events behind loses the oldest, and is told
    /// by [`MemberEvent::Missed`] of every charger. The stream ends with the fleet.
    pub fn events(&self) -> impl Stream<Item = FleetEvent> + Send + Unpin + use<> {
        let names = self.names();
        BroadcastStream::new(self.inner.events.subscribe()).flat_map(move |event| {
            let events = match event {
                Ok(event) => vec![event],
                Err(BroadcastStreamRecvError::Lagged(count)) => {
                    let missed = |name: &Arc<str>| FleetEvent {
                        name: name.clone(),
                        event: MemberEvent::Missed { count },
                    };
                    names.iter().map(missed).collect()
                }
            };
            stream::iter(events)
        })
    }

    /// Sockets and buses, for a search or what only one protocol has.
    pub fn connector(&self) -> &Connector {
        &self.inner.connector
    }

    /// Ends all sessions, keeps what later programs need, and lets go of buses with care, which takes 10 s at most.
    ///
    /// Returns what units on buses do that a controller has to keep.
    pub async fn shutdown(&self) -> Vec<LetGo> {
        let (members, mut tasks) = {
            let mut crew = self.crew();
            (crew.members.clone(), std::mem::take(&mut crew.tasks))
        };
        tasks.shutdown().await;
        join_all(members.iter().map(|member| member.shutdown())).await;
        self.inner.connector.shutdown().await
    }

    fn member(&self, name: &str) -> Result<Arc<Member>, Error> {
        let crew = self.crew();
        let found = crew.members.iter().find(|member| *member.name == *name);
        found.cloned().ok_or_else(|| {
            let names = crew.members.iter().map(|member| &*member.name);
            no_such_charger(name, names).into()
        })
    }

    fn crew(&self) -> MutexGuard<'_, Crew> {
        self.inner
            .crew
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Fleet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fleet")
            .field("names", &self.names())
            .finish_non_exhaustive()
    }
}
