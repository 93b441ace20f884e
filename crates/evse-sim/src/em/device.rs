//! The device as its owner sees it: packets and time in; packets, events and deadlines out.
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use emproto::message::{ChargerState, ChargingStatus, Faults, Identifier, Message, WeeklyPlan};
use emproto::time::RawTime;

use super::charge::{Charge, Phase};
use super::client::Registration;
use super::clock::Clock;
use super::config::DeviceConfig;
use super::event::Event;
use super::records::Records;
use super::settings::Settings;
use super::timer::Timer;
use super::violation::{Violation, ViolationKind};
use crate::electrics::{Electrics, STEP};
use crate::random::Random;
use crate::timers::Timers;
use crate::vehicle::Vehicle;
use crate::violations::Violations;

/// A simulated EM charger. No I/O, no clock: after any call, drain [`Device::poll_transmit`] and
/// [`Device::poll_event`], then wait until [`Device::poll_timeout`].
#[derive(Clone, Debug)]
pub struct Device {
    pub(super) config: DeviceConfig,
    pub(super) random: Random,
    pub(super) settings: Settings,
    pub(super) electrics: Electrics,
    pub(super) vehicle: Vehicle,
    pub(super) clock: Clock,
    pub(super) registration: Registration,
    /// Whose login was accepted and is not confirmed yet.
    pub(super) candidate: Option<Ipv4Addr>,
    pub(super) timers: Timers<Timer>,
    pub(super) state: ChargerState,
    pub(super) faults: Faults,
    pub(super) charge: Option<Charge>,
    /// The last session, as it is still reported.
    pub(super) last: Option<ChargingStatus>,
    pub(super) records: Records,
    /// The window of the weekly plan that is over, by its beginning.
    pub(super) window_done: Option<i64>,
    pub(super) restarting: bool,
    /// The next status holds values that nobody knows.
    pub(super) odd_status: bool,
    pub(super) starts: u64,
    pub(super) wrong_pins: u64,
    pub(super) probes: u64,
    started: Instant,
    scheduled: VecDeque<(Instant, Transmit)>,
    outgoing: VecDeque<Transmit>,
    events: VecDeque<Event>,
    violations: Violations<Violation>,
}

/// A packet for the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transmit {
    /// Where it goes.
    pub to: SocketAddrV4,
    /// One or two datagrams.
    pub bytes: Vec<u8>,
}

/// What is really so, to be compared with what a client reports.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundTruth {
    /// State.
    pub state: ChargerState,
    /// Faults.
    pub faults: Faults,
    /// Whether a car is plugged in.
    pub plugged: bool,
    /// Whether power is on.
    pub output_on: bool,
    /// Current of the first phase, A.
    pub current_a: f64,
    /// Power of all phases, W.
    pub power_w: f64,
    /// Energy counter, Wh.
    pub register_wh: f64,
    /// Energy of the running session, or of the last one, Wh.
    pub session_wh: f64,
    /// Id of the session or reservation.
    pub charge_id: Option<Identifier>,
    /// Whether that is a reservation.
    pub is_reserved: bool,
    /// When the reservation starts, by the charger's clock.
    pub reserved_for: Option<RawTime>,
    /// Current of the session, A.
    pub session_current_a: Option<u8>,
    /// The registered client.
    pub client: Option<Ipv4Addr>,
    /// The name.
    pub nickname: String,
    /// The configured current, A.
    pub output_a: u8,
    /// Language code.
    pub language: u8,
    /// Temperature unit code.
    pub temperature_unit: u8,
    /// Start method code.
    pub start_method: u8,
    /// The weekly plan.
    pub plan: WeeklyPlan,
    /// What its clock shows.
    pub clock: RawTime,
    /// How far its clock is ahead of the owner's, seconds.
    pub clock_skew_s: i64,
    /// Sessions that began so far.
    pub starts: u64,
    /// How often the contactor was closed.
    pub contactor_cycles: u64,
    /// Records that nobody acknowledged.
    pub unacknowledged_records: usize,
    /// Requests with a wrong PIN.
    pub wrong_pins: u64,
    /// Probes that it answered.
    pub probes: u64,
}

