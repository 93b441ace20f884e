//! What `evsemaster` must report and our charger must have seen.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::interop::check::{ensure, events, text};
use crate::interop::em::agree::{Fields, agrees, decoded, last, of_kinds};
use crate::interop::process::Seen;

type Checked = Result<[String; 2], String>;

/// Announcements show addresses and models.
pub(super) fn listened(told: &Value, seen: &Seen) -> Checked {
    let found = told["found"].as_array().ok_or("no list")?;
    for found in found {
        let announced = seen.frames.iter();
        let own = announced.filter(|frame| frame["serial"] == found["serial_number"]);
        let own: Vec<&Value> = own.map(|frame| &frame["decoded"]).collect();
        agrees(found, &own, FOUND)?;
    }
    let serials: BTreeSet<&str> = found.iter().map(|f| text(&f["serial_number"])).collect();
    ensure(serials == BTreeSet::from([SERIAL, SECOND_SERIAL]), || {
        format!("found {serials:?}")
    })?;
    ensure(sent(seen).is_empty(), || "sent something".to_owned())?;
    let saw = format!("{} announcements sent", decoded(seen, "announce").len());
    Ok([format!("{} found", found.len()), saw])
}

/// The answer to a probe shows the address; no PIN was sent.
pub(super) fn probed(told: &Value, seen: &Seen) -> Checked {
    let found = &told["found"][0];
    let sent = sent(seen);
    let [probe] = sent[..] else {
        return Err(format!("sent {} datagrams", sent.len()));
    };
    let is_plain = probe["password"].is_null() && probe["serial"] == ZERO_SERIAL;
    ensure(is_plain, || "the probe says too much".to_owned())?;
    let answers = decoded(seen, "password_error").len();
    ensure(answers == 1, || format!("{answers} answers to the probe"))?;
    let is_it = found["serial_number"] == SERIAL && found["port"] == seen.port;
    ensure(is_it, || format!("found {found}"))?;
    let reported = format!("found {}", text(&found["serial_number"]));
    Ok([reported, "one probe, answered".to_owned()])
}

/// Everything that a login brings, and headings afterwards.
pub(super) fn logged_in(told: &Value, seen: &Seen) -> Checked {
    in_step(told, seen, &seen.frames)?;
    let (headings, acks) = (decoded(seen, "heading"), decoded(seen, "heading_ack"));
    let is_held = headings.len() >= 2 && acks.len() == headings.len();
    ensure(is_held, || {
        format!("{} headings, {} acks", headings.len(), acks.len())
    })?;
    ensure(events(seen, "unregistered").is_empty(), || {
        "lost the registration".to_owned()
    })?;
    let saw = format!("registered, {} headings answered", acks.len());
    Ok([state(told), saw])
}

pub(super) fn refused(told: &Value, seen: &Seen) -> Checked {
    ensure(told["logged_in"] == false, || "logged in".to_owned())?;
    let refused = events(seen, "wrong_pin").len();
    ensure(refused == 1, || format!("refused {refused} times"))?;
    ensure(events(seen, "registered").is_empty(), || {
        "registered".to_owned()
    })?;
    Ok(["login refused".to_owned(), "one wrong PIN".to_owned()])
}

/// Each charger's values reach its own device.
pub(super) fn several(told: &Value, seen: &Seen) -> Checked {
    let devices = told["devices"].as_array().ok_or("no list")?;
    for (serial, device) in (FIRST_SERIAL..).zip(devices) {
        let serial = format!("{serial:016x}");
        ensure(device["serial"] == *serial, || {
            format!("{} in place of {serial}", device["serial"])
        })?;
        let own = seen.frames.iter();
        let own: Vec<Value> = own
            .filter(|frame| frame["serial"] == *serial)
            .cloned()
            .collect();
        in_step(device, seen, &own)?;
    }
    let registered = events(seen, "registered").len();
    ensure(registered == 5, || format!("{registered} registered"))?;
    let reported = format!("{} logged in", devices.len());
    Ok([reported, format!("{registered} registered")])
}

