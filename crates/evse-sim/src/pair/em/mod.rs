//! An [`Endpoint`] and simulated chargers in one process, in virtual time: packets in between, faults on them.
//!
//! A seed and the options decide everything; a failing seed reproduces the run. [`Pair::problems`] holds what the
//! built-in checks and the hook found; [`Pair::trace`] what happened before it.
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use emproto::session::Request;
//! use evse_sim::em::{Device, DeviceConfig, Model};
//! use evse_sim::pair::em::{Pair, PairOptions};
//!
//! let serial = "9181102751219513".parse().unwrap();
//! let device = DeviceConfig::new(Model::BesenBs20, 1, serial, "123456".parse().unwrap());
//! let mut pair = Pair::new(&PairOptions::new(7, vec![device]), Instant::now());
//! assert!(pair.run_until(Duration::from_secs(10), |pair| pair.is_registered(0)));
//! pair.with_device(0, Device::plug_in);
//! pair.request(0, Request::Start(Box::default()))?;
//! pair.run_for(Duration::from_secs(30 * 60));
//! assert!(pair.device(0).ground_truth().session_wh > 3_000.0);
//! assert!(pair.problems().is_empty(), "{:?}\n{}", pair.problems(), pair.trace());
//! # Ok::<(), emproto::session::RequestError>(())
//! ```

mod charger;
mod checks;
mod facts;
mod options;
mod run;
mod trace;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use emproto::endpoint::{EndpointConfig, EndpointEvent};
use emproto::session::{Known, Request, RequestError, RequestId, Session, WallClock};
use emproto::{CLIENT_PORT, Endpoint};

pub use options::PairOptions;
pub use trace::{Trace, TraceEvent};

use super::virtual_time;
use crate::em::Device;
use crate::faults::em::Injector;
use charger::Charger;
use checks::Checks;

/// What a hook may look at after each step; an error text becomes a problem.
pub type Hook = Box<dyn FnMut(Duration, &Endpoint) -> Result<(), String>>;

/// Client, faulty networks and chargers, which are named by their place in the options.
pub struct Pair {
    start: Instant,
    now: Instant,
    endpoint: Endpoint,
    takes_records: bool,
    chargers: Vec<Charger>,
    events: VecDeque<(Duration, EndpointEvent)>,
    checks: Checks,
    trace: Trace,
    hook: Option<Hook>,
}

impl Pair {
    /// A pair whose chargers announce themselves soon. `start` is only the origin of virtual time.
    pub fn new(options: &PairOptions, start: Instant) -> Self {
        let offset_s = options.utc_offset_s;
        let clock = WallClock::new(options.unix_time_s, move |_| offset_s);
        let config = EndpointConfig {
            session: options.session.clone(),
            ..EndpointConfig::default()
        };
        let mut endpoint = Endpoint::new(config, start, clock, options.seed);
        for device in &options.devices {
            let known = Known {
                pin: Some(device.pin),
                ..Known::default()
            };
            endpoint.add(start, device.serial, known);
        }
        let chargers: Vec<_> = (0..)
            .zip(&options.devices)
            .map(|(index, config)| Charger::new(index, config, options, start))
            .collect();
        let mut pair = Self {
            start,
            now: start,
            endpoint,
            takes_records: options.session.acknowledge_records,
            checks: Checks::new(start, options, &chargers),
            chargers,
            events: VecDeque::new(),
            trace: Trace::default(),
            hook: None,
        };
        pair.settle();
        pair
    }

    virtual_time!();

    /// Asks the client for something.
    ///
    /// # Errors
    /// What [`Endpoint::request`] refuses; [`RequestError::UnknownCharger`] also when there is no such charger.
    pub fn request(&mut self, charger: usize, request: Request) -> Result<RequestId, RequestError> {
        let place = self
            .chargers
            .get(charger)
            .ok_or(RequestError::UnknownCharger)?;
        let serial = place.device.config().serial;
        let id = self.endpoint.request(self.now, serial, request.clone())?;
        self.checks.asked(self.now, charger, id, request);
        self.settle();
        Ok(id)
    }

    /// Does something to a device at the present virtual time.
    ///
    /// # Panics
    /// When there is no such charger.
    pub fn with_device<T>(
        &mut self,
        charger: usize,
        act: impl FnOnce(&mut Device, Instant) -> T,
    ) -> T {
        let result = act(&mut self.chargers[charger].device, self.now);
        self.settle();
        result
    }

    /// A device.
    ///
    /// # Panics
    /// When there is no such charger.
    pub fn device(&self, charger: usize) -> &Device {
        &self.chargers[charger].device
    }

    /// Where a charger is.
    ///
    /// # Panics
    /// When there is no such charger.
    pub fn address(&self, charger: usize) -> SocketAddrV4 {
        self.chargers[charger].address
    }

    /// Faults that struck a charger so far.
    ///
    /// # Panics
    /// When there is no such charger.
    pub fn faults(&self, charger: usize) -> &Injector {
        &self.chargers[charger].injector
    }

    /// The client.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The client's side of a charger.
    pub fn session(&self, charger: usize) -> Option<&Session> {
        let place = self.chargers.get(charger)?;
        self.endpoint.evse(place.device.config().serial)
    }

    /// Whether charger and client agree that the client is registered.
    pub fn is_registered(&self, charger: usize) -> bool {
        let there = self
            .chargers
            .get(charger)
            .and_then(|charger| charger.device.client());
        there == Some(*CLIENT.ip()) && self.session(charger).is_some_and(Session::is_registered)
    }

    /// The next event of the client, with virtual time since the start.
    pub fn poll_event(&mut self) -> Option<(Duration, EndpointEvent)> {
        self.events.pop_front()
    }

    /// Requests that have not ended yet.
    pub fn unfinished(&self) -> usize {
        self.checks.unfinished()
    }

    /// Results contradicted by a device, rules broken by the client, requests that ended twice, and what the hook
    /// found. The first 100.
    pub fn problems(&self) -> &[String] {
        self.checks.problems()
    }

    /// The last things that happened.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}

/// Where the client is.
const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 255, 0, 1), CLIENT_PORT);
