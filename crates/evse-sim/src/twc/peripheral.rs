//! The peripheral as its owner sees it: bytes of the line and time in; bytes, events and deadlines out.
use std::collections::VecDeque;
use std::time::Instant;

use twc_proto::Address;
use twc_proto::frame::Decoder;
use twc_proto::message::{Message, PeripheralState, PlugState};

use super::charging::{Adjustment, Phase};
use super::config::PeripheralConfig;
use super::event::Event;
use super::timer::Timer;
use crate::DelayRange;
use crate::electrics::Electrics;
use crate::random::Random;
use crate::timers::Timers;
use crate::vehicle::Vehicle;

/// A simulated peripheral. No I/O, no clock: after any call, drain [`Peripheral::poll_transmit`] and
/// [`Peripheral::poll_event`], then wait until [`Peripheral::poll_timeout`].
#[derive(Clone, Debug)]
pub struct Peripheral {
    pub(super) config: PeripheralConfig,
    pub(super) random: Random,
    pub(super) electrics: Electrics,
    pub(super) vehicle: Vehicle,
    pub(super) timers: Timers<Timer>,
    pub(super) id: Address,
    pub(super) session: u8,
    /// Who claimed it.
    pub(super) controller: Option<Address>,
    pub(super) phase: Phase,
    pub(super) adjustment: Option<Adjustment>,
    /// The limit, 0.01 A; 0 is none.
    pub(super) available_ca: u16,
    pub(super) vin_known: bool,
    /// Its controller was silent for too long.
    pub(super) lost: bool,
    /// Something in it is broken.
    pub(super) faulty: bool,
    pub(super) power: Power,
    /// Presences that are to come one after the other.
    pub(super) burst_left: u8,
    pub(super) starts: u64,
    decoder: Decoder,
    last_state: PeripheralState,
    reply: Option<(Instant, Message)>,
    outgoing: VecDeque<Vec<u8>>,
    events: VecDeque<Event>,
}

/// Whether it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Power {
    Off,
    On,
    /// A controller told it an error: only a restart helps.
    Latched,
}

/// What is really so, to be compared with what a client reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroundTruth {
    /// Its id at present.
    pub id: Address,
    /// Its session at present.
    pub session: u8,
    /// Whether it is switched on.
    pub is_on: bool,
    /// Who claimed it.
    pub controller: Option<Address>,
    /// State.
    pub state: PeripheralState,
    /// Whether a car is plugged in, and charges.
    pub plug: PlugState,
    /// Whether it knows the car's VIN.
    pub vin_known: bool,
    /// The limit that it has, 0.01 A.
    pub available_ca: u16,
    /// Current of each used phase, A.
    pub current_a: f64,
    /// Energy counter, Wh.
    pub register_wh: f64,
    /// Whether the contactors are closed.
    pub contactors_closed: bool,
    /// How often the contactors were closed.
    pub contactor_cycles: u64,
    /// How often a charge began or went on.
    pub starts: u64,
}

impl Peripheral {
    /// A peripheral that has just been switched on, without a car. `seed` decides every draw.
    pub fn new(config: PeripheralConfig, seed: u64, now: Instant) -> Self {
        let mut random = Random::new(seed, PERIPHERAL_STREAM);
        let register_wh = f64::from(config.energy_kwh) * 1_000.0;
        let electrics = Electrics::new(config.phases, register_wh, 0.0, &mut random, now);
        let mut peripheral = Self {
            id: config.id,
            session: 0,
            vehicle: Vehicle::new(config.vehicle),
            electrics,
            random,
            config,
            timers: Timers::default(),
            controller: None,
            phase: Phase::Idle,
            adjustment: None,
            available_ca: 0,
            vin_known: false,
            lost: false,
            faulty: false,
            power: Power::On,
            burst_left: 0,
            starts: 0,
            decoder: Decoder::new(),
            last_state: PeripheralState::Ready,
            reply: None,
            outgoing: VecDeque::new(),
            events: VecDeque::new(),
        };
        peripheral.power_up(now);
        peripheral
    }

