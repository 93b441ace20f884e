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

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::{CivilTime, RawTime};

    fn civil(text: &str) -> CivilTime {
        let mut numbers = text.split(['-', 'T', ':']).map(str::parse::<u16>);
        let mut next = || numbers.next().expect("six numbers").expect("a number");
        let small = |number: u16| u8::try_from(number).expect("a small number");
        let date = (next(), small(next()), small(next()));
        let time = (small(next()), small(next()), small(next()));
        CivilTime::new(date, time).expect("a time")
    }

    /// Paris in 2026: summer time from 29 March to 25 October.
    fn paris(unix_s: i64) -> i32 {
        if (1_774_746_000..1_792_890_000).contains(&unix_s) {
            7_200
        } else {
            3_600
        }
    }

    fn resolved(text: &str, offset_at: fn(i64) -> i32) -> Option<i64> {
        RawTime::from_civil(civil(text))?.to_unix(offset_at)
    }

    #[test]
    fn captured_numbers_are_the_clock_on_the_wall() {
        // A charger's clock one second before the vendor app started a charge; a record of 03:00 in a weekly plan.
        for (raw, text) in [
            (1_649_433_820, "2022-04-09T00:03:40"),
            (1_549_220_400, "2019-02-04T03:00:00"),
        ] {
            assert_eq!(
                RawTime(raw).civil().map(|c| c.to_string()).as_deref(),
                Some(text)
            );
            assert_eq!(RawTime::from_civil(civil(text)), Some(RawTime(raw)));
        }
        // The charge id of that start holds the phone's Unix time, in UTC+2.
        assert_eq!(
            RawTime::from_unix(1_649_455_421, 7_200),
            Some(RawTime(1_649_433_821))
        );
    }

    #[test]
    fn leap_days_are_those_of_the_calendar() {
        let check = |unix_s, text: &str| {
            let raw = RawTime::from_unix(unix_s, 0).expect("in range");
            assert_eq!(raw.civil().map(|c| c.to_string()).as_deref(), Some(text));
        };
        check(951_825_600, "2000-02-29T12:00:00");
        check(4_107_542_400, "2100-03-01T00:00:00");
        check(2_147_483_648, "2038-01-19T03:14:08");
        check(4_102_444_799, "2099-12-31T23:59:59");
        for date in [
            (2100, 2, 29),
            (2026, 2, 29),
            (2026, 13, 1),
            (2026, 0, 1),
            (2026, 4, 31),
            (2026, 1, 0),
        ] {
            assert_eq!(CivilTime::new(date, (0, 0, 0)), None, "{date:?}");
        }
        for time in [(24, 0, 0), (0, 60, 0), (0, 0, 60)] {
            assert_eq!(CivilTime::new((2026, 1, 1), time), None, "{time:?}");
        }
    }

    #[test]
    fn zero_and_all_ones_are_no_time() {
        for raw in [RawTime::NONE, RawTime(u32::MAX)] {
            assert_eq!((raw.civil(), raw.to_unix(|_| 0)), (None, None));
        }
        assert_eq!(RawTime::from_unix(28_800, 0), None);
        assert_eq!(RawTime::from_unix(0, 0), None);
        assert_eq!(RawTime::from_unix(i64::MAX, 3_600), None);
        assert_eq!(RawTime(u32::MAX - 1).checked_add_s(1), None);
        assert_eq!(RawTime(5).checked_add_s(-5), None);
        assert_eq!(RawTime(100).checked_add_s(-40), Some(RawTime(60)));
        assert_eq!(RawTime(100).seconds_since(RawTime(160)), -60);
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_one() {
        assert_eq!(resolved("2026-10-25T02:30:00", paris), Some(1_792_888_200));
        assert_eq!(resolved("2026-10-25T01:59:59", paris), Some(1_792_886_399));
        assert_eq!(resolved("2026-10-25T03:00:00", paris), Some(1_792_893_600));
    }

    #[test]
    fn a_time_that_does_not_come_moves_forward_by_the_gap() {
        // 02:30 is read as 03:30 in summer time.
        assert_eq!(resolved("2026-03-29T02:30:00", paris), Some(1_774_747_800));
        assert_eq!(resolved("2026-03-29T01:59:59", paris), Some(1_774_745_999));
        assert_eq!(resolved("2026-03-29T03:00:00", paris), Some(1_774_746_000));
    }

    #[test]
    fn offsets_may_be_negative_far_or_of_half_hours() {
        let unix_s = 1_770_110_100;
        for offset_s in [-43_200, -12_600, 0, 20_700, 28_800, 34_200, 50_400] {
            let raw = RawTime::from_unix(unix_s, offset_s).expect("in range");
            assert_eq!(raw.to_unix(|_| offset_s), Some(unix_s), "{offset_s}");
        }
        // Lord Howe moves by half an hour: 2026-04-05 02:00 (UTC+11) becomes 01:30 (UTC+10:30).
        let lord_howe = |unix_s| {
            if unix_s < 1_775_314_800 {
                39_600
            } else {
                37_800
            }
        };
        assert_eq!(
            resolved("2026-04-05T01:45:00", lord_howe),
            Some(1_775_313_900)
        );
    }
}
