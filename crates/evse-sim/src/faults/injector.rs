//! What faults do to a Duosida device.
use std::time::{Duration, Instant};

use duosida_proto::message::ErrorCode;

use super::{Fault, FaultSpec, Schedule};
use crate::duosida::Device;
use crate::random::Random;

/// What the owner of the connection has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAction {
    /// Close the connection at both ends.
    Drop,
    /// Let nothing pass, in either direction, until then.
    StallUntil(Instant),
    /// The charger forgot the connection; the client is not told.
    Vanish,
}

/// Decides, by seed, what goes wrong.
#[derive(Clone, Debug)]
pub struct Injector {
    schedule: Schedule<Fault>,
    /// When a fault status is cleared again.
    cured_at: Option<Instant>,
}

impl Injector {
    /// Faults that begin at `start` and end, with all their effects, `lasts` later (`None`: never).
    pub fn new(specs: &[FaultSpec], seed: u64, start: Instant, lasts: Option<Duration>) -> Self {
        Self {
            schedule: Schedule::new(specs, seed, start, lasts),
            cured_at: None,
        }
    }

    /// No faults.
    pub fn none(start: Instant) -> Self {
        Self::new(&[], 0, start, None)
    }

    /// Whether the faults are over at `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        self.schedule.is_over(now)
    }

    /// What struck so far, with the time: the first 1,000.
    pub fn log(&self) -> &[(Instant, Fault)] {
        self.schedule.log()
    }

    /// When [`Injector::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        [self.schedule.poll_timeout(), self.cured_at]
            .into_iter()
            .flatten()
            .min()
    }

    /// Lets due faults strike `device`; returns what the owner has to do with the connection.
    pub fn handle_timeout(&mut self, now: Instant, device: &mut Device) -> Vec<LinkAction> {
        if self.cured_at.is_some_and(|at| at <= now) {
            self.cured_at = None;
            device.set_fault(now, None);
        }
        if self.is_over(now) {
            self.end(now, device);
            return Vec::new();
        }
        let mut actions = Vec::new();
        while let Some(fault) = self.schedule.poll_strike(now) {
            actions.extend(self.strike(now, fault, device));
        }
        actions
    }

    /// Whether a fault of messages strikes the message that is sent now.
    pub(super) fn strikes(&mut self, now: Instant, fault: Fault) -> bool {
        self.schedule.strikes(now, fault)
    }

    pub(super) fn random(&mut self) -> &mut Random {
        self.schedule.random()
    }

    /// All faults end, and what they left behind.
    fn end(&mut self, now: Instant, device: &mut Device) {
        self.schedule.end();
        if self.cured_at.take().is_some() {
            device.set_fault(now, None);
        }
        device.refuse_until(None);
    }

    fn strike(&mut self, now: Instant, fault: Fault, device: &mut Device) -> Option<LinkAction> {
        match fault {
            Fault::Drop => return Some(LinkAction::Drop),
            Fault::Stall => {
                return Some(LinkAction::StallUntil(self.schedule.later(now, 5.0, 40.0)));
            }
            Fault::IpChange => return Some(LinkAction::Vanish),
            Fault::Reboot => device.reboot(now),
            Fault::PowerCycle => device.power_cycle(now),
            Fault::Faulted => {
                device.set_fault(now, Some(ErrorCode::GroundFailure));
                self.cured_at = Some(self.schedule.later(now, 10.0, 60.0));
            }
            Fault::ClockJump => {
                let years = self.schedule.random().below(20);
                let by_s = i64::try_from(years).unwrap_or(0) * 31_536_000 - 315_360_000;
                device.jump_clock(now, by_s);
            }
            Fault::BadTag => device.spoil_next_tag(),
            Fault::UnknownFields => device.add_unknown_fields(),
            Fault::Refuse => {
                let until = self.schedule.later(now, 60.0, 180.0);
                device.refuse_until(Some(until));
            }
            // Those strike messages, in the pipe.
            Fault::Delay
            | Fault::Fragment
            | Fault::Coalesce
            | Fault::Garbage
            | Fault::Cut
            | Fault::Oversize => {}
        }
        None
    }
}
