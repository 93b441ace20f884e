//! Car, limits and contactors: what a peripheral does between plug and unplug.
use std::time::{Duration, Instant};

use twc_proto::message::{PeripheralState, PlugState, ProtocolVersion};

use super::config::{Car, ZeroLimit};
use super::event::Event;
use super::peripheral::{Peripheral, Power};
use super::timer::Timer;
use crate::DelayRange;
use crate::electrics::STEP;

/// Where the car and the unit are with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// No car.
    Idle,
    /// A car has just been plugged in.
    Settling,
    /// Asks for a limit.
    Asking,
    /// The current rises.
    Starting,
    /// Charges.
    Charging,
    /// The car has enough.
    Full,
    /// The car has had enough for a while.
    Asleep,
    /// Stopped by the controller; a limit or closed contactors let it go on.
    Paused,
    /// The car wants to be plugged in again.
    Fault,
}

/// What hides the state for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adjustment {
    /// 2 A more.
    Increase,
    /// 2 A less.
    Decrease,
    /// Over.
    Complete,
}

impl Peripheral {
    /// The cable is plugged into the car.
    pub fn plug_in(&mut self, now: Instant) {
        self.handle_timeout(now);
        if !self.vehicle.is_plugged() {
            self.vehicle.plug_in();
            self.recognise_car(now);
        }
    }

    /// The cable is pulled.
    pub fn unplug(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.vehicle.unplug();
        self.forget_car();
        self.available_ca = 0;
        self.set_phase(now, Phase::Idle);
    }

    /// Something in it breaks, which cuts the current; or it is whole again.
    pub fn set_faulty(&mut self, now: Instant, faulty: bool) {
        self.handle_timeout(now);
        self.faulty = faulty;
        match (faulty, self.vehicle.is_plugged()) {
            (true, true) => self.set_phase(now, Phase::Fault),
            (false, true) => self.recognise_car(now),
            (_, false) => self.set_phase(now, Phase::Idle),
        }
    }

    /// A car is there, newly plugged in or seen again after a restart.
    pub(super) fn recognise_car(&mut self, now: Instant) {
        self.set_phase(now, Phase::Settling);
        self.after(now, SETTLING, Timer::Settled);
        if matches!(self.config.car, Car::Tesla { .. }) {
            self.after(now, VIN_DELAY, Timer::Vin);
        }
    }

    pub(super) fn forget_car(&mut self) {
        self.vin_known = false;
        self.adjustment = None;
        for timer in [
            Timer::Settled,
            Timer::Vin,
            Timer::Adjustment,
            Timer::DecreaseOver,
        ] {
            self.timers.clear(timer);
        }
    }

    pub(super) fn settled(&mut self, now: Instant) {
        if self.vehicle.is_full() {
            self.set_phase(now, Phase::Full);
        } else {
            self.ask(now);
        }
    }

    /// Charges with the limit that it has, or asks for one.
    pub(super) fn ask(&mut self, now: Instant) {
        let next = if self.available_ca > 0 {
            Phase::Starting
        } else {
            Phase::Asking
        };
        self.set_phase(now, next);
    }

    pub(super) fn patience_ends(&mut self, now: Instant) {
        let next = match self.config.car {
            Car::Tesla { .. } => Phase::Fault,
            Car::Other => Phase::Paused,
        };
        self.set_phase(now, next);
    }

    /// A limit from the controller, 0.01 A.
    pub(super) fn take_limit(&mut self, now: Instant, limit_ca: u16) {
        let limit_ca = match (limit_ca, self.config.zero_limit) {
            (0, ZeroLimit::Minimum) => MINIMUM_CA,
            (limit_ca, _) => limit_ca,
        };
        if limit_ca == self.available_ca {
            return;
        }
        self.available_ca = limit_ca;
        self.notify(Event::Limit(limit_ca));
        match self.phase {
            Phase::Starting | Phase::Charging if limit_ca == 0 => {
                let next = if self.config.zero_limit == ZeroLimit::Fault {
                    Phase::Fault
                } else {
                    Phase::Paused
                };
                self.set_phase(now, next);
            }
            Phase::Starting | Phase::Charging => self.apply_limit(now),
            Phase::Asking | Phase::Paused if limit_ca > 0 => self.set_phase(now, Phase::Starting),
            _ => {}
        }
    }

