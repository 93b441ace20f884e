//! JSON of `evse em …`. V, A, W, °C, kWh, seconds unless a comment says otherwise; times as RFC 3339.

use std::path::Path;

use evse::em::Evse;
use evse::em::proto::Serial;
use evse::em::proto::message::{ChargeRecord, Phase, PlanSlot, Status, WeeklyPlan};
use evse::em::proto::session::{ClockReading, CurrentCharge, Session, Started};
use evse::em::proto::time::RawTime;
use jiff::Timestamp;
use serde::Serialize;

use super::rfc3339;
use crate::output::table;

/// `evse em status --json`, and what `watch` tells.
#[derive(Debug, Serialize)]
pub(crate) struct StatusJson {
    serial: String,
    name: Option<String>,
    brand: Option<String>,
    model: Option<String>,
    address: Option<String>,
    /// The state in the words of every protocol.
    state: &'static str,
    /// The charger's own words; `unknown (99)` for a number without a name.
    charger_state: Option<String>,
    plug_state: Option<String>,
    output_state: Option<String>,
    vehicle_connected: Option<bool>,
    /// Power is on.
    charging: Option<bool>,
    /// A charge was started; the car may still hold back.
    session_open: Option<bool>,
    voltage: Option<f64>,
    voltage_l2: Option<f64>,
    voltage_l3: Option<f64>,
    current: Option<f64>,
    current_l2: Option<f64>,
    current_l3: Option<f64>,
    /// Over all phases.
    power: Option<u32>,
    total_energy: Option<f64>,
    temperature_inner: Option<f64>,
    temperature_outer: Option<f64>,
    emergency_stop: Option<bool>,
    faults: Option<Vec<String>>,
    phases: Option<u8>,
    /// What charges use unless told otherwise.
    max_current: Option<u8>,
    rated_current: Option<u8>,
    rated_power: Option<u32>,
    language: Option<String>,
    temperature_unit: Option<String>,
    /// `on`, `off` or `auto`.
    offline_charge: Option<String>,
    /// The charge that runs or is planned, else the last one.
    session: Option<ChargeJson>,
    /// Age of the readings.
    age: Option<f64>,
    /// When this was written.
    time: String,
}

impl StatusJson {
    pub(crate) fn new(evse: &Evse) -> Option<Self> {
        let age = evse.state_age();
        evse.read(|session| Self::of(session, age.map(|age| tenths(age.as_secs_f64()))))
    }

    fn of(session: &Session, age: Option<f64>) -> Self {
        let (info, settings) = (session.info(), session.configuration());
        let status = session.status().map(|report| &report.status);
        let mut phases = status.into_iter().flat_map(Status::phases);
        let (l1, l2, l3) = (phases.next(), phases.next(), phases.next());
        let volts = |phase: Option<Phase>| Some(f64::from(phase?.voltage_decivolts.get()?) / 10.0);
        let amps = |phase: Option<Phase>| Some(f64::from(phase?.current_centiamps.get()?) / 100.0);
        let celsius = |centidegrees: i32| f64::from(centidegrees) / 100.0;
        Self {
            serial: session.serial().to_string(),
            name: settings.name.clone(),
            brand: known(&info.brand),
            model: known(&info.model),
            address: session.address().map(|address| address.to_string()),
            state: evse::adapter::em::session_state(session).name(),
            charger_state: status.map(|status| status.current_state().to_string()),
            plug_state: status.map(|status| status.plug.to_string()),
            output_state: status.map(|status| status.output.to_string()),
            vehicle_connected: session.is_vehicle_connected(),
            charging: session.is_charging(),
            session_open: session.is_session_open(),
            voltage: volts(l1),
            voltage_l2: volts(l2),
            voltage_l3: volts(l3),
            current: amps(l1),
            current_l2: amps(l2),
            current_l3: amps(l3),
            power: session.total_power_w(),
            total_energy: status
                .and_then(|status| status.energy_centikwh.get())
                .map(kwh),
            temperature_inner: status
                .and_then(|status| status.inner_temperature.centidegrees())
                .map(celsius),
            temperature_outer: status
                .and_then(|status| status.outer_temperature.centidegrees())
                .map(celsius),
            emergency_stop: status.map(Status::emergency_stop),
            faults: status.map(|status| {
                status
                    .faults
                    .iter()
                    .map(|fault| fault.to_string())
                    .collect()
            }),
            phases: session.phases(),
            max_current: settings.output_current_a,
            rated_current: info.max_current_a,
            rated_power: info.max_power_w,
            language: settings.language.map(|one| one.to_string()),
            temperature_unit: settings.temperature_unit.map(|one| one.to_string()),
            offline_charge: settings.start_method.map(table::em::offline_charge),
            session: session
                .charge()
                .filter(|charge| table::em::is_known(charge))
                .map(ChargeJson::new),
            age,
            time: Timestamp::now().to_string(),
        }
    }
}

