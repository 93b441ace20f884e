//! The owner's time zone.

use std::{fmt, sync::Arc};

use emproto::session::Zone;
use jiff::{Timestamp, tz::TimeZone};

/// The time zone in which the chargers keep their time: the owner's.
#[derive(Clone)]
pub struct LocalZone(pub(crate) Arc<dyn Zone>);

impl LocalZone {
    /// The zone of this machine; UTC if that is not known.
    pub fn system() -> Self {
        Self::new(System(TimeZone::system()))
    }

    /// Any zone: a type of the application's, or a closure that gives the offset from UTC in seconds, east positive, at
    /// a Unix time.
    pub fn new(zone: impl Zone + 'static) -> Self {
        Self(Arc::new(zone))
    }
}

impl Default for LocalZone {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for LocalZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalZone")
    }
}

struct System(TimeZone);

impl Zone for System {
    fn offset_s(&self, unix_s: i64) -> i32 {
        let time = Timestamp::from_second(unix_s).unwrap_or_default();
        self.0.to_offset(time).seconds()
    }
}

#[cfg(test)]
mod tests {
    use emproto::session::Zone;
    use jiff::tz::TimeZone;

    use super::System;

    #[test]
    fn offsets_are_positive_to_the_east_and_follow_summer_time() {
        let paris = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        // 2026-02-03 and 2026-07-01.
        let offsets =
            [1_770_110_100, 1_782_900_000].map(|time| System(paris.clone()).offset_s(time));
        assert_eq!(offsets, [3_600, 7_200]);
        assert_eq!(System(TimeZone::UTC).offset_s(i64::MAX), 0);
    }
}
