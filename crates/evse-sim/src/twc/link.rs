//! Finding a controller and losing it again: presences, claims, ids.
use std::time::{Duration, Instant};

use twc_proto::Address;
use twc_proto::message::{Message, Presence};

use super::charging::Phase;
use super::event::Event;
use super::peripheral::{Peripheral, Power};
use super::timer::Timer;
use crate::DelayRange;

impl Peripheral {
    /// A new session, and three presences to begin with.
    pub(super) fn power_up(&mut self, now: Instant) {
        self.session = self.draw_session();
        self.burst_left = 2;
        self.after(now, FIRST_PRESENCE, Timer::Presence);
    }

    /// Says that it is there, and when it will say so again.
    pub(super) fn present(&mut self, now: Instant) {
        self.send(&Message::PeripheralPresence(Presence {
            sender: self.id,
            session: self.session,
            max_current_ca: self.config.hardware_max_ca,
        }));
        let pause = if self.burst_left > 0 {
            self.burst_left -= 1;
            self.random.delay(BURST_PAUSE)
        } else {
            let jitter = self.random.between(0.985, 1.015);
            self.config.presence_interval.mul_f64(jitter)
        };
        self.timers.set(Timer::Presence, now + pause);
    }

    /// FC E1 or FB E2. Whoever has our id makes us choose another; the second discovery within 2 s makes us tell.
    pub(super) fn heard_controller(&mut self, now: Instant, sender: Address, discovers: bool) {
        if sender == self.id {
            self.choose_id(now);
        } else if discovers && self.controller.is_none() && self.power == Power::On {
            if self.timers.is_set(Timer::Discovery) {
                self.timers.clear(Timer::Discovery);
                self.burst_left = 4;
                self.timers.set(Timer::Presence, now + DISCOVERY_DELAY);
            } else {
                self.timers.set(Timer::Discovery, now + DISCOVERY_WINDOW);
            }
        }
    }

    /// A heartbeat for us: who sends it is our controller.
    pub(super) fn claimed_by(&mut self, now: Instant, controller: Address) {
        if self.controller != Some(controller) {
            self.controller = Some(controller);
            self.timers.clear(Timer::Presence);
            self.notify(Event::Claimed(controller));
            if self.phase == Phase::Asking {
                // The car's patience begins when somebody can hear it.
                self.set_phase(now, Phase::Asking);
            }
        }
        self.timers
            .set(Timer::ControllerLost, now + self.config.controller_timeout);
    }

    /// The controller was silent for too long: charging ends, presences begin.
    pub(super) fn lose_controller(&mut self, now: Instant) {
        self.unclaim();
        self.lost = true;
        self.available_ca = 0;
        self.adjustment = None;
        self.timers.clear(Timer::DecreaseOver);
        self.timers.clear(Timer::Adjustment);
        self.present(now);
        if matches!(self.phase, Phase::Starting | Phase::Charging) {
            let lasts = self.random.delay(RAMP_TO_ZERO);
            self.electrics.limit.change(0.0, now, lasts);
            self.timers.set(Timer::RampedDown, now + lasts);
            self.set_phase(now, Phase::Asking);
        }
        self.tell_state();
    }

    pub(super) fn unclaim(&mut self) {
        if self.controller.take().is_some() {
            self.notify(Event::Unclaimed);
        }
    }

    /// Another id and another session, as after a conflict.
    fn choose_id(&mut self, now: Instant) {
        let id = 1 + self.random.below(0xFFFE);
        self.id = Address(u16::try_from(id).unwrap_or(1));
        self.unclaim();
        self.power_up(now);
        self.notify(Event::Renamed(self.id));
    }

    /// Takes this id, as if it had been given out twice.
    pub fn set_id(&mut self, id: Address) {
        self.id = id;
    }

    fn draw_session(&mut self) -> u8 {
        u8::try_from(1 + self.random.below(254)).unwrap_or(1)
    }
}

/// From power-up to the first presence. Source: a capture with times; confidence high.
const FIRST_PRESENCE: DelayRange = DelayRange::from_millis(4_800, 5_100);
/// Between the presences of a burst. Source: a capture with times.
const BURST_PAUSE: DelayRange = DelayRange::from_millis(400, 1_000);
/// Within this time a second discovery counts. Source: one author.
const DISCOVERY_WINDOW: Duration = Duration::from_secs(2);
/// From the second discovery to the first presence. Source: one author.
const DISCOVERY_DELAY: Duration = Duration::from_millis(200);
/// How the current goes down after the controller is lost. Source: one author.
const RAMP_TO_ZERO: DelayRange = DelayRange::from_millis(1_000, 5_000);
