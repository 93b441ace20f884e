//! Text for people.

pub(crate) mod circuits;
pub(crate) mod doctor;
pub(crate) mod em;
pub(crate) mod generic;
pub(crate) mod twc;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use evse::State;
use evse::duosida::Found;
use evse::duosida::proto::message::ChargePointStatus;
use evse::duosida::proto::session::{Completion, Configuration, Identity, Status};

use super::shown;

const ABSENT: &str = "–";

/// Names and values in two columns.
fn pairs(rows: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    for (name, value) in rows {
        table.add_row([name.to_owned(), shown(&value)]);
    }
    trimmed(&table)
}

/// The chargers found, one a line.
pub(crate) fn chargers(found: &[Found]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header(["ADDRESS", "MAC", "TYPE", "FIRMWARE", "ID", "MODEL"]);
    for charger in found {
        let identity = charger.identity.as_ref();
        table.add_row([
            charger.ip.to_string(),
            text(charger.mac.as_ref()),
            text(charger.kind.as_ref()),
            text(charger.firmware.as_ref()),
            text(identity.map(|identity| &identity.identifier)),
            text(identity.and_then(|identity| identity.model.as_ref())),
        ]);
    }
    trimmed(&table)
}

/// All that is known, for a person.
pub(crate) fn status(status: &Status, identity: Option<&Identity>) -> String {
    let derived = |is: bool| if is { " (derived)" } else { "" };
    let mut rows = vec![("state", state_and_letter(status))];
    if let Some(code) = status.error_code.filter(|code| i32::from(*code) != 6) {
        rows.push(("error", format!("{code} ({})", i32::from(code))));
    }
    rows.extend([
        ("car", car(status.vehicle_connected).to_owned()),
        ("voltage", phases(status.voltage_v, "V", 1)),
        ("current", phases(status.current_a, "A", 2)),
        (
            "power",
            number(status.power_w, "W", 0)
                + derived(status.power_w.is_some() && status.power_is_derived),
        ),
        (
            "limit",
            status.limit_reported_centiamps.map_or_else(
                || ABSENT.to_owned(),
                |limit| format!("{} A", f32::from(limit) / 100.0),
            ),
        ),
        (
            "session energy",
            number(status.session_energy_kwh, "kWh", 3),
        ),
        (
            "session time",
            status.session_time_s.map_or_else(
                || ABSENT.to_owned(),
                |seconds| format!("{} min", seconds / 60),
            ),
        ),
        ("today", number(status.today_energy_kwh, "kWh", 3)),
        ("register", number(status.energy_register_kwh, "kWh", 3)),
        ("temperature", number(status.station_temperature_c, "°C", 1)),
        (
            "control pilot",
            number(status.cp_voltage_v, "V", 1)
                + derived(status.cp_voltage_v.is_some() && status.cp_voltage_is_derived),
        ),
        ("frequency", number(status.frequency_hz, "Hz", 1)),
    ]);
    rows.extend(identity.into_iter().flat_map(who));
    pairs(rows)
}

fn who(identity: &Identity) -> [(&'static str, String); 4] {
    [
        ("device id", identity.identifier.clone()),
        ("model", text(identity.model.as_ref())),
        ("manufacturer", text(identity.vendor.as_ref())),
        ("firmware", text(identity.firmware.as_ref())),
    ]
}

fn state_and_letter(status: &Status) -> String {
    let Some(state) = status.state else {
        return ABSENT.to_owned();
    };
    let letter = evse::adapter::duosida::state(state).iec_letter(status.vehicle_connected);
    letter.map_or_else(
        || state_name(state),
        |letter| format!("{} ({letter})", state_name(state)),
    )
}

/// The name that duosida-ev prints, with the code where it has none.
pub(crate) fn state_name(state: ChargePointStatus) -> String {
    match state {
        ChargePointStatus::Unknown(code) => format!("{} ({code})", state.seed_name()),
        known => known.seed_name().to_owned(),
    }
}

const fn car(connected: Option<bool>) -> &'static str {
    match connected {
        Some(true) => "plugged in",
        Some(false) => "none",
        None => ABSENT,
    }
}

/// A state for a narrow column: ten letters at most, but for one that is not known.
pub(crate) fn short(state: State) -> String {
    match state {
        State::Unauthenticated => "no access".to_owned(),
        State::SuspendedByVehicle => "car waits".to_owned(),
        State::SuspendedByCharger => "paused".to_owned(),
        other => other.text(),
    }
}

/// The readings that change, on one line.
pub(crate) fn readings(status: &Status) -> String {
    format!(
        "{:<11} {:>8} {:>8} {:>7} {:>10} {:>8}",
        text(status.state.map(state_name)),
        number(status.voltage_v[0], "V", 1),
        number(status.current_a[0], "A", 2),
        number(status.power_w, "W", 0),
        number(status.session_energy_kwh, "kWh", 3),
        number(status.station_temperature_c, "°C", 1),
    )
}

/// The charger's settings.
pub(crate) fn configuration(configuration: &Configuration) -> String {
    let switch = |is: Option<bool>| {
        is.map_or(ABSENT, |is| if is { "on" } else { "off" })
            .to_owned()
    };
    let whole = |value: Option<i32>, unit: &str| {
        value.map_or_else(|| ABSENT.to_owned(), |value| format!("{value} {unit}"))
    };
    let mut rows = vec![
        ("max current", number(configuration.max_current_a, "A", 0)),
        (
            "max temperature",
            number(configuration.max_temperature_c, "°C", 0),
        ),
        ("max voltage", number(configuration.max_voltage_v, "V", 0)),
        ("min voltage", number(configuration.min_voltage_v, "V", 0)),
        ("direct work mode", switch(configuration.direct_work_mode)),
        ("connect to server", switch(configuration.connect_to_server)),
        (
            "heartbeat interval",
            whole(configuration.heartbeat_interval_s, "s"),
        ),
        (
            "meter interval",
            whole(configuration.meter_value_sample_interval_s, "s"),
        ),
        (
            "max energy per charge",
            whole(configuration.max_wh_per_charge, "Wh"),
        ),
    ];
    if !configuration.unknown_fields.is_empty() {
        let fields: Vec<String> = configuration
            .unknown_fields
            .iter()
            .map(ToString::to_string)
            .collect();
        rows.push(("unknown fields", fields.join(" ")));
    }
    pairs(rows)
}

/// How far a command was confirmed.
pub(crate) fn completion(completion: Option<Completion>) -> String {
    completion.map_or_else(
        || "stopped a moment ago already, not sent again".to_owned(),
        |completion| completion.to_string(),
    )
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), |value| shown(&value.to_string()))
}

fn number(value: Option<f32>, unit: &str, decimals: usize) -> String {
    value.map_or_else(
        || ABSENT.to_owned(),
        |value| format!("{value:.decimals$} {unit}"),
    )
}

/// The phases that are known; a charger of one phase reports one.
fn phases(values: [Option<f32>; 3], unit: &str, decimals: usize) -> String {
    let known: Vec<String> = values
        .iter()
        .flatten()
        .map(|value| format!("{value:.decimals$}"))
        .collect();
    if known.is_empty() {
        return ABSENT.to_owned();
    }
    format!("{} {unit}", known.join(" / "))
}

fn trimmed(table: &Table) -> String {
    let text = table.to_string();
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n")
}