    /// Bytes that it heard on the line, up to a pause.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        self.handle_timeout(now);
        if self.power == Power::Off {
            return;
        }
        let mut decoder = std::mem::take(&mut self.decoder);
        for frame in decoder.push(bytes).flatten() {
            self.receive(now, &Message::decode(&frame));
        }
        decoder.silence();
        self.decoder = decoder;
    }

    /// Time passes. Calling it early changes nothing but the physics.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.electrics
            .advance(now, &mut self.vehicle, &mut self.random);
        while let Some(timer) = self.timers.expire(now) {
            self.fire(now, timer);
        }
        if let Some((_, message)) = self.reply.take_if(|(due, _)| *due <= now) {
            self.send(&message);
        }
    }

    /// When [`Peripheral::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let reply = self.reply.as_ref().map(|(due, _)| *due);
        [self.timers.next(), reply].into_iter().flatten().min()
    }

    /// The next bytes for the line.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outgoing.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The configuration.
    pub fn config(&self) -> &PeripheralConfig {
        &self.config
    }

    /// The car, to set its charge or its wish.
    pub fn vehicle_mut(&mut self) -> &mut Vehicle {
        &mut self.vehicle
    }

    /// Whether it is about to answer.
    pub fn owes_reply(&self) -> bool {
        self.reply.is_some()
    }

    /// Current of each used phase, A, as of the last call with a time.
    pub fn current_a(&self) -> f64 {
        if self.electrics.contactor.is_closed() {
            self.vehicle.current_a()
        } else {
            0.0
        }
    }

    /// The truth, as of the last call with a time.
    pub fn ground_truth(&self) -> GroundTruth {
        GroundTruth {
            id: self.id,
            session: self.session,
            is_on: self.power != Power::Off,
            controller: self.controller,
            state: self.state(),
            plug: self.plug_state(),
            vin_known: self.vin_known,
            available_ca: self.available_ca,
            current_a: self.current_a(),
            register_wh: self.electrics.meter.register_wh(),
            contactors_closed: self.electrics.contactor.is_closed(),
            contactor_cycles: self.electrics.contactor.cycles(),
            starts: self.starts,
        }
    }

    /// Power off; the car stays plugged in.
    pub fn switch_off(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.power = Power::Off;
        self.reply = None;
        self.outgoing.clear();
        self.timers = Timers::default();
        self.open_relay();
        self.forget_car();
        self.unclaim();
        self.available_ca = 0;
        self.lost = false;
    }

    /// Power on again, or off and on, or the reset button: a new session.
    pub fn restart(&mut self, now: Instant) {
        self.switch_off(now);
        self.power = Power::On;
        self.power_up(now);
        let session = self.session;
        self.notify(Event::Restarted { session });
        if !self.vehicle.is_plugged() {
            self.set_phase(now, Phase::Idle);
        } else if self.phase != Phase::Fault {
            self.recognise_car(now);
        }
    }

    pub(super) fn notify(&mut self, event: Event) {
        if self.events.len() == MAX_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    pub(super) fn tell_state(&mut self) {
        let state = self.state();
        if state != self.last_state {
            self.last_state = state;
            self.notify(Event::State(state));
        }
    }

    /// Answers after the usual delay; a reply that has not begun yet is forgotten.
    pub(super) fn reply(&mut self, now: Instant, message: Message) {
        let delay = self.random.delay(self.config.reply_delay);
        self.reply = Some((now + delay, message));
    }

    /// Puts a message on the line now.
    pub(super) fn send(&mut self, message: &Message) {
        let frame = message.encode(self.config.version);
        let trailer = self.config.trailer.pick(frame.len(), &mut self.random);
        self.outgoing.push_back(frame.encode(trailer).to_vec());
    }

    pub(super) fn after(&mut self, now: Instant, delay: DelayRange, timer: Timer) {
        let delay = self.random.delay(delay);
        self.timers.set(timer, now + delay);
    }

    fn fire(&mut self, now: Instant, timer: Timer) {
        match timer {
            Timer::Physics => self.follow_car(now),
            Timer::Presence => self.present(now),
            // A later discovery is a first one again.
            Timer::Discovery => {}
            Timer::ControllerLost => self.lose_controller(now),
            Timer::RampedDown => self.open_relay(),
            Timer::Settled => self.settled(now),
            Timer::Vin => self.vin_known = true,
            Timer::Patience => self.patience_ends(now),
            Timer::Started => self.set_phase(now, Phase::Charging),
            Timer::Asleep => self.set_phase(now, Phase::Asleep),
            Timer::Adjustment => self.adjusted(now),
            Timer::DecreaseOver => self.apply_limit(now),
        }
    }
}

/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 4_096;
/// Stream of the random generator.
const PERIPHERAL_STREAM: u64 = 3;
