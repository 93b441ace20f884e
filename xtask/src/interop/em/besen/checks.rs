//! What `besen` must report and our charger must have seen.

use serde_json::Value;

use crate::interop::check::{ensure, events, text};
use crate::interop::em::agree::{Fields, agrees, decoded, last, of_kinds};
use crate::interop::process::Seen;

type Checked = Result<[String; 2], String>;

/// Everything that a login brings, and headings afterwards.
pub(super) fn logged_in(told: &Value, seen: &Seen) -> Checked {
    in_step(told, &seen.frames)?;
    let (headings, acks) = (decoded(seen, "heading"), decoded(seen, "heading_ack"));
    let is_held = !headings.is_empty() && acks.len() == headings.len();
    ensure(is_held, || {
        format!("{} headings, {} acks", headings.len(), acks.len())
    })?;
    let saw = format!("registered, {} headings answered", acks.len());
    Ok([state(told), saw])
}

pub(super) fn refused(told: &Value, seen: &Seen) -> Checked {
    ensure(told["error"] == "InvalidAuth", || format!("reports {told}"))?;
    let refused = events(seen, "wrong_pin").len();
    ensure(refused == 1, || format!("refused {refused} times"))?;
    ensure(events(seen, "registered").is_empty(), || {
        "registered".to_owned()
    })?;
    Ok(["InvalidAuth".to_owned(), "one wrong PIN".to_owned()])
}

/// Each charger's values reach its own session.
pub(super) fn several(told: &Value, seen: &Seen) -> Checked {
    let clients = told["clients"].as_array().ok_or("no list")?;
    for client in clients {
        let frames = seen.frames.iter();
        let is_own = |frame: &&Value| frame["serial"] == client["info"]["serial"];
        let own: Vec<Value> = frames.filter(is_own).cloned().collect();
        in_step(client, &own)?;
    }
    let registered = events(seen, "registered").len();
    ensure(registered == 3 && clients.len() == 3, || {
        format!("{registered} registered")
    })?;
    Ok(["3 logged in".to_owned(), format!("{registered} registered")])
}

/// Three phases, in numbers that are not zero.
pub(super) fn charging(told: &Value, seen: &Seen) -> Checked {
    in_step(told, &seen.frames)?;
    let charge = &told["charge"];
    ensure(told["info"]["phases"] == 3, || "not three".to_owned())?;
    ensure(charge["l3_amperage"].as_f64() > Some(5.0), || {
        format!("{} A on L3", charge["l3_amperage"])
    })?;
    let acks = decoded(seen, "charging_ack").len();
    ensure(acks > 0, || "no push was acknowledged".to_owned())?;
    let kwh = &charge["session_energy"];
    let reported = format!("{}, {kwh} kWh", state(told));
    Ok([reported, format!("{acks} charging pushes answered")])
}

pub(super) fn current(told: &Value, seen: &Seen) -> Checked {
    ensure(told["config"]["charge_amps"] == 13, || "another".to_owned())?;
    stored(told, seen, "output_amps")
}

pub(super) fn named(told: &Value, seen: &Seen) -> Checked {
    ensure(told["config"]["device_name"] == "ACP#Garage 7", || {
        "another".to_owned()
    })?;
    stored(told, seen, "nickname")
}

pub(super) fn language(told: &Value, seen: &Seen) -> Checked {
    let reply = last(seen, "language_reply")?;
    let is_it = reply["language"] == 4 && told["config"]["language"] == "Français";
    ensure(is_it, || format!("answer {reply}"))?;
    stored(told, seen, "language")
}

pub(super) fn unit(told: &Value, seen: &Seen) -> Checked {
    let reply = last(seen, "temperature_unit_reply")?;
    let is_it = reply["unit"] == 2 && told["config"]["temperature_unit"] == "Fahrenheit";
    ensure(is_it, || format!("answer {reply}"))?;
    stored(told, seen, "temperature_unit")
}

/// It asks for line 2 on three phases, and the charger answers with its own.
pub(super) fn started(told: &Value, seen: &Seen) -> Checked {
    in_step(told, &seen.frames)?;
    let start = last(seen, "charge_start")?;
    let reply = last(seen, "charge_start_reply")?;
    let is_right = start["line_id"] == 2
        && start["max_amps"] == 10
        && reply["line_id"] == 1
        && reply["start_result"] == 1;
    ensure(is_right, || format!("{start} answered {reply}"))?;
    ensure(told["charge"]["current_state"] == "Charging", || {
        "not charging".to_owned()
    })?;
    let begun = events(seen, "session_started").len();
    ensure(begun == 1, || format!("{begun} sessions"))?;
    Ok([state(told), "session started with 10 A".to_owned()])
}