impl Device {
    /// A device that has just been switched on. `seed` decides every draw, `unix_s` is the true time at `now`.
    pub fn new(config: DeviceConfig, seed: u64, now: Instant, unix_s: i64) -> Self {
        let mut random = Random::new(seed, DEVICE_STREAM);
        let electrics = Electrics::new(config.phases, config.register_wh, 0.0, &mut random, now);
        let clock = Clock::new(now, unix_s, config.utc_offset_s, config.clock_skew_s);
        let records = Records::new(&config, clock.time(now));
        let mut device = Self {
            settings: Settings::new(&config),
            vehicle: Vehicle::new(config.vehicle),
            electrics,
            clock,
            records,
            random,
            config,
            registration: Registration::None,
            candidate: None,
            timers: Timers::default(),
            state: ChargerState::Standby,
            faults: Faults::NONE,
            charge: None,
            last: None,
            window_done: None,
            restarting: false,
            odd_status: false,
            starts: 0,
            wrong_pins: 0,
            probes: 0,
            started: now,
            scheduled: VecDeque::new(),
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
            violations: Violations::default(),
        };
        // Chargers of one process must not announce themselves in step.
        let first = device
            .config
            .announce_interval
            .max
            .mul_f64(device.random.between(0.0, 1.0));
        device.timers.set(Timer::Announce, now + first);
        device
    }

    /// A packet came from `from`.
    pub fn handle_input(&mut self, now: Instant, from: SocketAddrV4, packet: &[u8]) {
        self.handle_timeout(now);
        if !self.restarting {
            self.receive(now, *from.ip(), packet);
            self.handle_timeout(now);
        }
    }

