//! The handle of the socket and all chargers on it.

use std::{
    fmt,
    net::Ipv4Addr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use emproto::{
    Serial,
    session::{Known, Session},
};
use futures_core::Stream;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span};

use crate::{
    Error, Event, Evse, Options,
    driver::{Driver, Running},
    shared::Shared,
    socket, summary,
};

/// One UDP socket, and all chargers that speak to it.
///
/// A handle is cheap to clone. All clones, and all [`Evse`] handles, share one task, which owns the socket; it ends
/// when the last of them is dropped, or by [`stop`](Self::stop). Streams made by a handle do not keep it alive.
///
/// Values are read at once, without waiting: they stand behind a lock that nobody holds for longer than microseconds.
#[derive(Clone)]
pub struct Communicator {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) options: Options,
    task: Mutex<Option<Task>>,
}

/// The task that runs, or ran last.
#[derive(Clone)]
struct Task {
    port: u16,
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Task {
    fn is_running(&self) -> bool {
        !self.stop.is_cancelled() && !self.ended.is_cancelled()
    }
}

impl Inner {
    fn task(&self) -> MutexGuard<'_, Option<Task>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    /// Nobody wants the socket any more.
    fn drop(&mut self) {
        if let Some(task) = &*self.task() {
            task.stop.cancel();
        }
    }
}

impl Communicator {
    /// A communicator without a socket yet: [`load`](Self::load) chargers, listen to [`events`](Self::events), then
    /// [`start`](Self::start).
    pub fn new(options: Options) -> Self {
        Self {
            inner: Arc::new(Inner {
                shared: Arc::new(Shared::new(&options)),
                options,
                task: Mutex::new(None),
            }),
        }
    }

    /// Opens the socket and returns its port. While it runs, this only returns the port; after [`stop`](Self::stop) wait
    /// for the end of that.
    ///
    /// # Errors
    /// [`Error::PortTaken`] and [`Error::Bind`].
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O enabled.
    pub fn start(&self) -> Result<u16, Error> {
        let mut task = self.inner.task();
        if let Some(task) = task.as_ref().filter(|task| task.is_running()) {
            return Ok(task.port);
        }
        let options = &self.inner.options;
        let socket = socket::bind(options.bind, options.receive_buffer)?;
        let client = socket.local_addr().map_err(|error| Error::Bind {
            address: options.bind,
            kind: error.kind(),
        })?;
        let new = Task {
            port: client.port(),
            stop: CancellationToken::new(),
            ended: CancellationToken::new(),
        };
        let running = Running::new(self.inner.shared.clone(), new.ended.clone());
        let driver = Driver::new(running, socket, client, options, new.stop.clone());
        let port = new.port;
        tokio::spawn(
            driver
                .run()
                .instrument(info_span!("communicator", protocol = "em", port)),
        );
        info!(port, "listening");
        *task = Some(new);
        Ok(port)
    }

    /// Closes the socket and waits until it is closed. Requests on their way end with [`Error::NotRunning`]: what is ready
    /// to be sent still leaves, such as a stop, and nothing of them is sent after the next [`start`](Self::start). What is
    /// known stays.
    pub async fn stop(&self) {
        let task = self.inner.task().clone();
        if let Some(task) = task {
            task.stop.cancel();
            task.ended.cancelled().await;
        }
    }

    /// Whether the socket is open.
    pub fn is_running(&self) -> bool {
        self.inner.task().as_ref().is_some_and(Task::is_running)
    }

    /// The port of the socket while it is open.
    pub fn port(&self) -> Option<u16> {
        let task = self.inner.task();
        task.as_ref()
            .filter(|task| task.is_running())
            .map(|task| task.port)
    }

    /// Cancelled when the task that runs now has ended.
    pub(crate) fn ended(&self) -> Option<CancellationToken> {
        let task = self.inner.task();
        task.as_ref()
            .filter(|task| task.is_running())
            .map(|task| task.ended.clone())
    }

    /// What happens at all chargers, from now on. The stream ends with the last handle. A listener that falls 4,096
    /// events behind loses the oldest, and is told by [`Event::Missed`].
    pub fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        self.inner.shared.events()
    }

    /// All known chargers, in the order of their first sight.
    pub fn evses(&self) -> Vec<Evse> {
        self.evses_that(|_| true)
    }

    /// The charger with this serial number, if it is known.
    pub fn evse(&self, serial: Serial) -> Option<Evse> {
        self.inner.shared.read(serial, |_| ())?;
        Some(self.handle(serial))
    }

    /// The known chargers at an address. Behind a router there may be several.
    pub fn by_ip(&self, ip: Ipv4Addr) -> Vec<Evse> {
        self.evses_that(|session| is_at(session, ip))
    }

    /// The known chargers with this text in their serial number, brand, model or name, in upper or lower case.
    pub fn matching(&self, filter: &str) -> Vec<Evse> {
        self.evses_that(|session| {
            let info = session.info();
            let name = session.configuration().name.as_deref().unwrap_or_default();
            let serial = session.serial().to_string();
            summary::matches(filter, [&*serial, &info.brand, &info.model, name])
        })
    }

    /// The one charger that is [`matching`](Self::matching).
    ///
    /// # Errors
    /// [`Error::NoMatch`] and [`Error::Ambiguous`].
    pub fn one_matching(&self, filter: &str) -> Result<Evse, Error> {
        let mut found = self.matching(filter);
        let filter = filter.to_owned();
        match (found.pop(), found.len()) {
            (Some(evse), 0) => Ok(evse),
            (Some(_), others) => Err(Error::Ambiguous {
                filter,
                count: others + 1,
            }),
            (None, _) => Err(Error::NoMatch { filter }),
        }
    }

    /// Adds a charger, or what is known about it: with an address and a PIN commands work at once. `None` when the serial
    /// number is zero, or there are [`EndpointConfig::max_evses`](emproto::endpoint::EndpointConfig::max_evses) already.
    pub fn add(&self, serial: Serial, known: Known) -> Option<Evse> {
        let shared = &self.inner.shared;
        let is_added = shared.work(|endpoint| endpoint.add(Instant::now(), serial, known));
        is_added.then(|| self.handle(serial))
    }

    /// Forgets a charger; its requests end. It comes back when it is heard again.
    pub fn remove(&self, serial: Serial) {
        self.inner.shared.work(|endpoint| endpoint.remove(serial));
    }

    pub(crate) fn handle(&self, serial: Serial) -> Evse {
        Evse::new(self.inner.clone(), serial)
    }

    pub(crate) fn evses_that(&self, wanted: impl Fn(&Session) -> bool) -> Vec<Evse> {
        let core = self.inner.shared.lock();
        let sessions = core.endpoint.evses().filter(|session| wanted(session));
        sessions
            .map(|session| self.handle(session.serial()))
            .collect()
    }
}

impl fmt::Debug for Communicator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Communicator")
            .field("port", &self.port())
            .finish_non_exhaustive()
    }
}

pub(crate) fn is_at(session: &Session, ip: Ipv4Addr) -> bool {
    session.address().is_some_and(|address| *address.ip() == ip)
}
