//! Tesla Gen2 wall connectors, on pseudo-terminals: the controller of `twc-director` against our units, and our
//! director against a unit in Python that knows nothing of our code.
//!
//! What comes up is what a line without noise and without delays in adapters shows. Bytes take their time only where
//! our units send them.

mod ours;
mod ours_checks;
mod theirs;
mod theirs_checks;

use std::collections::BTreeSet;
use std::process::Command;
use std::thread::scope;

use anyhow::{Result, anyhow};
use serde_json::Value;

use super::Place;
use super::faults::gone;
use super::table::Row;
use crate::workspace::root;

pub(super) use theirs_checks::KNOWN_FAULTS;

/// Time on a bus is real, and every case has a bus of its own: all run at once.
pub(super) fn run(place: &Place) -> Result<Vec<Row>> {
    let mut found = BTreeSet::new();
    let mut rows = Vec::new();
    scope(|scope| {
        let theirs = theirs::CASES.map(|case| scope.spawn(move || theirs::run(place, &case)));
        let ours = ours::CASES.map(|case| scope.spawn(move || ours::run(place, &case)));
        for case in theirs {
            let (row, known) = case.join().map_err(|_| anyhow!("a case panicked"))?;
            rows.push(row);
            found.extend(known);
        }
        for case in ours {
            rows.push(case.join().map_err(|_| anyhow!("a case panicked"))?);
        }
        anyhow::Ok(())
    })?;
    rows.extend(gone(&KNOWN_FAULTS, &found));
    Ok(rows)
}

/// A program in this folder, run by the peer's Python.
fn python(place: &Place, program: &str) -> Command {
    let mut python = Command::new(place.bin.join("python"));
    python.arg(root().join("xtask/src/interop/twc").join(program));
    python
}

/// Those of one kind, in order.
fn of_kind<'a>(frames: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let frames = frames.iter().filter(|frame| frame["kind"] == kind);
    frames.collect()
}