    /// Time passes. Calling it early changes nothing but the physics.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.advance_physics(now);
        while let Some(timer) = self.timers.expire(now) {
            self.fire(now, timer);
        }
        while self.scheduled.front().is_some_and(|(due, _)| *due <= now) {
            if let Some((_, transmit)) = self.scheduled.pop_front() {
                self.put_out(transmit);
            }
        }
    }

    /// When [`Device::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let scheduled = self.scheduled.front().map(|(due, _)| *due);
        [self.timers.next(), scheduled].into_iter().flatten().min()
    }

    /// The next packet for the network.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outgoing.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The configuration, as it is now.
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

    /// The state.
    pub fn state(&self) -> ChargerState {
        self.state
    }

    /// The registered client, unless it is someone else's.
    pub fn client(&self) -> Option<Ipv4Addr> {
        self.registration.client().map(|client| client.ip)
    }

    /// The car, to set its charge or its wish.
    pub fn vehicle_mut(&mut self) -> &mut Vehicle {
        &mut self.vehicle
    }

    /// The truth, as of the last call with a time.
    pub fn ground_truth(&self) -> GroundTruth {
        let now = self.electrics.updated();
        let (_, current_a) = self.electrics.phase_readings(&self.vehicle)[0];
        let phase = self.charge.as_ref().map(|charge| charge.phase);
        GroundTruth {
            state: self.state,
            faults: self.faults,
            plugged: self.vehicle.is_plugged(),
            output_on: self.electrics.contactor.is_closed(),
            current_a,
            power_w: self.electrics.power_w(&self.vehicle),
            register_wh: self.electrics.meter.register_wh(),
            session_wh: self.electrics.meter.session_wh(),
            charge_id: self.charge.as_ref().map(|charge| charge.id),
            is_reserved: phase == Some(Phase::Reserved),
            reserved_for: self
                .charge
                .as_ref()
                .filter(|charge| charge.phase == Phase::Reserved)
                .map(|charge| charge.reservation),
            session_current_a: self.charge.as_ref().map(|charge| charge.current_a),
            client: self.client(),
            nickname: self.settings.nickname.clone(),
            output_a: self.settings.output_a,
            language: self.settings.language.code(),
            temperature_unit: self.settings.temperature_unit.code(),
            start_method: self.settings.start_method.code(),
            plan: self.settings.plan,
            clock: self.clock.time(now),
            clock_skew_s: self.clock.skew_s(),
            starts: self.starts,
            contactor_cycles: self.electrics.contactor.cycles(),
            unacknowledged_records: self.records.pending_count(),
            wrong_pins: self.wrong_pins,
            probes: self.probes,
        }
    }

    pub(super) fn notify(&mut self, event: Event) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(super) fn violate(&mut self, now: Instant, kind: ViolationKind) {
        let at = now.saturating_duration_since(self.started);
        let violation = Violation { at, kind };
        self.violations.push(violation);
        self.notify(Event::Violation(violation));
    }

    /// Replies to a request from this address, after the usual delay.
    pub(super) fn reply(&mut self, now: Instant, to: Ipv4Addr, message: &Message) {
        let delay = self.random.delay(self.config.reply_delay);
        let to = SocketAddrV4::new(to, self.config.client_port);
        self.send_after(now, delay, to, message);
    }

    /// Sends to the registered client, if there is one.
    pub(super) fn push(&mut self, now: Instant, message: &Message) {
        if let Some(client) = self.registration.client_mut() {
            let overdue = client.expect_ack(now, message.command());
            let to = SocketAddrV4::new(client.ip, self.config.client_port);
            if overdue {
                self.violate(now, ViolationKind::MissingAck(message.command()));
            }
            self.send_after(now, Duration::ZERO, to, message);
        }
    }

    /// Queues a datagram, never before one that is queued already.
    pub(super) fn send_after(
        &mut self,
        now: Instant,
        delay: Duration,
        to: SocketAddrV4,
        message: &Message,
    ) {
        let last = self.scheduled.back().map_or(now, |(due, _)| *due);
        // Payloads of our own are far below the limit.
        if let Ok(bytes) = message.to_datagram(self.config.serial, self.config.password) {
            let due = last.max(now + delay);
            self.scheduled.push_back((due, Transmit { to, bytes }));
        }
    }

    /// Forgets what was to be sent.
    pub(super) fn clear_transmits(&mut self) {
        self.scheduled.clear();
        self.outgoing.clear();
    }

    fn put_out(&mut self, transmit: Transmit) {
        if let Some(last) = self.outgoing.back_mut()
            && self.config.joins_datagrams
            && last.to == transmit.to
            && last.bytes.len() + transmit.bytes.len() <= MAX_JOINED
        {
            last.bytes.extend_from_slice(&transmit.bytes);
        } else {
            self.outgoing.push_back(transmit);
        }
    }

    fn advance_physics(&mut self, now: Instant) {
        let before = self.electrics.updated();
        self.electrics
            .advance(now, &mut self.vehicle, &mut self.random);
        if let Some(charge) = self
            .charge
            .as_mut()
            .filter(|charge| charge.phase == Phase::On)
        {
            charge.charged += now.saturating_duration_since(before);
        }
    }

    fn fire(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::Physics => {
                self.timers.set(Timer::Physics, now + STEP);
                self.follow_session(now);
            }
            Timer::Restarted => self.finish_restart(now),
            Timer::Announce => self.announce_if_due(now),
            Timer::Heading => self.send_heading(now),
            Timer::StrangerGone => self.unregister(now),
            Timer::Status => self.push_status(now),
            Timer::Charging => self.push_charging(now),
            Timer::Replay => self.replay_record(now),
            Timer::CloseContactor => self.close_contactor(now),
            Timer::Reservation => self.reservation_due(now),
            Timer::Plan => self.follow_plan(now),
            Timer::LateFault => self.late_fault(now),
        }
    }
}

/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 4_096;
/// Datagrams are joined only while they fit into a packet of a common network.
const MAX_JOINED: usize = 1_400;
/// Stream of the random generator.
const DEVICE_STREAM: u64 = 1;
