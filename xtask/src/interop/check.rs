//! What checks of all families need.

use serde_json::Value;

use super::process::Seen;

pub(super) fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

/// The texts of the events of a kind.
pub(super) fn events<'a>(seen: &'a Seen, kind: &str) -> Vec<&'a str> {
    let events = seen.events.iter().filter(|event| event["event"] == kind);
    events.map(|event| text(&event["text"])).collect()
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
