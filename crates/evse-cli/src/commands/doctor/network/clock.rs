//! Clocks: the charger's and this machine's.

use std::fs;
use std::time::{Duration, SystemTime};

use super::super::Finding;

/// A clock may be wrong by this much: the charger tells whole seconds, and some of them late. Source: em clients correct
/// beyond a minute.
const TOLERANCE_S: u64 = 60;
/// Zones lie up to 14 h from Greenwich.
const LARGEST_OFFSET_H: u64 = 14;
const HOUR_S: u64 = 3_600;
/// 2026-01-01, the year of this program: no earlier time is right.
const BUILT_UNIX_S: u64 = 1_767_225_600;
/// The date of this program's file may lie ahead by this much: some archives keep local time.
const DAY: Duration = Duration::from_hours(24);

/// What a charger's clock is for, and who sets it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use<'a> {
    /// Plans and records run by it; this command sets it.
    Plans(&'a str),
    /// The times of the charger's own records; the vendor's cloud sets it.
    Records,
}

/// Judges a charger's clock, which was ahead of this machine's by so many seconds.
pub(super) fn of_charger(
    about: &str,
    ahead_s: i64,
    looks_like_utc: bool,
    usage: Use<'_>,
) -> Finding {
    let off_s = ahead_s.unsigned_abs();
    if off_s <= TOLERANCE_S {
        return Finding::ok("clock", about, "its clock is right");
    }
    let hours = whole_hours(off_s);
    let by = length(hours.map_or(off_s, |hours| hours * HOUR_S));
    let side = if ahead_s > 0 { "ahead of" } else { "behind" };
    let mut what = format!("its clock is {by} {side} this machine's");
    if looks_like_utc {
        what += ", as other programs set it that write UTC where these chargers expect local time";
    } else if hours.is_some() {
        what += ", whole hours: probably a time zone or summer time";
    }
    let machine = "check time and zone of this machine first (`timedatectl`)";
    match usage {
        Use::Plans(command) => {
            what += "; its weekly plan and its records go by it";
            Finding::warning(
                "clock-skew",
                about,
                what,
                format!("{machine}, then set it: `{command}`"),
            )
        }
        Use::Records => {
            what += "; only the times in its own records go by it";
            let fix = format!(
                "{machine}; the vendor's app and cloud set the charger's, this program does not"
            );
            Finding::note("clock-skew", about, what, fix)
        }
    }
}

/// The date of this program's file, where it has one.
pub(super) fn written() -> Option<SystemTime> {
    let file = std::env::current_exe().and_then(fs::metadata).ok()?;
    file.modified().ok()
}

/// Says so when this machine's own clock cannot be right: by the year of this program, or by the date of its file.
pub(super) fn of_this_machine(now: SystemTime, written: Option<SystemTime>) -> Option<Finding> {
    let year = SystemTime::UNIX_EPOCH + Duration::from_secs(BUILT_UNIX_S);
    let is_early = now < year || written.is_some_and(|written| now + DAY < written);
    is_early.then(|| {
        Finding::warning(
            "own-clock",
            "this machine",
            "its clock is wrong: it shows a time before this program was written; charge times, plans and the guard go by it",
            "set it: `sudo timedatectl set-ntp true`; a Raspberry Pi has no clock that outlasts a power cut",
        )
    })
}

/// How many hours it is off, when it is off by hours as zones are.
fn whole_hours(off_s: u64) -> Option<u64> {
    let hours = (off_s + HOUR_S / 2) / HOUR_S;
    let is_zone = (1..=LARGEST_OFFSET_H).contains(&hours);
    (is_zone && off_s.abs_diff(hours * HOUR_S) <= TOLERANCE_S).then_some(hours)
}

/// In the largest unit and the next one.
fn length(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / HOUR_S % 24, seconds / 60 % 60);
    let parts = match (days, hours, minutes) {
        (0, 0, minutes) => [(minutes, "min"), (seconds % 60, "s")],
        (0, hours, minutes) => [(hours, "h"), (minutes, "min")],
        (days, hours, _) => [(days, "d"), (hours, "h")],
    };
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::super::finding::Severity;
    use super::*;

    fn charger(ahead_s: i64) -> Finding {
        of_charger("garage", ahead_s, false, Use::Records)
    }

    #[test]
    fn a_minute_is_nothing_and_whole_hours_are_a_zone() {
        for (ahead_s, code, part) in [
            (0, "clock", "right"),
            (60, "clock", "right"),
            (-60, "clock", "right"),
            (61, "clock-skew", "1 min 1 s ahead of"),
            (-90, "clock-skew", "1 min 30 s behind"),
            (
                7_230,
                "clock-skew",
                "2 h ahead of this machine's, whole hours",
            ),
            (
                7_199,
                "clock-skew",
                "2 h ahead of this machine's, whole hours",
            ),
            (5_430, "clock-skew", "1 h 30 min ahead of"),
            (
                -50_400,
                "clock-skew",
                "14 h behind this machine's, whole hours",
            ),
            (2_678_400, "clock-skew", "31 d ahead of"),
            (i64::MIN, "clock-skew", "behind"),
        ] {
            let finding = charger(ahead_s);
            assert_eq!(finding.code, code, "{ahead_s}");
            assert!(finding.what.contains(part), "{finding:?}");
        }
        for ahead_s in [7_290, 15 * 3_600, 5_400] {
            assert!(!charger(ahead_s).what.contains("whole hours"), "{ahead_s}");
        }
    }

    #[test]
    fn a_clock_that_plans_go_by_is_a_warning_with_the_command() {
        let finding = of_charger("carport", 25_200, true, Use::Plans("evse em set-time"));
        assert_eq!(finding.severity, Severity::Warning);
        assert!(finding.what.contains("UTC"), "{finding:?}");
        assert!(
            finding
                .fix
                .is_some_and(|fix| fix.ends_with("`evse em set-time`"))
        );
        assert_eq!(charger(7_200).severity, Severity::Note);
    }

    #[test]
    fn a_machine_that_shows_an_earlier_year_is_wrong() {
        let at = |unix_s| SystemTime::UNIX_EPOCH + Duration::from_secs(unix_s);
        let code = |now| of_this_machine(now, None).map(|finding| finding.code);
        assert_eq!(code(at(0)), Some("own-clock"));
        assert_eq!(code(at(1_767_225_599)), Some("own-clock"));
        assert_eq!(code(at(1_767_225_600)), None);
    }
}
