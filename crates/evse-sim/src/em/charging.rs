//! A session's life: waiting for the car, power on, limits, end.
use std::time::{Duration, Instant};

use emproto::Command;
use emproto::message::{
    ChargeType, ChargerState, Fault, Faults, Identifier, StartMethod, StartType, StopReason,
};

use super::charge::{Charge, Phase};
use super::device::Device;
use super::event::Event;
use super::model::LiveCurrent;
use super::timer::Timer;
use super::violation::ViolationKind;
use crate::DelayRange;

impl Device {
    /// The cable is plugged into the car.
    pub fn plug_in(&mut self, now: Instant) {
        self.handle_timeout(now);
        if self.vehicle.is_plugged() {
            return;
        }
        self.vehicle.plug_in();
        self.window_done = None;
        if self.state == ChargerState::Standby {
            self.set_state(now, ChargerState::Ready);
        }
        self.timers.set(Timer::Status, now);
        if self.settings.start_method == StartMethod::Automatic && !self.restarting {
            self.begin_own(now, StartType::PlugAndCharge, "PAP");
        }
        self.follow_plan(now);
        self.handle_timeout(now);
    }

    /// The cable is pulled out of the car.
    pub fn unplug(&mut self, now: Instant) {
        self.handle_timeout(now);
        if !self.vehicle.is_plugged() {
            return;
        }
        self.vehicle.unplug();
        self.timers.set(Timer::Status, now);
        match self.charge.as_ref().map(|charge| charge.phase) {
            Some(Phase::Reserved) => {}
            Some(_) => {
                self.end_charge(
                    now,
                    StopReason::Unplugged,
                    text("Unplug"),
                    ChargerState::Standby,
                );
            }
            None if self.faults.is_empty() => self.set_state(now, ChargerState::Standby),
            None => {}
        }
        self.handle_timeout(now);
    }

    /// Someone presses the button: starts a session where the start method lets them, or ends it.
    pub fn press_button(&mut self, now: Instant) {
        self.handle_timeout(now);
        if self.restarting || self.settings.start_method == StartMethod::AppOnly {
            return;
        }
        if self.charge.is_some() {
            self.end_charge(now, StopReason::Key, text("Key"), ChargerState::Ready);
        } else {
            self.begin_own(now, StartType::PlugAndCharge, "PAP");
        }
        self.handle_timeout(now);
    }

    /// Sets the faults; any of them ends the session, and state 1 shows until they are cleared.
    pub fn set_faults(&mut self, now: Instant, faults: Faults) {
        self.handle_timeout(now);
        self.faults = faults;
        self.apply_faults(now);
        self.handle_timeout(now);
    }

    fn apply_faults(&mut self, now: Instant) {
        if self.restarting {
            return;
        }
        self.timers.set(Timer::Status, now);
        if self.faults.is_empty() {
            if self.state == ChargerState::Fault {
                self.set_state(now, self.idle_state());
            }
            return;
        }
        let reason = match &self.charge {
            Some(charge) if charge.phase == Phase::Reserved => StopReason::ReservationCancelled,
            _ => reason_of(self.faults),
        };
        self.end_charge(now, reason, text("Fault"), ChargerState::Fault);
    }

    /// 12 or 13, by the plug.
    pub(super) fn idle_state(&self) -> ChargerState {
        if self.vehicle.is_plugged() {
            ChargerState::Ready
        } else {
            ChargerState::Standby
        }
    }

    pub(super) fn set_state(&mut self, now: Instant, state: ChargerState) {
        self.timers.set(Timer::Status, now);
        if self.state != state {
            self.state = state;
            self.notify(Event::State(state));
        }
    }

    /// A session that no client asked for.
    pub(super) fn begin_own(&mut self, now: Instant, kind: StartType, user: &str) -> bool {
        let ready = self.vehicle.is_plugged() && self.charge.is_none() && self.faults.is_empty();
        if ready {
            let clock = self.clock.time(now);
            let charge = Charge::own(kind, user, self.settings.output_a, now, clock);
            self.begin(now, charge);
        }
        ready
    }

    /// The session begins; power follows when the car is ready.
    pub(super) fn begin(&mut self, now: Instant, mut charge: Charge) {
        charge.phase = Phase::Waiting;
        charge.start_wh = self.electrics.meter.register_wh();
        let one = charge.charge_type == ChargeType::SinglePhase;
        self.electrics
            .set_phases(if one { 1 } else { self.config.phases });
        self.electrics.meter.clear_session();
        self.charge = Some(charge);
        self.starts += 1;
        self.timers.clear(Timer::Reservation);
        let delay = self.random.delay(START_DELAY);
        self.timers.set(Timer::CloseContactor, now + delay);
        self.timers.set(Timer::Charging, now);
        self.notify(Event::SessionStarted);
        self.set_state(now, ChargerState::Charging);
    }

    /// The car gets power, unless it does not want any now.
    pub(super) fn close_contactor(&mut self, now: Instant) {
        let ready = self.vehicle.is_ready();
        let Some(charge) = self.charge.as_mut() else {
            return;
        };
        self.timers.set(Timer::Physics, now);
        charge.phase = if ready { Phase::On } else { Phase::Waiting };
        if ready {
            let offered = f64::from(charge.current_a);
            self.electrics.limit.change(offered, now, Duration::ZERO);
            self.electrics.contactor.close();
            self.timers.set(Timer::Status, now);
            self.timers.set(Timer::Charging, now);
        }
    }

