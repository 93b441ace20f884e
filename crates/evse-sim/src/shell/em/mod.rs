//! Simulated EM chargers on real UDP sockets: one socket each, thousands in one process.

mod charger;

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use emproto::{CHARGER_PORT, Serial};
use tokio::sync::{Notify, broadcast, watch};
use tokio::task::JoinHandle;

use super::clock::{VirtualClock, system_unix_s};
use super::tap::Tap;
use crate::DelayRange;
use crate::em::{Device, DeviceConfig, Event};
use crate::faults::FaultSpec;
use crate::faults::em::Fault;
use charger::Charger;

/// Where and how simulated chargers run.
#[derive(Clone, Debug)]
pub struct SimulatorOptions {
    /// How many chargers. Default: 1.
    pub count: u32,
    /// Address of the first. On loopback each one has an address of its own, the next one counted up; elsewhere they
    /// share one address. Default: 127.0.0.2.
    pub bind: Ipv4Addr,
    /// Port that a charger sends from; 0 takes a free one. Default: 0, as the hardware does.
    pub port: u16,
    /// Port on which probes are heard, too, by each charger with an address of its own; an address where it is taken
    /// goes without. `None` switches it off. Default: 7248.
    pub probe_port: Option<u16>,
    /// The first charger; the others differ in the serial number, which is counted up.
    pub device: DeviceConfig,
    /// Whether a car is plugged in at the start. Default: no.
    pub plugged: bool,
    /// How much faster than real time it runs, above 0. Default: 1.
    pub speed: f64,
    /// Decides every draw.
    pub seed: u64,
    /// What goes wrong, with each charger.
    pub faults: Vec<FaultSpec<Fault>>,
    /// When faults end; `None`: never.
    pub faults_last: Option<Duration>,
    /// Latency added in both directions. Default: none.
    pub latency: DelayRange,
    /// True time at the start, seconds since 1970; `None` takes the system clock.
    pub unix_time_s: Option<i64>,
    /// Sees every packet, for recorders.
    pub tap: Option<Tap>,
}

impl SimulatorOptions {
    /// One charger of this kind on loopback.
    pub fn new(device: DeviceConfig) -> Self {
        Self {
            count: 1,
            bind: Ipv4Addr::new(127, 0, 0, 2),
            port: 0,
            probe_port: Some(CHARGER_PORT),
            device,
            plugged: false,
            speed: 1.0,
            seed: 0,
            faults: Vec::new(),
            faults_last: None,
            latency: DelayRange::NONE,
            unix_time_s: None,
            tap: None,
        }
    }

    /// For tests: one charger on loopback that announces itself to, and only to, a client on 127.0.0.1 with this
    /// port, and leaves the probe port alone.
    pub fn for_tests(mut device: DeviceConfig, client_port: u16) -> Self {
        device.client_port = client_port;
        device.announce_to = SocketAddrV4::new(Ipv4Addr::LOCALHOST, client_port);
        Self {
            probe_port: None,
            ..Self::new(device)
        }
    }
}

/// Why simulated chargers did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A socket could not be bound.
    #[error(
        "cannot bind UDP {address} for a simulated charger: {source}; choose another address or port"
    )]
    Bind {
        /// Where.
        address: SocketAddrV4,
        /// The system's word.
        source: io::Error,
    },
    /// The speed is not a positive number.
    #[error("speed {0} is not a positive number")]
    Speed(f64),
    /// More chargers than there are addresses.
    #[error("{0} chargers do not fit behind the first address; choose a lower one")]
    TooMany(u32),
}

/// What happened inside one of the chargers.
#[derive(Clone, Debug)]
pub struct ChargerEvent {
    /// Its place among the chargers, from 0 on.
    pub index: usize,
    /// Its serial number.
    pub serial: Serial,
    /// What happened.
    pub event: Event,
}

