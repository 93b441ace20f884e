//! A [`Controller`] and a simulated bus in one process, in virtual time, with faults in between.
//!
//! A seed and the options decide everything; a failing seed reproduces the run. [`Pair::problems`] holds what the
//! built-in checks and the hook found; [`Pair::trace`] what happened before it.
//!
//! ```
//! use std::time::{Duration, Instant};
//!
//! use evse_sim::pair::twc::{Pair, PairOptions};
//! use evse_sim::twc::{Peripheral, PeripheralConfig};
//! use twc_proto::Address;
//! use twc_proto::message::ProtocolVersion;
//!
//! let unit = |id| PeripheralConfig::new(Address(id), ProtocolVersion::V2);
//! let mut pair = Pair::new(&PairOptions::new(7, 20, vec![unit(0x3495), unit(0x1839)]), Instant::now());
//! assert!(pair.run_until(Duration::from_secs(30), |pair| pair.is_linked(0) && pair.is_linked(1)));
//!
//! pair.with_peripheral(0, Peripheral::plug_in);
//! pair.with_peripheral(1, Peripheral::plug_in);
//! pair.run_for(Duration::from_secs(300));
//!
//! let draws = |unit: &Peripheral| unit.current_a();
//! assert!(pair.bus().peripherals().iter().map(draws).all(|amps| amps > 9.0));
//! assert!(pair.problems().is_empty(), "{:?}\n{}", pair.problems(), pair.trace());
//! ```

mod checks;
mod options;
mod run;
mod trace;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use twc_proto::frame::Decoder;
use twc_proto::session::{self, Controller, Event, LifeCycle, Request, RequestError, RequestId};

pub use options::PairOptions;
pub use trace::{Trace, TraceEvent};

use super::virtual_time;
use crate::twc::{Bus, Peripheral};
use checks::Checks;

/// What a hook may look at after each step; an error text becomes a problem.
pub type Hook = Box<dyn FnMut(Duration, &Bus, &Controller) -> Result<(), String>>;

/// The controller and the bus; units are named by their place on it.
pub struct Pair {
    start: Instant,
    now: Instant,
    controller: Controller,
    bus: Bus,
    decoder: Decoder,
    /// When a frame that has begun counts as cut off.
    incomplete_at: Option<Instant>,
    is_open: bool,
    events: VecDeque<(Duration, Event)>,
    checks: Checks,
    trace: Trace,
    hook: Option<Hook>,
}

impl Pair {
    /// A pair that has just been switched on. `start` is only the origin of virtual time.
    pub fn new(options: &PairOptions, start: Instant) -> Self {
        let mut pair = Self {
            start,
            now: start,
            controller: Controller::new(options.session.clone(), start, options.bus.seed),
            bus: Bus::new(options.bus.clone(), start),
            decoder: Decoder::new(),
            incomplete_at: None,
            is_open: true,
            events: VecDeque::new(),
            checks: Checks::new(start, &options.session),
            trace: Trace::default(),
            hook: None,
        };
        pair.settle();
        pair
    }

    virtual_time!();

    /// Asks a unit for something.
    ///
    /// # Errors
    /// What [`Controller::request`] refuses.
    ///
    /// # Panics
    /// When there is no such unit.
    pub fn request(&mut self, unit: usize, request: Request) -> Result<RequestId, RequestError> {
        let address = self.bus.peripherals()[unit].ground_truth().id;
        let id = self.controller.request(self.now, address, request)?;
        self.checks.asked(id);
        self.settle();
        Ok(id)
    }

    /// Does something to a unit at the present virtual time.
    ///
    /// # Panics
    /// When there is no such unit.
    pub fn with_peripheral<T>(
        &mut self,
        unit: usize,
        act: impl FnOnce(&mut Peripheral, Instant) -> T,
    ) -> T {
        let result = self.bus.with_peripheral(self.now, unit, act);
        self.settle();
        result.expect("a unit at this place")
    }

    /// Does something to the bus at the present virtual time.
    pub fn with_bus<T>(&mut self, act: impl FnOnce(&mut Bus, Instant) -> T) -> T {
        let result = act(&mut self.bus, self.now);
        self.settle();
        result
    }

    /// Does something to the controller at the present virtual time; requests go by [`Pair::request`].
    pub fn with_controller<T>(&mut self, act: impl FnOnce(&mut Controller, Instant) -> T) -> T {
        let result = act(&mut self.controller, self.now);
        self.settle();
        result
    }

    /// The bus.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// The controller.
    pub fn controller(&self) -> &Controller {
        &self.controller
    }

    /// The controller's side of a unit.
    pub fn unit(&self, unit: usize) -> Option<&session::Peripheral> {
        let id = self.bus.peripherals().get(unit)?.ground_truth().id;
        self.controller.peripheral(id)
    }

    /// Whether controller and unit agree that the one polls the other.
    pub fn is_linked(&self, unit: usize) -> bool {
        let there = self.bus.peripherals().get(unit);
        there.and_then(|unit| unit.ground_truth().controller) == Some(self.controller.address())
            && self
                .unit(unit)
                .is_some_and(|unit| matches!(unit.life, LifeCycle::Linked | LifeCycle::Initialised))
    }

    /// The next event of the controller, frames aside, with virtual time since the start.
    pub fn poll_event(&mut self) -> Option<(Duration, Event)> {
        self.events.pop_front()
    }

    /// Requests that have not ended yet.
    pub fn unfinished(&self) -> usize {
        self.checks.unfinished()
    }

    /// Rules broken by the controller, requests that ended twice, more current than the limit, and what the hook found.
    /// The first 100.
    pub fn problems(&self) -> &[String] {
        self.checks.problems()
    }

    /// The last things that happened, up to the first problem.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }
}
