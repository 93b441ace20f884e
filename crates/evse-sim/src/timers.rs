//! Deadlines.
use std::collections::BTreeMap;
use std::time::Instant;

/// Deadlines by timer: `T` is the table of everything that a device waits for.
#[derive(Clone, Debug)]
pub(crate) struct Timers<T>(BTreeMap<T, Instant>);

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Copy + Ord> Timers<T> {
    pub(crate) fn set(&mut self, timer: T, at: Instant) {
        self.0.insert(timer, at);
    }

    pub(crate) fn clear(&mut self, timer: T) {
        self.0.remove(&timer);
    }

    pub(crate) fn is_set(&self, timer: T) -> bool {
        self.0.contains_key(&timer)
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    /// Removes and returns the earliest timer that is due.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<T> {
        let (timer, _) = self
            .0
            .iter()
            .filter(|(_, at)| **at <= now)
            .min_by_key(|(_, at)| **at)?;
        let timer = *timer;
        self.0.remove(&timer);
        Some(timer)
    }
}
