//! Starts and stops as clients order them.
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use emproto::Command;
use emproto::message::{
    ChargeStart, ChargeStop, ChargerState, Identifier, Message, RawBytes, ReservationResult,
    StartError, StartReply, StopReason, StopReply,
};

use super::charge::{Charge, Phase};
use super::charging::text;
use super::device::Device;
use super::timer::Timer;
use super::violation::ViolationKind;

/// What becomes of an ordered start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    StartNow(ReservationResult),
    Reserve,
    Refuse(ReservationResult, StartError),
}

impl Device {
    pub(super) fn start_ordered(&mut self, now: Instant, from: Ipv4Addr, order: &ChargeStart) {
        self.judge_style(now, order.parameter_3.get());
        if !self.takes_current(order.current_a) {
            self.violate(now, ViolationKind::OutOfRange(Command::ChargeStart));
        }
        let verdict = self.judge(now, order);
        let charge = Charge::from_order(order, now, self.clock.time(now));
        let (reservation_result, start_result, error) = match verdict {
            Verdict::StartNow(result) => {
                self.keep_current(order.current_a);
                self.begin(now, charge);
                (result, 1, StartError::None)
            }
            Verdict::Reserve => {
                self.keep_current(order.current_a);
                self.charge = Some(charge);
                self.timers.set(Timer::Charging, now);
                self.set_state(now, ChargerState::Reserved);
                self.schedule_reservation(now);
                (ReservationResult::Reserved, 0, StartError::None)
            }
            Verdict::Refuse(result, error) => (result, 0, error),
        };
        let reply = StartReply {
            line_id: LINE,
            reservation_result,
            start_result,
            error,
            current_a: order.current_a,
            extra: RawBytes::EMPTY,
        };
        self.reply(now, from, &Message::ChargeStartReply(reply));
    }

    /// The rules of a start. Numbers for refusals: live observation, except those of a faulty charger, a bad current
    /// and a finished session, which are assumptions.
    fn judge(&self, now: Instant, order: &ChargeStart) -> Verdict {
        use ReservationResult as Result;
        match self.charge.as_ref().map(|charge| charge.phase) {
            Some(Phase::Reserved) => {
                let error = StartError::ReservationPending;
                return Verdict::Refuse(Result::ReservationExists, error);
            }
            Some(_) => {
                let error = StartError::AlreadyCharging;
                return Verdict::Refuse(Result::AlreadyCharging, error);
            }
            None => {}
        }
        if !self.faults.is_empty() || !self.takes_current(order.current_a) {
            return Verdict::Refuse(Result::SystemError, StartError::SystemError);
        }
        let ahead_s = i64::from(order.start.0) - self.clock.raw(now);
        let result = match order.is_reservation {
            1 if ahead_s > DAY_S => {
                return Verdict::Refuse(Result::MoreThan24Hours, StartError::BadTime);
            }
            1 if ahead_s > 0 => return Verdict::Reserve,
            1 => Result::InThePast,
            _ if matches!(self.state, ChargerState::Completed | ChargerState::Full) => {
                return Verdict::Refuse(Result::SystemError, StartError::UnknownReason);
            }
            _ => Result::StartedNow,
        };
        if self.vehicle.is_plugged() {
            Verdict::StartNow(result)
        } else {
            Verdict::Refuse(result, StartError::NotPluggedIn)
        }
    }

    pub(super) fn stop_ordered(&mut self, now: Instant, from: Ipv4Addr, stop: &ChargeStop) {
        let by = stop
            .order
            .map_or_else(Identifier::default, |order| order.user_id);
        match self.charge.as_ref().map(|charge| charge.phase) {
            Some(Phase::Reserved) => {
                let reason = StopReason::ReservationCancelled;
                self.end_charge(now, reason, by, self.idle_state());
            }
            Some(_) => self.end_charge(now, StopReason::App, by, ChargerState::Ready),
            // With nothing to stop it says yes: no other answer is known.
            None if self.faults.is_empty() => self.set_state(now, self.idle_state()),
            None => {}
        }
        let reply = StopReply {
            line_id: LINE,
            stop_result: StopReason::App.code(),
            fail_reason: 0,
            extra: RawBytes::EMPTY,
        };
        self.reply(now, from, &Message::ChargeStopReply(reply));
    }

    /// Waits for the time of the reservation, by the charger's own clock.
    fn schedule_reservation(&mut self, now: Instant) {
        let reserved = self
            .charge
            .as_ref()
            .filter(|charge| charge.phase == Phase::Reserved);
        if let Some(charge) = reserved {
            let ahead_s = i64::from(charge.reservation.0) - self.clock.raw(now);
            let ahead = Duration::from_secs(u64::try_from(ahead_s).unwrap_or_default());
            self.timers.set(Timer::Reservation, now + ahead);
        }
    }

    pub(super) fn reservation_due(&mut self, now: Instant) {
        let Some(charge) = self
            .charge
            .as_ref()
            .filter(|charge| charge.phase == Phase::Reserved)
        else {
            return;
        };
        if self.vehicle.is_plugged() {
            let mut charge = charge.clone();
            charge.begun = now;
            self.begin(now, charge);
        } else {
            let reason = StopReason::ReservationWithoutPlug;
            self.end_charge(now, reason, text("Clock"), ChargerState::Standby);
        }
    }

    /// Whatever waits for a time of day is judged anew.
    pub(super) fn clock_moved(&mut self, now: Instant) {
        self.schedule_reservation(now);
        self.follow_plan(now);
    }
}

/// The charger's own line, on three phases too. Source: a BS20.
pub(super) const LINE: u8 = 1;
const DAY_S: i64 = 86_400;