    /// Follows the car, and the limits of the session.
    pub(super) fn follow_session(&mut self, now: Instant) {
        let ready = self.vehicle.is_ready();
        let session_wh = self.electrics.meter.session_wh();
        let Some(charge) = self.charge.as_mut() else {
            self.timers.clear(Timer::Physics);
            return;
        };
        let limit = charge
            .max_duration_min
            .get()
            .map(|min| Duration::from_mins(min.into()));
        let energy = charge
            .max_energy_centikwh
            .get()
            .map(|limit| f64::from(limit) * 10.0);
        let by = match charge.start_type {
            StartType::WeeklyPlan => text("Fix Time"),
            _ => charge.user,
        };
        match charge.phase {
            Phase::Waiting if ready => self.close_contactor(now),
            Phase::On if !ready && self.vehicle.is_full() => {
                self.end_charge(now, StopReason::Full, by, ChargerState::Full);
            }
            Phase::On if !ready => {
                charge.phase = Phase::Waiting;
                self.electrics.cut(&mut self.vehicle);
                self.timers.set(Timer::Status, now);
                self.timers.set(Timer::Charging, now);
            }
            Phase::On if limit.is_some_and(|limit| charge.charged >= limit) => {
                self.end_charge(now, StopReason::TimeLimit, by, ChargerState::Completed);
            }
            Phase::On if energy.is_some_and(|limit| limit > 0.0 && session_wh >= limit) => {
                self.end_charge(now, StopReason::EnergyLimit, by, ChargerState::Completed);
            }
            Phase::On
                if charge.parameter_3.get() == Some(0) && charge.charged >= FEE_LIMIT_AFTER =>
            {
                let reason = StopReason::FeeLimitOrAutomatic;
                self.end_charge(now, reason, by, ChargerState::Completed);
            }
            _ => {}
        }
    }

    /// Ends the session or the reservation, if there is one, and keeps its record.
    pub(super) fn end_charge(
        &mut self,
        now: Instant,
        reason: StopReason,
        by: Identifier,
        state: ChargerState,
    ) {
        let report = self.charging_status(now);
        let Some(charge) = self.charge.take() else {
            self.set_state(now, state);
            return;
        };
        self.electrics.cut(&mut self.vehicle);
        for timer in [
            Timer::Physics,
            Timer::CloseContactor,
            Timer::Reservation,
            Timer::LateFault,
        ] {
            self.timers.clear(timer);
        }
        if charge.start_type == StartType::WeeklyPlan || charge.phase != Phase::Reserved {
            self.window_done = self.plan_window(now).map(|(begin, _)| begin);
        }
        self.set_state(now, state);
        self.notify(Event::SessionEnded(reason));
        let record = self.record(now, &charge, reason, by);
        self.keep_record(now, record);
        self.last = Some(self.finished(report));
        self.timers.set(Timer::Charging, now);
    }

    /// A new configured current meets a running charge.
    pub(super) fn change_session_current(&mut self, now: Instant, to_a: u8) {
        let Some(charge) = self
            .charge
            .as_mut()
            .filter(|charge| charge.phase == Phase::On)
        else {
            return;
        };
        let from_a = charge.current_a;
        match self.config.live_current {
            _ if to_a == from_a => {}
            LiveCurrent::Applies => {
                charge.current_a = to_a;
                self.electrics
                    .limit
                    .change(to_a.into(), now, Duration::ZERO);
            }
            LiveCurrent::Interrupts => {
                charge.current_a = to_a;
                charge.phase = Phase::Interrupted;
                self.electrics.cut(&mut self.vehicle);
                self.timers.set(Timer::CloseContactor, now + INTERRUPTION);
                self.timers.set(Timer::Status, now);
            }
            LiveCurrent::Ignored if to_a < from_a => {
                let delay = self.random.delay(LATE_FAULT);
                self.timers.set(Timer::LateFault, now + delay);
            }
            LiveCurrent::Ignored => {}
        }
    }

    /// The car drew more than the current that was set during its charge.
    pub(super) fn late_fault(&mut self, now: Instant) {
        self.faults = self.faults.with(Fault::OverCurrent);
        self.apply_faults(now);
    }

    /// Checks of a start that only count: they do not decide.
    pub(super) fn judge_style(&mut self, now: Instant, parameter_3: Option<u16>) {
        if parameter_3.is_some() {
            self.violate(now, ViolationKind::Parameter3);
        }
    }

    /// A start stores its current as the configured one. Source: owners of a BS20.
    pub(super) fn keep_current(&mut self, current_a: u8) {
        if self.settings.output_a != current_a {
            self.settings.output_a = current_a;
            self.stored(Command::OutputAmps);
        }
    }
}

pub(super) fn text(text: &str) -> Identifier {
    Identifier::new(text).unwrap_or_default()
}

/// Why a fault ends a session, as far as there is a number for it.
fn reason_of(faults: Faults) -> StopReason {
    let reasons = [
        (Fault::EmergencyStop, StopReason::EmergencyStop),
        (Fault::OverTemperatureInside, StopReason::BoardTooHot),
        (Fault::OverTemperatureOutside, StopReason::PlugTooHot),
        (Fault::ShortCircuit, StopReason::ShortCircuit),
        (Fault::OverCurrent, StopReason::OverCurrent),
    ];
    let known = reasons.iter().find(|(fault, _)| faults.contains(*fault));
    known.map_or(StopReason::PowerFailure, |(_, reason)| *reason)
}

/// From an accepted start to power. Assumption: a few seconds, as the pushes of captures show.
const START_DELAY: DelayRange = DelayRange::from_millis(1_000, 3_000);
/// How long a new current interrupts a BS20's charge. Source: owners.
const INTERRUPTION: Duration = Duration::from_secs(20);
/// When an EC311S faults after its current was lowered. Source: measured, "minutes later".
const LATE_FAULT: DelayRange = DelayRange::from_millis(120_000, 300_000);
/// A fee limit of 0 ends a session after seconds. Source: evsemaster's author.
const FEE_LIMIT_AFTER: Duration = Duration::from_secs(5);
