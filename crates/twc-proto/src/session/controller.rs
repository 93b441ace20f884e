//! The controller, as its owner sees it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use evse_sharing::{Ledger, Overload, Settings};

use super::announce::Phase;
use super::line::Line;
use super::pending::Pending;
use super::plan::Plan;
use super::random::Random;
use super::records::Records;
use super::schedule::Schedule;
use super::{
    Config, Counters, Event, Farewell, ForeignController, Peripheral, Request, RequestError,
    RequestFailure, RequestId, Silence, State, Transmit,
};
use crate::Address;
use crate::frame::{Frame, FrameErrorKind};

/// One bus and the units on it. See the [module](super).
pub struct Controller {
    pub(super) config: Config,
    pub(super) address: Address,
    /// Drawn once: another one means to the units that their controller has restarted.
    pub(super) session: u8,
    pub(super) epoch: Instant,
    pub(super) random: Random,
    pub(super) phase: Phase,
    pub(super) line: Line,
    pub(super) records: Records,
    pub(super) plans: BTreeMap<Address, Plan>,
    pub(super) ledger: Ledger<Address>,
    pub(super) budget_until: Option<Instant>,
    pub(super) overload: Option<Overload>,
    pub(super) schedule: Schedule,
    pub(super) pending: Vec<Pending>,
    pub(super) next_request: u64,
    pub(super) outgoing: Option<Transmit>,
    /// When a peripheral had our id.
    pub(super) conflict_at: Option<Instant>,
}

/// Whether the serial line, or the gateway, is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortState {
    /// It is there.
    Open,
    /// It is gone; whoever owns it tries again after 1, 2, 5, 10 s.
    Closed,
}

impl Controller {
    /// A controller on a line that was just opened. The seed decides what is left to chance: its id unless configured,
    /// its session number, and waits.
    pub fn new(config: Config, now: Instant, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let address = config
            .address
            .unwrap_or_else(|| Address(random.between(1, 0xFFFE)));
        let [.., session] = random.between(1, 254).to_be_bytes();
        let settings = Settings {
            release_after: Settings::default()
                .release_after
                .filter(|_| !config.keep_lost_share),
            ..Settings::default()
        };
        let phase = if config.listen_only {
            Phase::silent(Silence::Configured)
        } else {
            Phase::listening(now)
        };
        Self {
            address,
            session,
            epoch: now,
            random,
            phase,
            line: Line::new(),
            records: Records::default(),
            plans: BTreeMap::new(),
            ledger: Ledger::new(config.limit_a, settings),
            budget_until: None,
            overload: None,
            schedule: Schedule::new(now),
            pending: Vec::new(),
            next_request: 0,
            outgoing: None,
            conflict_at: None,
            config,
        }
    }

    /// Takes a frame that [`Decoder`](crate::frame::Decoder) cut out, our own included if an adapter brings them back.
    pub fn handle_input(&mut self, now: Instant, frame: &Frame) {
        self.line.active(now);
        if self.line.is_echo(now, frame) {
            self.records.counters.echoes += 1;
        } else if self.phase != Phase::Stopped {
            self.schedule.frames = true;
            self.take_frame(now, frame);
        }
        self.settle(now);
    }

    /// Bytes arrived that are no frame.
    pub fn handle_line_error(&mut self, now: Instant, kind: FrameErrorKind) {
        self.line.active(now);
        let collision = self.line.is_awaiting();
        self.records.counters.errors += 1;
        self.records.counters.collisions += u64::from(collision);
        self.schedule.errors = true;
        let back_off = self.random.millis(100, 400);
        self.line.back_off(now + back_off);
        self.records.emit(Event::LineError { kind, collision });
        self.settle(now);
    }

    /// Bytes arrived that are no whole frame yet.
    pub fn handle_activity(&mut self, now: Instant) {
        self.line.active(now);
        self.settle(now);
    }

    /// The serial line, or the gateway, went away or came back. What is known of the units stays.
    pub fn handle_port(&mut self, now: Instant, port: PortState) {
        let is_open = port == PortState::Open;
        if self.line.port(is_open) {
            self.records.port(now, is_open);
            self.outgoing = None;
            self.fail_all(None, |sent| RequestFailure::Closed { sent });
            self.port_changed(now);
        }
        self.settle(now);
    }

