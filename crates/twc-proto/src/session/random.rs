//! What is left to chance, from a seed.

use std::time::Duration;

/// `SplitMix64`. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from `from` to `to`, both included.
    pub(super) fn between(&mut self, from: u16, to: u16) -> u16 {
        let count = u64::from(to.saturating_sub(from)) + 1;
        from.saturating_add(u16::try_from(self.next() % count).unwrap_or(0))
    }

    /// A time from `from_ms` to `to_ms`.
    pub(super) fn millis(&mut self, from_ms: u16, to_ms: u16) -> Duration {
        Duration::from_millis(self.between(from_ms, to_ms).into())
    }
}