/// Three phases, in numbers that are not zero.
pub(super) fn charging(told: &Value, seen: &Seen) -> Checked {
    in_step(told, seen, &seen.frames)?;
    ensure(told["charging"] == true, || "not charging".to_owned())?;
    let amps = &told["status"]["l3_amps"];
    ensure(amps.as_f64() > Some(5.0), || format!("{amps} A on L3"))?;
    let acks = decoded(seen, "charging_ack").len();
    ensure(acks > 0, || "no push was acknowledged".to_owned())?;
    let kwh = &told["charge"]["charge_kwh"];
    let reported = format!("{}, L3 {amps} A, {kwh} kWh", state(told));
    Ok([reported, format!("{acks} charging pushes answered")])
}

pub(super) fn named(told: &Value, seen: &Seen) -> Checked {
    let set = last(seen, "nickname")?;
    ensure(set["nickname"] == "Garage 7", || format!("was asked {set}"))?;
    stored(told, seen, "nickname")
}

pub(super) fn language(told: &Value, seen: &Seen) -> Checked {
    let asked = decoded(seen, "language");
    let actions: Vec<&Value> = asked.iter().map(|body| &body["action"]).collect();
    ensure(actions == [2, 1, 2], || format!("actions {actions:?}"))?;
    ensure(told["info"]["language"] == 4, || "another".to_owned())?;
    stored(told, seen, "language")
}

pub(super) fn current(told: &Value, seen: &Seen) -> Checked {
    ensure(told["info"]["configured_max_amps"] == 13, || {
        "another".to_owned()
    })?;
    stored(told, seen, "output_amps")
}

pub(super) fn planned(told: &Value, seen: &Seen) -> Checked {
    let set = decoded(seen, "weekly_plan").into_iter();
    let set = set.filter(|body| body["action"] == 1);
    let slots: Vec<&Value> = set
        .filter_map(|body| body["slots"].as_array())
        .flatten()
        .collect();
    let days = slots.iter().filter(|slot| slot["enabled"] == true);
    let days: Vec<&str> = days.map(|slot| text(&slot["start"])).collect();
    ensure(days == ["22:30", "01:05"], || format!("was asked {days:?}"))?;
    stored(told, seen, "weekly_plan")
}

/// The clock is set at the login, to the right time; `faults` looks at that.
pub(super) fn clock(told: &Value, seen: &Seen) -> Checked {
    ensure(told["time_delta"] == 0, || "sees a skew".to_owned())?;
    let read = last(seen, "system_time_reply")?;
    ensure(read["action"] == 2, || "no reading".to_owned())?;
    let local = text(&read["time"]["local"]).to_owned();
    let [_, saw] = stored(told, seen, "system_time")?;
    Ok(["no skew".to_owned(), format!("{saw}, clock shows {local}")])
}

pub(super) fn history(told: &Value, seen: &Seen) -> Checked {
    let history = &told["history"];
    let records = history["records"].as_object().ok_or("no records")?;
    ensure(records.len() == 12, || format!("{} records", records.len()))?;
    let unread = history["unread_slots"].as_array().map(Vec::len);
    ensure(unread == Some(0), || "unread slots".to_owned())?;
    let slots = decoded(seen, "history_slot");
    for (index, record) in records {
        let slot = slots
            .iter()
            .find(|slot| slot["index"].as_u64() == index.parse().ok());
        let slot = slot.ok_or_else(|| format!("slot {index} was never sent"))?;
        agrees(record, &[&slot["record"]], RECORD)?;
    }
    let reported = format!("{} records", records.len());
    Ok([reported, format!("{} slots asked for", slots.len())])
}

pub(super) fn started(told: &Value, seen: &Seen) -> Checked {
    in_step(told, seen, &seen.frames)?;
    let start = last(seen, "charge_start")?;
    let reply = last(seen, "charge_start_reply")?;
    let is_right = start["max_amps"] == 10 && reply["start_result"] == 1;
    ensure(is_right, || format!("{start} answered {reply}"))?;
    ensure(told["charging"] == true, || "not charging".to_owned())?;
    ensure(told["charge"]["max_electricity"] == 10, || {
        "another current".to_owned()
    })?;
    let begun = events(seen, "session_started").len();
    ensure(begun == 1, || format!("{begun} sessions"))?;
    Ok([state(told), "session started with 10 A".to_owned()])
}

pub(super) fn stopped(told: &Value, seen: &Seen) -> Checked {
    acknowledged(told, seen, "record_current")?;
    let reply = last(seen, "charge_stop_reply")?;
    ensure(reply["fail_reason"] == 0, || format!("answer {reply}"))?;
    ensure(told["charging"] == false, || "charging".to_owned())?;
    let stored = decoded(seen, "record_local").len();
    ensure(stored == 0, || "the record was sent again".to_owned())?;
    let ended = events(seen, "session_ended").join(", ");
    Ok([state(told), format!("{ended}, record acknowledged")])
}

