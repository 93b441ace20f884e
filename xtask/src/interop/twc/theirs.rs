//! The controller of `twc-director` against our units.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::Value;

use super::python;
use super::theirs_checks::{self as checks, KNOWN_FAULTS};
use crate::interop::Place;
use crate::interop::faults::{Found, note};
use crate::interop::process::{Seen, Simulator, run_peer};
use crate::interop::table::{Row, THEIRS_OURS};

/// One run of the driver.
#[derive(Clone, Copy)]
pub(super) struct Case {
    /// Of the row, and the end of the capture's name.
    name: &'static str,
    /// A function of the driver.
    driver: &'static str,
    /// Options of `evse sim twc`.
    simulator: &'static str,
    check: Check,
}

/// What the client reported and the simulator saw, in words for the table; `Err` says what is wrong.
type Check = fn(&Value, &Seen) -> Result<[String; 2], String>;

impl Case {
    const fn new(
        name: &'static str,
        driver: &'static str,
        simulator: &'static str,
        check: Check,
    ) -> Self {
        Self {
            name,
            driver,
            simulator,
            check,
        }
    }
}

pub(super) const CASES: [Case; 11] = [
    Case::new("read", "read", "--car none --phases 1", checks::read),
    Case::new(
        "three-phases",
        "read",
        "--car none --phases 3",
        checks::three_phases,
    ),
    Case::new("units", "units", "--car none --units 2", checks::units),
    Case::new("car", "car", "--car tesla", checks::car),
    Case::new("commands", "commands", "--car other", checks::commands),
    Case::new("refused", "refused", "--car none", checks::refused),
    Case::new(
        "version-1",
        "listen",
        "--car none --version 1",
        checks::unheard,
    ),
    Case::new(
        "controller",
        "intrude",
        "--car none --foreign-controller",
        checks::controller,
    ),
    Case::new("escapes", "listen", "--car none --id C0DB", checks::unheard),
    Case::new("utility", "utility", "--car other", checks::utility),
    Case::new("utility-vin", "vin", "--car tesla", checks::logged),
];

/// The row, and the known faults that came up.
pub(super) fn run(place: &Place, case: &Case) -> (Row, BTreeSet<&'static str>) {
    run_case(place, case).unwrap_or_else(|error| {
        let row = Row::failed(THEIRS_OURS, case.name, &error);
        (row, BTreeSet::new())
    })
}

fn run_case(place: &Place, case: &Case) -> Result<(Row, BTreeSet<&'static str>)> {
    let file = |end: &str| place.work.join(format!("twc-{}{end}", case.name));
    let port = file("");
    let shown = port.display().to_string();
    let mut arguments = vec!["twc", "--pty", &shown];
    arguments.extend(case.simulator.split(' '));
    let simulator = Simulator::start(&place.evse, &arguments, file(".pcap"))?;
    let mut driver = python(place, "client.py");
    let reported = run_peer(driver.arg(case.driver).arg(&port), &file(".txt"))?;
    let seen = simulator.stop()?;
    place.keep(&format!("director-{}", case.name), &seen.capture)?;
    let told = reported.told();
    let faults = told.as_ref().map(|told| checks::faults(told, &seen));
    let faults = Found::sort(&KNOWN_FAULTS, faults.unwrap_or_default().into_iter());
    let (words, failure) = match told.and_then(|told| (case.check)(&told, &seen)) {
        Ok(words) => (words, None),
        Err(error) => (<[String; 2]>::default(), Some(error)),
    };
    let [reported, saw] = words;
    let row = Row {
        direction: THEIRS_OURS,
        command: case.name.to_owned(),
        reported,
        saw,
        note: note(&KNOWN_FAULTS, &faults.known),
        failure: failure.or(faults.other),
    };
    Ok((row, faults.known))
}
