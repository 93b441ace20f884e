//! Virtual time that runs at a multiple of real time.
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Maps real instants to virtual ones and back; both begin at the same instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct VirtualClock {
    origin: Instant,
    speed: f64,
}

impl VirtualClock {
    pub(super) fn new(speed: f64) -> Self {
        Self {
            origin: Instant::now(),
            speed,
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.origin + self.origin.elapsed().mul_f64(self.speed)
    }

    /// How long to sleep, in real time, until a virtual instant.
    pub(super) fn until(&self, at: Instant) -> Duration {
        at.saturating_duration_since(self.now()).div_f64(self.speed)
    }
}

pub(super) fn system_unix_s() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
