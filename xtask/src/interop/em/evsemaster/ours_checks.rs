//! What our client must say of their charger, and what that must have received.

use serde_json::Value;

use crate::interop::check::{ensure, text};
use crate::interop::process::Said;

type Checked = Result<[String; 2], String>;

pub(super) fn discovered(said: &Said, received: &Value) -> Checked {
    let found = said.done()?;
    ensure(
        found["serial"] == SERIAL && found["model"] == "BS20",
        || format!("found {found}"),
    )?;
    orders(received, &[])?;
    Ok([format!("found {SERIAL}"), "nothing".to_owned()])
}

pub(super) fn status(said: &Said, received: &Value) -> Checked {
    let status = said.done()?;
    let values = [
        ("voltage", 230.1),
        ("voltage_l2", 230.2),
        ("voltage_l3", 230.3),
        ("current", 16.0),
        ("current_l2", 15.0),
        ("current_l3", 14.0),
        ("total_energy", 1_234.56),
        ("temperature_inner", 25.0),
        ("temperature_outer", 20.0),
        ("max_current", 16.0),
    ];
    for (name, value) in values {
        ensure(status[name] == value, || {
            format!("{name} is {}, not {value}", status[name])
        })?;
    }
    let session = &status["session"];
    let is_session = session["charge_id"] == "2026090412"
        && session["energy"] == 12.34
        && session["duration"] == 3_600;
    ensure(is_session, || format!("session {session}"))?;
    ensure(status["temperature_unit"].is_null(), || {
        "invents a unit".to_owned()
    })?;
    let reported = format!(
        "{}, {} V, {} A, {} kWh",
        text(&status["charger_state"]),
        status["voltage"],
        status["current"],
        session["energy"]
    );
    Ok([reported, counted(received)])
}

pub(super) fn logged_in(said: &Said, received: &Value) -> Checked {
    ensure(said.done()?["serial"] == SERIAL, || "another".to_owned())?;
    ensure(received["registered"] == true, || {
        "not registered".to_owned()
    })?;
    let (logins, headings) = (
        count(received, "LOGIN_REQUEST"),
        count(received, "HEADING_RESPONSE"),
    );
    ensure(logins == 1 && headings > 0, || counted(received))?;
    let saw = format!("one login, confirmed; {headings} headings answered");
    Ok(["PIN taken".to_owned(), saw])
}

/// The first refusal may be the answer to our search for its port, so one more login tells.
pub(super) fn refused(said: &Said, received: &Value) -> Checked {
    let kind = said.failed("wrong_pin")?;
    let logins = count(received, "LOGIN_REQUEST");
    ensure((1..=2).contains(&logins), || counted(received))?;
    ensure(received["registered"] == false, || "registered".to_owned())?;
    Ok([kind, format!("{logins} logins")])
}

pub(super) fn named(said: &Said, received: &Value) -> Checked {
    let name = text(&said.done()?["value"]);
    ensure(name == "Garage", || format!("name {name}"))?;
    let payload = text(&received["payloads"]["NICKNAME_REQUEST"]);
    let is_it = payload.starts_with("014143502347617261676500") && payload.len() == 66;
    ensure(is_it, || format!("sent {payload}"))?;
    orders(received, &["NICKNAME_REQUEST"])?;
    Ok([name.to_owned(), "one set with the prefix".to_owned()])
}

/// It keeps its name: that is no success.
pub(super) fn not_named(said: &Said, received: &Value) -> Checked {
    let kind = said.failed("refused")?;
    orders(received, &["NICKNAME_REQUEST", "NICKNAME_REQUEST"])?;
    Ok([kind, "a set, a question".to_owned()])
}

pub(super) fn language(said: &Said, received: &Value) -> Checked {
    ensure(said.done()?["value"] == "french", || "another".to_owned())?;
    ensure(received["language"] == 4, || "another kept".to_owned())?;
    orders(received, &["LANGUAGE_REQUEST", "LANGUAGE_REQUEST"])?;
    Ok(["french".to_owned(), "a set, a question".to_owned()])
}

pub(super) fn current(said: &Said, received: &Value) -> Checked {
    let result = text(&said.done()?["result"]);
    ensure(result == "confirmed", || result.to_owned())?;
    let amps = &received["amps"];
    ensure(amps[0] == 13, || format!("stored {amps}"))?;
    Ok([result.to_owned(), format!("stored {amps} A")])
}