/// The charge that a charger reports.
#[derive(Debug, Serialize)]
struct ChargeJson {
    charge_id: Option<String>,
    user: Option<String>,
    /// Whether it runs or is planned; else it is over.
    current: bool,
    start_type: String,
    charge_type: String,
    started: Option<String>,
    reserved_for: Option<String>,
    duration: Option<u32>,
    energy: f64,
    price: f64,
    price_per_kwh: f64,
    max_current: Option<u8>,
    /// Minutes.
    max_duration: Option<u16>,
    max_energy: Option<f64>,
}

impl ChargeJson {
    fn new(charge: &CurrentCharge) -> Self {
        let report = &charge.report;
        Self {
            charge_id: known(&report.charge_id.to_str_lossy()),
            user: known(&report.user_id.to_str_lossy()),
            current: charge.is_current(),
            start_type: report.start_type.to_string(),
            charge_type: report.charge_type.to_string(),
            started: charge.started_unix_s.and_then(rfc3339),
            reserved_for: table::em::reserved_for_unix_s(charge).and_then(rfc3339),
            duration: report.duration_s.get(),
            energy: kwh(charge.energy_centikwh()),
            price: f64::from(report.price_cents) / 100.0,
            price_per_kwh: f64::from(report.fee_cents) / 100.0,
            max_current: report.max_current_a.get(),
            max_duration: report.max_duration_min.get(),
            max_energy: report.max_energy_centikwh.get().map(|one| kwh(one.into())),
        }
    }
}

/// Something that `watch` tells.
#[derive(Debug, Serialize)]
pub(crate) struct EventJson<'a> {
    event: &'a str,
    serial: String,
    text: Option<&'a str>,
    status: Option<StatusJson>,
    time: String,
}

impl<'a> EventJson<'a> {
    pub(crate) fn status(evse: &Evse) -> Self {
        Self {
            status: StatusJson::new(evse),
            ..Self::new(evse, "status")
        }
    }

    pub(crate) fn text(evse: &Evse, event: &'a str, text: &'a str) -> Self {
        Self {
            text: Some(text),
            ..Self::new(evse, event)
        }
    }

    fn new(evse: &Evse, event: &'a str) -> Self {
        Self {
            event,
            serial: evse.serial().to_string(),
            text: None,
            status: None,
            time: Timestamp::now().to_string(),
        }
    }
}

/// A charger that was heard.
#[derive(Debug, Serialize)]
pub(crate) struct FoundJson {
    protocol: &'static str,
    address: String,
    ip: Option<String>,
    port: Option<u16>,
    serial: String,
    name: Option<String>,
    brand: Option<String>,
    model: Option<String>,
    phases: Option<u8>,
    rated_current: Option<u8>,
    rated_power: Option<u32>,
    /// Whether its PIN is remembered.
    pin_known: bool,
}

