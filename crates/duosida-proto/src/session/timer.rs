//! The session's timers, in one table.

use std::time::{Duration, Instant};

/// When to …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// … send the next of our own messages.
    Pace,
    /// … give up waiting for the first sign of life.
    Boot,
    /// … become ready without a boot notification, because another message named the identifier.
    BootGrace,
    /// … give up on a silent charger.
    Idle,
    /// … ask for status and meter values again.
    Poll,
    /// … read the configuration again.
    Configuration,
    /// … give up on the answer to the running command.
    Answer,
    /// … look again whether the running command had its effect.
    Check,
    /// … stop looking.
    Verify,
}

impl Timer {
    const ALL: [Self; 9] = [
        Self::Pace,
        Self::Boot,
        Self::BootGrace,
        Self::Idle,
        Self::Poll,
        Self::Configuration,
        Self::Answer,
        Self::Check,
        Self::Verify,
    ];
}

/// When each timer is due.
#[derive(Debug, Default)]
pub(super) struct Timers {
    due: [Option<Instant>; Timer::ALL.len()],
}

impl Timers {
    /// After a time that is too long to compute with it is never due.
    pub(super) fn set(&mut self, timer: Timer, now: Instant, after: Duration) {
        self.put(timer, now.checked_add(after));
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.put(timer, None);
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.due.iter().flatten().min().copied()
    }

    /// Takes one timer that is due.
    pub(super) fn expired(&mut self, now: Instant) -> Option<Timer> {
        let timer = Timer::ALL.into_iter().find(|timer| {
            let due = self.due.get(*timer as usize).copied().flatten();
            due.is_some_and(|due| due <= now)
        })?;
        self.stop(timer);
        Some(timer)
    }

    fn put(&mut self, timer: Timer, due: Option<Instant>) {
        if let Some(slot) = self.due.get_mut(timer as usize) {
            *slot = due;
        }
    }
}
