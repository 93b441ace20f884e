//! What our director must say of the unit in Python, and what that must have received.

use serde_json::{Value, json};

use crate::interop::check::{ensure, text};
use crate::interop::process::Said;

type Checked = Result<[String; 2], String>;

pub(super) fn listed(said: &Said, saw: &Value) -> Checked {
    let unit = said.done()?;
    let is_it = unit["unit"] == "C0DB"
        && unit["serial"] == "A17A000C0DB"
        && unit["firmware"] == "4.5.10.2"
        && unit["rated_current"] == 32.0;
    ensure(is_it, || format!("listed {unit}"))?;
    Ok([format!("unit {}", unit["serial"]), counted(saw)])
}

/// Without what it does not tell.
pub(super) fn listed_old(said: &Said, saw: &Value) -> Checked {
    let unit = said.done()?;
    let is_it = unit["unit"] == "3495" && unit["serial"].is_null() && unit["firmware"].is_null();
    ensure(is_it, || format!("listed {unit}"))?;
    Ok(["a unit without serial number".to_owned(), counted(saw)])
}

/// Nothing is sent on a bus that has a controller.
pub(super) fn listened(said: &Said, saw: &Value) -> Checked {
    let unit = said.done()?;
    ensure(unit["serial"] == "A17A0003495", || format!("listed {unit}"))?;
    let received = count(saw, "");
    ensure(received == 0, || format!("sent {received} frames"))?;
    Ok([format!("unit {}", unit["serial"]), "nothing".to_owned()])
}

/// From plug-in to the end of the ramp, and away.
pub(super) fn car(said: &Said, saw: &Value) -> Checked {
    let connected = said.event("car_connected")?;
    said.event("car_disconnected")?;
    let vin = |object: &&Value| object["status"]["vin"] == "5YJ3E1EA7JF000316";
    ensure(said.objects.iter().any(|object| vin(&object)), || {
        "no VIN".to_owned()
    })?;
    let charged = |object: &&Value| object["status"]["delivered"] == 15.6;
    ensure(said.objects.iter().any(|object| charged(&object)), || {
        "no charge".to_owned()
    })?;
    let first = &saw["limits"][0];
    ensure(*first == json!([5, 1_600]), || {
        format!("limits {}", saw["limits"])
    })?;
    Ok([
        text(&connected["text"]).to_owned(),
        format!("limits {}", saw["limits"]),
    ])
}

/// It is another session: everything is asked anew.
pub(super) fn restarted(said: &Said, saw: &Value) -> Checked {
    let restarted = said.event("restarted")?;
    let asked = ["serial", "version"].map(|name| count(saw, name));
    let twice = asked.iter().all(|count| *count >= 2);
    ensure(twice, || {
        format!("asked for serial and version {asked:?} times")
    })?;
    Ok([text(&restarted["text"]).to_owned(), counted(saw)])
}

pub(super) fn session(said: &Said, saw: &Value) -> Checked {
    let done = said.done()?;
    let is_it = done["result"] == "confirmed" && done["granted"] == 10;
    ensure(is_it, || format!("said {done}"))?;
    ensure(saw["available"] == 1_000, || {
        format!("has {}", saw["available"])
    })?;
    Ok([
        text(&done["detail"]).to_owned(),
        format!("limits {}", saw["limits"]),
    ])
}

/// There is no car that asks for it.
pub(super) fn stored(said: &Said, saw: &Value) -> Checked {
    let done = said.done()?;
    let is_it = done["result"] == "stored" && done["granted"] == 6;
    ensure(is_it, || format!("said {done}"))?;
    ensure(saw["limits"] == json!([]), || {
        format!("limits {}", saw["limits"])
    })?;
    Ok([text(&done["detail"]).to_owned(), counted(saw)])
}

/// It has all that there is.
pub(super) fn not_increased(said: &Said, saw: &Value) -> Checked {
    let kind = said.failed("refused")?;
    let mut sent = saw["limits"].as_array().into_iter().flatten();
    ensure(!sent.any(|limit| limit[0] == 6), || {
        format!("limits {}", saw["limits"])
    })?;
    Ok([kind, format!("limits {}", saw["limits"])])
}

pub(super) fn decreased(said: &Said, saw: &Value) -> Checked {
    let done = said.done()?;
    ensure(done["result"] == "confirmed", || format!("said {done}"))?;
    let sent = saw["limits"].as_array().into_iter().flatten();
    ensure(sent.last() == Some(&json!([7, 0])), || {
        format!("limits {}", saw["limits"])
    })?;
    Ok([text(&done["detail"]).to_owned(), counted(saw)])
}

pub(super) fn opened(said: &Said, saw: &Value) -> Checked {
    let done = said.done()?;
    ensure(done["result"] == "confirmed", || format!("said {done}"))?;
    let sent = count(saw, "open contactors");
    ensure(sent == 2 && saw["closed"] == false, || {
        format!("sent {sent} times")
    })?;
    Ok([
        text(&done["detail"]).to_owned(),
        format!("asked {sent} times, open"),
    ])
}

/// Asked three times, then given up.
pub(super) fn unconfirmed(said: &Said, saw: &Value) -> Checked {
    let kind = said.failed("unconfirmed")?;
    let sent = count(saw, "close contactors");
    ensure(sent == 3, || format!("sent {sent} times"))?;
    Ok([kind, format!("asked {sent} times")])
}

impl Said {
    /// The first event of this kind that `watch` told.
    fn event(&self, kind: &str) -> Result<&Value, String> {
        let mut events = self.objects.iter();
        let event = events.find(|object| object["event"] == kind);
        event.ok_or_else(|| format!("no event {kind}"))
    }
}

/// How often the unit got what begins so.
fn count(saw: &Value, name: &str) -> usize {
    let received = saw["received"].as_array().into_iter().flatten();
    received
        .map(text)
        .filter(|received| received.starts_with(name))
        .count()
}

fn counted(saw: &Value) -> String {
    let heartbeats = count(saw, "heartbeat");
    format!("{heartbeats} heartbeats of {} frames", count(saw, ""))
}