    /// The car follows a new limit: a higher one as fast as it can, a lower one within 5 s.
    pub(super) fn apply_limit(&mut self, now: Instant) {
        let less = match self.adjustment {
            Some(Adjustment::Decrease) if self.timers.is_set(Timer::DecreaseOver) => STEP_CA,
            _ => 0,
        };
        let amps = f64::from(self.available_ca.saturating_sub(less)) / 100.0;
        let drawn = self.current_a();
        if amps < drawn {
            // It goes down from what is drawn: a car does not draw more because it is to draw less.
            self.electrics.limit.change(drawn, now, Duration::ZERO);
            let lasts = self.random.delay(RAMP_DOWN);
            self.electrics.limit.change(amps, now, lasts);
        } else {
            self.electrics.limit.change(amps, now, Duration::ZERO);
        }
    }

    /// 2 A more for good, or less for ten seconds. Only while charging.
    pub(super) fn adjust(&mut self, now: Instant, adjustment: Adjustment) {
        if self.phase != Phase::Charging {
            return;
        }
        self.adjustment = Some(adjustment);
        let lasts = if adjustment == Adjustment::Increase {
            self.available_ca = self.available_ca.saturating_add(STEP_CA);
            self.notify(Event::Limit(self.available_ca));
            INCREASE
        } else {
            self.timers.set(Timer::DecreaseOver, now + DECREASE);
            DECREASE_SHOWN
        };
        self.timers.set(Timer::Adjustment, now + lasts);
        self.apply_limit(now);
        self.tell_state();
    }

    /// An increase or a decrease is over; that is shown for a while.
    pub(super) fn adjusted(&mut self, now: Instant) {
        self.adjustment = match self.adjustment {
            Some(Adjustment::Increase | Adjustment::Decrease) => {
                self.timers.set(Timer::Adjustment, now + COMPLETE_SHOWN);
                Some(Adjustment::Complete)
            }
            _ => None,
        };
        self.tell_state();
    }

    /// The controller opens the contactors, under load or not.
    pub(super) fn open_contactors(&mut self, now: Instant) {
        let interrupts = matches!(self.phase, Phase::Starting | Phase::Charging);
        match self.config.car {
            Car::Tesla { .. } if interrupts => self.set_phase(now, Phase::Fault),
            Car::Other if interrupts => self.set_phase(now, Phase::Paused),
            _ => self.open_relay(),
        }
    }

    /// The controller closes the contactors: an interrupted car goes on, without a car only the relay clicks.
    pub(super) fn close_contactors(&mut self, now: Instant) {
        match self.phase {
            Phase::Paused => self.ask(now),
            Phase::Idle => self.close_relay(),
            _ => {}
        }
    }

    /// What the car does, once a second while current flows.
    pub(super) fn follow_car(&mut self, now: Instant) {
        if matches!(self.phase, Phase::Starting | Phase::Charging) && self.vehicle.is_full() {
            self.set_phase(now, Phase::Full);
        }
        if self.electrics.contactor.is_closed() {
            self.timers.set(Timer::Physics, now + STEP);
        }
    }