/// Its record comes again, because this client acknowledges none.
pub(super) fn stopped(told: &Value, seen: &Seen) -> Checked {
    let reply = last(seen, "charge_stop_reply")?;
    ensure(reply["fail_reason"] == 0, || format!("answer {reply}"))?;
    let ended = events(seen, "session_ended").join(", ");
    ensure(ended == "session ended: app", || ended.clone())?;
    let copies = decoded(seen, "record_local").len();
    ensure(copies > 0, || "the record did not come again".to_owned())?;
    let saw = format!("{ended}, record sent again {copies} times");
    Ok([state(told), saw])
}

/// A finished charge is stopped before the next begins.
pub(super) fn restarted(told: &Value, seen: &Seen) -> Checked {
    let orders = seen.frames.iter().map(|frame| text(&frame["name"]));
    let orders: Vec<&str> = orders
        .filter(|name| matches!(*name, "charge_start" | "charge_stop"))
        .collect();
    let right = ["charge_start", "charge_stop", "charge_start"];
    ensure(orders == right, || format!("sent {orders:?}"))?;
    let reply = last(seen, "charge_start_reply")?;
    ensure(reply["start_result"] == 1, || format!("answer {reply}"))?;
    let states = events(seen, "state").join(", ");
    let expected = "state completed, state ready, state charging";
    ensure(states.ends_with(expected), || states.clone())?;
    Ok([state(told), states])
}

/// The charger compares with the clock that the client has set: the reservation is right though both are shifted.
pub(super) fn reserved(told: &Value, seen: &Seen) -> Checked {
    let start = last(seen, "charge_start")?;
    let reply = last(seen, "charge_start_reply")?;
    let wanted = &told["wanted"];
    let is_right = start["is_reservation"] == 1
        && start["max_duration_minutes"] == 45
        && start["reservation"]["raw"] == *wanted;
    ensure(is_right, || format!("wanted {wanted}, asked {start}"))?;
    let charge = &told["charge"];
    let is_told = charge["scheduled_start"] == *wanted && charge["charging_time_limit"] == 45;
    ensure(is_told, || format!("reports {charge}"))?;
    let states = events(seen, "state").join(", ");
    ensure(states.ends_with("state reserved, state ready"), || {
        states.clone()
    })?;
    let result = &reply["reservation_result"];
    let reported = format!("{}, then {}", state(told), text(&told["after"]));
    Ok([reported, format!("result {result}, {states}")])
}

/// Everything that the client holds is what the charger sent.
fn in_step(told: &Value, frames: &[Value]) -> Result<(), String> {
    ensure(told["authenticated"] == true, || "not in".to_owned())?;
    agrees(&told["info"], &of_kinds(frames, &["login_ok"]), INFO)?;
    let statuses = of_kinds(frames, &["status_push", "status_reply"]);
    agrees(&told["charge"], &statuses, STATUS)?;
    let charges = of_kinds(frames, &["charging_push", "charging_reply"]);
    agrees(&told["charge"], &charges, CHARGE)?;
    let amps = of_kinds(frames, &["output_amps_reply"]).pop();
    let amps: Vec<&Value> = amps.into_iter().collect();
    agrees(&told["config"], &amps, &[("charge_amps", "amps")])
}

/// A setting was stored once.
fn stored(told: &Value, seen: &Seen, setting: &str) -> Checked {
    in_step(told, &seen.frames)?;
    let what = format!("setting {setting} stored");
    let stored = events(seen, "setting_stored").into_iter();
    let stored = stored.filter(|text| *text == what).count();
    ensure(stored == 1, || format!("stored {stored} times"))?;
    let config = &told["config"];
    let reported = format!(
        "{}, {} A, {}, {}",
        text(&config["device_name"]),
        config["charge_amps"],
        text(&config["language"]),
        text(&config["temperature_unit"])
    );
    Ok([reported, what])
}

fn state(told: &Value) -> String {
    let charge = &told["charge"];
    format!("{}, {} W", text(&charge["current_state"]), charge["power"])
}

const INFO: Fields = &[
    ("charger_type", "device_type"),
    ("phases", "phases"),
    ("manufacturer", "brand"),
    ("model", "model"),
    ("output_power", "max_power_w"),
    ("output_max_amps", "max_amps"),
    ("support", "hot_line"),
];

const STATUS: Fields = &[
    ("l1_voltage", "l1_voltage"),
    ("l1_amperage", "l1_amps"),
    ("l2_voltage", "l2_voltage"),
    ("l2_amperage", "l2_amps"),
    ("l3_voltage", "l3_voltage"),
    ("l3_amperage", "l3_amps"),
    ("power", "power_w"),
    ("total_energy", "total_kwh"),
    ("inner_temp_c", "inner_temp_c"),
    ("outer_temp", "outer_temp_c"),
    ("emergency_btn_state", "emergency_raw"),
];

const CHARGE: Fields = &[
    ("session_energy", "charged_kwh"),
    ("session_start", "started"),
    ("session_duration", "duration_seconds"),
    ("session_current_limit", "max_amps"),
];
