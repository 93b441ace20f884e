//! The handle of the bus.

use std::{fmt, sync::Arc, time::Duration};

use futures_core::Stream;
use futures_util::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span};
use twc_proto::{
    Address,
    session::{Controller, Counters, ForeignController, LifeCycle, State},
};

use crate::{
    Config, Error, Event, Parting, Peripheral, Port,
    connection::{self, Transport},
    driver::{Driver, Running},
    link::Link,
    shared::Shared,
};

/// Nobody stands by a budget for longer; the clock counts that far.
const LONGEST_BUDGET: Duration = Duration::from_hours(365 * 24);

/// The controller of one bus, or a listener on it.
///
/// A handle is cheap to clone. All clones, and all [`Peripheral`] handles, share one task, which owns the port; it ends
/// when the last of them is dropped, at once, or by [`shutdown`](Self::shutdown), which cares for the units. Streams made
/// by a handle do not keep it alive.
///
/// Values are read at once, without waiting: they stand behind a lock that nobody holds for longer than microseconds.
#[derive(Clone)]
pub struct Director {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) shared: Arc<Shared>,
    pub(crate) port: Port,
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Inner {
    pub(crate) fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        BroadcastStream::new(self.shared.events.subscribe()).map(|event| {
            event.unwrap_or_else(|BroadcastStreamRecvError::Lagged(count)| Event::Missed { count })
        })
    }
}