/// The record that was not acknowledged comes again, and is acknowledged then.
pub(super) fn replayed(told: &Value, seen: &Seen) -> Checked {
    acknowledged(told, seen, "record_local")?;
    let lost = decoded(seen, "record_current_ack").len();
    ensure(lost == 0, || "the first copy was acknowledged".to_owned())?;
    let copies = decoded(seen, "record_local").len();
    let reported = format!("record {}", text(&told["record"]["charge_id"]));
    Ok([reported, format!("sent again {copies} times, acknowledged")])
}

pub(super) fn reserved(told: &Value, seen: &Seen) -> Checked {
    agrees(&told["charge"], &charges(&seen.frames), CHARGE)?;
    let start = last(seen, "charge_start")?;
    let wanted = text(&told["wanted"]);
    let is_right = start["is_reservation"] == 1
        && start["max_duration_minutes"] == 45
        && wanted.starts_with(text(&start["reservation"]["local"]));
    ensure(is_right, || format!("wanted {wanted}, asked {start}"))?;
    let shown = &told["charge"]["reservation_datetime"];
    ensure(*shown == *wanted, || format!("reports {shown}"))?;
    let states = events(seen, "state").join(", ");
    ensure(states.ends_with("state reserved, state ready"), || {
        states.clone()
    })?;
    ensure(told["after"] == "READY_TO_CHARGE", || {
        "still reserved".to_owned()
    })?;
    Ok([format!("reserved for {wanted}"), states])
}

/// Everything that the client holds is what the charger sent.
fn in_step(told: &Value, seen: &Seen, frames: &[Value]) -> Result<(), String> {
    ensure(told["receiving"] == true, || "receives nothing".to_owned())?;
    agrees(&told["info"], &of_kinds(frames, &["login_ok"]), INFO)?;
    let statuses = of_kinds(frames, &["status_push", "status_reply"]);
    agrees(&told["status"], &statuses, STATUS)?;
    agrees(&told["charge"], &charges(frames), CHARGE)?;
    settings(told, frames)?;
    ensure(!events(seen, "registered").is_empty(), || {
        "not registered".to_owned()
    })
}

/// The last answers to questions and sets.
fn settings(told: &Value, frames: &[Value]) -> Result<(), String> {
    let info = &told["info"];
    // It keeps the prefix that its own sets add.
    let name = of_kinds(frames, &["nickname_reply"]).pop();
    let name = format!("ACP#{}", text(&name.unwrap_or(&Value::Null)["nickname"]));
    ensure(info["nickname"] == *name, || format!("name is not {name}"))?;
    let amps = of_kinds(frames, &["output_amps_reply"]).pop();
    let language = of_kinds(frames, &["language_reply"]).pop();
    agrees(info, &amps.into_iter().collect::<Vec<_>>(), AMPS)?;
    agrees(info, &language.into_iter().collect::<Vec<_>>(), LANGUAGE)?;
    let sent = of_kinds(frames, &["weekly_plan_reply"]).pop();
    let sent = sent.ok_or("no plan was sent")?;
    let days = told["plan"]["slots"].as_array().into_iter().flatten();
    let days = days.zip(sent["slots"].as_array().into_iter().flatten());
    let same = days.filter(|(told, sent)| {
        told["enabled"] == sent["enabled"]
            && text(&told["start"]).strip_suffix(":00") == sent["start"].as_str()
            && told["duration_minutes"] == sent["duration_minutes"]
    });
    ensure(same.count() == 7, || format!("plan is not {sent}"))
}

/// A setting was stored once, and read back.
fn stored(told: &Value, seen: &Seen, setting: &str) -> Checked {
    in_step(told, seen, &seen.frames)?;
    let what = format!("setting {setting} stored");
    let stored = events(seen, "setting_stored").into_iter();
    let stored = stored.filter(|text| *text == what).count();
    ensure(stored == 1, || format!("stored {stored} times"))?;
    let info = &told["info"];
    let reported = format!(
        "{}, {} A, language {}",
        text(&info["nickname"]),
        info["configured_max_amps"],
        info["language"]
    );
    Ok([reported, what])
}

