//! JSON of `evse twc …`. V, A, kWh, seconds unless a comment says otherwise; times as RFC 3339.

use std::time::Instant;

use evse::adapter::twc;
use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::{PeripheralState, ProtocolVersion};
use evse::twc::proto::session::{self, Peripheral, Reply};
use evse::twc::{Event, Peripheral as Handle};
use jiff::Timestamp;
use serde::Serialize;

use super::{tenths, word};

/// A unit, as `list` and `watch` tell of it.
#[derive(Debug, Serialize)]
pub(crate) struct UnitJson {
    /// Its id on the bus.
    unit: String,
    serial: Option<String>,
    firmware: Option<String>,
    protocol_version: Option<u8>,
    /// The state in the words of every protocol.
    state: &'static str,
    /// The unit's own word; `unknown` for a number without a name.
    unit_state: Option<&'static str>,
    unit_state_code: Option<u8>,
    vehicle_connected: Option<bool>,
    charging: bool,
    /// Of vehicles that tell it.
    vin: Option<String>,
    /// The limit that it has accepted; 0 while it has none.
    limit: Option<f64>,
    /// What the vehicle draws.
    delivered: Option<f64>,
    voltage: Option<u16>,
    voltage_l2: Option<u16>,
    voltage_l3: Option<u16>,
    current: Option<f64>,
    current_l2: Option<f64>,
    current_l3: Option<f64>,
    total_energy: Option<f64>,
    /// Its energy meter shows what cannot be kWh.
    energy_doubtful: bool,
    /// What its hardware can give.
    rated_current: Option<f64>,
    /// The last limits that a controller told it, for the start of sessions and for the running one.
    default_current: Option<f64>,
    session_current: Option<f64>,
    /// Its part of the limit of this controller.
    share: Option<ShareJson>,
    restarts: u32,
    /// Nothing was heard for 5 s or more.
    stale: bool,
    /// Since it was last heard.
    age: f64,
    /// When this was written.
    time: String,
}

#[derive(Debug, Serialize)]
struct ShareJson {
    session_asked: Option<u16>,
    default_asked: Option<u16>,
    /// The least of wiring, hardware and what a person allows.
    cap: u16,
    granted: Option<u16>,
    /// Whether the unit reports just that.
    accepted: bool,
    /// What it gets as soon as the others have given way.
    target: Option<u16>,
    why: String,
}

impl UnitJson {
    pub(crate) fn new(unit: &Peripheral) -> Self {
        let meter = unit.meter;
        let volts = |phase: usize| {
            meter
                .map(|meter| meter.volts[phase])
                .filter(|volts| *volts > 0)
        };
        let half_amps = |phase: usize| {
            volts(phase)?;
            Some(f64::from(meter?.half_amps[phase]?) / 2.0)
        };
        let age = Instant::now().saturating_duration_since(unit.last_seen);
        Self {
            unit: unit.address.to_string(),
            serial: unit.serial.map(|serial| serial.to_string()),
            firmware: unit.version.map(|version| version.to_string()),
            protocol_version: unit.protocol.map(|version| match version {
                ProtocolVersion::V1 => 1,
                ProtocolVersion::V2 => 2,
            }),
            state: twc::state(twc::known(unit)).name(),
            unit_state: unit.state.map(PeripheralState::name),
            unit_state_code: unit.state.map(PeripheralState::code),
            vehicle_connected: unit.vehicle_present(),
            charging: unit.is_charging(),
            vin: unit.vin().map(|vin| vin.expose().to_owned()),
            limit: unit.available_ca.map(amps),
            delivered: unit.delivered_ca.map(amps),
            voltage: volts(0),
            voltage_l2: volts(1),
            voltage_l3: volts(2),
            current: half_amps(0),
            current_l2: half_amps(1),
            current_l3: half_amps(2),
            total_energy: unit.energy_wh().map(kwh),
            energy_doubtful: unit.energy_doubtful,
            rated_current: unit.hardware_max_ca.map(amps),
            default_current: unit.initial_sent_ca.map(amps),
            session_current: unit.session_sent_ca.map(amps),
            share: unit.share.map(|share| ShareJson {
                session_asked: share.session_asked_a,
                default_asked: share.initial_asked_a,
                cap: share.cap_a,
                granted: share.granted_a,
                accepted: share.accepted,
                target: share.target_a,
                why: share.why.to_string(),
            }),
            restarts: unit.restarts,
            stale: unit.is_stale(),
            age: tenths(age),
            time: Timestamp::now().to_string(),
        }
    }
}

