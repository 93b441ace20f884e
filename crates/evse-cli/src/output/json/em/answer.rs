//! What commands came to.

use std::path::Path;

use evse::em::Evse;
use evse::em::proto::Serial;
use evse::em::proto::message::{PlanSlot, WeeklyPlan};
use evse::em::proto::session::{ClockReading, Started};
use serde::Serialize;

use crate::cli::DAYS;
use crate::output::json::{rfc3339, word};
use crate::output::table;

/// A command that was carried out.
#[derive(Debug, Serialize)]
pub(crate) struct DoneJson<'a> {
    command: String,
    serial: String,
    /// `confirmed` or `merged`.
    result: &'a str,
    detail: &'a str,
    warnings: Vec<String>,
}

impl<'a> DoneJson<'a> {
    pub(crate) fn new(
        command: &str,
        serial: Serial,
        result: &'a str,
        detail: &'a str,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            command: word(command),
            serial: serial.to_string(),
            result,
            detail,
            warnings,
        }
    }
}

/// A start that worked.
#[derive(Debug, Serialize)]
pub(crate) struct StartedJson {
    command: &'static str,
    serial: String,
    /// `confirmed`, `accepted` (its state does not show it yet) or `reserved`.
    result: &'static str,
    detail: String,
    charge_id: String,
    max_current: u8,
    reserved_for: Option<String>,
    warnings: Vec<String>,
}

impl StartedJson {
    pub(crate) fn new(serial: Serial, started: &Started, warnings: Vec<String>) -> Self {
        Self {
            command: "start",
            serial: serial.to_string(),
            result: evse::adapter::em::effect(started).name(),
            detail: table::em::started(started),
            charge_id: started.charge_id.to_str_lossy().into_owned(),
            max_current: started.current_a,
            reserved_for: started.reserved_for_unix_s.and_then(rfc3339),
            warnings,
        }
    }
}

/// A setting that was shown or set.
#[derive(Debug, Serialize)]
pub(crate) struct SettingJson<'a> {
    command: String,
    serial: String,
    value: &'a str,
    /// Whether it was set; else it was only asked for.
    set: bool,
}

impl<'a> SettingJson<'a> {
    pub(crate) fn new(command: &str, serial: Serial, value: &'a str, set: bool) -> Self {
        Self {
            command: word(command),
            serial: serial.to_string(),
            value,
            set,
        }
    }
}

/// The charger's clock.
#[derive(Debug, Serialize)]
pub(crate) struct ClockJson {
    command: String,
    serial: String,
    /// What it shows: no zone.
    clock: Option<String>,
    ahead: i64,
    /// More than a minute.
    wrong: bool,
    /// As if a client had set it to UTC.
    looks_like_utc: bool,
}

impl ClockJson {
    pub(crate) fn new(command: &str, serial: Serial, reading: &ClockReading) -> Self {
        Self {
            command: word(command),
            serial: serial.to_string(),
            clock: reading.civil().map(|time| time.to_string()),
            ahead: reading.delta_s,
            wrong: reading.is_wrong(),
            looks_like_utc: reading.looks_like_utc,
        }
    }
}

/// A weekly plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanJson {
    serial: String,
    days: Vec<DayJson>,
}

#[derive(Debug, Serialize)]
struct DayJson {
    day: &'static str,
    on: bool,
    /// None for what no clock shows.
    start: Option<String>,
    duration: u32,
}

impl PlanJson {
    pub(crate) fn new(serial: Serial, plan: &WeeklyPlan) -> Self {
        let day = |(day, slot): (&'static str, &PlanSlot)| DayJson {
            day,
            on: slot.is_on(),
            start: slot
                .start()
                .filter(|_| slot.is_on())
                .map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
            duration: if slot.is_on() {
                60 * u32::from(slot.duration_min)
            } else {
                0
            },
        };
        Self {
            serial: serial.to_string(),
            days: DAYS.into_iter().zip(&plan.0).map(day).collect(),
        }
    }
}

/// A PIN that the charger takes.
#[derive(Debug, Serialize)]
pub(crate) struct LoginJson {
    command: &'static str,
    serial: String,
    label: String,
    file: String,
}

impl LoginJson {
    pub(crate) fn new(evse: &Evse, file: &Path) -> Self {
        Self {
            command: "login",
            serial: evse.serial().to_string(),
            label: evse.label(),
            file: file.display().to_string(),
        }
    }
}

/// A file of chargers that was read or written.
#[derive(Debug, Serialize)]
pub(crate) struct FileJson<'a> {
    command: &'a str,
    chargers: usize,
    file: String,
}

impl<'a> FileJson<'a> {
    pub(crate) fn new(command: &'a str, chargers: usize, file: &Path) -> Self {
        Self {
            command,
            chargers,
            file: file.display().to_string(),
        }
    }
}
