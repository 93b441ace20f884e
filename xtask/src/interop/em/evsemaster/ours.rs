//! Our client against the charger of `evsemaster.testing`.
//!
//! It answers neither start nor stop, nor questions for versions, start method and temperature unit, takes no name,
//! and keeps its clock: so our client has to say what it could not find out.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::ours_checks as checks;
use crate::interop::Place;
use crate::interop::check::ensure;
use crate::interop::em::{PIN, client_port, python};
use crate::interop::process::{Charger, Said, run_peer};
use crate::interop::table::{OURS_THEIRS, Row};

/// One command of ours.
struct Case {
    /// The end of the capture's name.
    name: &'static str,
    /// What follows `evse em`.
    command: &'static str,
    /// Options of their charger, as JSON.
    charger: &'static str,
    check: Check,
}

/// What our client said and their charger received, in words for the table; `Err` says what is wrong.
type Check = fn(&Said, &Value) -> Result<[String; 2], String>;

impl Case {
    const fn new(
        name: &'static str,
        command: &'static str,
        charger: &'static str,
        check: Check,
    ) -> Self {
        Self {
            name,
            command,
            charger,
            check,
        }
    }
}

const CASES: [Case; 16] = [
    Case::new("discover", "discover --for 2", IDLE, checks::discovered),
    Case::new("status", "status", CHARGING, checks::status),
    Case::new("login", "login", IDLE, checks::logged_in),
    Case::new("wrong-pin", "login --pin 654321", IDLE, checks::refused),
    Case::new("name", "name Garage", NAMED, checks::named),
    Case::new("name-refused", "name Other", NAMED, checks::not_named),
    Case::new("language", "language french", IDLE, checks::language),
    Case::new("set-current", "set-current 13", IDLE, checks::current),
    Case::new(
        "weekly-plan",
        "weekly-plan tue=22:30-00:00",
        IDLE,
        checks::planned,
    ),
    Case::new("history", "history", RECORDS, checks::history),
    Case::new("get-time", "get-time", IDLE, checks::clock_right),
    Case::new("get-time-wrong", "get-time", AHEAD, checks::clock_wrong),
    Case::new("set-time-ignored", "set-time", AHEAD, checks::clock_kept),
    Case::new("version-silent", "version", IDLE, checks::silent),
    Case::new(
        "start-silent",
        "start --amps 10",
        IDLE,
        checks::start_unknown,
    ),
    Case::new("stop-silent", "stop", CHARGING, checks::stop_unknown),
];

const IDLE: &str = "{}";
const CHARGING: &str = r#"{"state": 14}"#;
const NAMED: &str = r#"{"nickname": "ACP#Garage"}"#;
const RECORDS: &str = r#"{"history_capacity": 6, "records": 4}"#;
/// By 31 days, as a charger was seen.
const AHEAD: &str = r#"{"clock_skew": 2678400}"#;

pub(super) fn run(place: &Place) -> Vec<Row> {
    let cases = CASES.iter();
    // Without a network of its own a search would reach others' chargers.
    let cases = cases.filter(|case| place.isolated || case.name != "discover");
    let row = |case: &Case| {
        let row = run_case(place, case);
        row.unwrap_or_else(|error| Row::failed(OURS_THEIRS, case.command, &error))
    };
    cases.map(row).collect()
}

fn run_case(place: &Place, case: &Case) -> Result<Row> {
    let port = client_port(place).to_string();
    let mut charger = python(place, "evsemaster/charger.py");
    let charger = Charger::start(charger.args([HOST, &port, PIN, case.charger]))?;
    let capture = place.work.join("client.pcap");
    let mut ours = Command::new(&place.evse);
    ours.args(["--json", "em", "--client-port", &port])
        .env("EVSE_STATE_FILE", fresh(place, "state.json"))
        .env("EVSE_PIN", PIN)
        .arg("--evses")
        .arg(fresh(place, "evses.json"))
        .arg("--record")
        .arg(&capture);
    if case.name != "discover" {
        ours.args(["--host", HOST]);
    }
    ours.args(case.command.split(' '));
    let reported = run_peer(&mut ours, &place.work.join("client.txt"))?;
    let said = reported.said();
    let printed = charger.stop()?;
    let received = serde_json::from_str(printed.last().map_or("", String::as_str))?;
    let name = format!("evsemaster-fake-{}", case.name);
    place.keep(&name, &std::fs::read(&capture)?)?;
    let checked = (case.check)(&said, &received);
    let raised = &received["raised"];
    let checked = checked.and_then(|words| {
        let is_calm = raised.as_array().is_some_and(Vec::is_empty);
        ensure(is_calm, || format!("their charger raised {raised}")).map(|()| words)
    });
    let ([said, saw], failure) = match checked {
        Ok(words) => (words, None),
        Err(error) => {
            let error = format!("{error}; {reported}");
            (<[String; 2]>::default(), Some(error))
        }
    };
    Ok(Row {
        direction: OURS_THEIRS,
        command: case.command.to_owned(),
        reported: said,
        saw,
        note: String::new(),
        failure,
    })
}

/// A file that is not there yet.
fn fresh(place: &Place, name: &str) -> PathBuf {
    let path = place.work.join(name);
    let _ = std::fs::remove_file(&path);
    path
}

const HOST: &str = "127.0.0.3";
