//! Deadlines.
use std::time::Instant;

/// Deadlines by timer, the earliest first: `T` is the table of everything that a device waits for.
#[derive(Clone, Debug)]
pub(crate) struct Timers<T>(Vec<(Instant, T)>);

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy + Ord> Timers<T> {
    pub(crate) fn set(&mut self, timer: T, at: Instant) {
        self.clear(timer);
        let place = self.0.partition_point(|entry| *entry < (at, timer));
        self.0.insert(place, (at, timer));
    }

    pub(crate) fn clear(&mut self, timer: T) {
        self.0.retain(|(_, one)| *one != timer);
    }

    pub(crate) fn is_set(&self, timer: T) -> bool {
        self.0.iter().any(|(_, one)| *one == timer)
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Removes and returns the earliest timer that is due.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<T> {
        let is_due = self.next().is_some_and(|at| at <= now);
        is_due.then(|| self.0.remove(0).1)
    }
}