    /// Does what is due. Early calls change nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.is_stopped() {
            return;
        }
        if let Some(missed) = self.line.missed(now) {
            self.unanswered(missed);
        }
        for unit in self.records.age(now, self.line.is_open()) {
            self.unit_lost(unit);
        }
        self.budget_due(now);
        self.phase_due(now);
        self.requests_due(now);
        self.settle(now);
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.phase == Phase::Stopped {
            return None;
        }
        [
            self.line.awaited_until(),
            self.records.next_age(self.line.is_open()),
            self.budget_until,
            self.phase.due(),
            self.next_request_due(),
            self.next_transmit(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The frame to send now, if any.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outgoing.take()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.records.poll_event()
    }

    /// Asks a unit for something. The result comes as [`Event::Done`].
    ///
    /// # Errors
    /// [`RequestError`] says what stands in the way; then nothing is sent.
    pub fn request(
        &mut self,
        now: Instant,
        unit: Address,
        request: Request,
    ) -> Result<RequestId, RequestError> {
        let id = self.enqueue(now, unit, request);
        self.settle(now);
        id
    }

    /// What the common breaker carries, A, is another. For a person: see [`Self::set_budget`] for automatic control.
    pub fn set_limit_a(&mut self, now: Instant, limit_a: u16) {
        self.config.limit_a = limit_a;
        self.ledger.set_rated_a(limit_a);
        self.divide(now);
        self.settle(now);
    }

    /// The most that one unit may give, A, is another; `None` for as much as its wiring and hardware carry.
    pub fn set_unit_max_a(&mut self, now: Instant, unit: Address, max_a: Option<u16>) {
        let default = self.config.unit;
        self.config.units.entry(unit).or_insert(default).max_a = max_a;
        self.join(now, unit);
        self.settle(now);
    }

    /// What automatic control allows all units together, A, and until when it stands by that: then the safe limit holds.
    /// It only ever lowers the limit. `None`: no budget.
    pub fn set_budget(&mut self, now: Instant, budget: Option<(u16, Instant)>) {
        if matches!(self.phase, Phase::Leaving { .. } | Phase::Stopped) {
            return;
        }
        self.budget_until = budget.map(|(_, until)| until);
        self.ledger.set_budget_a(budget.map(|(limit_a, _)| limit_a));
        self.budget_due(now);
        self.divide(now);
        self.settle(now);
    }

    /// Falls silent for good, as [`Config::farewell`] says, and tells what each unit will do ([`Event::Left`]). A frame
    /// that was fetched already is to be finished. While units are brought to their floor, another call changes nothing.
    pub fn shutdown(&mut self, now: Instant) {
        self.fail_all(None, |sent| RequestFailure::Stopped { sent });
        match self.phase {
            Phase::Leaving { .. } => {}
            Phase::Running if self.config.farewell == Farewell::Floor => self.leave(now),
            _ => self.stop(),
        }
        self.settle(now);
    }

    /// Whether all is over.
    pub fn is_stopped(&self) -> bool {
        self.phase == Phase::Stopped
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.phase.state()
    }

    /// Whether the line is there, as [`handle_port`](Self::handle_port) last said.
    pub const fn is_port_open(&self) -> bool {
        self.line.is_open()
    }

    /// Its own id.
    pub const fn address(&self) -> Address {
        self.address
    }

    /// The limit that is shared now, A: that of the breaker, or the budget.
    pub fn limit_a(&self) -> u16 {
        self.ledger.limit_a()
    }

    /// The most that all units may draw right now, A.
    pub fn committed_a(&self) -> u32 {
        self.ledger.committed_a()
    }

    /// All peripherals, in the order of their ids.
    pub fn peripherals(&self) -> impl Iterator<Item = &Peripheral> {
        self.records.peripherals.iter()
    }

    /// One peripheral.
    pub fn peripheral(&self, unit: Address) -> Option<&Peripheral> {
        self.records.get(unit)
    }

    /// Other controllers that were heard.
    pub fn controllers(&self) -> impl Iterator<Item = &ForeignController> {
        self.records.controllers.iter()
    }

    /// What came in and went out so far.
    pub const fn counters(&self) -> Counters {
        self.records.counters
    }

    /// After everything that may have changed something.
    fn settle(&mut self, now: Instant) {
        self.pump(now);
        self.show_shares();
    }
}

impl fmt::Debug for Controller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Controller")
            .field("address", &self.address)
            .field("state", &self.state())
            .field("peripherals", &self.records.peripherals)
            .field("counters", &self.records.counters)
            .finish_non_exhaustive()
    }
}
