//! A client session and a simulated charger in one process, in virtual time: bytes in between, faults on them.
//!
//! A seed and the options decide everything; a failing seed reproduces the run. [`Pair::problems`] holds what the
//! built-in checks and the hook found; [`Pair::trace`] what happened before it.

pub mod em;
pub mod twc;

mod checks;
mod link;
mod options;
mod run;
mod time;
mod trace;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use duosida_proto::session::{Command, Config, Event, RequestError, RequestId, Session};

pub use options::{PairOptions, reconnect_delay};
pub use trace::{Trace, TraceEvent};

use crate::duosida::{DelayRange, Device};
use crate::faults::Injector;
use checks::Checks;
use link::Link;
use time::virtual_time;

/// What a hook may look at after each step; an error text becomes a problem.
pub type Hook = Box<dyn FnMut(Duration, Option<&Session>, &Device) -> Result<(), String>>;

/// Client session, faulty link and device.
pub struct Pair {
    start: Instant,
    now: Instant,
    unix_time_s: i64,
    seed: u64,
    latency: DelayRange,
    session_config: Config,
    session: Option<Session>,
    device: Device,
    injector: Injector,
    faults_seen: usize,
    link: Option<Link>,
    connections: u64,
    losses: u32,
    connect_at: Option<Instant>,
    events: VecDeque<(Duration, Event)>,
    checks: Checks,
    trace: Trace,
    hook: Option<Hook>,
}

impl Pair {
    /// A pair whose client connects at once. `start` is only the origin of virtual time.
    pub fn new(options: PairOptions, start: Instant) -> Self {
        let PairOptions {
            seed,
            device,
            session,
            faults,
            faults_last,
            latency,
            unix_time_s,
        } = options;
        let mut pair = Self {
            start,
            now: start,
            unix_time_s,
            seed,
            latency,
            session_config: session,
            session: None,
            device: Device::new(device, seed, start, unix_time_s),
            injector: Injector::new(&faults, seed, start, faults_last),
            faults_seen: 0,
            link: None,
            connections: 0,
            losses: 0,
            connect_at: Some(start),
            events: VecDeque::new(),
            checks: Checks::new(start),
            trace: Trace::default(),
            hook: None,
        };
        pair.settle();
        pair
    }

    virtual_time!();

    /// Asks the client session for something.
    ///
    /// # Errors
    /// What [`Session::request`] refuses; [`RequestError::Closed`] also before the first connection.
    pub fn request(&mut self, command: Command) -> Result<RequestId, RequestError> {
        let session = self.session.as_mut().ok_or(RequestError::Closed)?;
        let id = session.request(self.now, command.clone())?;
        self.checks.asked(self.now, id, command);
        self.settle();
        Ok(id)
    }

    /// Plugs the car in.
    pub fn plug_in(&mut self) {
        self.with_device(Device::plug_in);
    }

    /// Unplugs the car.
    pub fn unplug(&mut self) {
        self.with_device(Device::unplug);
    }

    /// Does something to the device at the present virtual time.
    pub fn with_device<T>(&mut self, act: impl FnOnce(&mut Device, Instant) -> T) -> T {
        let result = act(&mut self.device, self.now);
        self.settle();
        result
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The client session, once there was a connection.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Whether the client session is connected and ready.
    pub fn is_ready(&self) -> bool {
        self.link.is_some() && self.session.as_ref().is_some_and(Session::is_ready)
    }

    /// The next event of the client session, with virtual time since the start.
    pub fn poll_event(&mut self) -> Option<(Duration, Event)> {
        self.events.pop_front()
    }

    /// Requests that have not ended yet.
    pub fn unfinished(&self) -> usize {
        self.checks.unfinished()
    }

    /// Results contradicted by the device, requests that ended twice, and what the hook found. The first 100.
    pub fn problems(&self) -> &[String] {
        self.checks.problems()
    }

    /// The last things that happened.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Faults that struck so far.
    pub fn faults(&self) -> &Injector {
        &self.injector
    }
}
