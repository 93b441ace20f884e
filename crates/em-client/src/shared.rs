//! What the task and the handles share: the endpoint behind a lock that is held for microseconds.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher, RandomState},
    io,
    net::SocketAddrV4,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use emproto::{
    Endpoint, Serial,
    endpoint::EndpointEvent,
    session::{self, Reply, Request, RequestFailure, RequestId, Session, Transmit, WallClock},
};
use futures_core::Stream;
use futures_util::StreamExt;
use serde_json::{Map, Value};
use tokio::sync::{Notify, broadcast, oneshot, watch};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tracing::debug;

use crate::{Error, Event, Options, Whom, error::Peer, log};

/// How many events a slow listener may be behind.
const EVENTS: usize = 4096;

/// How many addresses are remembered that cannot be sent to.
const UNREACHABLE: usize = 256;

/// The endpoint and those who wait for it.
pub(crate) struct Shared {
    core: Mutex<Core>,
    /// There is something to send, or something is due earlier.
    pub(crate) wake: Notify,
    pub(crate) events: broadcast::Sender<Event>,
}

/// What the lock guards.
pub(crate) struct Core {
    pub(crate) endpoint: Endpoint,
    /// What was loaded, with members that are not known here.
    pub(crate) loaded: BTreeMap<Serial, Map<String, Value>>,
    waiting: BTreeMap<RequestId, Waiting>,
    unreachable: BTreeMap<SocketAddrV4, io::ErrorKind>,
    /// Why the last broadcast left by no network.
    unsent_broadcast: Option<io::ErrorKind>,
    is_running: bool,
}

/// A call that waits for a request's result.
pub(crate) struct Waiting {
    charger: Peer,
    reply: oneshot::Sender<Result<Reply, Error>>,
    progress: Option<watch::Sender<Progress>>,
}

/// Slots read so far, and in all.
pub(crate) type Progress = (u32, u32);

/// The result of a request, to come.
pub(crate) type Answer = oneshot::Receiver<Result<Reply, Error>>;

impl Shared {
    pub(crate) fn new(options: &Options) -> Self {
        let clock = WallClock {
            unix_s: unix_time(),
            zone: options.zone.0.clone(),
        };
        let seed = RandomState::new().build_hasher().finish();
        let config = options.endpoint.clone();
        let core = Core {
            endpoint: Endpoint::new(config, Instant::now(), clock, seed),
            loaded: BTreeMap::new(),
            waiting: BTreeMap::new(),
            unreachable: BTreeMap::new(),
            unsent_broadcast: None,
            is_running: false,
        };
        Self {
            core: Mutex::new(core),
            wake: Notify::new(),
            events: broadcast::Sender::new(EVENTS),
        }
    }

    /// What happens from now on.
    pub(crate) fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        BroadcastStream::new(self.events.subscribe()).map(|event| {
            event.unwrap_or_else(|BroadcastStreamRecvError::Lagged(count)| Event::Missed { count })
        })
    }

    /// Never held across an await. A panic elsewhere leaves the endpoint readable.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a charger; `None` when it was removed.
    pub(crate) fn read<T>(&self, serial: Serial, read: impl FnOnce(&Session) -> T) -> Option<T> {
        self.lock().endpoint.evse(serial).map(read)
    }

    /// Hands a request to the endpoint and wakes the task.
    pub(crate) fn request(
        &self,
        serial: Serial,
        request: Request,
        progress: Option<watch::Sender<Progress>>,
    ) -> Result<Answer, Error> {
        let (reply, answer) = oneshot::channel();
        let mut core = self.lock();
        if !core.is_running {
            return Err(Error::NotRunning);
        }
        let charger = core.peer(serial);
        let id = core
            .endpoint
            .request(Instant::now(), serial, request)
            .map_err(|source| Error::NotSent { charger, source })?;
        let waiting = Waiting {
            charger,
            reply,
            progress,
        };
        core.waiting.insert(id, waiting);
        drop(core);
        self.settle();
        Ok(answer)
    }

    /// Lets the endpoint do something outside the task.
    pub(crate) fn work<T>(&self, work: impl FnOnce(&mut Endpoint) -> T) -> T {
        let done = work(&mut self.lock().endpoint);
        self.settle();
        done
    }

    /// After the endpoint did something outside the task: events are delivered here, packets wait for the task.
    pub(crate) fn settle(&self) {
        self.lock().deliver(&self.events);
        self.wake.notify_one();
    }
}

impl Core {
    pub(crate) fn peer(&self, serial: Serial) -> Peer {
        let address = self.endpoint.evse(serial).and_then(Session::address);
        Peer { serial, address }
    }

    /// From now on requests are carried out.
    pub(crate) fn begin(&mut self) {
        self.is_running = true;
    }

