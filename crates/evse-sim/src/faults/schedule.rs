//! When faults strike.
use std::time::{Duration, Instant};

use super::{FaultKind, FaultSpec};
use crate::random::Random;

/// Decides, by seed, which fault strikes when. What it does is its family's matter.
#[derive(Clone, Debug)]
pub struct Schedule<F> {
    entries: Vec<Entry<F>>,
    random: Random,
    stop_at: Option<Instant>,
    log: Vec<(Instant, F)>,
}

#[derive(Clone, Debug)]
struct Entry<F> {
    spec: FaultSpec<F>,
    /// For a fault at moments: the next one. For a fault of messages: from when on. `None`: over.
    next: Option<Instant>,
}

impl<F: FaultKind> Schedule<F> {
    /// Faults that begin at `start` and end `lasts` later (`None`: never).
    pub fn new(specs: &[FaultSpec<F>], seed: u64, start: Instant, lasts: Option<Duration>) -> Self {
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
            log: Vec::new(),
        }
    }

    /// Whether the faults are over at `now`.
    pub fn is_over(&self, now: Instant) -> bool {
        self.stop_at.is_some_and(|stop| stop <= now)
    }

    /// What struck so far, with the time: the first 1,000.
    pub fn log(&self) -> &[(Instant, F)] {
        &self.log
    }

    /// When the next fault strikes, or all end.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let events = self
            .entries
            .iter()
            .filter(|entry| !entry.spec.fault.is_per_message());
        let next = events.filter_map(|entry| entry.next).min();
        [next, self.stop_at].into_iter().flatten().min()
    }

    /// The next fault that strikes by `now`, until there are no more.
    pub fn poll_strike(&mut self, now: Instant) -> Option<F> {
        let due = |entry: &&mut Entry<F>| {
            !entry.spec.fault.is_per_message() && entry.next.is_some_and(|at| at <= now)
        };
        let entry = self.entries.iter_mut().find(due)?;
        entry.next = entry
            .spec
            .rate()
            .map(|rate| now + self.random.waiting_time(rate));
        let fault = entry.spec.fault;
        self.record(now, fault);
        Some(fault)
    }

    /// Whether a fault of messages strikes the message that is sent now.
    pub fn strikes(&mut self, now: Instant, fault: F) -> bool {
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

    /// No fault strikes any more.
    pub fn end(&mut self) {
        self.entries.clear();
        self.stop_at = None;
    }

    pub(super) fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// A moment in the near future.
    pub(super) fn later(&mut self, now: Instant, low_s: f64, high_s: f64) -> Instant {
        now + Duration::from_secs_f64(self.random.between(low_s, high_s))
    }

    fn record(&mut self, now: Instant, fault: F) {
        if self.log.len() < MAX_LOG {
            self.log.push((now, fault));
        }
    }
}

const INJECTOR_STREAM: u64 = 2;
/// A long run with faults must not eat the memory.
const MAX_LOG: usize = 1_000;
