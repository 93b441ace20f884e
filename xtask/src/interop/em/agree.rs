//! Whether what a client reports is what its charger sent.

use serde_json::Value;

use crate::interop::check::text;
use crate::interop::process::Seen;

/// The payloads of the datagrams of a kind.
pub(super) fn decoded<'a>(seen: &'a Seen, name: &str) -> Vec<&'a Value> {
    of_kinds(&seen.frames, &[name])
}

/// The payloads of the datagrams of some kinds.
pub(super) fn of_kinds<'a>(frames: &'a [Value], names: &[&str]) -> Vec<&'a Value> {
    let is_one = |frame: &&Value| names.contains(&text(&frame["name"]));
    let frames = frames.iter().filter(is_one);
    frames.map(|frame| &frame["decoded"]).collect()
}

/// The only payload of this kind that was sent to the charger, or the last.
pub(super) fn last<'a>(seen: &'a Seen, name: &str) -> Result<&'a Value, String> {
    let last = decoded(seen, name).pop();
    last.ok_or_else(|| format!("there was no {name}"))
}

/// Names of the client and of our decoder for the same fields.
pub(super) type Fields = &'static [(&'static str, &'static str)];

/// One of the payloads must hold what the client reports; which was the last when it looked, nobody knows.
pub(super) fn agrees(told: &Value, sent: &[&Value], fields: Fields) -> Result<(), String> {
    let differing = |sent: &Value| {
        let differs = |(ours, theirs): &&(&str, &str)| {
            // Clients round these to tenths.
            let is_rounded = theirs.ends_with("_c") || theirs.ends_with("_amps");
            let tolerance = if is_rounded { 0.050_001 } else { 1e-6 };
            !is_same(&told[*ours], &sent[*theirs], tolerance)
        };
        fields.iter().find(differs).copied()
    };
    if sent.iter().any(|sent| differing(sent).is_none()) {
        return Ok(());
    }
    let last = sent.last().ok_or("nothing of the kind was sent")?;
    let (ours, theirs) = differing(last).unwrap_or_default();
    Err(format!(
        "reports {ours} {}, was sent {theirs} {}",
        told[ours], last[theirs]
    ))
}

/// A client may have words of its own for nothing: zero, or a field of ones.
fn is_same(told: &Value, sent: &Value, tolerance: f64) -> bool {
    match sent {
        Value::Null => told.is_null() || told == 0.0 || told == 0 || told == 255,
        Value::Number(sent) => told.as_f64().is_some_and(|told| {
            let sent = sent.as_f64().unwrap_or(f64::NAN);
            (told - sent).abs() < tolerance
        }),
        // A time: the charger's civil time with the zone added, or the charger's seconds.
        Value::Object(time) => {
            let local = text(&time["local"]);
            *told == time["raw"] || (!local.is_empty() && text(told).starts_with(local))
        }
        sent => told == sent,
    }
}
