//! The bus as a client's adapter sees it: bytes and time in; bytes, events and deadlines out.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use twc_proto::Address;

use super::config::PeripheralConfig;
use super::controller::{ControllerConfig, ForeignController};
use super::event::Event;
use super::line::{Line, Station};
use super::monitor::Monitor;
use super::peripheral::Peripheral;
use super::violation::Violation;
use crate::faults::FaultSpec;
use crate::faults::twc::{Fault, Injector};
use crate::random::Random;

/// What is on a bus.
#[derive(Clone, Debug)]
pub struct BusConfig {
    /// The peripherals. Real buses have at most three, this one at most five.
    pub peripherals: Vec<PeripheralConfig>,
    /// A controller that is there from the beginning, or comes by the fault.
    pub controller: ControllerConfig,
    /// Whether that controller is there from the beginning.
    pub has_controller: bool,
    /// Whether the client's adapter gives back what the client sends.
    pub echo: bool,
    /// How many bytes the client's adapter hands over at once.
    pub chunk: usize,
    /// Decides every draw.
    pub seed: u64,
    /// What goes wrong.
    pub faults: Vec<FaultSpec<Fault>>,
    /// When faults and their effects end; `None`: never.
    pub faults_last: Option<Duration>,
}

impl BusConfig {
    /// A quiet bus.
    pub fn new(seed: u64, peripherals: Vec<PeripheralConfig>) -> Self {
        Self {
            peripherals,
            controller: ControllerConfig::default(),
            has_controller: false,
            echo: false,
            chunk: 16,
            seed,
            faults: Vec::new(),
            faults_last: None,
        }
    }
}

/// Something happened on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusEvent {
    /// In a peripheral.
    Peripheral {
        /// Its place on the bus, from 0 on.
        index: usize,
        /// Its id.
        id: Address,
        /// What happened.
        event: Event,
    },
    /// The other controller came or went.
    Controller {
        /// Whether it is there.
        present: bool,
    },
    /// The client's adapter was plugged in or pulled out.
    Adapter {
        /// Whether it is there.
        present: bool,
    },
    /// A fault struck.
    Fault(Fault),
    /// The client broke a rule.
    Violation(Violation),
}

/// A simulated bus. No I/O, no clock: after any call, drain [`Bus::poll_transmit`] and [`Bus::poll_event`], then wait
/// until [`Bus::poll_timeout`].
#[derive(Clone, Debug)]
pub struct Bus {
    pub(super) line: Line,
    pub(super) peripherals: Vec<Peripheral>,
    pub(super) controller: Option<ForeignController>,
    pub(super) controller_config: ControllerConfig,
    pub(super) monitor: Monitor,
    pub(super) injector: Injector,
    /// Peripherals that are deaf and dumb.
    pub(super) stalled: Vec<bool>,
    /// What units will say late.
    pub(super) late: Vec<(Instant, Station, Vec<u8>)>,
    /// A fault lets nothing pass.
    pub(super) is_silent: bool,
    pub(super) adapter: Adapter,
    /// The id that the client uses.
    pub(super) client: Option<Address>,
    faults_seen: usize,
    seed: u64,
    heard: Vec<u8>,
    events: VecDeque<BusEvent>,
}

/// What the client's bytes go through.
#[derive(Clone, Debug)]
pub(super) struct Adapter {
    pub(super) present: bool,
    echoes: bool,
    pub(super) echoes_by_fault: bool,
    /// What it still holds back.
    pub(super) held: VecDeque<(Instant, Vec<u8>)>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Bus {
    /// A bus whose units have just been switched on.
    pub fn new(config: BusConfig, now: Instant) -> Self {
        let mut bus = Self {
            line: Line::new(Random::new(config.seed, LINE_STREAM), config.chunk, now),
            peripherals: Vec::new(),
            controller: None,
            controller_config: config.controller,
            monitor: Monitor::new(now),
            injector: Injector::new(&config.faults, config.seed, now, config.faults_last),
            stalled: Vec::new(),
            late: Vec::new(),
            is_silent: false,
            adapter: Adapter {
                present: true,
                echoes: config.echo,
                echoes_by_fault: false,
                held: VecDeque::new(),
                outgoing: VecDeque::new(),
            },
            client: None,
            faults_seen: 0,
            seed: config.seed,
            heard: Vec::new(),
            events: VecDeque::new(),
        };
        for peripheral in config.peripherals {
            bus.add_peripheral(now, peripheral);
        }
        bus.set_controller(now, config.has_controller);
        bus
    }

    /// The client's adapter got these bytes to send; they follow those that it is still sending.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        self.handle_timeout(now);
        if self.adapter.present && !bytes.is_empty() {
            self.client_sends(now, bytes);
        }
    }