impl Drop for Inner {
    /// Nobody wants the bus any more.
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Director {
    /// Opens a port and begins to listen, then to speak; see [`Port`] for how it is written. Once it was open it is opened
    /// again after 1, 2, 5, and then every 10 s whenever it goes away.
    ///
    /// # Errors
    /// What is wrong with the port: [`Error::Permission`], [`Error::NoSuchPort`], [`Error::Busy`], [`Error::Open`],
    /// [`Error::Rs485`], [`Error::Gateway`].
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O enabled.
    pub async fn open(port: impl Into<Port>, config: Config) -> Result<Self, Error> {
        let port = port.into();
        let line = connection::open(&port, config.rs485).await?;
        Ok(Self::start(port, line, &config))
    }

    /// The same over anything else that carries the bytes of the line. When it ends, so does the director.
    ///
    /// # Panics
    /// Outside a tokio runtime with time enabled.
    pub fn attach(
        transport: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        config: &Config,
    ) -> Self {
        Self::start(Port::Attached, Box::new(transport), config)
    }

    fn start(port: Port, line: Box<dyn Transport>, config: &Config) -> Self {
        let inner = Inner {
            shared: Arc::new(Shared::new(config.session_on(&port))),
            port: port.clone(),
            stop: CancellationToken::new(),
            ended: CancellationToken::new(),
        };
        let running = Running::new(inner.shared.clone(), inner.ended.clone());
        let span = info_span!("director", protocol = "twc", %port);
        let log = config.log.clone();
        let driver = Driver::new(
            running,
            Link::new(port, line, config),
            log,
            inner.stop.clone(),
        );
        span.in_scope(|| info!("the port is open"));
        tokio::spawn(driver.run().instrument(span));
        Self {
            inner: Arc::new(inner),
        }
    }

    /// What happens on the bus and to the port, from now on. The stream ends with the last handle. A listener that falls
    /// 1,024 events behind loses the oldest, and is told by [`Event::Missed`].
    pub fn events(&self) -> impl Stream<Item = Event> + Send + Unpin + use<> {
        self.inner.events()
    }

    /// All units that were heard, in the order of their ids.
    pub fn peripherals(&self) -> Vec<Peripheral> {
        let core = self.inner.shared.lock();
        let units = core.controller.peripherals();
        units
            .map(|unit| Peripheral::new(self.inner.clone(), unit.address))
            .collect()
    }

    /// The unit with this id, if it was heard.
    pub fn peripheral(&self, unit: Address) -> Option<Peripheral> {
        self.inner.shared.read(unit, |_| ())?;
        Some(Peripheral::new(self.inner.clone(), unit))
    }

    /// Waits until a unit answers a controller: this one, or any.
    ///
    /// # Errors
    /// [`Error::Silent`] and [`Error::NotRunning`].
    pub async fn wait_for(
        &self,
        unit: Option<Address>,
        within: Duration,
    ) -> Result<Peripheral, Error> {
        let mut events = self.events();
        let found = async {
            loop {
                if let Some(found) = self.linked(unit) {
                    return found;
                }
                // Every change of a unit is an event.
                events.next().await;
            }
        };
        match timeout(within, self.inner.ended.run_until_cancelled(found)).await {
            Ok(found) => found.ok_or(Error::NotRunning),
            Err(_) => Err(self.silent(unit, within)),
        }
    }

    /// Where the controller stands.
    pub fn state(&self) -> State {
        self.read(Controller::state)
    }

    /// The controller's own id.
    pub fn address(&self) -> Address {
        self.read(Controller::address)
    }

    /// Other controllers that were heard.
    pub fn controllers(&self) -> Vec<ForeignController> {
        self.read(|controller| controller.controllers().copied().collect())
    }

    /// How often what was heard and sent.
    pub fn counters(&self) -> Counters {
        self.read(Controller::counters)
    }

    /// What the common breaker carries, A, is another. For a person; automatic control sets a
    /// [budget](Self::set_budget).
    pub fn set_limit_a(&self, limit_a: u16) {
        self.inner
            .shared
            .command(|controller, now| controller.set_limit_a(now, limit_a));
    }

    /// The most that one unit may give, A, is another; `None` for as much as its wiring and hardware carry.
    pub fn set_unit_max_a(&self, unit: Address, max_a: Option<u16>) {
        self.inner
            .shared
            .command(|controller, now| controller.set_unit_max_a(now, unit, max_a));
    }

    /// What automatic control allows all units together, A, and for how long it stands by that, a year at most; then
    /// [`safe_limit_a`](twc_proto::session::Config::safe_limit_a) holds. It only ever lowers the limit. `None`: no budget.
    pub fn set_budget(&self, budget: Option<(u16, Duration)>) {
        self.inner.shared.command(|controller, now| {
            let until = |stands: Duration| now + stands.min(LONGEST_BUDGET);
            controller.set_budget(
                now,
                budget.map(|(limit_a, stands)| (limit_a, until(stands))),
            );
        });
    }

    /// Reads several values of the same moment. Keep it short, the bus waits meanwhile, and use no handle in it, that would
    /// wait for ever.
    pub fn read<T>(&self, read: impl FnOnce(&Controller) -> T) -> T {
        read(&self.inner.shared.lock().controller)
    }

    /// Where the bus is.
    pub fn port(&self) -> &Port {
        &self.inner.port
    }

    /// Whether the task runs. It does not after [`shutdown`](Self::shutdown), nor after an attached transport has ended.
    pub fn is_running(&self) -> bool {
        self.inner.shared.lock().is_running()
    }

    /// Brings the units to their floor first, if so configured, which takes 10 s at most; then falls silent, closes the port,
    /// and says what the units will do. Requests on their way end. Whoever calls it meanwhile waits for the same end.
    pub async fn shutdown(&self) -> Parting {
        self.inner.shared.command(Controller::shutdown);
        self.inner.ended.cancelled().await;
        self.inner.shared.lock().parting.clone()
    }

    fn linked(&self, unit: Option<Address>) -> Option<Peripheral> {
        let core = self.inner.shared.lock();
        let found = core.controller.peripherals().find(|candidate| {
            unit.is_none_or(|unit| unit == candidate.address)
                && matches!(candidate.life, LifeCycle::Linked | LifeCycle::Initialised)
        })?;
        Some(Peripheral::new(self.inner.clone(), found.address))
    }

    fn silent(&self, unit: Option<Address>, waited: Duration) -> Error {
        let core = self.inner.shared.lock();
        let counters = core.controller.counters();
        Error::Silent {
            port: self.inner.port.clone(),
            unit,
            waited,
            frames: counters.frames,
            errors: counters.errors,
        }
    }
}

impl fmt::Debug for Director {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Director")
            .field("port", &self.inner.port)
            .finish_non_exhaustive()
    }
}