/// Something that `watch` tells.
#[derive(Debug, Serialize)]
pub(crate) struct EventJson<'a> {
    event: &'a str,
    unit: Option<String>,
    text: Option<&'a str>,
    status: Option<UnitJson>,
    time: String,
}

impl<'a> EventJson<'a> {
    pub(crate) fn status(unit: &Peripheral) -> Self {
        Self {
            text: None,
            status: Some(UnitJson::new(unit)),
            ..Self::text(Some(unit.address), "readings", "")
        }
    }

    pub(crate) fn text(unit: Option<Unit>, event: &'a str, text: &'a str) -> Self {
        Self {
            event,
            unit: unit.map(|unit| unit.to_string()),
            text: Some(text),
            status: None,
            time: Timestamp::now().to_string(),
        }
    }
}

/// The word for an event, and the unit that it is about.
pub(crate) const fn kind(event: &Event) -> (&'static str, Option<Unit>) {
    use session::Event as E;
    let event = match event {
        Event::Bus(event) => event,
        Event::PortClosed { .. } => return ("port_closed", None),
        Event::PortOpened => return ("port_opened", None),
        Event::Missed { .. } => return ("missed", None),
    };
    match event {
        E::State(_) => ("state", None),
        E::Frame { .. } => ("frame", None),
        E::Found { unit } => ("found", Some(*unit)),
        E::NewDevice { unit } => ("new_device", Some(*unit)),
        E::Lost { unit } => ("lost", Some(*unit)),
        E::Returned { unit } => ("returned", Some(*unit)),
        E::Restarted { unit, .. } => ("restarted", Some(*unit)),
        E::StateChanged { unit, .. } => ("state_changed", Some(*unit)),
        E::CarConnected { unit, vin: Some(_) } => ("car_connected", Some(*unit)),
        E::CarConnected { unit, vin: None } => ("car_disconnected", Some(*unit)),
        E::VinMalformed { unit } => ("vin_malformed", Some(*unit)),
        E::EnergyImplausible { unit, .. } => ("energy_implausible", Some(*unit)),
        E::LimitNotAccepted { unit, .. } => ("limit_not_accepted", Some(*unit)),
        E::ForeignController { .. } => ("foreign_controller", None),
        E::IdConflict { .. } => ("id_conflict", None),
        E::BusNoise => ("bus_noise", None),
        E::LineError { .. } => ("line_error", None),
        E::Overload(_) => ("overload", None),
        E::BudgetExpired { .. } => ("budget_expired", None),
        E::Left { unit, .. } => ("left", Some(*unit)),
        E::Done { .. } => ("done", None),
    }
}

/// A command that was carried out.
#[derive(Debug, Serialize)]
pub(crate) struct DoneJson<'a> {
    command: String,
    unit: String,
    serial: Option<String>,
    /// `confirmed` (the unit shows or confirms it), `accepted` (told, not shown yet), `stored` (told when its vehicle
    /// asks) or `merged` (done a moment ago already).
    result: &'static str,
    detail: &'a str,
    asked: Option<u16>,
    granted: Option<u16>,
    /// Why it is that much.
    why: Option<String>,
    warnings: Vec<String>,
}

impl<'a> DoneJson<'a> {
    pub(crate) fn new(
        command: &str,
        unit: &Handle,
        detail: &'a str,
        reply: Reply,
        warnings: Vec<String>,
    ) -> Self {
        let shown = |accepted| if accepted { "confirmed" } else { "accepted" };
        let (result, asked, granted, why) = match reply {
            Reply::Stored { asked_a, granted_a } => ("stored", asked_a, Some(granted_a), None),
            Reply::Limited {
                asked_a,
                granted_a,
                accepted,
                why,
            } => (
                shown(accepted),
                asked_a,
                Some(granted_a),
                Some(why.to_string()),
            ),
            Reply::Stepped { accepted, .. } => (shown(accepted), None, None, None),
            Reply::Acknowledged => ("confirmed", None, None, None),
        };
        Self {
            asked,
            granted,
            why,
            ..Self::switched(command, unit, result, detail, warnings)
        }
    }

    /// Of contactors.
    pub(crate) fn switched(
        command: &str,
        unit: &Handle,
        result: &'static str,
        detail: &'a str,
        warnings: Vec<String>,
    ) -> Self {
        Self {
            command: word(command),
            unit: unit.address().to_string(),
            serial: unit.serial().map(|serial| serial.to_string()),
            result,
            detail,
            asked: None,
            granted: None,
            why: None,
            warnings,
        }
    }
}

fn amps(centiamps: u16) -> f64 {
    f64::from(centiamps) / 100.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a counter of 32 bits, in thousands"
)]
fn kwh(watt_hours: u64) -> f64 {
    watt_hours as f64 / 1_000.0
}
