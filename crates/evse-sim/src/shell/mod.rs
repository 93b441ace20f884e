//! Simulated chargers on real sockets: TCP for the session, UDP for discovery, virtual time that may run faster.

pub mod em;
pub mod twc;

mod clock;
mod replay;
mod sockets;
mod tap;
mod tcp;
mod udp;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use duosida_proto::frame::Framing;
use duosida_proto::{DISCOVERY_PORT, TCP_PORT};
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use crate::duosida::{DelayRange, Device, DeviceConfig, Event};
use crate::faults::FaultSpec;
use clock::VirtualClock;
use sockets::Sockets;

pub use replay::{Replay, ReplayEvent, ReplayOptions};
pub use tap::{Act, Sender, Tap, Traffic};

/// Where and how a simulated charger runs.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// Address for TCP. Default: loopback.
    pub bind: IpAddr,
    /// TCP port; 0 takes a free one. Default: 9988.
    pub port: u16,
    /// Address for discovery. Default: all, because probes are broadcast.
    pub discovery_bind: IpAddr,
    /// UDP port for discovery; 0 takes a free one, `None` switches discovery off. Default: 48899.
    pub discovery_port: Option<u16>,
    /// How much faster than real time it runs, above 0. Default: 1.
    pub speed: f64,
    /// Decides every draw.
    pub seed: u64,
    /// The charger. An unspecified or loopback `ip` is replaced by the address that it listens on.
    pub device: DeviceConfig,
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
    /// When faults end; `None`: never.
    pub faults_last: Option<Duration>,
    /// Latency added in both directions. Default: none.
    pub latency: DelayRange,
    /// How messages lie in the stream. Default: raw.
    pub framing: Framing,
    /// True time at the start, seconds since 1970; `None` takes the system clock.
    pub unix_time_s: Option<i64>,
    /// Sees connections, their bytes and discovery, for recorders.
    pub tap: Option<Tap>,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: TCP_PORT,
            discovery_bind: IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            discovery_port: Some(DISCOVERY_PORT),
            speed: 1.0,
            seed: 0,
            device: DeviceConfig::default(),
            faults: Vec::new(),
            faults_last: None,
            latency: DelayRange::NONE,
            framing: Framing::Raw,
            unix_time_s: None,
            tap: None,
        }
    }
}

impl SimulatorOptions {
    /// Loopback with free ports: for tests.
    pub fn for_tests() -> Self {
        Self {
            port: 0,
            discovery_bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            discovery_port: Some(0),
            ..Self::default()
        }
    }
}

/// Why a simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A socket could not be had.
    #[error("cannot listen on {address} ({what}): {source}; choose another port")]
    Bind {
        /// `TCP` or `discovery, UDP`.
        what: &'static str,
        /// The address wanted.
        address: SocketAddr,
        /// The system's word.
        source: io::Error,
    },
    /// The speed is not a positive number.
    #[error("speed {0} is not a positive number")]
    Speed(f64),
}

/// A running simulated charger. Dropping it stops it; [`Simulator::shutdown`] also waits.
#[derive(Debug)]
pub struct Simulator {
    address: SocketAddr,
    discovery_address: Option<SocketAddr>,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Binds the sockets and starts the charger on the present tokio runtime.
    ///
    /// # Errors
    /// A socket that cannot be bound, or a speed that is no positive number.
    pub async fn start(options: SimulatorOptions) -> Result<Self, Error> {
        if !(options.speed.is_finite() && options.speed > 0.0) {
            return Err(Error::Speed(options.speed));
        }
        let discovery = (options.discovery_bind, options.discovery_port);
        let Sockets {
            listener,
            address,
            discovery,
        } = Sockets::bind((options.bind, options.port), discovery).await?;
        let shared = Arc::new(Shared::new(&options, address));
        let (stop, stopped) = watch::channel(false);
        let server = tcp::Server::new(
            listener,
            address,
            Arc::clone(&shared),
            &options,
            stopped.clone(),
        );
        let mut tasks = vec![tokio::spawn(server.run())];
        let discovery_address = discovery.as_ref().map(|(_, address)| *address);
        if let Some(socket) = discovery {
            let shared = Arc::clone(&shared);
            let answer = move |datagram: &[u8], from| {
                let now = shared.clock.now();
                shared.lock().handle_datagram(now, datagram, from)
            };
            let answering = udp::answer_probes(socket, options.tap, stopped, answer);
            tasks.push(tokio::spawn(answering));
        }
        Ok(Self {
            address,
            discovery_address,
            shared,
            stop,
            tasks,
        })
    }

    /// Where the session port is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where discovery is answered.
    pub fn discovery_address(&self) -> Option<SocketAddr> {
        self.discovery_address
    }

    /// Looks at the device or does something to it at the present virtual time. Must not block.
    pub fn device<T>(&self, act: impl FnOnce(&mut Device, Instant) -> T) -> T {
        let now = self.shared.clock.now();
        let result = act(&mut self.shared.lock(), now);
        self.shared.changed.notify_one();
        result
    }

    /// What happens inside the device from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.shared.events.subscribe()
    }

    /// Stops and waits until the sockets are closed.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// What the tasks and the handle share.
#[derive(Debug)]
struct Shared {
    device: Mutex<Device>,
    clock: VirtualClock,
    /// Someone did something to the device.
    changed: Notify,
    events: broadcast::Sender<Event>,
}

impl Shared {
    fn new(options: &SimulatorOptions, address: SocketAddr) -> Self {
        let clock = VirtualClock::new(options.speed);
        let unix = options.unix_time_s.unwrap_or_else(clock::system_unix_s);
        let mut config = options.device.clone();
        if let (true, IpAddr::V4(ip)) = (
            config.ip.is_loopback() || config.ip.is_unspecified(),
            address.ip(),
        ) {
            // A client takes the sender's address where this is unspecified.
            config.ip = ip;
        }
        let device = Device::new(config, options.seed, clock.now(), unix);
        let (events, _) = broadcast::channel(256);
        Self {
            device: Mutex::new(device),
            clock,
            changed: Notify::new(),
            events,
        }
    }

    /// A panic in a caller's closure does not end the simulation.
    fn lock(&self) -> MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