impl FoundJson {
    pub(crate) fn new(evse: &Evse) -> Self {
        let (info, at) = (evse.info(), evse.address());
        Self {
            protocol: "em",
            address: evse::Address::EmSerial(evse.serial()).to_string(),
            ip: at.map(|at| at.ip().to_string()),
            port: at.map(|at| at.port()),
            serial: evse.serial().to_string(),
            name: evse.config().name,
            brand: known(&info.brand),
            model: known(&info.model),
            phases: info.phases,
            rated_current: info.max_current_a,
            rated_power: info.max_power_w,
            pin_known: evse.has_password(),
        }
    }
}

/// A command that was carried out.
#[derive(Debug, Serialize)]
pub(crate) struct DoneJson<'a> {
    command: &'a str,
    serial: String,
    /// `verified` or `merged`.
    result: &'a str,
    detail: &'a str,
    warnings: Vec<String>,
}

impl<'a> DoneJson<'a> {
    pub(crate) fn new(
        command: &'a str,
        serial: Serial,
        result: &'a str,
        detail: &'a str,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            command,
            serial: serial.to_string(),
            result,
            detail,
            warnings,
        }
    }
}

/// A start that worked.
#[derive(Debug, Serialize)]
pub(crate) struct StartedJson {
    command: &'static str,
    serial: String,
    /// `verified`, `accepted` (its state does not show it yet) or `reserved`.
    result: &'static str,
    detail: String,
    charge_id: String,
    max_current: u8,
    reserved_for: Option<String>,
    warnings: Vec<String>,
}

impl StartedJson {
    pub(crate) fn new(serial: Serial, started: &Started, warnings: Vec<String>) -> Self {
        Self {
            command: "start",
            serial: serial.to_string(),
            result: match started {
                Started {
                    reserved_for_unix_s: Some(_),
                    ..
                } => "reserved",
                Started {
                    is_confirmed: true, ..
                } => "verified",
                _ => "accepted",
            },
            detail: table::em::started(started),
            charge_id: started.charge_id.to_str_lossy().into_owned(),
            max_current: started.current_a,
            reserved_for: started.reserved_for_unix_s.and_then(rfc3339),
            warnings,
        }
    }
}

/// A setting that was shown or set.
#[derive(Debug, Serialize)]
pub(crate) struct SettingJson<'a> {
    command: &'a str,
    serial: String,
    value: &'a str,
    /// Whether it was set; else it was only asked for.
    set: bool,
}

impl<'a> SettingJson<'a> {
    pub(crate) fn new(command: &'a str, serial: Serial, value: &'a str, set: bool) -> Self {
        Self {
            command,
            serial: serial.to_string(),
            value,
            set,
        }
    }
}

/// The charger's clock.
#[derive(Debug, Serialize)]
pub(crate) struct ClockJson<'a> {
    command: &'a str,
    serial: String,
    /// What it shows: no zone.
    clock: Option<String>,
    ahead: i64,
    /// More than a minute.
    wrong: bool,
    /// As if a client had set it to UTC.
    looks_like_utc: bool,
}

impl<'a> ClockJson<'a> {
    pub(crate) fn new(command: &'a str, serial: Serial, reading: &ClockReading) -> Self {
        Self {
            command,
            serial: serial.to_string(),
            clock: reading.civil().map(|time| time.to_string()),
            ahead: reading.delta_s,
            wrong: reading.is_wrong(),
            looks_like_utc: reading.looks_like_utc,
        }
    }
}

/// A weekly plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanJson {
    serial: String,
    days: Vec<DayJson>,
}

#[derive(Debug, Serialize)]
struct DayJson {
    day: &'static str,
    on: bool,
    /// None for what no clock shows.
    start: Option<String>,
    /// Minutes.
    duration: u16,
}

impl PlanJson {
    pub(crate) fn new(serial: Serial, plan: &WeeklyPlan) -> Self {
        let day = |(day, slot): (&'static str, &PlanSlot)| DayJson {
            day,
            on: slot.is_on(),
            start: slot
                .start()
                .filter(|_| slot.is_on())
                .map(|(hour, minute)| format!("{hour:02}:{minute:02}")),
            duration: if slot.is_on() { slot.duration_min } else { 0 },
        };
        Self {
            serial: serial.to_string(),
            days: table::em::DAYS.into_iter().zip(&plan.0).map(day).collect(),
        }
    }
}

