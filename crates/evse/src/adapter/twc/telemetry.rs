//! What a unit measures, is and can do.

use twc_director::proto::message::{Meter, PeripheralState};
use twc_director::proto::session::{Peripheral, Reply};

use crate::model::{
    Capabilities, CurrentRange, Device, Effect, Fault, StartStop, Support, Telemetry, Vin,
};
use crate::units::{Milliamps, Millivolts, WattHours, Watts};

/// The readings.
///
/// | report | telemetry |
/// | --- | --- |
/// | volts, half-amps of L1 to L3 | the same; absent for a phase without voltage; 0 A while none is delivered, told oftener |
/// | the sum of volts times amps | power |
/// | energy counter | lifetime energy |
/// | available current, if it has a limit | limit reported, and effective |
/// | delivered current | limit delivered |
/// | what a person asked for the running session | limit wanted |
/// | plug state, else the state | vehicle connected |
/// | VIN, when all parts are in | VIN |
///
/// The bus tells of no control pilot, no temperature and no session.
pub fn telemetry(unit: &Peripheral) -> Telemetry {
    let mut telemetry = Telemetry::default();
    if let Some(meter) = unit.meter {
        measured(&meter, unit.delivered_ca != Some(0), &mut telemetry);
        telemetry.lifetime_energy = unit.energy_wh().map(WattHours);
    }
    let wanted = unit.share.and_then(|share| share.session_asked_a);
    let limit = unit.available_ca.filter(|limit_ca| *limit_ca > 0);
    telemetry.limit.wanted = wanted.map(Milliamps::from_amps);
    telemetry.limit.reported = limit.map(centiamps);
    telemetry.limit.effective = telemetry.limit.reported;
    telemetry.limit.delivered = unit.delivered_ca.map(centiamps);
    telemetry.vehicle_connected = unit.vehicle_present();
    telemetry.vin = unit.vin().map(|vin| Vin::new(vin.expose()));
    telemetry
}

fn measured(meter: &Meter, delivers: bool, telemetry: &mut Telemetry) {
    let mut power = None;
    for (phase, volts) in meter.volts.into_iter().enumerate() {
        if volts == 0 {
            continue;
        }
        telemetry.voltage[phase] = Some(Millivolts(u32::from(volts) * 1_000));
        if let Some(half_amps) = meter.half_amps[phase] {
            let half_amps = if delivers { u32::from(half_amps) } else { 0 };
            telemetry.current[phase] = Some(Milliamps(half_amps * 500));
            power = Some(power.unwrap_or(0) + u32::from(volts) * half_amps / 2);
        }
    }
    telemetry.power = power.map(Watts);
}

const fn centiamps(current_ca: u16) -> Milliamps {
    Milliamps(current_ca as u32 * 10)
}

/// What it can do: the vehicle decides when to charge, and limits reach from the floor of the protocol to the least of
/// wiring, hardware and what a person allows. Without a share of this controller it can be told no current.
pub fn capabilities(unit: &Peripheral) -> Capabilities {
    Capabilities {
        start_stop: StartStop::HoldAtMinimum,
        current: unit.share.map(|share| CurrentRange {
            min: Milliamps::from_amps(unit.floor_a()),
            max: Milliamps::from_amps(share.cap_a),
            step: Milliamps::from_amps(1),
        }),
        live_change: Support::Yes,
        phases: unit.meter.and_then(|meter| phases(&meter)),
        contactors: true,
        ..Capabilities::default()
    }
}

/// 1 or 3, by the voltages; `None` without any.
fn phases(meter: &Meter) -> Option<u8> {
    match meter.volts.into_iter().filter(|volts| *volts > 0).count() {
        0 => None,
        1 => Some(1),
        _ => Some(3),
    }
}

/// What it is.
pub fn device(unit: &Peripheral) -> Device {
    Device {
        brand: Some("Tesla".to_owned()),
        model: Some("Wall Connector Gen 2".to_owned()),
        firmware: unit.version.map(|version| version.to_string()),
        max_current: unit.hardware_max_ca.map(centiamps),
        ..Device::default()
    }
}

/// What it reports as wrong: the bus has one state for all errors, and does not tell which.
pub fn faults(state: Option<PeripheralState>) -> Vec<Fault> {
    if state != Some(PeripheralState::Error) {
        return Vec::new();
    }
    vec![Fault::new(
        PeripheralState::Error.code().into(),
        "error",
        "the unit reports an error; its lights blink the code",
    )]
}

/// How far the effect of a request is known: a unit that reports just what it was told confirms it; one that got less
/// than was asked for shares the rest with others.
pub fn effect(reply: &Reply) -> Effect {
    match *reply {
        Reply::Limited {
            asked_a: Some(asked_a),
            granted_a,
            ..
        } if granted_a < asked_a => Effect::Shared {
            granted: Milliamps::from_amps(granted_a),
        },
        Reply::Limited {
            accepted: false, ..
        }
        | Reply::Stepped {
            accepted: false, ..
        } => Effect::Accepted,
        _ => Effect::Confirmed,
    }
}
