//! JSON of the commands for chargers of any kind. V, A, W, °C, kWh, seconds; absent is null, never 0.

use std::time::SystemTime;

use evse::model::{Fault, LastError, StartStop, Support};
use evse::units::{DeciCelsius, Milliamps, Millivolts, WattHours};
use evse::{Effect, Found, FoundKind, Identity, Snapshot};
use jiff::Timestamp;
use serde::Serialize;

use super::tenths;

/// `evse status --json`, and the readings of `evse watch --json`.
#[derive(Debug, Serialize)]
pub(crate) struct StatusJson {
    charger: String,
    protocol: &'static str,
    serial: String,
    address: Option<String>,
    brand: Option<String>,
    model: Option<String>,
    hardware: Option<String>,
    firmware: Option<String>,
    /// The state in the words of every protocol.
    state: &'static str,
    /// Of IEC 61851-1.
    letter: Option<char>,
    /// One line for a person.
    status: String,
    connected: bool,
    auth_ok: Option<bool>,
    vehicle_connected: Option<bool>,
    charging: bool,
    on: bool,
    voltage: Option<f64>,
    voltage_l2: Option<f64>,
    voltage_l3: Option<f64>,
    current: Option<f64>,
    current_l2: Option<f64>,
    current_l3: Option<f64>,
    power: Option<u32>,
    session_energy: Option<f64>,
    total_energy: Option<f64>,
    today_energy: Option<f64>,
    temperature: Option<f64>,
    temperature_outer: Option<f64>,
    cp_voltage: Option<f64>,
    cp_voltage_is_derived: Option<bool>,
    session_start: Option<String>,
    session_time: Option<u64>,
    reserved_for: Option<String>,
    session_max_time: Option<u64>,
    session_max_energy: Option<f64>,
    limit_wanted: Option<f64>,
    limit_reported: Option<f64>,
    limit_effective: Option<f64>,
    delivered: Option<f64>,
    vin: Option<String>,
    faults: Vec<FaultJson>,
    capabilities: CapabilitiesJson,
    last_error: Option<LastErrorJson>,
    /// Age of the readings, s.
    age: Option<f64>,
    /// When this was written.
    time: String,
}

