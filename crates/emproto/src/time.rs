//! The charger's time: raw numbers, civil time and instants.
//!
//! A charger keeps wall-clock time and stores every number as if its wall clock were at UTC+8. So a raw number is a
//! *civil* time, without zone: raw + 28800 s, read as UTC, are the hands of the owner's clock. Source: captures of
//! chargers and of the vendor app in several zones; the firmware's own weekly plan. Confidence: high.
//!
//! Nothing here reads a clock or knows a zone: both are arguments.
//!
//! ```
//! use emproto::time::{CivilTime, RawTime};
//!
//! // 2026-02-03 09:15 UTC, in Paris.
//! let raw = RawTime::from_unix(1_770_110_100, 3_600).unwrap();
//! assert_eq!(raw, RawTime(1_770_084_900));
//! assert_eq!(raw.civil().unwrap().to_string(), "2026-02-03T10:15:00");
//! assert_eq!(raw.to_unix(|_| 3_600), Some(1_770_110_100));
//! ```

use core::fmt;

/// A time as it stands in a payload: seconds, see the [module](self). 0 and `0xFFFF_FFFF` mean none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RawTime(pub u32);

impl RawTime {
    /// No time.
    pub const NONE: Self = Self(0);

    /// Whether there is a time.
    pub const fn is_some(self) -> bool {
        self.0 != 0 && self.0 != u32::MAX
    }

    /// The raw number for an instant: Unix seconds and the offset of local time from UTC then, in seconds (east is
    /// positive). `None` outside 1970 to 2106.
    pub fn from_unix(unix_s: i64, offset_s: i32) -> Option<Self> {
        Self::from_local(unix_s.checked_add(i64::from(offset_s))?)
    }

    /// The raw number for a civil time; `None` outside 1970 to 2106.
    pub fn from_civil(civil: CivilTime) -> Option<Self> {
        Self::from_local(civil.local_s())
    }

    /// What the clock on the wall shows; `None` without a time.
    pub fn civil(self) -> Option<CivilTime> {
        self.local_s().map(CivilTime::from_local_s)
    }

    /// The instant in Unix seconds, with the zone's offset from UTC in seconds at any Unix time; `None` without a
    /// time. Of an hour that the clock shows twice it is the first pass; a time in a gap moves forward by the gap.
    pub fn to_unix(self, offset_at: impl Fn(i64) -> i32) -> Option<i64> {
        self.local_s().map(|local| resolve(local, offset_at))
    }

    /// Seconds by which a clock that shows this is ahead of one that shows `other`.
    pub const fn seconds_since(self, other: Self) -> i64 {
        self.0 as i64 - other.0 as i64
    }

    /// The time so many seconds later; `None` outside 1970 to 2106.
    pub fn checked_add_s(self, seconds: i64) -> Option<Self> {
        let raw = i64::from(self.0).checked_add(seconds)?;
        u32::try_from(raw)
            .ok()
            .map(Self)
            .filter(|raw| raw.is_some())
    }

    /// Civil seconds since 1970-01-01T00:00:00.
    fn local_s(self) -> Option<i64> {
        self.is_some().then_some(i64::from(self.0) + SHIFT_S)
    }

    fn from_local(local_s: i64) -> Option<Self> {
        let raw = u32::try_from(local_s.checked_sub(SHIFT_S)?).ok()?;
        Some(Self(raw)).filter(|raw| raw.is_some())
    }
}

/// The instant at which a clock with this offset shows civil seconds since 1970.
fn resolve(local_s: i64, offset_at: impl Fn(i64) -> i32) -> i64 {
    let before = i64::from(offset_at(local_s - FARTHEST_EAST_S));
    let after = i64::from(offset_at(local_s + FARTHEST_WEST_S));
    // Before a change from summer to winter time both are right: the larger offset is the first pass.
    let larger = local_s - before.max(after);
    if i64::from(offset_at(larger)) == before.max(after) {
        return larger;
    }
    let smaller = local_s - before.min(after);
    if i64::from(offset_at(smaller)) == before.min(after) {
        return smaller;
    }
    // In a gap: the clock goes on as before, which is later by the gap on the new one.
    local_s - before
}

/// Date and time as a clock on the wall shows them, in the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CivilTime {
    year: i64,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

impl CivilTime {
    /// A time; `None` when the calendar or the clock does not have it. Years are 1970 to 9999.
    pub fn new(
        (year, month, day): (u16, u8, u8),
        (hour, minute, second): (u8, u8, u8),
    ) -> Option<Self> {
        let time = Self {
            year: year.into(),
            month,
            day,
            hour,
            minute,
            second,
        };
        let fits = (1970..=9999).contains(&year) && (1..=12).contains(&month) && day >= 1;
        // A day that the month does not have comes back as another.
        (fits && Self::from_local_s(time.local_s()) == time).then_some(time)
    }

    /// Year, month (1–12) and day (1–31).
    pub const fn date(self) -> (i64, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Hour, minute and second.
    pub const fn time(self) -> (u8, u8, u8) {
        (self.hour, self.minute, self.second)
    }

    /// The days are counted in years that begin in March, so that the leap day is the last.
    fn from_local_s(local_s: i64) -> Self {
        let (days, seconds) = (local_s.div_euclid(DAY_S), local_s.rem_euclid(DAY_S));
        let days = days + DAYS_TO_1970;
        let (era, day_of_era) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
        let leap_days = day_of_era / 1_460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leap_days) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = (month_from_march + 2) % 12 + 1;
        let small = |value: i64| u8::try_from(value).unwrap_or_default();
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: small(month),
            day: small(day_of_year - (153 * month_from_march + 2) / 5 + 1),
            hour: small(seconds / 3_600),
            minute: small(seconds / 60 % 60),
            second: small(seconds % 60),
        }
    }

    /// Seconds since 1970-01-01T00:00:00 on the same clock.
    fn local_s(self) -> i64 {
        let month = i64::from(self.month);
        let year = self.year - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * ERA_DAYS + day_of_era - DAYS_TO_1970;
        let [hour, minute, second] = [self.hour, self.minute, self.second].map(i64::from);
        days * DAY_S + hour * 3_600 + minute * 60 + second
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            year,
            month,
            day,
            hour,
            minute,
            second,
        } = self;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )
    }
}

/// The charger's zone.
const SHIFT_S: i64 = 8 * 3_600;
/// No zone is farther east.
const FARTHEST_EAST_S: i64 = 14 * 3_600;
/// No zone is farther west.
const FARTHEST_WEST_S: i64 = 12 * 3_600;
const DAY_S: i64 = 86_400;
/// Days of 400 years.
const ERA_DAYS: i64 = 146_097;
/// From the first of March of year 0.
const DAYS_TO_1970: i64 = 719_468;
