//! Text of `evse twc …` for people.

use std::time::{Duration, Instant};

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use evse::adapter::twc;
use evse::twc::Event;
use evse::twc::proto::Address as Unit;
use evse::twc::proto::session::{self, LifeCycle, Peripheral, Reply, Silence, State};

use super::{ABSENT, car, text, trimmed};

/// The units, one a line.
pub(crate) fn units(units: &[Peripheral]) -> String {
    let mut table = Table::new();
    table.load_style(NOTHING);
    table.set_header([
        "ID", "SERIAL", "FIRMWARE", "RATED", "STATE", "CAR", "LIMIT", "DRAWS",
    ]);
    for unit in units {
        table.add_row([
            unit.address.to_string(),
            text(unit.serial),
            text(unit.version),
            whole_amps(unit.hardware_max_ca),
            state(unit),
            car(unit.vehicle_present()).to_owned(),
            limit(unit),
            tenths(unit.delivered_ca),
        ]);
    }
    trimmed(&table)
}

/// Above [`readings`].
pub(crate) const HEADINGS: &str =
    "ID   STATE                  LIMIT    DRAWS  VOLTAGE       ENERGY";

/// What changes of a unit, on one line of up to 73 characters.
pub(crate) fn readings(unit: &Peripheral) -> String {
    let line = format!(
        "{:<4} {:<21} {:>6} {:>8}  {:<13} {}",
        unit.address.to_string(),
        state(unit),
        limit(unit),
        tenths(unit.delivered_ca),
        volts(unit),
        energy(unit),
    );
    line.trim_end().to_owned()
}

/// The state in the words of every protocol.
pub(crate) fn state(unit: &Peripheral) -> String {
    if unit.state.is_none() && unit.life != LifeCycle::Lost {
        return ABSENT.to_owned();
    }
    twc::state(twc::known(unit)).to_string().replace('_', " ")
}

/// The limit that it has accepted; none while it has none.
pub(crate) fn limit(unit: &Peripheral) -> String {
    whole_amps(unit.available_ca.filter(|limit_ca| *limit_ca > 0))
}

/// Amps without what nobody needs behind the point.
pub(crate) fn whole_amps(centiamps: Option<u16>) -> String {
    centiamps.map_or_else(
        || ABSENT.to_owned(),
        |ca| format!("{} A", f32::from(ca) / 100.0),
    )
}

/// Amps with one decimal: more is noise.
pub(crate) fn tenths(centiamps: Option<u16>) -> String {
    centiamps.map_or_else(
        || ABSENT.to_owned(),
        |ca| format!("{:.1} A", f32::from(ca) / 100.0),
    )
}

/// The phases that are connected.
pub(crate) fn volts(unit: &Peripheral) -> String {
    let volts = unit.meter.map(|meter| meter.volts).into_iter().flatten();
    let volts: Vec<String> = volts
        .filter(|volts| *volts > 0)
        .map(|volts| volts.to_string())
        .collect();
    if volts.is_empty() {
        return ABSENT.to_owned();
    }
    format!("{} V", volts.join("/"))
}

/// Of all time; with a question mark where the counts may not be what they should.
pub(crate) fn energy(unit: &Peripheral) -> String {
    let doubt = if unit.energy_doubtful { "?" } else { "" };
    unit.energy_wh().map_or_else(
        || ABSENT.to_owned(),
        |wh| format!("{}{doubt} kWh", wh / 1_000),
    )
}

/// All that is known of a unit, on lines of up to 80 characters.
pub(crate) fn details(unit: &Peripheral, now: Instant) -> Vec<String> {
    let says = match unit.state {
        Some(state) => format!("{} ({:02X})", state.name().replace('_', " "), state.code()),
        None => ABSENT.to_owned(),
    };
    let heard = now.saturating_duration_since(unit.last_seen);
    let vin = unit
        .vin()
        .map_or_else(|| ABSENT.to_owned(), |vin| vin.expose().to_owned());
    vec![
        format!(
            "unit {}   serial {}   firmware {}   rated {}   restarts {}",
            unit.address,
            text(unit.serial),
            text(unit.version),
            whole_amps(unit.hardware_max_ca),
            unit.restarts,
        ),
        format!("says       {says:<28} heard {}", ago(heard)),
        format!("vehicle    {:<28} VIN {vin}", car(unit.vehicle_present())),
        format!("share      {}", share(unit)),
        format!("phases     {}", phases(unit)),
    ]
}

fn ago(span: Duration) -> String {
    match span.as_secs() {
        0..5 => "now".to_owned(),
        seconds @ 5..120 => format!("{seconds} s ago"),
        seconds => format!("{} min ago", seconds / 60),
    }
}

/// What was asked and granted.
fn share(unit: &Peripheral) -> String {
    let Some(share) = unit.share else {
        return ABSENT.to_owned();
    };
    let amps = |amps: Option<u16>| amps.map_or_else(|| "none".to_owned(), |a| format!("{a} A"));
    let asked = match (share.session_asked_a, share.initial_asked_a) {
        (Some(asked_a), _) => format!("asked {asked_a} A"),
        (None, Some(asked_a)) => format!("asked {asked_a} A to start with"),
        (None, None) => "asked as much as there is".to_owned(),
    };
    let granted = match (share.granted_a, share.target_a) {
        (Some(granted_a), Some(target_a)) if granted_a != target_a => {
            format!("granted {granted_a} A on its way to {target_a} A")
        }
        (granted_a, _) => format!("granted {}", amps(granted_a)),
    };
    format!("{asked}, {granted}: {}", share.why)
}