/// Running simulated chargers. Dropping it stops them; [`Simulator::shutdown`] also waits.
#[derive(Debug)]
pub struct Simulator {
    clock: VirtualClock,
    chargers: Vec<Arc<Shared>>,
    events: broadcast::Sender<ChargerEvent>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Binds the sockets and starts the chargers on the present tokio runtime.
    ///
    /// # Errors
    /// A socket that cannot be bound, a speed that is no positive number, too many chargers.
    #[expect(
        clippy::unused_async,
        reason = "sockets need the runtime that awaits it"
    )]
    pub async fn start(options: SimulatorOptions) -> Result<Self, Error> {
        if !(options.speed.is_finite() && options.speed > 0.0) {
            return Err(Error::Speed(options.speed));
        }
        let clock = VirtualClock::new(options.speed);
        let unix_s = options.unix_time_s.unwrap_or_else(system_unix_s);
        let (events, _) = broadcast::channel(EVENTS);
        let (stop, stopped) = watch::channel(false);
        let mut simulator = Self {
            clock,
            chargers: Vec::new(),
            events,
            stop,
            tasks: Vec::new(),
        };
        for number in 0..options.count {
            let address = address(&options, number).ok_or(Error::TooMany(options.count))?;
            let index = simulator.chargers.len();
            let seed = options.seed.wrapping_add(u64::from(number));
            let mut config = options.device.clone();
            config.serial = counted_up(config.serial, number);
            let serial = config.serial;
            let mut device = Device::new(config, seed, clock.now(), unix_s);
            if options.plugged {
                device.plug_in(clock.now());
            }
            let probes = number == 0 || options.bind.is_loopback();
            let sockets = charger::Sockets::bind(address, options.probe_port.filter(|_| probes))?;
            let shared = Arc::new(Shared {
                index,
                serial,
                clock,
                address: Mutex::new(sockets.address()),
                device: Mutex::new(device),
                changed: Notify::new(),
                events: simulator.events.clone(),
            });
            simulator.chargers.push(Arc::clone(&shared));
            let charger = Charger::new(sockets, shared, &options, seed, stopped.clone());
            simulator.tasks.push(tokio::spawn(charger.run()));
        }
        Ok(simulator)
    }

    /// How many chargers there are.
    pub fn count(&self) -> usize {
        self.chargers.len()
    }

    /// Where a charger sends from at present; `None` when there is no such charger.
    pub fn address(&self, index: usize) -> Option<SocketAddrV4> {
        self.chargers.get(index).map(|charger| charger.address())
    }

    /// The serial number of a charger; `None` when there is no such charger.
    pub fn serial(&self, index: usize) -> Option<Serial> {
        self.chargers.get(index).map(|charger| charger.serial)
    }

    /// Looks at a device or does something to it at the present virtual time; `None` when there is no such charger.
    /// Must not block.
    pub fn device<T>(
        &self,
        index: usize,
        act: impl FnOnce(&mut Device, Instant) -> T,
    ) -> Option<T> {
        let charger = self.chargers.get(index)?;
        let result = act(&mut charger.lock(), self.clock.now());
        charger.changed.notify_one();
        Some(result)
    }

    /// What happens inside the devices from now on.
    pub fn events(&self) -> broadcast::Receiver<ChargerEvent> {
        self.events.subscribe()
    }

    /// Stops and waits until the sockets are closed.
    pub async fn shutdown(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// What the task of a charger and the handle share.
#[derive(Debug)]
struct Shared {
    index: usize,
    serial: Serial,
    clock: VirtualClock,
    address: Mutex<SocketAddrV4>,
    device: Mutex<Device>,
    /// Someone did something to the device.
    changed: Notify,
    events: broadcast::Sender<ChargerEvent>,
}

impl Shared {
    /// A panic in a caller's closure does not end the simulation.
    fn lock(&self) -> MutexGuard<'_, Device> {
        self.device.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self) -> SocketAddrV4 {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moved(&self, to: SocketAddrV4) {
        *self.address.lock().unwrap_or_else(PoisonError::into_inner) = to;
    }
}

/// Where a charger is bound.
fn address(options: &SimulatorOptions, number: u32) -> Option<SocketAddrV4> {
    let ip = if options.bind.is_loopback() {
        let ip = Ipv4Addr::from_bits(options.bind.to_bits().checked_add(number)?);
        // The last address of the block is its broadcast address.
        (ip.is_loopback() && ip != Ipv4Addr::new(127, 255, 255, 255)).then_some(ip)?
    } else {
        options.bind
    };
    Some(SocketAddrV4::new(ip, options.port))
}

fn counted_up(serial: Serial, by: u32) -> Serial {
    Serial(
        u64::from_be_bytes(serial.0)
            .wrapping_add(by.into())
            .to_be_bytes(),
    )
}

/// Events that a slow observer may be behind.
const EVENTS: usize = 4_096;