    pub(super) fn set_phase(&mut self, now: Instant, phase: Phase) {
        self.phase = phase;
        for timer in [Timer::Patience, Timer::Started, Timer::Asleep] {
            self.timers.clear(timer);
        }
        match phase {
            // It begins when there is somebody to ask.
            Phase::Asking if self.controller.is_some() => {
                self.timers.set(Timer::Patience, now + self.config.patience);
            }
            Phase::Starting => {
                self.timers.clear(Timer::RampedDown);
                self.starts += 1;
                self.after(now, STARTING, Timer::Started);
                self.close_relay();
                self.timers.set(Timer::Physics, now + STEP);
                self.apply_limit(now);
            }
            Phase::Full => self.after(now, FULL_SHOWN, Timer::Asleep),
            _ => {}
        }
        // After the loss of its controller the current goes down first.
        let keeps_current = matches!(phase, Phase::Starting | Phase::Charging)
            || self.timers.is_set(Timer::RampedDown);
        if !keeps_current {
            self.open_relay();
        }
        self.tell_state();
    }

    fn close_relay(&mut self) {
        if !self.electrics.contactor.is_closed() {
            self.electrics.contactor.close();
            self.notify(Event::Contactors { closed: true });
        }
    }

    pub(super) fn open_relay(&mut self) {
        if self.electrics.contactor.is_closed() {
            self.electrics.cut(&mut self.vehicle);
            self.notify(Event::Contactors { closed: false });
        }
    }

    /// The state that it reports, [`PeripheralState::Limiting`] aside.
    pub fn state(&self) -> PeripheralState {
        if self.power == Power::Latched || self.lost || self.faulty {
            return PeripheralState::Error;
        }
        match self.adjustment {
            Some(Adjustment::Increase) => return PeripheralState::Increasing,
            Some(Adjustment::Decrease) => return PeripheralState::Decreasing,
            Some(Adjustment::Complete) => return PeripheralState::AdjustmentComplete,
            None => {}
        }
        match self.phase {
            Phase::Idle | Phase::Asleep => PeripheralState::Ready,
            Phase::Settling | Phase::Full | Phase::Paused | Phase::Fault => {
                PeripheralState::PluggedNotCharging
            }
            Phase::Asking => PeripheralState::PluggedReady,
            Phase::Starting => PeripheralState::Starting,
            Phase::Charging => PeripheralState::Charging,
        }
    }

    pub(super) fn plug_state(&self) -> PlugState {
        match self.phase {
            Phase::Idle => PlugState::Unplugged,
            Phase::Starting | Phase::Charging => PlugState::Charging,
            _ => PlugState::Plugged,
        }
    }

    /// Whether it is charging: version 2 then takes no initial limit any more.
    pub(super) fn refuses_initial(&self) -> bool {
        self.config.version == ProtocolVersion::V2
            && matches!(self.phase, Phase::Starting | Phase::Charging)
    }
}

/// The least that a car can use, 0.01 A.
const MINIMUM_CA: u16 = 600;
/// What actions 06 and 07 change, 0.01 A. Source: one author, tested.
const STEP_CA: u16 = 200;
/// State 03 behind a plug-in. Source: several logs.
const SETTLING: DelayRange = DelayRange::from_millis(1_000, 2_000);
/// From the plug-in to the VIN. Source: several logs.
const VIN_DELAY: DelayRange = DelayRange::from_millis(5_000, 10_000);
/// State 08. Source: several logs.
const STARTING: DelayRange = DelayRange::from_millis(2_000, 6_000);
/// Until the current is down to a lower limit. Source: several implementations.
const RAMP_DOWN: DelayRange = DelayRange::from_millis(300, 5_000);
/// State 06. Source: one author, timed.
const INCREASE: Duration = Duration::from_secs(44);
/// 2 A less. Source: one author, timed.
const DECREASE: Duration = Duration::from_secs(10);
/// State 07. Source: one author, timed.
const DECREASE_SHOWN: Duration = Duration::from_secs(13);
/// State 0A. Assumption.
const COMPLETE_SHOWN: Duration = Duration::from_secs(2);
/// State 03 of a full car before it sleeps. Assumption.
const FULL_SHOWN: DelayRange = DelayRange::from_millis(20_000, 60_000);
