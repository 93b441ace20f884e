//! JSON for programs. These structs are the contract: the model may change without them. Absent is null, never 0.

pub(crate) mod circuits;
pub(crate) mod config;
pub(crate) mod doctor;
pub(crate) mod em;
pub(crate) mod generic;
pub(crate) mod twc;

use std::path::Path;
use std::time::Duration;

use evse::duosida::Found;
use evse::duosida::proto::session::{Completion, Configuration, Identity, Status};
use jiff::Timestamp;
use serde::Serialize;

use crate::failure::Failure;

/// `evse duosida status --json`: the keys of duosida-ev, then what it does not have. V, A, W, °C, kWh, minutes.
#[derive(Debug, Serialize)]
pub(crate) struct StatusJson {
    /// The status code: 0 available, 1 preparing, 2 charging, …
    conn_status: Option<i32>,
    cp_voltage: Option<f64>,
    /// The name that duosida-ev gives the code.
    state: Option<String>,
    voltage: Option<f64>,
    voltage_l2: Option<f64>,
    voltage_l3: Option<f64>,
    current: Option<f64>,
    current_l2: Option<f64>,
    current_l3: Option<f64>,
    power: Option<f64>,
    temperature_station: Option<f64>,
    session_energy: Option<f64>,
    /// Whole minutes.
    session_time: Option<u64>,
    device_id: Option<String>,
    model: Option<String>,
    manufacturer: Option<String>,
    firmware: Option<String>,
    total_energy: Option<f64>,
    today_consumption: Option<f64>,
    session_start: Option<String>,
    frequency: Option<f64>,
    vehicle_connected: Option<bool>,
    transaction_id: Option<i64>,
    /// The limit that the charger reports.
    max_current: Option<f64>,
    error_code: Option<i32>,
    /// The state in the words of every protocol.
    evse_state: Option<&'static str>,
    power_is_derived: bool,
    cp_voltage_is_derived: bool,
    /// Age of the readings, s.
    age: Option<f64>,
    /// When this was written.
    time: String,
}

impl StatusJson {
    pub(crate) fn new(status: &Status, identity: Option<&Identity>) -> Self {
        let [voltage, voltage_l2, voltage_l3] = status.voltage_v.map(rounded);
        let [current, current_l2, current_l3] = status.current_a.map(rounded);
        Self {
            conn_status: status.state.map(i32::from),
            cp_voltage: rounded(status.cp_voltage_v),
            state: status.state.map(super::table::state_name),
            voltage,
            voltage_l2,
            voltage_l3,
            current,
            current_l2,
            current_l3,
            power: rounded(status.power_w),
            temperature_station: rounded(status.station_temperature_c),
            session_energy: rounded(status.session_energy_kwh),
            session_time: status.session_time_s.map(|seconds| seconds / 60),
            device_id: identity.map(|identity| identity.identifier.clone()),
            model: identity.and_then(|identity| identity.model.clone()),
            manufacturer: identity.and_then(|identity| identity.vendor.clone()),
            firmware: identity.and_then(|identity| identity.firmware.clone()),
            total_energy: rounded(status.energy_register_kwh),
            today_consumption: rounded(status.today_energy_kwh),
            session_start: status.session_start_unix_s.and_then(rfc3339),
            frequency: rounded(status.frequency_hz),
            vehicle_connected: status.vehicle_connected,
            transaction_id: status.transaction_id,
            max_current: status
                .limit_reported_centiamps
                .map(|limit| f64::from(limit) / 100.0),
            error_code: status.error_code.map(i32::from),
            evse_state: status
                .state
                .map(|state| evse::adapter::duosida::state(state).name()),
            power_is_derived: status.power_is_derived,
            cp_voltage_is_derived: status.cp_voltage_is_derived,
            age: status.age.map(tenths),
            time: Timestamp::now().to_string(),
        }
    }
}

/// A charger that discovery found.
#[derive(Debug, Serialize)]
pub(crate) struct FoundJson {
    protocol: &'static str,
    address: String,
    ip: String,
    answered_from: Option<String>,
    mac: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    firmware: Option<String>,
    device_id: Option<String>,
    model: Option<String>,
}

impl FoundJson {
    pub(crate) fn new(found: &Found, port: u16) -> Self {
        Self {
            protocol: "duosida",
            address: evse::Address::duosida(found.ip.to_string(), port).to_string(),
            ip: found.ip.to_string(),
            answered_from: found.answered_from.map(|ip| ip.to_string()),
            mac: found.mac.map(|mac| mac.to_string()),
            kind: found.kind.clone(),
            firmware: found.firmware.clone(),
            device_id: found
                .identity
                .as_ref()
                .map(|identity| identity.identifier.clone()),
            model: found
                .identity
                .as_ref()
                .and_then(|identity| identity.model.clone()),
        }
    }
}

/// A command that was carried out.
#[derive(Debug, Serialize)]
pub(crate) struct DoneJson<'a> {
    command: String,
    /// `confirmed`, `accepted`, `waiting_for_vehicle`, `after_restart` or `merged`.
    result: &'static str,
    detail: String,
    device_id: &'a str,
    warnings: Vec<String>,
}