    /// Time passes. Calling it early changes nothing but the physics.
    pub fn handle_timeout(&mut self, now: Instant) {
        // In the order of the moments, however late the call is.
        while let Some(next) = self.poll_timeout().filter(|next| *next <= now) {
            self.step(next);
        }
    }

    /// When [`Bus::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let fixed = [
            self.injector.poll_timeout(),
            self.line.poll_timeout(),
            self.monitor.poll_timeout(),
            self.adapter.held.front().map(|(at, _)| *at),
            self.controller
                .as_ref()
                .map(ForeignController::poll_timeout),
        ];
        let late = self.late.iter().map(|(at, ..)| *at);
        let peripherals = self.peripherals.iter().filter_map(Peripheral::poll_timeout);
        fixed
            .into_iter()
            .flatten()
            .chain(late)
            .chain(peripherals)
            .min()
    }

    /// The next bytes that the adapter hands to the client.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.adapter.outgoing.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<BusEvent> {
        self.events.pop_front()
    }

    /// Connects another peripheral, and switches it on; returns its place.
    ///
    /// # Panics
    /// When there are five.
    pub fn add_peripheral(&mut self, now: Instant, config: PeripheralConfig) -> usize {
        let index = self.peripherals.len();
        assert!(
            index < MAX_PERIPHERALS,
            "a bus has room for five peripherals"
        );
        let seed = self.seed.wrapping_mul(UNITS_PER_SEED) + index as u64;
        self.peripherals.push(Peripheral::new(config, seed, now));
        self.stalled.push(false);
        index
    }

    /// Lets the other controller come, or go.
    pub fn set_controller(&mut self, now: Instant, present: bool) {
        if present == self.controller.is_some() {
            return;
        }
        self.controller =
            present.then(|| ForeignController::new(self.controller_config, self.seed, now));
        self.monitor.forget_foreign();
        self.notify(BusEvent::Controller { present });
    }

    /// Takes the client's adapter away, or plugs it in again.
    pub fn set_adapter(&mut self, present: bool) {
        if present != self.adapter.present {
            self.adapter.present = present;
            self.adapter.held.clear();
            self.adapter.outgoing.clear();
            self.monitor.forget_foreign();
            self.notify(BusEvent::Adapter { present });
        }
    }

    /// Whether the client's adapter is plugged in.
    pub fn has_adapter(&self) -> bool {
        self.adapter.present
    }

    /// Does something to a peripheral; `None` when there is no such one.
    pub fn with_peripheral<T>(
        &mut self,
        now: Instant,
        index: usize,
        act: impl FnOnce(&mut Peripheral, Instant) -> T,
    ) -> Option<T> {
        self.handle_timeout(now);
        self.peripherals
            .get_mut(index)
            .map(|peripheral| act(peripheral, now))
    }

    /// The peripherals, by place.
    pub fn peripherals(&self) -> &[Peripheral] {
        &self.peripherals
    }

    /// The other controller, if it is there.
    pub fn controller(&self) -> Option<&ForeignController> {
        self.controller.as_ref()
    }

    /// What the client did wrong so far: the first 1,000 breaches.
    pub fn violations(&self) -> &[Violation] {
        self.monitor.violations()
    }

    /// How many breaches there were in all.
    pub fn violation_count(&self) -> u64 {
        self.monitor.total()
    }

    /// Which faults struck, and when: the first 1,000.
    pub fn fault_log(&self) -> &[(Instant, Fault)] {
        self.injector.log()
    }

    pub(super) fn notify(&mut self, event: BusEvent) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Everything that is due at this moment.
    fn step(&mut self, now: Instant) {
        while self.injector.poll_timeout().is_some_and(|next| next <= now)
            && let Some(strike) = self.injector.poll_strike(now)
        {
            self.struck(now, strike);
        }
        self.monitor.handle_timeout(now, &self.peripherals);
        self.hear(now);
        while let Some(index) = self.late.iter().position(|(at, ..)| *at <= now) {
            let (_, station, bytes) = self.late.swap_remove(index);
            self.put_on_line(now, station, &bytes);
        }
        self.run_units(now);
        self.tell();
    }

    /// What the line and the adapter have for those who listen.
    fn hear(&mut self, now: Instant) {
        let echo = self.adapter.echoes || self.adapter.echoes_by_fault;
        while let Some(bytes) = self.line.hand_over(now, echo) {
            self.hold(now, bytes);
        }
        if let Some(burst) = self.line.take_burst(now) {
            let mut heard = std::mem::take(&mut self.heard);
            let units = self.peripherals.iter_mut().zip(&self.stalled).enumerate();
            for (index, (peripheral, stalled)) in units {
                burst.heard_by(Station::peripheral(index), &mut heard);
                if !stalled && !heard.is_empty() {
                    peripheral.handle_input(now, &heard);
                }
            }
            if let Some(controller) = &mut self.controller {
                burst.heard_by(Station::FOREIGN, &mut heard);
                controller.handle_input(now, &heard);
            }
            self.heard = heard;
            self.line.recycle(burst);
        }
        while self.adapter.held.front().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, bytes)) = self.adapter.held.pop_front() {
                let foreign = self.controller.as_ref().map(|known| known.config().id);
                self.monitor.client_hears(now, &bytes, foreign);
                if self.adapter.outgoing.len() < MAX_OUTGOING {
                    self.adapter.outgoing.push_back(bytes);
                }
            }
        }
    }

    /// The time of the units, and what they say.
    fn run_units(&mut self, now: Instant) {
        for index in 0..self.peripherals.len() {
            let Some(peripheral) = self.peripherals.get_mut(index) else {
                return;
            };
            if peripheral.poll_timeout().is_some_and(|next| next <= now) {
                peripheral.handle_timeout(now);
            }
            while let Some(bytes) = self
                .peripherals
                .get_mut(index)
                .and_then(Peripheral::poll_transmit)
            {
                if self.stalled.get(index) != Some(&true) {
                    self.unit_sends(now, Station::peripheral(index), bytes);
                }
            }
        }
        if let Some(controller) = &mut self.controller {
            controller.handle_timeout(now);
            if let Some(bytes) = controller.poll_transmit() {
                self.unit_sends(now, Station::FOREIGN, bytes);
            }
        }
    }

    /// Collects events.
    fn tell(&mut self) {
        for index in 0..self.peripherals.len() {
            while let Some((id, event)) = self.peripherals.get_mut(index).and_then(|peripheral| {
                let event = peripheral.poll_event()?;
                Some((peripheral.id, event))
            }) {
                self.notify(BusEvent::Peripheral { index, id, event });
            }
        }
        let violations: Vec<_> = self.monitor.take_news().collect();
        for violation in violations {
            self.notify(BusEvent::Violation(violation));
        }
        while let Some((_, fault)) = self.injector.log().get(self.faults_seen) {
            let fault = *fault;
            self.faults_seen += 1;
            self.notify(BusEvent::Fault(fault));
        }
    }
}

/// One bit each in what tells who talks.
const MAX_PERIPHERALS: usize = 5;
/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 4_096;
/// Bytes that no client reads are not kept for ever.
const MAX_OUTGOING: usize = 1_024;
/// Units of buses with neighbouring seeds draw differently.
const UNITS_PER_SEED: u64 = 64;
/// Stream of the random generator.
const LINE_STREAM: u64 = 5;
