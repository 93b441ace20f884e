//! Seeded randomness: the only source of chance in this crate, so that a seed reproduces a run.
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::DelayRange;

/// A generator with the few draws that simulations need.
#[derive(Clone, Debug)]
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    /// A generator for one part (`stream`) of the run that `seed` names.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// True with this probability; values outside 0 to 1 are clamped.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.0.random_range(0.0..1.0) < probability
    }

    /// An even draw from `low` to `high`; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        if low < high {
            self.0.random_range(low..high)
        } else {
            low
        }
    }

    /// An even draw below `bound`; 0 when the bound is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            0
        } else {
            self.0.random_range(0..bound)
        }
    }

    /// [`Random::below`] for lengths.
    pub(crate) fn length(&mut self, low: usize, high: usize) -> usize {
        if low < high {
            self.0.random_range(low..high)
        } else {
            low
        }
    }

    /// An even draw from a range of delays.
    pub(crate) fn delay(&mut self, range: DelayRange) -> Duration {
        Duration::from_secs_f64(
            self.between(range.min.as_secs_f64(), range.max.as_secs_f64())
                .max(0.0),
        )
    }

    /// The time to the next event of a process with this many events a minute.
    pub(crate) fn waiting_time(&mut self, per_minute: f64) -> Duration {
        let rate = per_minute.max(1e-6);
        Duration::from_secs_f64((-self.between(1e-9, 1.0).ln() / rate * 60.0).min(1e7))
    }

    /// `length` random bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.0.random()).collect()
    }
}
