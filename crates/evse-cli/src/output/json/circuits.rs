//! JSON of `evse circuits`. A; absent is null, never 0.

use std::sync::Arc;

use evse::circuit::{CircuitEvent, CircuitStanding, MemberStanding, PhaseStanding, Standing};
use evse::config::Phase;
use evse::units::Milliamps;
use jiff::Timestamp;
use serde::Serialize;

/// `evse circuits --json`, and a line of it with `--watch`.
#[derive(Debug, Serialize)]
pub(crate) struct StandingJson {
    time: String,
    circuits: Vec<CircuitJson>,
    members: Vec<MemberJson>,
}

impl StandingJson {
    pub(crate) fn new(standing: &Standing) -> Self {
        Self {
            time: Timestamp::now().to_string(),
            circuits: standing.circuits.iter().map(CircuitJson::new).collect(),
            members: standing.members.iter().map(MemberJson::new).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct CircuitJson {
    circuit: String,
    within: Option<String>,
    /// What counts as the other loads: `measured`, `reserve` or `stale`.
    house: &'static str,
    phases: Vec<PhaseJson>,
}

impl CircuitJson {
    fn new(circuit: &CircuitStanding) -> Self {
        Self {
            circuit: circuit.name.to_string(),
            within: circuit.within.as_ref().map(ToString::to_string),
            house: circuit.house.name(),
            phases: circuit.phases.iter().map(PhaseJson::new).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct PhaseJson {
    phase: String,
    limit: f64,
    house: f64,
    drawn: f64,
    may_draw: f64,
    free: f64,
    /// What has to be kept.
    needed: f64,
    overloaded: bool,
}

impl PhaseJson {
    fn new(phase: &PhaseStanding) -> Self {
        Self {
            phase: phase.phase.to_string(),
            limit: amps(phase.limit),
            house: amps(phase.house),
            drawn: amps(phase.used),
            may_draw: amps(phase.committed),
            free: amps(phase.spare),
            needed: amps(phase.needed),
            overloaded: phase.is_overloaded(),
        }
    }
}

#[derive(Debug, Serialize)]
struct MemberJson {
    member: String,
    circuit: String,
    bus: bool,
    /// Such as `L2L3L1`; null counts on every phase.
    phases: Option<String>,
    /// As in `evse status --json`.
    state: Option<&'static str>,
    wanted: f64,
    granted: Option<f64>,
    delivered: f64,
    may_draw: f64,
    why: String,
    /// Where there is no more for it.
    bottleneck: Option<BottleneckJson>,
    /// What it is being told.
    order: Option<String>,
}

impl MemberJson {
    fn new(member: &MemberStanding) -> Self {
        Self {
            member: member.name.to_string(),
            circuit: member.circuit.to_string(),
            bus: member.is_bus,
            phases: member.phases.as_ref().map(ToString::to_string),
            state: member.state.map(evse::State::name),
            wanted: amps(member.wanted),
            granted: member.granted.map(amps),
            delivered: amps(member.delivered),
            may_draw: amps(member.committed),
            why: member.why.clone(),
            bottleneck: member.bottleneck.as_ref().map(BottleneckJson::new),
            order: member.order.as_ref().map(ToString::to_string),
        }
    }
}

#[derive(Debug, Serialize)]
struct BottleneckJson {
    circuit: String,
    phase: String,
}

impl BottleneckJson {
    fn new((circuit, phase): &(Arc<str>, Phase)) -> Self {
        Self {
            circuit: circuit.to_string(),
            phase: phase.to_string(),
        }
    }
}

/// What happened, in words.
#[derive(Debug, Serialize)]
pub(crate) struct EventJson {
    time: String,
    event: String,
}

impl EventJson {
    pub(crate) fn new(event: &CircuitEvent) -> Self {
        Self {
            time: Timestamp::now().to_string(),
            event: event.to_string(),
        }
    }
}

fn amps(current: Milliamps) -> f64 {
    f64::from(current.0) / 1_000.0
}