impl<'a> DoneJson<'a> {
    pub(crate) fn new(
        command: &str,
        device_id: &'a str,
        done: &evse::Done<Option<Completion>>,
    ) -> Self {
        Self {
            command: word(command),
            result: evse::adapter::duosida::effect(done.completion).name(),
            detail: super::table::completion(done.completion),
            device_id,
            warnings: done.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

/// `evse duosida get-config --json`.
#[derive(Debug, Serialize)]
pub(crate) struct ConfigJson {
    max_current: Option<f64>,
    max_temperature: Option<f64>,
    max_voltage: Option<f64>,
    min_voltage: Option<f64>,
    direct_work_mode: Option<bool>,
    connect_to_server: Option<bool>,
    heartbeat_interval: Option<i32>,
    meter_value_sample_interval: Option<i32>,
    max_wh_per_charge: Option<i32>,
    /// Field numbers that nobody has a name for.
    unknown_fields: Vec<u32>,
}

impl ConfigJson {
    pub(crate) fn new(configuration: &Configuration) -> Self {
        Self {
            max_current: rounded(configuration.max_current_a),
            max_temperature: rounded(configuration.max_temperature_c),
            max_voltage: rounded(configuration.max_voltage_v),
            min_voltage: rounded(configuration.min_voltage_v),
            direct_work_mode: configuration.direct_work_mode,
            connect_to_server: configuration.connect_to_server,
            heartbeat_interval: configuration.heartbeat_interval_s,
            meter_value_sample_interval: configuration.meter_value_sample_interval_s,
            max_wh_per_charge: configuration.max_wh_per_charge,
            unknown_fields: configuration.unknown_fields.clone(),
        }
    }
}

/// `evse decode --scrub --json`.
#[derive(Debug, Serialize)]
pub(crate) struct ScrubbedJson<'a> {
    written: &'a Path,
    packets: usize,
    left_out: usize,
}

impl<'a> ScrubbedJson<'a> {
    pub(crate) const fn new(written: &'a Path, packets: usize, left_out: usize) -> Self {
        Self {
            written,
            packets,
            left_out,
        }
    }
}

/// Something that happened inside a simulated charger.
#[derive(Debug, Serialize)]
pub(crate) struct SimEventJson<'a> {
    time: String,
    event: &'a str,
    text: &'a str,
}

impl<'a> SimEventJson<'a> {
    pub(crate) fn new(event: &'a str, text: &'a str) -> Self {
        Self {
            time: Timestamp::now().to_string(),
            event,
            text,
        }
    }
}

/// A step of the demo.
#[derive(Debug, Serialize)]
pub(crate) struct StoryJson<'a, S> {
    protocol: &'a str,
    event: &'a str,
    text: &'a str,
    /// As `status --json` of the family.
    status: Option<S>,
}

impl<'a, S: Serialize> StoryJson<'a, S> {
    pub(crate) const fn new(
        protocol: &'a str,
        event: &'a str,
        text: &'a str,
        status: Option<S>,
    ) -> Self {
        Self {
            protocol,
            event,
            text,
            status,
        }
    }
}

/// A command that was not carried out.
#[derive(Debug, Serialize)]
pub(crate) struct Failed<'a> {
    error: FailedDetail<'a>,
}

#[derive(Debug, Serialize)]
struct FailedDetail<'a> {
    kind: &'a str,
    message: &'a str,
    hint: Option<&'a str>,
    /// Seconds until it may be retried.
    retry_in: Option<u64>,
    retry_at: Option<String>,
    /// Chargers to choose from.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    found: &'a [String],
}

impl<'a> Failed<'a> {
    pub(crate) fn new(kind: &'a str, failure: &'a Failure) -> Self {
        Self {
            error: FailedDetail {
                kind,
                message: &failure.message,
                hint: failure.hint.as_deref(),
                retry_in: failure
                    .held_back
                    .as_ref()
                    .map(|refusal| refusal.wait_seconds()),
                retry_at: failure
                    .held_back
                    .as_ref()
                    .and_then(|refusal| Timestamp::try_from(refusal.retry_at).ok())
                    .map(|time| time.to_string()),
                found: &failure.choices,
            },
        }
    }
}

/// Three decimals are more than any of these sensors has.
fn rounded(value: Option<f32>) -> Option<f64> {
    value.map(|value| (f64::from(value) * 1000.0).round() / 1000.0)
}

/// A command's name as all words of JSON are written.
fn word(command: &str) -> String {
    command.replace('-', "_")
}

/// Seconds; a tenth is more than anyone needs.
fn tenths(length: Duration) -> f64 {
    (length.as_secs_f64() * 10.0).round() / 10.0
}

fn rfc3339(unix_s: i64) -> Option<String> {
    Timestamp::from_second(unix_s)
        .ok()
        .map(|time| time.to_string())
}
