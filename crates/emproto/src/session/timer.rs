//! A session's timers, in one table.

use std::time::Instant;

/// When to …
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// … send a login, give up on its answer, or try again.
    Login,
    /// … see whether headings still come.
    Heading,
    /// … see whether anything still comes.
    Offline,
    /// … see whether status has to be asked for.
    Poll,
    /// … read the configuration.
    Configuration,
    /// … read the clock.
    Clock,
}

impl Timer {
    const ALL: [Self; 6] = [
        Self::Login,
        Self::Heading,
        Self::Offline,
        Self::Poll,
        Self::Configuration,
        Self::Clock,
    ];
}

/// When each timer is due.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: [Option<Instant>; Timer::ALL.len()],
}

impl Timers {
    /// `None` is never: too far away to compute with.
    pub(crate) fn set(&mut self, timer: Timer, due: impl Into<Option<Instant>>) {
        self.put(timer, due.into());
    }

    pub(crate) fn stop(&mut self, timer: Timer) {
        self.put(timer, None);
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.iter().flatten().min().copied()
    }

    /// Takes one timer that is due.
    pub(crate) fn expired(&mut self, now: Instant) -> Option<Timer> {
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