fn phases(unit: &Peripheral) -> String {
    let Some(meter) = unit.meter else {
        return ABSENT.to_owned();
    };
    let phases = meter.volts.into_iter().zip(meter.half_amps);
    let phases: Vec<String> = phases
        .filter(|(volts, _)| *volts > 0)
        .map(|(volts, half_amps)| match half_amps {
            Some(half_amps) => format!("{volts} V {:.1} A", f32::from(half_amps) / 2.0),
            None => format!("{volts} V"),
        })
        .collect();
    if phases.is_empty() {
        return ABSENT.to_owned();
    }
    phases.join("   ")
}

/// What became of an order: asked, granted, and why.
pub(crate) fn outcome(unit: Unit, order: &str, reply: Reply) -> String {
    let what = match reply {
        Reply::Stored { asked_a, granted_a } => {
            let granted = granted(asked_a, granted_a, "its wiring and settings allow no more");
            format!("{granted}; told when its vehicle asks")
        }
        Reply::Limited {
            asked_a,
            granted_a,
            accepted,
            why,
        } => {
            let granted = granted(asked_a, granted_a, &why.to_string());
            if granted_a == 0 {
                granted
            } else {
                format!("{granted}; {}", taken(accepted))
            }
        }
        Reply::Stepped {
            before_ca,
            now_ca,
            accepted,
        } => {
            let now = whole_amps(Some(now_ca));
            let limit = if before_ca == now_ca {
                format!("its limit is still {now}")
            } else {
                format!(
                    "its limit went from {} to {now}",
                    whole_amps(Some(before_ca))
                )
            };
            format!("{}; {limit}", taken(accepted))
        }
        Reply::Acknowledged => "done, confirmed by the unit".to_owned(),
    };
    format!("unit {unit}: {order}: {what}")
}

fn granted(asked_a: Option<u16>, granted_a: u16, why: &str) -> String {
    match granted_a {
        _ if asked_a == Some(granted_a) => "granted".to_owned(),
        0 => format!("nothing granted now, {why}"),
        _ => format!("granted {granted_a} A, {why}"),
    }
}

const fn taken(accepted: bool) -> &'static str {
    if accepted {
        "accepted by the unit"
    } else {
        "not accepted by the unit yet"
    }
}

/// What happened, for people; `None` for what readings tell.
pub(crate) fn event(event: &Event) -> Option<String> {
    match event {
        Event::Bus(event) => on_bus(event),
        Event::PortClosed { error, retry_in } => Some(match retry_in {
            Some(wait) => format!("{error}; trying again in {} s", wait.as_secs()),
            None => error.to_string(),
        }),
        Event::PortOpened => Some("the port is open again".to_owned()),
        Event::Missed { count } => Some(format!("{count} events are not shown")),
    }
}

fn on_bus(event: &session::Event) -> Option<String> {
    use session::Event as E;
    Some(match event {
        // The event of a foreign controller tells more.
        E::State(State::ListenOnly(Silence::ForeignController(_)))
        | E::Frame { .. }
        | E::StateChanged { .. }
        | E::VinMalformed { .. }
        | E::BudgetExpired { .. }
        | E::LineError { .. }
        | E::Left { .. }
        | E::Done { .. } => return None,
        E::State(state) => state.to_string(),
        E::Found { unit } => format!("unit {unit} is heard"),
        E::NewDevice { unit } => format!("unit {unit} has told its serial number and firmware"),
        E::Lost { unit } => {
            format!("unit {unit} is lost: nothing heard for 26 s; its current stays reserved")
        }
        E::Returned { unit } => format!("unit {unit} is back"),
        E::Restarted { unit, count } => format!("unit {unit} has restarted, {count} times now"),
        E::CarConnected { unit, vin } => match vin {
            Some(vin) => format!("unit {unit}: car {} is plugged in", vin.expose()),
            None => format!("unit {unit}: the car is gone"),
        },
        E::EnergyImplausible { unit, raw } => {
            format!("unit {unit}: its energy meter shows {raw}, which cannot be kWh")
        }
        E::LimitNotAccepted {
            unit,
            limit_a,
            reported_ca,
        } => format!(
            "unit {unit} does not take {limit_a} A, it reports {}; it is told on",
            whole_amps(Some(*reported_ca))
        ),
        E::ForeignController { controller } => {
            format!("controller {controller} runs this bus: nothing is sent")
        }
        E::IdConflict { address } => {
            format!("a unit has this controller's id, {address}, and is made to choose another")
        }
        E::BusNoise => "nothing but noise on the line: check wires and termination".to_owned(),
        E::Overload(Some(overload)) => format!(
            "{} A are needed and {} A are there: nothing can be stopped on this bus, vehicles go on at their least",
            overload.needed_a, overload.limit_a
        ),
        E::Overload(None) => "the limit is enough again".to_owned(),
    })
}