    /// From now on nobody carries out requests; those on their way are not carried out later either.
    pub(crate) fn end(&mut self) {
        self.is_running = false;
        // A caller whose sender is gone knows.
        self.waiting.clear();
        self.endpoint.abandon_requests(Instant::now());
    }

    /// Tells the wall clock again: it may have been set.
    pub(crate) fn tell_time(&mut self) {
        self.endpoint.set_clock(Instant::now(), unix_time());
    }

    /// Does what is due.
    pub(crate) fn handle_due(&mut self, now: Instant) {
        if self.endpoint.poll_timeout().is_some_and(|due| due <= now) {
            self.endpoint.handle_timeout(now);
        }
    }

    /// What is to be sent now.
    pub(crate) fn transmits(&mut self) -> impl Iterator<Item = Transmit> {
        std::iter::from_fn(|| self.endpoint.poll_transmit())
    }

    /// Tells what happened.
    pub(crate) fn deliver(&mut self, events: &broadcast::Sender<Event>) {
        while let Some(event) = self.endpoint.poll_event() {
            let event = match event {
                EndpointEvent::Evse { serial, event } => self.take_event(serial, event),
                EndpointEvent::Datagram(dump) => Some(Event::Datagram(Box::new(dump))),
                EndpointEvent::Malformed { from, error } => {
                    debug!(%from, %error, "no datagram");
                    Some(Event::Garbage { from, error })
                }
            };
            if let Some(event) = event {
                // Fails when nobody listens.
                let _ = events.send(event);
            }
        }
    }

    /// What happened to one charger; results go to their callers only.
    fn take_event(&mut self, serial: Serial, event: session::Event) -> Option<Event> {
        log::event(self, serial, &event);
        match event {
            session::Event::Added => Some(Event::Added { serial }),
            session::Event::Changed(changes) => Some(Event::Changed { serial, changes }),
            session::Event::Removed => {
                self.loaded.remove(&serial);
                Some(Event::Removed { serial })
            }
            session::Event::Done { id, result } => {
                self.finish(id, result);
                None
            }
            session::Event::Progress { id, done, total } => {
                let progress = self.waiting.get(&id)?.progress.as_ref()?;
                progress.send_replace((done, total));
                None
            }
            session::Event::Record {
                key,
                record,
                is_replay,
                is_time_doubtful,
            } => Some(Event::Record {
                serial,
                key,
                record,
                is_replay,
                is_time_doubtful,
            }),
            session::Event::Alarm(alarm) => Some(Event::Alarm { serial, alarm }),
            session::Event::Malformed { command, error } => Some(Event::Malformed {
                serial,
                command,
                error,
            }),
        }
    }

    fn finish(&mut self, id: RequestId, result: Result<Reply, RequestFailure>) {
        let Some(waiting) = self.waiting.remove(&id) else {
            return;
        };
        let charger = waiting.charger;
        let unreachable = charger.address.and_then(|to| self.unreachable.get(&to));
        let result = result.map_err(|source| match (&source, unreachable) {
            (RequestFailure::NoAnswer { .. } | RequestFailure::Incomplete { .. }, Some(&kind)) => {
                Error::Unreachable { charger, kind }
            }
            _ => Error::Failed { charger, source },
        });
        // Fails when the caller is gone.
        let _ = waiting.reply.send(result);
    }

    /// Remembers whether an address can be sent to.
    pub(crate) fn sent(&mut self, to: SocketAddrV4, failure: Option<io::ErrorKind>) {
        match failure {
            None if self.unreachable.is_empty() => {}
            None => {
                self.unreachable.remove(&to);
            }
            Some(kind) if self.unreachable.len() < UNREACHABLE => {
                self.unreachable.insert(to, kind);
            }
            Some(_) => {}
        }
    }

    /// A broadcast left in so many packets more than one; `failure` when it left in none.
    pub(crate) fn broadcast_sent(&mut self, copies: u32, failure: Option<io::ErrorKind>) {
        self.endpoint.probe_copied(Instant::now(), copies);
        self.unsent_broadcast = failure;
    }

    /// Why nothing lately left for whom it is waited for: to the own address, or to all.
    pub(crate) fn send_failure(&self, whom: Whom) -> Option<io::ErrorKind> {
        match whom {
            Whom::Any => self.unsent_broadcast,
            Whom::Serial(serial) => {
                let address = self.peer(serial).address;
                let own = address.and_then(|to| self.unreachable.get(&to).copied());
                own.or(self.unsent_broadcast)
            }
            Whom::Ip(ip) => {
                let mut unreachable = self.unreachable.iter();
                let own = unreachable.find(|(to, _)| *to.ip() == ip);
                own.map(|(_, kind)| *kind)
            }
        }
    }
}

/// Seconds since 1970.
pub(crate) fn unix_time() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
