//! The owner's clock, and what is known about the charger's.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ClockPolicy;
use crate::time::{CivilTime, RawTime};

/// The zone of the owner's civil time.
pub trait Zone: Send + Sync {
    /// Seconds by which local time is ahead of UTC at a Unix time.
    fn offset_s(&self, unix_s: i64) -> i32;
}

impl<F: Fn(i64) -> i32 + Send + Sync> Zone for F {
    fn offset_s(&self, unix_s: i64) -> i32 {
        self(unix_s)
    }
}

/// The wall clock at a moment, and the zone.
#[derive(Clone)]
pub struct WallClock {
    /// Unix seconds.
    pub unix_s: i64,
    /// The zone in which chargers keep their time.
    pub zone: Arc<dyn Zone>,
}

impl WallClock {
    /// A clock in a zone.
    pub fn new(unix_s: i64, zone: impl Zone + 'static) -> Self {
        Self {
            unix_s,
            zone: Arc::new(zone),
        }
    }
}

impl fmt::Debug for WallClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WallClock")
            .field("unix_s", &self.unix_s)
            .field("offset_s", &self.zone.offset_s(self.unix_s))
            .finish_non_exhaustive()
    }
}

/// The wall clock, going on.
#[derive(Clone, Debug)]
pub(crate) struct OwnClock {
    pub(crate) at: Instant,
    pub(crate) wall: WallClock,
}

impl OwnClock {
    pub(crate) fn unix_s(&self, now: Instant) -> i64 {
        let since = now.saturating_duration_since(self.at).as_secs();
        self.wall
            .unix_s
            .saturating_add(i64::try_from(since).unwrap_or(i64::MAX))
    }

    pub(crate) fn offset_s(&self, unix_s: i64) -> i32 {
        self.wall.zone.offset_s(unix_s)
    }

    /// What a charger's clock should show at a Unix time; none before 1970 and after 2106.
    pub(crate) fn raw(&self, unix_s: i64) -> RawTime {
        RawTime::from_unix(unix_s, self.offset_s(unix_s)).unwrap_or(RawTime::NONE)
    }

    pub(crate) fn raw_now(&self, now: Instant) -> RawTime {
        self.raw(self.unix_s(now))
    }
}

/// A charger's clock, as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// What it showed.
    pub raw: RawTime,
    /// Seconds by which it was ahead of the owner's clock.
    pub delta_s: i64,
    /// When it was read.
    pub at: Instant,
    /// Whether it looks as if a client had set it to UTC, which some do.
    pub looks_like_utc: bool,
}

impl ClockReading {
    /// What it showed, as a date and a time of day; `None` when it showed nothing.
    pub fn civil(&self) -> Option<CivilTime> {
        self.raw.civil()
    }

    /// Whether it was more than 60 s wrong.
    pub const fn is_wrong(&self) -> bool {
        self.delta_s.unsigned_abs() > TOLERANCE_S
    }
}

/// A charger's clock and our dealings with it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChargerClock {
    pub(crate) reading: Option<ClockReading>,
    last_set: Option<Instant>,
    /// A set of ours was seen to have worked at this offset of local time; the next wrong reading at the same offset
    /// means that somebody moved the clock.
    ours: Option<i32>,
    moved: u8,
}

impl ChargerClock {
    /// Takes what the charger reports. True when it is once too often that somebody else has moved the clock.
    pub(crate) fn read(&mut self, now: Instant, own: &OwnClock, raw: RawTime) -> bool {
        if !raw.is_some() {
            return false;
        }
        let unix_s = own.unix_s(now);
        let delta_s = raw.seconds_since(own.raw(unix_s));
        let offset_s = own.offset_s(unix_s);
        let utc_s = UTC_AS_LOCAL_S - i64::from(offset_s);
        let reading = ClockReading {
            raw,
            delta_s,
            at: now,
            looks_like_utc: utc_s != 0 && (delta_s - utc_s).unsigned_abs() <= TOLERANCE_S,
        };
        self.reading = Some(reading);
        if !reading.is_wrong() {
            self.ours = self.last_set.map(|_| offset_s);
            return false;
        }
        if self.ours.take() != Some(offset_s) {
            return false;
        }
        self.moved = self.moved.saturating_add(1);
        self.moved == MOVED_LIMIT
    }

    /// The reading, if it is from the last minute.
    pub(crate) fn fresh(&self, now: Instant) -> Option<ClockReading> {
        self.reading
            .filter(|reading| now.saturating_duration_since(reading.at) <= FRESH)
    }

    /// Whether the clock may be set now.
    pub(crate) fn may_set(
        &self,
        now: Instant,
        policy: ClockPolicy,
        before_reservation: bool,
    ) -> bool {
        let rested = self
            .last_set
            .is_none_or(|at| now.saturating_duration_since(at) >= BETWEEN_SETS);
        policy != ClockPolicy::Never && self.moved < MOVED_LIMIT && (rested || before_reservation)
    }

    pub(crate) fn was_set(&mut self, now: Instant) {
        self.last_set = Some(now);
        self.ours = None;
    }

    /// The owner set the clock to another time on purpose: nobody is to blame.
    pub(crate) fn was_set_otherwise(&mut self) {
        self.last_set = None;
        self.ours = None;
    }
}

/// A clock that is less wrong is right. Source: spread of answers in captures.
const TOLERANCE_S: u64 = 60;
/// How old a reading may be before a reservation.
const FRESH: Duration = Duration::from_mins(1);
/// Setting it more often would be a fight with another client.
const BETWEEN_SETS: Duration = Duration::from_hours(1);
/// After so many times another client wins.
const MOVED_LIMIT: u8 = 3;
/// What a charger takes UTC for.
const UTC_AS_LOCAL_S: i64 = 8 * 3_600;