impl StatusJson {
    pub(crate) fn new(now: &Snapshot) -> Self {
        let readings = &now.telemetry;
        let [voltage, voltage_l2, voltage_l3] = readings.voltage.map(volts);
        let [current, current_l2, current_l3] = readings.current.map(amps);
        let session = readings.session.unwrap_or_default();
        Self {
            charger: now.name.clone(),
            protocol: now.identity.protocol().name(),
            serial: now.identity.serial().to_owned(),
            address: now.address.as_ref().map(ToString::to_string),
            brand: now.device.brand.clone(),
            model: now.device.model.clone(),
            hardware: now.device.hardware.clone(),
            firmware: now.device.firmware.clone(),
            state: now.state.name(),
            letter: now.iec_letter(),
            status: now.status_text(),
            connected: now.is_connected(),
            auth_ok: now.is_auth_ok(),
            vehicle_connected: now.is_vehicle_connected(),
            charging: now.is_charging(),
            on: now.is_on(),
            voltage,
            voltage_l2,
            voltage_l3,
            current,
            current_l2,
            current_l3,
            power: readings.power.map(|power| power.0),
            session_energy: kwh(readings.session_energy),
            total_energy: kwh(readings.lifetime_energy),
            today_energy: kwh(readings.today_energy),
            temperature: celsius(readings.temperature.inner),
            temperature_outer: celsius(readings.temperature.outer),
            cp_voltage: volts(readings.pilot.map(|pilot| pilot.level)),
            cp_voltage_is_derived: readings.pilot.map(|pilot| pilot.is_derived),
            session_start: session.started_at.and_then(time),
            session_time: session.length.map(|length| length.as_secs()),
            reserved_for: session.reserved_for.and_then(time),
            session_max_time: session.max_duration.map(|length| length.as_secs()),
            session_max_energy: kwh(session.max_energy),
            limit_wanted: amps(readings.limit.wanted),
            limit_reported: amps(readings.limit.reported),
            limit_effective: amps(readings.limit.effective),
            delivered: amps(readings.limit.delivered),
            vin: readings.vin.as_ref().map(|vin| vin.expose().to_owned()),
            faults: now.faults.iter().map(FaultJson::new).collect(),
            capabilities: CapabilitiesJson::new(now),
            last_error: now.last_error.as_ref().map(LastErrorJson::new),
            age: now.last_update.and_then(age),
            time: Timestamp::now().to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct FaultJson {
    code: i32,
    name: String,
    text: String,
}

impl FaultJson {
    fn new(fault: &Fault) -> Self {
        Self {
            code: fault.code,
            name: fault.name.to_string(),
            text: fault.text.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct CapabilitiesJson {
    /// `yes`, `hold_at_minimum` or `no`.
    start_stop: &'static str,
    min_current: Option<f64>,
    max_current: Option<f64>,
    current_step: Option<f64>,
    /// Whether another current takes effect while it charges; null when nobody knows.
    live_change: Option<bool>,
    phases: Option<u8>,
    schedule: bool,
    history: bool,
    contactors: bool,
    rated_current: Option<f64>,
}

impl CapabilitiesJson {
    fn new(now: &Snapshot) -> Self {
        let can = &now.capabilities;
        Self {
            start_stop: match can.start_stop {
                StartStop::Yes => "yes",
                StartStop::HoldAtMinimum => "hold_at_minimum",
                _ => "no",
            },
            min_current: amps(can.current.map(|range| range.min)),
            max_current: amps(can.current.map(|range| range.max)),
            current_step: amps(can.current.map(|range| range.step)),
            live_change: match can.live_change {
                Support::Unknown => None,
                Support::Yes => Some(true),
                Support::No => Some(false),
            },
            phases: can.phases,
            schedule: can.schedule,
            history: can.history,
            contactors: can.contactors,
            rated_current: amps(now.device.max_current),
        }
    }
}

#[derive(Debug, Serialize)]
struct LastErrorJson {
    time: Option<String>,
    kind: &'static str,
    text: String,
}

impl LastErrorJson {
    fn new(error: &LastError) -> Self {
        Self {
            time: time(error.at),
            kind: error.kind.name(),
            text: error.text.clone(),
        }
    }
}

/// One line of `evse watch --json`.
#[derive(Debug, Serialize)]
pub(crate) struct EventJson<'a> {
    time: String,
    charger: &'a str,
    /// `connected`, `not_connected`, `readings`, or what the model calls it.
    event: &'static str,
    text: Option<&'a str>,
    /// As `evse status --json`.
    status: Option<StatusJson>,
}

impl<'a> EventJson<'a> {
    pub(crate) fn readings(now: &'a Snapshot) -> Self {
        Self {
            time: Timestamp::now().to_string(),
            charger: &now.name,
            event: "readings",
            text: None,
            status: Some(StatusJson::new(now)),
        }
    }

    pub(crate) fn text(charger: &'a str, event: &'static str, text: &'a str) -> Self {
        Self {
            time: Timestamp::now().to_string(),
            charger,
            event,
            text: Some(text),
            status: None,
        }
    }
}

/// A command that was carried out.
#[derive(Debug, Serialize)]
pub(crate) struct DoneJson<'a> {
    command: &'a str,
    protocol: &'static str,
    serial: &'a str,
    /// `confirmed`, `accepted`, `shared`, `waiting_for_vehicle`, `reserved`, `after_restart` or `merged`.
    result: &'static str,
    /// What it got, where others share.
    granted: Option<f64>,
    reserved_for: Option<String>,
    detail: String,
    warnings: Vec<String>,
}

impl<'a> DoneJson<'a> {
    pub(crate) fn new(
        command: &'a str,
        identity: &'a Identity,
        effect: Effect,
        warnings: Vec<String>,
    ) -> Self {
        let (granted, reserved_for) = match effect {
            Effect::Shared { granted } => (Some(granted), None),
            Effect::Reserved { at } => (None, time(at)),
            _ => (None, None),
        };
        Self {
            command,
            protocol: identity.protocol().name(),
            serial: identity.serial(),
            result: effect.name(),
            granted: amps(granted),
            reserved_for,
            detail: effect.to_string(),
            warnings,
        }
    }
}

/// One line of `evse discover --json`.
#[derive(Debug, Serialize)]
pub(crate) struct FoundJson {
    /// `charger`, or `serial_port` for a port that was not touched.
    kind: &'static str,
    protocol: &'static str,
    address: String,
    serial: Option<String>,
    name: Option<String>,
    brand: Option<String>,
    model: Option<String>,
    firmware: Option<String>,
}

impl FoundJson {
    pub(crate) fn new(found: &Found) -> Self {
        Self {
            kind: match found.kind {
                FoundKind::SerialPort => "serial_port",
                _ => "charger",
            },
            protocol: found.address.protocol().name(),
            address: found.address.to_string(),
            serial: found
                .identity
                .as_ref()
                .map(|identity| identity.serial().to_owned()),
            name: found.name.clone(),
            brand: found.device.brand.clone(),
            model: found.device.model.clone(),
            firmware: found.device.firmware.clone(),
        }
    }
}

pub(super) fn amps(current: Option<Milliamps>) -> Option<f64> {
    current.map(|current| f64::from(current.0) / 1_000.0)
}

fn volts(voltage: Option<Millivolts>) -> Option<f64> {
    voltage.map(|voltage| f64::from(voltage.0) / 1_000.0)
}

fn celsius(temperature: Option<DeciCelsius>) -> Option<f64> {
    temperature.map(|temperature| f64::from(temperature.0) / 10.0)
}

#[expect(clippy::cast_precision_loss, reason = "no meter counts that far")]
fn kwh(energy: Option<WattHours>) -> Option<f64> {
    energy.map(|energy| energy.0 as f64 / 1_000.0)
}

fn time(at: SystemTime) -> Option<String> {
    let at = Timestamp::try_from(at).ok()?;
    let at = Timestamp::from_second(at.as_second()).ok()?;
    Some(at.to_string())
}

fn age(since: SystemTime) -> Option<f64> {
    since.elapsed().ok().map(tenths)
}
