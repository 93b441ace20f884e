//! When faults strike, and what they do to a device.
use std::time::{Duration, Instant};

use duosida_proto::message::ErrorCode;

use super::{Fault, FaultSpec};
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
    entries: Vec<Entry>,
    random: Random,
    stop_at: Option<Instant>,
    /// When a fault status is cleared again.
    cured_at: Option<Instant>,
    log: Vec<(Instant, Fault)>,
}

#[derive(Clone, Debug)]
struct Entry {
    spec: FaultSpec,
    /// For a fault at moments: the next one. For a fault of messages: from when on. `None`: over.
    next: Option<Instant>,
}

impl Injector {
    /// Faults that begin at `start` and end, with all their effects, `lasts` later (`None`: never).
    pub fn new(specs: &[FaultSpec], seed: u64, start: Instant, lasts: Option<Duration>) -> Self {
        let mut random = Random::new(seed, INJECTOR_STREAM);
        let entries = specs
            .iter()
            .map(|spec| {
                let begin = start + spec.at.unwrap_or_default();
                let wait = match spec.rate() {
                    Some(rate) if !spec.fault.is_per_message() => random.waiting_time(rate),
                    _ => Duration::ZERO,
                };
                Entry {
                    spec: *spec,
                    next: Some(begin + wait),
                }
            })
            .collect();
        Self {
            entries,
            random,
            stop_at: lasts.map(|lasts| start + lasts),
            cured_at: None,
            log: Vec::new(),
        }
    }

    /// No faults.
    pub fn none(start: Instant) -> Self {
        Self::new(&[], 0, start, None)
    }

    /// Whether the faults are over at `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        self.stop_at.is_some_and(|stop| stop <= now)
    }

    /// What struck so far, with the time: the first 1,000.
    pub fn log(&self) -> &[(Instant, Fault)] {
        &self.log
    }

    /// When [`Injector::handle_timeout`] wants to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let events = self
            .entries
            .iter()
            .filter(|entry| !entry.spec.fault.is_per_message());
        let next = events.filter_map(|entry| entry.next).min();
        [next, self.cured_at, self.stop_at]
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
        while let Some(fault) = self.take_due(now) {
            self.record(now, fault);
            actions.extend(self.strike(now, fault, device));
        }
        actions
    }

    /// Whether a fault of messages strikes the message that is sent now.
    pub(super) fn strikes(&mut self, now: Instant, fault: Fault) -> bool {
        if self.entries.is_empty() || self.is_over(now) {
            return false;
        }
        let mut hit = false;
        for entry in self
            .entries
            .iter_mut()
            .filter(|entry| entry.spec.fault == fault)
        {
            if entry.next.is_none_or(|from| now < from) {
                continue;
            }
            if let Some(rate) = entry.spec.rate() {
                hit |= self.random.chance(rate);
            } else {
                hit = true;
                entry.next = None;
            }
        }
        if hit {
            self.record(now, fault);
        }
        hit
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    fn record(&mut self, now: Instant, fault: Fault) {
        if self.log.len() < MAX_LOG {
            self.log.push((now, fault));
        }
    }

    /// All faults end, and what they left behind.
    fn end(&mut self, now: Instant, device: &mut Device) {
        for entry in &mut self.entries {
            entry.next = None;
        }
        self.stop_at = None;
        if self.cured_at.take().is_some() {
            device.set_fault(now, None);
        }
        device.refuse_until(None);
    }

    fn take_due(&mut self, now: Instant) -> Option<Fault> {
        let due = |entry: &&mut Entry| {
            !entry.spec.fault.is_per_message() && entry.next.is_some_and(|at| at <= now)
        };
        let entry = self.entries.iter_mut().find(due)?;
        entry.next = entry
            .spec
            .rate()
            .map(|rate| now + self.random.waiting_time(rate));
        Some(entry.spec.fault)
    }

    fn strike(&mut self, now: Instant, fault: Fault, device: &mut Device) -> Option<LinkAction> {
        match fault {
            Fault::Drop => return Some(LinkAction::Drop),
            Fault::Stall => return Some(LinkAction::StallUntil(self.later(now, 5.0, 40.0))),
            Fault::IpChange => return Some(LinkAction::Vanish),
            Fault::Reboot => device.reboot(now),
            Fault::PowerCycle => device.power_cycle(now),
            Fault::Faulted => {
                device.set_fault(now, Some(ErrorCode::GroundFailure));
                self.cured_at = Some(self.later(now, 10.0, 60.0));
            }
            Fault::ClockJump => {
                let years = self.random.below(20);
                let by_s = i64::try_from(years).unwrap_or(0) * 31_536_000 - 315_360_000;
                device.jump_clock(now, by_s);
            }
            Fault::BadTag => device.spoil_next_tag(),
            Fault::UnknownFields => device.add_unknown_fields(),
            Fault::Refuse => {
                let until = self.later(now, 60.0, 180.0);
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

    fn later(&mut self, now: Instant, low_s: f64, high_s: f64) -> Instant {
        now + Duration::from_secs_f64(self.random.between(low_s, high_s))
    }
}

const INJECTOR_STREAM: u64 = 2;
/// A long run with faults must not eat the memory.
const MAX_LOG: usize = 1_000;
