//! State, readings and settings.

use evse::em::Evse;
use evse::em::proto::message::{Phase, Status};
use evse::em::proto::session::{CurrentCharge, Session};
use jiff::Timestamp;
use serde::Serialize;

use super::{known, kwh};
use crate::output::json::{rfc3339, tenths};
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
        evse.read(|session| Self::of(session, age.map(tenths)))
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
    max_duration: Option<u32>,
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
            max_duration: report
                .max_duration_min
                .get()
                .map(|minutes| 60 * u32::from(minutes)),
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
            ..Self::new(evse, "readings")
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
