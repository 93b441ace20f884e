//! The device as its owner sees it: connections, bytes and time in; bytes, events and deadlines out.
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use duosida_proto::config::keys;
use duosida_proto::message::{self, Body, ChargePointStatus, Envelope, ErrorCode};

use super::config::DeviceConfig;
use super::event::Event;
use super::session::{Request, Session, Timer, Timers};
use super::settings::Settings;
use super::slot::{Admission, Slot};
use super::transaction::{Transaction, TransactionMessages};
use super::violation::{Violation, ViolationKind};
use crate::electrics::{Electrics, STEP};
use crate::number::seconds;
use crate::random::Random;
use crate::vehicle::Vehicle;
use crate::violations::Violations;

/// A simulated Duosida wallbox. No I/O, no clock: after any call, drain [`Device::poll_transmit`] and
/// [`Device::poll_event`], then wait until [`Device::poll_timeout`].
#[derive(Clone, Debug)]
pub struct Device {
    pub(super) config: DeviceConfig,
    pub(super) random: Random,
    pub(super) settings: Settings,
    pub(super) electrics: Electrics,
    pub(super) vehicle: Vehicle,
    pub(super) slot: Slot,
    pub(super) session: Option<Session>,
    pub(super) timers: Timers,
    pub(super) status: ChargePointStatus,
    pub(super) error: ErrorCode,
    /// Who may charge, while the car or the contactor is still awaited.
    pub(super) authorised: Option<String>,
    pub(super) shown_card: Option<String>,
    pub(super) transaction: Option<Transaction>,
    pub(super) next_serial: u64,
    pub(super) next_cloud_id: i64,
    pub(super) messages: TransactionMessages,
    pub(super) booted: Instant,
    pub(super) restarting: bool,
    pub(super) bad_tag: bool,
    pub(super) unknown_fields: bool,
    pub(super) next_id: u64,
    pub(super) scheduled: VecDeque<(Instant, Vec<u8>)>,
    /// Nothing is sent before this: the last message has a segment of its own.
    pub(super) not_before: Instant,
    started: Instant,
    started_unix_s: i64,
    /// The charger's clock minus the true time, seconds.
    clock_error_s: i64,
    outgoing: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
    violations: Violations<Violation>,
}

/// What is really so, to be compared with what a client reports.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundTruth {
    /// Status.
    pub status: ChargePointStatus,
    /// Error code.
    pub error: ErrorCode,
    /// Current of the first phase, A.
    pub current_a: f64,
    /// Power of all phases, W.
    pub power_w: f64,
    /// Voltage of the first phase, V.
    pub voltage_v: f64,
    /// Station temperature, °C.
    pub temperature_c: f64,
    /// The stored current limit, A.
    pub limit_a: f64,
    /// What the pilot offers now, A.
    pub offered_a: f64,
    /// Id of the running transaction, once confirmed.
    pub transaction_id: Option<i64>,
    /// Whether a transaction runs, confirmed or not.
    pub in_transaction: bool,
    /// Whether a car is plugged in.
    pub plugged: bool,
    /// Whether a local session is open.
    pub connected: bool,
    /// Energy register, Wh.
    pub register_wh: f64,
    /// Energy of the running session, Wh.
    pub session_wh: f64,
    /// All settings as stored.
    pub settings: BTreeMap<String, String>,
    /// Writes to flash so far.
    pub flash_writes: u64,
    /// How often the contactor was closed.
    pub contactor_cycles: u64,
    /// The charger's clock, seconds since 1970.
    pub clock_unix_s: i64,
}

impl Device {
    /// A device that has just been switched on. `seed` decides every draw, `unix_time_s` is the true time at `now`.
    pub fn new(config: DeviceConfig, seed: u64, now: Instant, unix_time_s: i64) -> Self {
        let mut random = Random::new(seed, DEVICE_STREAM);
        let settings = Settings::new(config.rating_a);
        let limit = settings.number(keys::MAX_CURRENT);
        let electrics = Electrics::new(config.phases, config.register_wh, limit, &mut random, now);
        let next_id = FIRST_OWN_ID + random.below(1_000);
        Self {
            slot: Slot::new(config.slot_busy, config.second_connection),
            vehicle: Vehicle::new(config.vehicle),
            // Without the cloud the clock starts at 0. Assumption (spec 16).
            clock_error_s: if config.cloud { 0 } else { -unix_time_s },
            settings,
            electrics,
            random,
            config,
            session: None,
            timers: Timers::default(),
            status: ChargePointStatus::Available,
            error: ErrorCode::NoError,
            authorised: None,
            shown_card: None,
            transaction: None,
            next_serial: 1,
            next_cloud_id: FIRST_CLOUD_TRANSACTION,
            messages: TransactionMessages::default(),
            booted: now,
            restarting: false,
            bad_tag: false,
            unknown_fields: false,
            next_id,
            scheduled: VecDeque::new(),
            not_before: now,
            started: now,
            started_unix_s: unix_time_s,
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
            violations: Violations::default(),
        }
    }

