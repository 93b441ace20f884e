//! The charger's own clock.
use std::time::Instant;

use emproto::time::RawTime;

use crate::number::seconds;

/// Keeps what it was told, in whatever convention.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    started: Instant,
    /// What a right clock showed at the start, raw.
    right_raw: i64,
    /// How far it is ahead of a right clock, seconds.
    skew_s: i64,
}

impl Clock {
    pub(super) fn new(now: Instant, unix_s: i64, utc_offset_s: i32, skew_s: i64) -> Self {
        Self {
            started: now,
            right_raw: unix_s + i64::from(utc_offset_s) - CHARGER_ZONE_S,
            skew_s,
        }
    }

    /// What a right clock shows, raw.
    fn right(&self, now: Instant) -> i64 {
        self.right_raw + seconds(now.saturating_duration_since(self.started))
    }

    /// What it shows, raw; it stops at the ends of its range.
    pub(super) fn raw(&self, now: Instant) -> i64 {
        (self.right(now) + self.skew_s).clamp(1, i64::from(u32::MAX) - 1)
    }

    /// What it shows.
    pub(super) fn time(&self, now: Instant) -> RawTime {
        RawTime(u32::try_from(self.raw(now)).unwrap_or_default())
    }

    /// What it shows, as civil seconds since 1970.
    pub(super) fn civil_s(&self, now: Instant) -> i64 {
        self.raw(now) + CHARGER_ZONE_S
    }

    pub(super) fn set(&mut self, now: Instant, to: RawTime) {
        self.skew_s = i64::from(to.0) - self.right(now);
    }

    pub(super) fn jump(&mut self, by_s: i64) {
        self.skew_s += by_s;
    }

    /// Power was gone.
    pub(super) fn lose(&mut self, now: Instant) {
        self.set(now, LOST);
    }

    pub(super) fn skew_s(&self) -> i64 {
        self.skew_s
    }
}

/// The firmware's zone, UTC+8.
const CHARGER_ZONE_S: i64 = 8 * 3_600;
/// 2019-01-01, 00:00: what a charger shows that has lost its clock. Source: the year of a BS20's wrong record.
const LOST: RawTime = RawTime(1_546_272_000);
