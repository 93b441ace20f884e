//! Values as people type them.

use evse::em::proto::message::{Identifier, PlanSlot};
use evse::em::proto::time::CivilTime;
use evse::em::proto::{Pin, Serial};
use evse::twc::Port;
use evse::twc::proto::Address as Unit;
use evse::units::{Milliamps, ParseCurrentError};
use evse::{Address, Protocol};
use jiff::civil::{DateTime, Time};
use jiff::{SignedDuration, Timestamp, Zoned};

/// Days of a weekly plan, and what they get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DayPlan {
    /// Monday first.
    pub(crate) days: [bool; 7],
    pub(crate) slot: PlanSlot,
}

/// What the wiring of units carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnitMax {
    /// `None` for all that are not named.
    pub(crate) unit: Option<Unit>,
    pub(crate) wiring_a: u16,
}

/// Seconds, with a fraction if wanted, up to a year.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    number(text, 0.0, 31_536_000.0)
}

pub(super) fn speed(text: &str) -> Result<f64, String> {
    number(text, 0.01, 100_000.0)
}

fn number(text: &str, least: f64, most: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (least..=most).contains(&value) => Ok(value),
        _ => Err(format!("a number from {least} to {most} is wanted")),
    }
}

/// A serial number as it is printed.
pub(super) fn serial(text: &str) -> Result<Serial, String> {
    text.parse()
        .map_err(|_| "16 hex digits are wanted".to_owned())
}

/// The id of a Tesla unit.
pub(super) fn unit(text: &str) -> Result<Unit, String> {
    text.parse()
        .map_err(|_| "four hex digits are wanted, such as 3495".to_owned())
}

/// 0, or what a unit can be told.
pub(super) fn unit_current(text: &str) -> Result<u16, String> {
    let amps = text.parse().ok().filter(|amps| matches!(amps, 0 | 5..=80));
    amps.ok_or_else(|| {
        "0, or 6 to 80 A are wanted; units of protocol version 1 take 5 A too".to_owned()
    })
}

/// `16`, or `3495=16` for one unit.
pub(super) fn unit_max(text: &str) -> Result<UnitMax, String> {
    let (id, amps) = match text.split_once('=') {
        Some((id, amps)) => (Some(unit(id)?), amps),
        None => (None, text),
    };
    let wiring_a = amps.parse().ok().filter(|amps| (1..=80).contains(amps));
    let wiring_a = wiring_a.ok_or_else(|| "1 to 80 A are wanted".to_owned())?;
    Ok(UnitMax { unit: id, wiring_a })
}

/// A device, a gateway as `HOST:PORT`, or a `twc://` address.
pub(super) fn bus_port(text: &str) -> Result<Address, String> {
    if text.contains("://") {
        return match text.parse() {
            Ok(address @ Address::Twc { .. }) => Ok(address),
            Ok(_) => Err("a twc:// address is wanted".to_owned()),
            Err(error) => Err(error.to_string()),
        };
    }
    if text.is_empty() {
        return Err("a device or HOST:PORT is wanted".to_owned());
    }
    // A device is known by its whole path wherever the command runs; `COM3` has none.
    let is_path = matches!(Port::from(text), Port::Serial(_)) && !cfg!(windows);
    let whole = std::path::absolute(text).ok().filter(|_| is_path);
    let whole = whole.and_then(|path| path.into_os_string().into_string().ok());
    Ok(Address::twc(whole.unwrap_or_else(|| text.to_owned()), None))
}

/// The PIN of a simulator, which is no secret.
pub(super) fn pin(text: &str) -> Result<Pin, String> {
    text.parse().map_err(|_| "six digits are wanted".to_owned())
}

pub(super) fn identifier(text: &str) -> Result<Identifier, String> {
    if text.is_empty() || text.len() > 16 {
        return Err("1 to 16 characters are wanted".to_owned());
    }
    Identifier::new(text).map_err(|error| error.to_string())
}

/// Hundredths of kWh.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
pub(super) fn energy(text: &str) -> Result<u32, String> {
    number(text, 0.01, 655.34).map(|kwh| (kwh * 100.0).round() as u32)
}

/// Amps with up to three decimals.
pub(super) fn current(text: &str) -> Result<Milliamps, String> {
    text.parse()
        .map_err(|error: ParseCurrentError| error.to_string())
}

/// A protocol by its name.
pub(super) fn protocol(text: &str) -> Result<Protocol, String> {
    let mut all = Protocol::ALL.iter().copied();
    let found = all.find(|protocol| protocol.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "duosida, em or twc is wanted".to_owned())
}

