//! Text of the commands for chargers of any kind.

use std::time::{SystemTime, UNIX_EPOCH};

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use evse::config::ChargerConfig;
use evse::{Effect, EventKind, Found, FoundKind, Snapshot, State};

use super::em::local;
use super::{ABSENT, car, pairs, short, text, trimmed};

/// What a search found, one a line.
pub(crate) fn found(found: &[Found]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["ADDRESS", "SERIAL", "NAME", "BRAND", "MODEL", "FIRMWARE"]);
    for item in found {
        let serial = match (item.kind, &item.identity) {
            (FoundKind::SerialPort, _) => "a port, not listened to".to_owned(),
            (_, Some(identity)) => identity.serial().to_owned(),
            (_, None) => ABSENT.to_owned(),
        };
        table.add_row([
            item.address.to_string(),
            serial,
            text(item.name.as_ref()),
            text(item.device.brand.as_ref()),
            text(item.device.model.as_ref()),
            text(item.device.firmware.as_ref()),
        ]);
    }
    trimmed(&table)
}

/// What a search put into a configuration, one a line, with what each charger tells of itself; then ports.
pub(crate) fn written(chargers: &[ChargerConfig], told: &[String], ports: &[String]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (charger, about) in chargers.iter().zip(told) {
        table.add_row([&charger.name, &charger.address.to_string(), about]);
    }
    for port in ports {
        let hint = format!("not listened to: `evse discover --bus {port}` does");
        table.add_row(["a port", port, &hint]);
    }
    trimmed(&table)
}

/// All that is known, for a person. What a charger never tells is left out.
pub(crate) fn status(now: &Snapshot) -> String {
    let readings = &now.telemetry;
    let letter = now.iec_letter();
    let letter = letter.map_or_else(String::new, |letter| format!(" ({letter})"));
    let session = now.session_duration();
    let pilot = readings.pilot.map(|pilot| {
        let derived = if pilot.is_derived { " (derived)" } else { "" };
        format!("{}{derived}", pilot.level)
    });
    let phases = Some(now.phase_summary()).filter(|phases| !phases.is_empty());
    let device = [&now.device.brand, &now.device.model, &now.device.firmware];
    let device: Vec<&str> = device.into_iter().flatten().map(String::as_str).collect();
    let faults: Vec<&str> = now.faults.iter().map(|fault| &*fault.text).collect();
    let reserved_for = readings.session.and_then(|session| session.reserved_for);
    let told = |words: &[&str], between: &str| (!words.is_empty()).then(|| words.join(between));
    let rows = [
        ("charger", Some(now.name.clone())),
        ("address", now.address.as_ref().map(ToString::to_string)),
        ("serial", Some(now.identity.serial().to_owned())),
        ("device", told(&device, " ")),
        ("state", Some(now.status_text() + &letter)),
        ("begins", reserved_for.map(minute)),
        ("faults", told(&faults, ", ")),
        ("car", Some(car(readings.vehicle_connected).to_owned())),
        ("phases", phases),
        ("power", readings.power.map(|power| power.to_string())),
        ("limits", Some(now.limits_text())),
        (
            "session",
            session.map(|length| format!("{} min", length.as_secs() / 60)),
        ),
        (
            "session energy",
            readings.session_energy.map(|energy| energy.to_string()),
        ),
        (
            "today",
            readings.today_energy.map(|energy| energy.to_string()),
        ),
        (
            "register",
            readings.lifetime_energy.map(|energy| energy.to_string()),
        ),
        (
            "temperature",
            readings.temperature.inner.map(|inside| inside.to_string()),
        ),
        (
            "outside",
            readings
                .temperature
                .outer
                .map(|outside| outside.to_string()),
        ),
        ("control pilot", pilot),
    ];
    pairs(
        rows.into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    )
}

/// How far a command was carried out.
pub(crate) fn completion(effect: Effect) -> String {
    match effect {
        Effect::Reserved { at } => format!("reserved for {}", minute(at)),
        _ => effect.to_string(),
    }
}

/// A time of this place.
fn minute(at: SystemTime) -> String {
    let unix = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    local(i64::try_from(unix.as_secs()).ok())
}

/// The readings that change, on one line.
pub(crate) fn readings(now: &Snapshot) -> String {
    let readings = &now.telemetry;
    let line = format!(
        "{:<13} {:>8} {:>11}  {}",
        short(now.state),
        text(readings.power),
        text(readings.session_energy),
        now.phase_summary(),
    );
    line.trim_end().to_owned()
}

/// What happened, in words; `None` for readings and what says nothing to people.
pub(crate) fn event(kind: &EventKind) -> Option<String> {
    Some(match kind {
        // That it was not known before is no news.
        EventKind::State {
            from: State::Unknown(_),
            to,
        } => to.text(),
        EventKind::State { from, to } => format!("{} → {}", from.text(), to.text()),
        EventKind::Faults(faults) if faults.is_empty() => "no fault any more".to_owned(),
        EventKind::Faults(faults) => {
            let texts: Vec<&str> = faults.iter().map(|fault| &*fault.text).collect();
            texts.join(", ")
        }
        EventKind::Alarm { text } => text.clone(),
        EventKind::SessionStarted => "session started".to_owned(),
        EventKind::SessionEnded => "session ended".to_owned(),
        _ => return None,
    })
}