    /// Someone connects. Only after [`Admission::Accept`] may frames be handed in.
    pub fn handle_connect(&mut self, now: Instant) -> Admission {
        self.handle_timeout(now);
        let admission = if self.restarting {
            Admission::Refuse
        } else {
            self.slot.connect(now)
        };
        match admission {
            Admission::Accept => self.session = Some(Session::default()),
            Admission::AcceptAndClose | Admission::Refuse => {
                self.violate(now, ViolationKind::SecondConnection);
            }
        }
        admission
    }

    /// The connection that was accepted is gone.
    pub fn handle_closed(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.forget_session(now);
    }

    /// A frame from the client, cut by [`duosida_proto::frame::Decoder`].
    pub fn handle_input(&mut self, now: Instant, frame: &[u8]) {
        self.handle_timeout(now);
        if self.restarting || self.slot.is_locked() || self.session.is_none() {
            return;
        }
        match message::decode(frame) {
            Ok(envelope) => self.receive(now, envelope),
            Err(_) => self.violate(now, ViolationKind::Malformed),
        }
        self.handle_timeout(now);
    }

    /// Time passes. Calling it early changes nothing but the physics.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance_physics(now);
        while let Some(timer) = self.timers.expire(now) {
            self.fire(now, timer);
        }
        while self.scheduled.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, bytes)) = self.scheduled.pop_front() {
                self.outgoing.push_back(bytes);
            }
        }
    }

    /// When [`Device::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let scheduled = self.scheduled.front().map(|(due, _)| *due);
        [self.timers.next(), scheduled].into_iter().flatten().min()
    }

    /// The next raw message for the client. Messages that are ready together may share a segment.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outgoing.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The configuration it was made with.
    pub fn config(&self) -> &DeviceConfig {
        &self.config
    }

    /// What clients did wrong so far: the first 1,000 breaches.
    pub fn violations(&self) -> &[Violation] {
        self.violations.as_slice()
    }

    /// How many breaches there were in all.
    pub fn violation_count(&self) -> u64 {
        self.violations.total()
    }

    /// The truth, as of the last call with a time.
    pub fn ground_truth(&self) -> GroundTruth {
        let (voltage_v, current_a) = self.electrics.phase_readings(&self.vehicle)[0];
        GroundTruth {
            status: self.status,
            error: self.error,
            current_a,
            power_w: self.electrics.power_w(&self.vehicle),
            voltage_v,
            temperature_c: self.electrics.celsius(),
            limit_a: self.settings.number(keys::MAX_CURRENT),
            offered_a: self.electrics.limit.value(self.electrics.updated()),
            transaction_id: self.transaction.as_ref().and_then(|running| running.id),
            in_transaction: self.transaction.is_some(),
            plugged: self.vehicle.is_plugged(),
            connected: self.session.is_some(),
            register_wh: self.electrics.meter.register_wh(),
            session_wh: self.electrics.meter.session_wh(),
            settings: self.settings.values().clone(),
            flash_writes: self.settings.flash_writes(),
            contactor_cycles: self.electrics.contactor.cycles(),
            clock_unix_s: self.clock(self.electrics.updated()),
        }
    }

    /// The status alone, without the copies of [`Device::ground_truth`].
    pub fn status(&self) -> ChargePointStatus {
        self.status
    }

    /// The car, to set its charge or its wish.
    pub fn vehicle_mut(&mut self) -> &mut Vehicle {
        &mut self.vehicle
    }

    /// The true time at `now`, seconds since 1970.
    pub(super) fn true_time(&self, now: Instant) -> i64 {
        self.started_unix_s + seconds(now.saturating_duration_since(self.started))
    }

    /// The charger's own clock.
    pub(super) fn clock(&self, now: Instant) -> i64 {
        self.true_time(now) + self.clock_error_s
    }

    pub(super) fn set_clock(&mut self, now: Instant, unix_time_s: i64) {
        self.clock_error_s = unix_time_s.saturating_sub(self.true_time(now));
    }

    pub(super) fn notify(&mut self, event: Event) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(super) fn violate(&mut self, now: Instant, kind: ViolationKind) {
        let violation = Violation {
            at: now.saturating_duration_since(self.started),
            kind,
        };
        self.violations.push(violation.clone());
        self.notify(Event::Violation(violation));
    }

    pub(super) fn own_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// Queues a message for the client after `delay`, never before one that is queued already.
    pub(super) fn send_after(
        &mut self,
        now: Instant,
        delay: Duration,
        body: Body,
        message_id: u64,
    ) {
        let envelope = Envelope {
            message: Some(body),
            client_id: Some(self.config.identifier.clone()),
            message_id: Some(message_id),
        };
        let due = self.last_due(now).max(now + delay).max(self.not_before);
        let bytes = self.disturb(message::encode(&envelope));
        self.scheduled.push_back((due, bytes));
    }

    /// When the last queued message goes out; `now` if none is queued.
    pub(super) fn last_due(&self, now: Instant) -> Instant {
        self.scheduled.back().map_or(now, |(due, _)| *due)
    }

    /// Sends one of our own requests and waits for its confirmation.
    pub(super) fn request_after(
        &mut self,
        now: Instant,
        delay: Duration,
        request: Request,
        body: Body,
    ) -> u64 {
        let id = self.own_id();
        self.send_after(now, delay, body, id);
        let due = self.last_due(now);
        if let Some(session) = self.session.as_mut() {
            session.expect(id, request, due);
            if !self.timers.is_set(Timer::Confirmation) {
                self.timers
                    .set(Timer::Confirmation, session.next_deadline().unwrap_or(now));
            }
        }
        id
    }

    /// Whether requests to the client make sense: the opening message came.
    pub(super) fn is_open(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.opened) && !self.restarting
    }

    pub(super) fn forget_session(&mut self, now: Instant) {
        self.session = None;
        self.scheduled.clear();
        self.outgoing.clear();
        self.slot.release(now);
        for timer in [
            Timer::VendorStatus,
            Timer::Heartbeat,
            Timer::DataContinue,
            Timer::Confirmation,
        ] {
            self.timers.clear(timer);
        }
    }

    fn fire(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::Physics => self.timers.set(Timer::Physics, now + STEP),
            Timer::Restarted => self.finish_restart(now),
            Timer::StartCharge => self.begin_charge(now),
            Timer::ConnectionTimeout => self.give_up_waiting(now),
            Timer::SuspendedEnd => self.end_suspended(now),
            Timer::LingerEnd => self.set_status(now, ChargePointStatus::Available),
            Timer::TransactionMessage => self.send_transaction_message(now),
            Timer::VendorStatus => self.push_vendor_status(now, Duration::ZERO),
            Timer::MeterValues => self.push_meter_values(now),
            Timer::Heartbeat => self.push_heartbeat(now),
            Timer::DataContinue => self.push_data_continue(now),
            Timer::Confirmation => self.check_confirmations(now),
        }
    }

    fn check_confirmations(&mut self, now: Instant) {
        while let Some(request) = self
            .session
            .as_mut()
            .and_then(|session| session.overdue(now))
        {
            if request.must_be_confirmed() {
                self.violate(
                    now,
                    ViolationKind::MissingConfirmation {
                        message: request.name(),
                    },
                );
            }
        }
        if let Some(at) = self.session.as_ref().and_then(Session::next_deadline) {
            self.timers.set(Timer::Confirmation, at);
        }
    }
}

/// The charger's own message ids count up from here. Source: hardware captures.
pub(super) const FIRST_OWN_ID: u64 = 0x0800_0000;
/// Cloud transaction ids are small and sequential. Source: hardware captures.
const FIRST_CLOUD_TRANSACTION: i64 = 2_254_116;
/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 4_096;
/// Stream of the random generator.
const DEVICE_STREAM: u64 = 1;