/// Minutes, from `90`, `90m` or `1h30m`.
pub(super) fn minutes(text: &str) -> Result<u32, String> {
    let minutes = match text.parse() {
        Ok(minutes) => Some(minutes),
        Err(_) => duration(text).and_then(|duration| u32::try_from(duration.as_mins()).ok()),
    };
    minutes
        .filter(|minutes| (1..=65_534).contains(minutes))
        .ok_or_else(|| "minutes such as 90, 90m or 1h30m are wanted, up to 65,534".to_owned())
}

/// A duration of whole minutes.
fn duration(text: &str) -> Option<SignedDuration> {
    let duration: SignedDuration = text.parse().ok()?;
    (duration.as_secs() % 60 == 0 && duration.subsec_nanos() == 0).then_some(duration)
}

/// A time to come, Unix seconds.
pub(super) fn start_time(text: &str) -> Result<i64, String> {
    start_time_after(text, &Zoned::now())
}

fn start_time_after(text: &str, now: &Zoned) -> Result<i64, String> {
    let wanted = "a time such as 23:30, +90m or 2026-03-29T23:30 is wanted";
    let time = if let Some(after) = text.strip_prefix('+') {
        let minutes = minutes(after).map_err(|_| wanted.to_owned())?;
        now.checked_add(SignedDuration::from_mins(minutes.into()))
            .map_err(|_| wanted.to_owned())?
            .timestamp()
    } else if let Some(time) = time_of_day(text) {
        next(time, now).ok_or_else(|| wanted.to_owned())?
    } else if let Ok(time) = text.parse::<Timestamp>() {
        time
    } else {
        let time: DateTime = text.parse().map_err(|_| wanted.to_owned())?;
        let time = time.to_zoned(now.time_zone().clone());
        time.map_err(|_| wanted.to_owned())?.timestamp()
    };
    if time <= now.timestamp() {
        return Err(format!("{text} is over; leave --at out to start now"));
    }
    Ok(time.as_second())
}

/// When the clock shows this next, today or tomorrow.
fn next(time: Time, now: &Zoned) -> Option<Timestamp> {
    let zone = now.time_zone();
    let today = now.date().to_datetime(time).to_zoned(zone.clone()).ok()?;
    if today > *now {
        return Some(today.timestamp());
    }
    let tomorrow = now.date().tomorrow().ok()?.to_datetime(time);
    Some(tomorrow.to_zoned(zone.clone()).ok()?.timestamp())
}

/// Local date and time.
pub(super) fn civil_time(text: &str) -> Result<CivilTime, String> {
    let parsed: Option<DateTime> = text.parse().ok();
    let civil = parsed.and_then(|time| {
        let small = |number: i8| u8::try_from(number).ok();
        CivilTime::new(
            (
                u16::try_from(time.year()).ok()?,
                small(time.month())?,
                small(time.day())?,
            ),
            (
                small(time.hour())?,
                small(time.minute())?,
                small(time.second())?,
            ),
        )
    });
    civil.ok_or_else(|| "a date and time such as 2026-03-29T12:00 is wanted".to_owned())
}

/// `mon-fri=23:00-06:00`, `sat,sun=off`, `all=01:30+4h`.
pub(super) fn day_plan(text: &str) -> Result<DayPlan, String> {
    let (days, time) = text
        .split_once('=')
        .ok_or_else(|| "days, = and a time are wanted, such as mon-fri=23:00-06:00".to_owned())?;
    let mut chosen = [false; 7];
    for part in days.split(',') {
        choose(part, &mut chosen)
            .ok_or_else(|| format!("{part:?} is no day; mon, tue-fri and all are"))?;
    }
    let slot = slot(time).ok_or_else(|| {
        format!("{time:?} is no time; off, 23:00-06:00 and 01:30+4h30m are, up to 24 h")
    })?;
    Ok(DayPlan { days: chosen, slot })
}

/// A day, a range of days, which may pass Sunday, or all.
fn choose(part: &str, chosen: &mut [bool; 7]) -> Option<()> {
    if part.eq_ignore_ascii_case("all") {
        *chosen = [true; 7];
        return Some(());
    }
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (mut day, last) = (day(first)?, day(last)?);
    *chosen.get_mut(day)? = true;
    while day != last {
        day = (day + 1) % 7;
        *chosen.get_mut(day)? = true;
    }
    Some(())
}

/// By the name, or three letters of it or more.
fn day(text: &str) -> Option<usize> {
    let text = text.to_lowercase();
    DAYS.iter()
        .position(|day| text.len() >= 3 && day.starts_with(&text))
}

