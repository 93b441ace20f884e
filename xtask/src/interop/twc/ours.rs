//! Our director against a unit in Python.
//!
//! The unit checks every byte that it gets: framing, escapes, checksum, what may be sent and to whom, padding, limits,
//! 50 ms of silence before, and the time for a reply.

use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::ours_checks as checks;
use super::python;
use crate::interop::Place;
use crate::interop::check::ensure;
use crate::interop::process::{Charger, Said, run_peer};
use crate::interop::table::{OURS_PYTHON, Row};

/// One command of ours.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// The end of the capture's name.
    name: &'static str,
    /// What follows `evse twc`, without the port.
    command: &'static str,
    /// Options of the unit, as JSON.
    unit: &'static str,
    check: Check,
}

/// What our director said and the unit saw, in words for the table; `Err` says what is wrong.
type Check = fn(&Said, &Value) -> Result<[String; 2], String>;

impl Case {
    const fn new(
        name: &'static str,
        command: &'static str,
        unit: &'static str,
        check: Check,
    ) -> Self {
        Self {
            name,
            command,
            unit,
            check,
        }
    }
}

pub(super) const CASES: [Case; 11] = [
    Case::new("list", "list", ESCAPED, checks::listed),
    Case::new("old-firmware", "list", OLD, checks::listed_old),
    Case::new(
        "controller",
        "list",
        r#"{"foreign": true}"#,
        checks::listened,
    ),
    Case::new(
        "car",
        "watch --for 34 --max-current 16 --unit-max 16",
        CAR,
        checks::car,
    ),
    Case::new(
        "restart",
        "watch --for 27",
        r#"{"restart": 4}"#,
        checks::restarted,
    ),
    Case::new(
        "session-current",
        "session-current 10 --max-current 16 --unit-max 16",
        CHARGING,
        checks::session,
    ),
    Case::new("default-current", "default-current 6", "{}", checks::stored),
    Case::new(
        "increase",
        "increase --max-current 16 --unit-max 16",
        FULL,
        checks::not_increased,
    ),
    Case::new(
        "decrease",
        "decrease --max-current 16 --unit-max 16",
        CHARGING,
        checks::decreased,
    ),
    Case::new(
        "open-contactors",
        "open-contactors --yes --max-current 16 --unit-max 16",
        MISSED,
        checks::opened,
    ),
    Case::new(
        "close-contactors",
        "close-contactors --yes",
        OPEN_SILENT,
        checks::unconfirmed,
    ),
];

/// C0 and DB have to be escaped wherever they stand.
const ESCAPED: &str = r#"{"address": 49371, "serial": "A17A000C0DB", "volts": [219, 192, 230]}"#;
/// No answer to any question.
const OLD: &str = r#"{"unknown": [235, 236, 237, 238, 239, 241, 180, 177, 178]}"#;
const CAR: &str = r#"{"plug": 1, "unplug": 12, "limit": 1600}"#;
const CHARGING: &str = r#"{"charging": 1000, "limit": 1600}"#;
const FULL: &str = r#"{"charging": 1600, "limit": 1600}"#;
/// The first acknowledgement is lost.
const MISSED: &str = r#"{"charging": 1000, "limit": 1600, "missed": ["open contactors"]}"#;
/// Nothing is acknowledged.
const OPEN_SILENT: &str = r#"{"closed": false, "unknown": [177]}"#;

pub(super) fn run(place: &Place, case: &Case) -> Row {
    let row = run_case(place, case);
    row.unwrap_or_else(|error| Row::failed(OURS_PYTHON, case.command, &error))
}

fn run_case(place: &Place, case: &Case) -> Result<Row> {
    let file = |end: &str| place.work.join(format!("twc-ours-{}{end}", case.name));
    let mut unit = python(place, "peripheral.py");
    let unit = Charger::start(unit.arg(case.unit))?;
    let capture = file(".pcap");
    // Nothing was switched a moment ago.
    let state = file("-state.json");
    if state.exists() {
        std::fs::remove_file(&state)?;
    }
    let mut ours = Command::new(&place.evse);
    ours.args(["--json", "twc"])
        .args(case.command.split(' '))
        .arg(&unit.place)
        .env("EVSE_STATE_FILE", &state)
        .arg("--record")
        .arg(&capture);
    let reported = run_peer(&mut ours, &file(".txt"))?;
    let said = reported.said();
    let printed = unit.stop()?;
    let saw: Value = serde_json::from_str(printed.last().map_or("", String::as_str))?;
    place.keep(&format!("python-{}", case.name), &std::fs::read(&capture)?)?;
    let is_right = saw["violations"].as_array().is_some_and(Vec::is_empty);
    let checked = ensure(is_right, || format!("violations: {}", saw["violations"]));
    let ([said, saw], failure) = match checked.and_then(|()| (case.check)(&said, &saw)) {
        Ok(words) => (words, None),
        Err(error) => {
            let error = format!("{error}; {reported}");
            (<[String; 2]>::default(), Some(error))
        }
    };
    Ok(Row {
        direction: OURS_PYTHON,
        command: case.command.to_owned(),
        reported: said,
        saw,
        note: String::new(),
        failure,
    })
}
