//! Restarts, and a PIN that changes.
use std::time::{Duration, Instant};

use emproto::Pin;
use emproto::message::{ChargerState, Message, Setting, StopReason};

use super::charging::text;
use super::client::Registration;
use super::device::Device;
use super::event::Event;
use super::timer::Timer;
use crate::timers::Timers;

impl Device {
    /// Power off and on: the client, the session, the reservation and, if so configured, the clock are gone.
    pub fn reboot(&mut self, now: Instant) {
        self.handle_timeout(now);
        if self.charge.is_some() {
            let state = self.idle_state();
            self.end_charge(now, StopReason::PowerLoss, text("Power"), state);
        }
        if !matches!(self.registration, Registration::None) {
            self.notify(Event::Unregistered);
        }
        self.registration = Registration::None;
        self.candidate = None;
        self.last = None;
        self.restarting = true;
        self.clear_transmits();
        self.timers = Timers::default();
        self.timers.set(Timer::Restarted, now + RESTART);
        if self.config.loses_clock {
            self.clock.lose(now);
        }
    }

    pub(super) fn finish_restart(&mut self, now: Instant) {
        self.restarting = false;
        self.notify(Event::Restarted);
        let state = if self.faults.is_empty() {
            self.idle_state()
        } else {
            ChargerState::Fault
        };
        self.set_state(now, state);
        self.timers.set(Timer::Announce, now);
        self.follow_plan(now);
    }

    /// The energy counter begins at 0, as after a loss of power on some models.
    pub fn reset_counter(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.electrics.meter.reset();
        if let Some(charge) = self.charge.as_mut() {
            charge.start_wh = 0.0;
        }
    }

    /// The PIN is changed at the charger.
    pub fn set_pin(&mut self, pin: Pin) {
        self.config.pin = pin;
    }

    /// Tells its clock unasked, as some firmware does.
    pub fn tell_clock(&mut self, now: Instant) {
        self.handle_timeout(now);
        let clock = Setting::raw(0.into(), self.clock.time(now));
        self.push(now, &Message::SystemTimeReply(clock));
        self.handle_timeout(now);
    }
}

/// How long a restart takes. Assumption.
const RESTART: Duration = Duration::from_secs(6);
