//! The one connection slot. Source: hardware observations (spec 3), details assumed where spec 16 says so.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::config::SecondConnection;

/// What a connection attempt gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It has the slot.
    Accept,
    /// The connection opens and is closed at once.
    AcceptAndClose,
    /// It is refused (a shell resets it).
    Refuse,
}

/// Who has the slot, and who may have it next.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    busy_after_close: Duration,
    second: SecondConnection,
    occupied: bool,
    locked: bool,
    busy_until: Option<Instant>,
    refuse_until: Option<Instant>,
    recent: VecDeque<Instant>,
}

impl Slot {
    pub(super) fn new(busy_after_close: Duration, second: SecondConnection) -> Self {
        Self {
            busy_after_close,
            second,
            occupied: false,
            locked: false,
            busy_until: None,
            refuse_until: None,
            recent: VecDeque::new(),
        }
    }

    /// Nothing works until a power cycle.
    pub(super) fn is_locked(&self) -> bool {
        self.locked
    }

    /// Refuses everything until then.
    pub(super) fn refuse_until(&mut self, until: Option<Instant>) {
        self.refuse_until = until;
    }

    pub(super) fn connect(&mut self, now: Instant) -> Admission {
        if self.locked || self.refuse_until.is_some_and(|until| now < until) {
            return Admission::Refuse;
        }
        self.refuse_until = None;
        if self.is_storm(now) {
            self.refuse_until = Some(now + REFUSAL);
            self.recent.clear();
            return Admission::Refuse;
        }
        if self.occupied && self.second == SecondConnection::Lock {
            self.locked = true;
            return Admission::Refuse;
        }
        if self.occupied || self.busy_until.is_some_and(|until| now < until) {
            return match self.second {
                SecondConnection::Close => Admission::AcceptAndClose,
                SecondConnection::Refuse | SecondConnection::Lock => Admission::Refuse,
            };
        }
        self.occupied = true;
        self.busy_until = None;
        Admission::Accept
    }

    /// The session that had the slot is gone.
    pub(super) fn release(&mut self, now: Instant) {
        if self.occupied {
            self.occupied = false;
            self.busy_until = Some(now + self.busy_after_close);
        }
    }

    /// Power off and on: nobody is connected, nothing is remembered.
    pub(super) fn power_cycle(&mut self) {
        *self = Self::new(self.busy_after_close, self.second);
    }

    /// Counts this attempt and says whether there were too many.
    fn is_storm(&mut self, now: Instant) -> bool {
        if self.busy_after_close.is_zero() {
            return false;
        }
        while self
            .recent
            .front()
            .is_some_and(|at| now.duration_since(*at) >= STORM_WINDOW)
        {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        self.recent.len() > STORM_CONNECTS
    }
}

/// More connects than this in [`STORM_WINDOW`] and everything is refused for [`REFUSAL`]. Assumption.
const STORM_CONNECTS: usize = 3;
const STORM_WINDOW: Duration = Duration::from_mins(1);
const REFUSAL: Duration = Duration::from_mins(3);