/// A past charge. Times are the charger's, without zone.
#[derive(Debug, Serialize)]
pub(crate) struct RecordJson {
    serial: String,
    charge_id: Option<String>,
    started: Option<String>,
    stopped: Option<String>,
    duration: u32,
    energy: f64,
    started_by: Option<String>,
    stopped_by: Option<String>,
    start_type: String,
    charge_type: String,
    stop_reason: String,
    reserved_for: Option<String>,
    price: Option<f64>,
    price_per_kwh: Option<f64>,
    counter_start: f64,
    counter_stop: f64,
}

impl RecordJson {
    pub(crate) fn new(serial: Serial, record: &ChargeRecord) -> Self {
        let civil = |time: RawTime| time.civil().map(|time| time.to_string());
        Self {
            serial: serial.to_string(),
            charge_id: known(&record.charge_id.to_str_lossy()),
            started: civil(record.started),
            stopped: civil(record.stopped),
            duration: record.duration_s,
            energy: kwh(record.session_energy_centikwh),
            started_by: known(&record.started_by.to_str_lossy()),
            stopped_by: known(&record.stopped_by.to_str_lossy()),
            start_type: record.start_type.to_string(),
            charge_type: record.charge_type.to_string(),
            stop_reason: record.stop_reason.to_string(),
            reserved_for: civil(record.reservation).filter(|_| record.has_reservation == 1),
            price: record
                .price
                .map(|price| f64::from(price.price_cents) / 100.0),
            price_per_kwh: record.price.map(|price| f64::from(price.fee_cents) / 100.0),
            counter_start: kwh(record.start_energy_centikwh),
            counter_stop: kwh(record.stop_energy_centikwh),
        }
    }
}

/// Model and versions.
#[derive(Debug, Serialize)]
pub(crate) struct VersionJson {
    serial: String,
    brand: Option<String>,
    model: Option<String>,
    hardware_version: Option<String>,
    software_version: Option<String>,
    hot_line: Option<String>,
    feature: Option<u32>,
    support_new: Option<u8>,
    phases: Option<u8>,
    rated_current: Option<u8>,
    rated_power: Option<u32>,
}

impl VersionJson {
    pub(crate) fn new(evse: &Evse) -> Self {
        let info = evse.info();
        Self {
            serial: evse.serial().to_string(),
            brand: known(&info.brand),
            model: known(&info.model),
            hardware_version: known(&info.hardware_version),
            software_version: known(&info.software_version),
            hot_line: known(&info.hot_line),
            feature: info.feature,
            support_new: info.support_new,
            phases: evse.phases(),
            rated_current: info.max_current_a,
            rated_power: info.max_power_w,
        }
    }
}

/// A PIN that the charger takes.
#[derive(Debug, Serialize)]
pub(crate) struct LoginJson {
    command: &'static str,
    serial: String,
    label: String,
    file: String,
}

impl LoginJson {
    pub(crate) fn new(evse: &Evse, file: &Path) -> Self {
        Self {
            command: "login",
            serial: evse.serial().to_string(),
            label: evse.label(),
            file: file.display().to_string(),
        }
    }
}

/// A file of chargers that was read or written.
#[derive(Debug, Serialize)]
pub(crate) struct FileJson<'a> {
    command: &'a str,
    chargers: usize,
    file: String,
}

impl<'a> FileJson<'a> {
    pub(crate) fn new(command: &'a str, chargers: usize, file: &Path) -> Self {
        Self {
            command,
            chargers,
            file: file.display().to_string(),
        }
    }
}

/// Text that says something.
fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn kwh(hundredths: u32) -> f64 {
    f64::from(hundredths) / 100.0
}

fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
