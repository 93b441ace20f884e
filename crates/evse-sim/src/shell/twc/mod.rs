//! A simulated bus of wall connectors behind a pty, or behind a TCP port as some gateways offer it.

mod port;
#[cfg(unix)]
mod pty;
mod runner;
mod tap;

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use super::clock::VirtualClock;
use crate::twc::{Bus, BusConfig, BusEvent, Peripheral};
use port::Port;
use runner::Runner;

pub use port::Place;
pub use tap::{Tap, Traffic};

/// Where and how a simulated bus runs.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// Where clients find it.
    pub place: Place,
    /// What is on it.
    pub bus: BusConfig,
    /// Whether a car is plugged into each peripheral at the start. Default: no.
    pub plugged: bool,
    /// How much faster than real time it runs, above 0; the line too. Default: 1.
    pub speed: f64,
    /// Sees the bytes of the line, for recorders.
    pub tap: Option<Tap>,
}

impl SimulatorOptions {
    /// This bus at this place.
    pub fn new(place: Place, bus: BusConfig) -> Self {
        Self {
            place,
            bus,
            plugged: false,
            speed: 1.0,
            tap: None,
        }
    }

    /// For tests: a pty under a name of its own in the directory for temporary files.
    pub fn for_tests(bus: BusConfig) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("evse-sim-twc-{}-{number}", std::process::id());
        Self::new(Place::Pty(std::env::temp_dir().join(name)), bus)
    }
}

/// Why a simulated bus did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The pty cannot be had, or its name is taken.
    #[error("cannot make {path} a pty for a simulated bus: {source}; choose another path")]
    Pty {
        /// The path wanted.
        path: String,
        /// The system's word.
        source: io::Error,
    },
    /// The TCP port cannot be bound.
    #[error("cannot listen on {address} for a simulated bus: {source}; choose another port")]
    Bind {
        /// The address wanted.
        address: std::net::SocketAddr,
        /// The system's word.
        source: io::Error,
    },
    /// The speed is not a positive number.
    #[error("speed {0} is not a positive number")]
    Speed(f64),
}

/// A running simulated bus. Dropping it stops it; [`Simulator::shutdown`] also waits.
#[derive(Debug)]
pub struct Simulator {
    place: Place,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Simulator {
    /// Opens the port and starts the bus on the present tokio runtime.
    ///
    /// # Errors
    /// A pty or a port that cannot be had, or a speed that is no positive number.
    pub async fn start(options: SimulatorOptions) -> Result<Self, Error> {
        if !(options.speed.is_finite() && options.speed > 0.0) {
            return Err(Error::Speed(options.speed));
        }
        let opened = Port::open(&options.place).await;
        let port = opened.map_err(|source| match &options.place {
            Place::Pty(path) => Error::Pty {
                path: path.display().to_string(),
                source,
            },
            Place::Tcp(address) => Error::Bind {
                address: *address,
                source,
            },
        })?;
        let place = port.place(&options.place);
        let clock = VirtualClock::new(options.speed);
        let mut bus = Bus::new(options.bus, clock.now());
        if options.plugged {
            for index in 0..bus.peripherals().len() {
                bus.with_peripheral(clock.now(), index, Peripheral::plug_in);
            }
        }
        let (events, _) = broadcast::channel(EVENTS);
        let shared = Arc::new(Shared {
            bus: Mutex::new(bus),
            clock,
            changed: Notify::new(),
            events,
        });
        let (stop, stopped) = watch::channel(false);
        let runner = Runner {
            shared: Arc::clone(&shared),
            place: place.clone(),
            port: Some(port),
            tap: options.tap,
            stop: stopped,
        };
        Ok(Self {
            place,
            shared,
            stop,
            task: tokio::spawn(runner.run()),
        })
    }

    /// Where clients find the bus, with the TCP port that was free.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What a client opens: the path, or `HOST:PORT`.
    pub fn address(&self) -> String {
        match &self.place {
            Place::Pty(path) => path.display().to_string(),
            Place::Tcp(address) => address.to_string(),
        }
    }

    /// Looks at the bus or does something to it at the present virtual time. Must not block.
    pub fn bus<T>(&self, act: impl FnOnce(&mut Bus, Instant) -> T) -> T {
        let now = self.shared.clock.now();
        let result = act(&mut self.shared.lock(), now);
        self.shared.changed.notify_one();
        result
    }

    /// Looks at a peripheral or does something to it; `None` when there is no such one. Must not block.
    pub fn peripheral<T>(
        &self,
        index: usize,
        act: impl FnOnce(&mut Peripheral, Instant) -> T,
    ) -> Option<T> {
        self.bus(|bus, now| bus.with_peripheral(now, index, act))
    }

    /// What happens on the bus from now on.
    pub fn events(&self) -> broadcast::Receiver<BusEvent> {
        self.shared.events.subscribe()
    }

    /// Stops and waits until the port is gone.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        let _ = self.task.await;
    }
}

/// What the task and the handle share.
#[derive(Debug)]
struct Shared {
    bus: Mutex<Bus>,
    clock: VirtualClock,
    /// Someone did something to the bus.
    changed: Notify,
    events: broadcast::Sender<BusEvent>,
}

impl Shared {
    /// A panic in a caller's closure does not end the simulation.
    fn lock(&self) -> MutexGuard<'_, Bus> {
        self.bus.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Events that a slow observer may be behind.
const EVENTS: usize = 4_096;