fn slot(text: &str) -> Option<PlanSlot> {
    if text.eq_ignore_ascii_case("off") {
        return Some(PlanSlot::OFF);
    }
    let (start, minutes) = if let Some((start, duration)) = text.split_once('+') {
        (time_of_day(start)?, minutes(duration).ok()?)
    } else {
        let (start, end) = text.split_once('-')?;
        let (start, end) = (time_of_day(start)?, time_of_day(end)?);
        let minute =
            |time: Time| u32::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute()));
        let (from, to) = (minute(start).ok()?, minute(end).ok()?);
        // An end at the start is a whole day later.
        (start, (to + DAY_MIN - from - 1) % DAY_MIN + 1)
    };
    let small = |number: i8| u8::try_from(number).ok();
    let (hour, minute) = (small(start.hour())?, small(start.minute())?);
    PlanSlot::on(hour, minute, u16::try_from(minutes).ok()?).ok()
}

/// `23:30`; nothing else.
fn time_of_day(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(hour, 2) || minute.len() != 2 || !digits(minute, 2) {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// Monday first, as a plan has them.
pub(crate) const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const DAY_MIN: u32 = 1_440;

#[cfg(test)]
mod tests {
    use evse::Address;
    use evse::twc::proto::Address as Unit;

    use super::{UnitMax, bus_port, day_plan, energy, minutes, start_time_after, unit_max};

    #[test]
    fn durations_are_minutes() {
        for (text, expected) in [("90", 90), ("90m", 90), ("1h30m", 90), ("2h", 120)] {
            assert_eq!(minutes(text), Ok(expected), "{text}");
        }
        for text in ["", "0", "-5", "90s", "1.5h5s", "65535", "soon"] {
            assert!(minutes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn energy_is_hundredths_of_a_kilowatt_hour() {
        assert_eq!(energy("10"), Ok(1_000));
        assert_eq!(energy("0.295"), Ok(30));
        assert!(energy("0").is_err() && energy("655.35").is_err());
    }

    #[test]
    fn a_start_time_is_the_next_one() {
        let now: jiff::Zoned = "2026-11-21T22:00:00[Europe/Paris]".parse().expect("a time");
        let after =
            |text: &str| start_time_after(text, &now).map(|at| at - now.timestamp().as_second());
        assert_eq!(after("23:30"), Ok(5_400));
        assert_eq!(after("6:05"), Ok(8 * 3_600 + 300));
        assert_eq!(after("+90m"), Ok(5_400));
        assert_eq!(after("2026-11-21T23:30"), Ok(5_400));
        assert_eq!(after("2026-11-21 23:30"), Ok(5_400));
        assert_eq!(after("2026-11-21T22:30:00Z"), Ok(5_400));
        for text in ["2026-11-21T21:59", "24:00", "9", "noon", "+", "23:5"] {
            assert!(after(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_plan_names_days_and_times() {
        let plan = day_plan("mon-fri=23:00-06:00").expect("a plan");
        assert_eq!(plan.days, [true, true, true, true, true, false, false]);
        assert_eq!(
            (plan.slot.start(), plan.slot.duration_min),
            (Some((23, 0)), 420)
        );
        let plan = day_plan("Sun-tue,thursday=01:30+4h30m").expect("a plan");
        assert_eq!(plan.days, [true, true, false, true, false, false, true]);
        assert_eq!(plan.slot.duration_min, 270);
        assert_eq!(
            day_plan("all=6:00-6:00").expect("a plan").slot.duration_min,
            1_440
        );
        assert!(!day_plan("sat=off").expect("a plan").slot.is_on());
        for text in [
            "mon",
            "=off",
            "mo=off",
            "mon=",
            "mon=6-7",
            "mon=25:00-26:00",
            "mon=1:00+25h",
            "mon-=off",
            "mondays=off",
        ] {
            assert!(day_plan(text).is_err(), "{text}");
        }
    }

    #[test]
    fn wiring_is_that_of_all_units_or_of_one() {
        let max = |unit, wiring_a| Ok(UnitMax { unit, wiring_a });
        assert_eq!(unit_max("32"), max(None, 32));
        assert_eq!(unit_max("c0db=16"), max(Some(Unit(0xC0DB)), 16));
        for text in ["", "0", "81", "16A", "=16", "349=16", "3495=", "3495=-6"] {
            assert!(unit_max(text).is_err(), "{text}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_bus_is_a_device_a_gateway_or_an_address() {
        let here = std::path::absolute("twc0").expect("a folder");
        let here = here.to_str().expect("text");
        let unit = Some(Unit(0x3495));
        for (text, port, unit) in [
            ("/dev/ttyUSB0", "/dev/ttyUSB0", None),
            ("twc0", here, None),
            ("./twc0", here, None),
            ("gateway.lan:4196", "gateway.lan:4196", None),
            ("twc:///dev/ttyUSB0#3495", "/dev/ttyUSB0", unit),
            ("twc://gateway.lan:4196", "gateway.lan:4196", None),
        ] {
            assert_eq!(bus_port(text), Ok(Address::twc(port, unit)), "{text}");
        }
        for text in ["", "em://box", "twc://gateway", "http://box:80"] {
            assert!(bus_port(text).is_err(), "{text}");
        }
    }
}