/// A record of this kind was sent, reported and acknowledged, and by nothing else.
fn acknowledged(told: &Value, seen: &Seen, kind: &str) -> Result<(), String> {
    agrees(&told["record"], &decoded(seen, kind), RECORD)?;
    let ack = last(seen, &format!("{kind}_ack"))?;
    ensure(ack["charge_id"] == told["record"]["charge_id"], || {
        format!("acknowledged {ack}")
    })?;
    let acknowledged = events(seen, "record_acknowledged").len();
    ensure(acknowledged == 1, || {
        format!("{acknowledged} records acknowledged")
    })
}

fn charges(frames: &[Value]) -> Vec<&Value> {
    of_kinds(frames, &["charging_push", "charging_reply"])
}

/// What the client sent.
fn sent(seen: &Seen) -> Vec<&Value> {
    let frames = seen.frames.iter();
    frames
        .filter(|frame| frame["direction"] == "to_charger")
        .collect()
}

fn state(told: &Value) -> String {
    let status = &told["status"];
    format!(
        "state {}, {} W",
        status["current_state"], status["current_power"]
    )
}

const SERIAL: &str = "1000000000000001";
const SECOND_SERIAL: &str = "1000000000000002";
const FIRST_SERIAL: u64 = 0x1000_0000_0000_0001;
const ZERO_SERIAL: &str = "0000000000000000";

const FOUND: Fields = &[
    ("brand", "brand"),
    ("model", "model"),
    ("firmware_version", "hardware_version"),
    ("max_amps", "max_amps"),
];

const INFO: Fields = &[
    ("type", "device_type"),
    ("brand", "brand"),
    ("model", "model"),
    ("firmware_version", "hardware_version"),
    ("max_power", "max_power_w"),
    ("max_amps", "max_amps"),
];

const AMPS: Fields = &[("configured_max_amps", "amps")];
const LANGUAGE: Fields = &[("language", "language")];

const STATUS: Fields = &[
    ("line_id", "line_id"),
    ("inner_temperature", "inner_temp_c"),
    ("outer_temperature", "outer_temp_c"),
    ("emergency_stop", "emergency_stop"),
    ("plug_state", "gun_state"),
    ("output_state", "output_state"),
    ("current_state", "current_state"),
    ("faults", "fault_numbers"),
    ("l1_voltage", "l1_voltage"),
    ("l1_amps", "l1_amps"),
    ("l2_voltage", "l2_voltage"),
    ("l2_amps", "l2_amps"),
    ("l3_voltage", "l3_voltage"),
    ("l3_amps", "l3_amps"),
    ("current_power", "power_w"),
    ("total_kwh", "total_kwh"),
];

const CHARGE: Fields = &[
    ("line_id", "line_id"),
    ("current_state", "current_state"),
    ("charge_id", "charge_id"),
    ("start_type", "start_type"),
    ("charge_type", "charge_type"),
    ("max_duration_minutes", "max_duration_minutes"),
    ("max_energy_kwh", "max_energy_kwh"),
    ("charge_param3", "param3"),
    ("reservation_datetime", "reservation"),
    ("user_id", "user_id"),
    ("max_electricity", "max_amps"),
    ("set_datetime", "started"),
    ("duration_seconds", "duration_seconds"),
    ("start_kwh_counter", "start_kwh"),
    ("current_kwh_counter", "current_kwh"),
    ("charge_kwh", "charged_kwh"),
    ("charge_price", "total_price"),
    ("fee_type", "fee_type"),
    ("charge_fee", "fee"),
];

const RECORD: Fields = &[
    ("line_id", "line_id"),
    ("started_by", "started_by"),
    ("stopped_by", "stopped_by"),
    ("charge_id", "charge_id"),
    ("has_reservation", "has_reservation"),
    ("start_type", "start_type"),
    ("charge_type", "charge_type"),
    ("max_duration_minutes", "max_duration_minutes"),
    ("max_energy_kwh", "max_energy_kwh"),
    ("stop_reason", "stop_reason"),
    ("reservation_datetime", "reservation"),
    ("start_datetime", "started"),
    ("stop_datetime", "stopped"),
    ("duration_seconds", "duration_seconds"),
    ("start_kwh_counter", "start_kwh"),
    ("stop_kwh_counter", "stop_kwh"),
    ("charge_kwh", "charged_kwh"),
];
