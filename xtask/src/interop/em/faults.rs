//! What a charger would complain of.

use std::time::SystemTime;

use serde_json::Value;

use super::agree::decoded;
use crate::interop::check::events;
use crate::interop::process::{Seen, UTC_OFFSET_S};

/// Everything that came up in a run.
pub(super) fn all(seen: &Seen) -> impl Iterator<Item = String> {
    let told = events(seen, "violation").into_iter().map(str::to_owned);
    told.chain(silent(seen))
}

/// What a charger bears without a word.
fn silent(seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    let sets = decoded(seen, "system_time").into_iter();
    let sets = sets.filter(|body| body["action"] == 1);
    faults.extend(sets.filter_map(|body| astray("the clock is set", &body["time"])));
    let starts = decoded(seen, "charge_start").into_iter();
    let starts = starts.filter(|body| body["is_reservation"] == 0);
    faults.extend(starts.filter_map(|body| astray("a charge is started", &body["reservation"])));
    let records = decoded(seen, "record_current").len() + decoded(seen, "record_local").len();
    if records > 0 && events(seen, "record_acknowledged").is_empty() {
        faults.push(format!(
            "no record was acknowledged, though {records} were sent"
        ));
    }
    faults
}

/// A time that should be that of now: civil time less 8 h.
fn astray(what: &str, time: &Value) -> Option<String> {
    let unix_s = SystemTime::UNIX_EPOCH.elapsed().ok()?.as_secs();
    let unix_s = i64::try_from(unix_s).ok()?;
    let raw = time["raw"].as_i64()?;
    let is_near = |right: i64| (raw - right).abs() < 120;
    if is_near(unix_s + UTC_OFFSET_S - CHINA_S) {
        None
    } else if is_near(unix_s) {
        Some(format!("{what} in plain Unix seconds"))
    } else {
        Some(format!("{what} at {raw}, which is not now"))
    }
}

/// Chargers count as if their clocks were eight hours east of Greenwich.
const CHINA_S: i64 = 8 * 3_600;