pub(super) fn planned(said: &Said, received: &Value) -> Checked {
    let tuesday = &said.done()?["days"][1];
    let is_it = tuesday["start"] == "22:30" && tuesday["duration"] == 5_400;
    ensure(is_it, || format!("shows {tuesday}"))?;
    // Off; on at 22:30 for 90 minutes.
    let plan = text(&received["plan"]);
    let kept = plan.get(..28).unwrap_or_default();
    ensure(
        kept.starts_with("01") && kept.get(18..) == Some("03161e005a"),
        || format!("stored {plan}"),
    )?;
    Ok(["Tuesday 22:30, 90 min".to_owned(), counted(received)])
}

/// One answer is lost, and asked for again.
pub(super) fn history(said: &Said, received: &Value) -> Checked {
    said.done()?;
    let energies = said.objects.iter().map(|record| &record["energy"]);
    let mut energies: Vec<f64> = energies.filter_map(Value::as_f64).collect();
    energies.sort_by(f64::total_cmp);
    ensure(energies == [1.0, 2.0, 3.0, 4.0], || format!("{energies:?}"))?;
    let asked = count(received, "HISTORY_RECORD_REQUEST");
    ensure(asked == 7, || format!("asked for {asked} slots"))?;
    Ok([
        format!("{} records", energies.len()),
        format!("{asked} questions for 6 slots"),
    ])
}

pub(super) fn clock_right(said: &Said, received: &Value) -> Checked {
    clock(said, received, 0)
}

/// Its clock stays wrong after a set: that is no success.
pub(super) fn clock_kept(said: &Said, received: &Value) -> Checked {
    let kind = said.failed("refused")?;
    Ok([kind, counted(received)])
}

pub(super) fn clock_wrong(said: &Said, received: &Value) -> Checked {
    clock(said, received, 2_678_400)
}

fn clock(said: &Said, received: &Value, ahead_s: i64) -> Checked {
    let told = said.done()?;
    let ahead = told["ahead"].as_i64().unwrap_or(i64::MAX);
    let is_it = (ahead - ahead_s).abs() <= 2 && told["wrong"] == (ahead_s != 0);
    ensure(is_it, || format!("{ahead} s ahead"))?;
    Ok([format!("{ahead} s ahead"), counted(received)])
}

/// Questions are repeated once, and what has no answer is named.
pub(super) fn silent(said: &Said, received: &Value) -> Checked {
    let kind = said.failed("unreachable")?;
    let asked = count(received, "VERSION_REQUEST");
    ensure(asked == 2, || format!("asked {asked} times"))?;
    Ok([kind, format!("{asked} questions")])
}

/// Never a second start: the charger may have begun.
pub(super) fn start_unknown(said: &Said, received: &Value) -> Checked {
    let kind = said.failed("unconfirmed")?;
    let starts = count(received, "CHARGE_START_REQUEST");
    ensure(starts == 1, || format!("{starts} starts"))?;
    let asked = asked_after(received, "CHARGE_START_REQUEST");
    ensure(asked, || "the state was not asked for".to_owned())?;
    Ok([kind, "one start, then questions".to_owned()])
}

/// A second stop does no harm; then the state is asked for.
pub(super) fn stop_unknown(said: &Said, received: &Value) -> Checked {
    let kind = said.failed("unconfirmed")?;
    let stops = count(received, "CHARGE_STOP_REQUEST");
    ensure((1..=2).contains(&stops), || format!("{stops} stops"))?;
    let asked = asked_after(received, "CHARGE_STOP_REQUEST");
    ensure(asked, || "the state was not asked for".to_owned())?;
    Ok([kind, format!("{stops} stops, then questions")])
}

/// Nothing else was received.
fn orders(received: &Value, expected: &[&str]) -> Result<(), String> {
    ensure(commands(received) == expected, || counted(received))
}

fn commands(received: &Value) -> Vec<&str> {
    let commands = received["received"].as_array().into_iter().flatten();
    commands.map(text).collect()
}

fn count(received: &Value, command: &str) -> usize {
    let commands = commands(received).into_iter();
    commands.filter(|name| *name == command).count()
}

fn asked_after(received: &Value, command: &str) -> bool {
    let commands = commands(received);
    let last = commands.iter().rposition(|name| *name == command);
    let after = last.and_then(|last| commands.get(last..));
    after.is_some_and(|after| after.contains(&"STATUS_REQUEST"))
}

fn counted(received: &Value) -> String {
    let commands = commands(received);
    match commands[..] {
        [one] => one.to_owned(),
        _ => format!("{} requests", commands.len()),
    }
}

const SERIAL: &str = "aaaaaaaaaaaaaaaa";
