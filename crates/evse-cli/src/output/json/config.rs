//! JSON of `evse config`. A; secrets are left out.

use std::path::Path;

use evse::Identity;
use evse::config::{BusConfig, ChargerConfig, CircuitConfig, Loaded, Sharing};
use serde::Serialize;

use super::generic::amps;

/// `evse config show --json`.
#[derive(Debug, Serialize)]
pub(crate) struct ConfigJson<'a> {
    path: Option<&'a Path>,
    default_charger: Option<&'a str>,
    max_current: Option<f64>,
    chargers: Vec<ChargerJson<'a>>,
    buses: Vec<BusJson<'a>>,
    circuits: Vec<CircuitJson<'a>>,
    /// What the guard waits for, s.
    start_after_stop: u64,
    between_flash_writes: u64,
    between_contactors: u64,
    em_port: Option<u16>,
    em_broadcast: Vec<String>,
}

impl<'a> ConfigJson<'a> {
    pub(crate) fn new(loaded: &'a Loaded) -> Self {
        let config = &loaded.config;
        Self {
            path: loaded.path.as_deref(),
            default_charger: config.defaults.charger.as_deref(),
            max_current: amps(config.defaults.max_current),
            chargers: config.chargers.iter().map(ChargerJson::new).collect(),
            buses: config.buses.iter().map(BusJson::new).collect(),
            circuits: config.circuits.iter().map(CircuitJson::new).collect(),
            start_after_stop: config.guard.start_after_stop.as_secs(),
            between_flash_writes: config.guard.between_flash_writes.as_secs(),
            between_contactors: config.guard.between_contactors.as_secs(),
            em_port: config.em.port,
            em_broadcast: config
                .em
                .broadcast
                .iter()
                .map(ToString::to_string)
                .collect(),
        }
    }
}

#[derive(Debug, Serialize)]
struct ChargerJson<'a> {
    name: &'a str,
    protocol: &'static str,
    address: String,
    serial: Option<&'a str>,
    has_pin: bool,
    max_current: Option<f64>,
    phases: Option<String>,
    wiring: Option<f64>,
    sharing: Option<SharingJson<'a>>,
}

impl<'a> ChargerJson<'a> {
    fn new(charger: &'a ChargerConfig) -> Self {
        Self {
            name: &charger.name,
            protocol: charger.address.protocol().name(),
            address: charger.address.to_string(),
            serial: charger.identity.as_ref().map(Identity::serial),
            has_pin: charger.pin.is_some(),
            max_current: amps(charger.max_current),
            phases: charger.phases.as_ref().map(ToString::to_string),
            wiring: amps(charger.wiring),
            sharing: charger.sharing.as_ref().map(SharingJson::new),
        }
    }
}

#[derive(Debug, Serialize)]
struct BusJson<'a> {
    port: &'a str,
    limit: Option<f64>,
    wiring: Option<f64>,
    listen_only: bool,
    sharing: Option<SharingJson<'a>>,
}

impl<'a> BusJson<'a> {
    fn new(bus: &'a BusConfig) -> Self {
        Self {
            port: &bus.port,
            limit: amps(bus.limit),
            wiring: amps(bus.wiring),
            listen_only: bus.listen_only,
            sharing: bus.sharing.as_ref().map(SharingJson::new),
        }
    }
}

/// A place on a circuit.
#[derive(Debug, Serialize)]
struct SharingJson<'a> {
    circuit: &'a str,
    priority: u8,
    guaranteed: Option<f64>,
    self_start: bool,
    probe: bool,
}

impl<'a> SharingJson<'a> {
    fn new(sharing: &'a Sharing) -> Self {
        Self {
            circuit: &sharing.circuit,
            priority: sharing.priority,
            guaranteed: amps(sharing.guaranteed),
            self_start: sharing.self_start,
            probe: sharing.probe,
        }
    }
}

#[derive(Debug, Serialize)]
struct CircuitJson<'a> {
    name: &'a str,
    within: Option<&'a str>,
    /// On L1, L2 and L3.
    limit: [Option<f64>; 3],
    reserve: [Option<f64>; 3],
    /// How long a measurement holds, s.
    meter_max_age: u64,
    policy: &'static str,
}

impl<'a> CircuitJson<'a> {
    fn new(circuit: &'a CircuitConfig) -> Self {
        Self {
            name: &circuit.name,
            within: circuit.within.as_deref(),
            limit: circuit.limit.map(|limit| amps(Some(limit))),
            reserve: circuit.reserve.map(|reserve| amps(Some(reserve))),
            meter_max_age: circuit.meter_max_age.as_secs(),
            policy: circuit.policy.name(),
        }
    }
}

/// `evse config check --json`.
#[derive(Debug, Serialize)]
pub(crate) struct CheckedJson<'a> {
    path: Option<&'a Path>,
    chargers: usize,
    warnings: Vec<String>,
}

impl<'a> CheckedJson<'a> {
    pub(crate) fn new(loaded: &'a Loaded, warnings: Vec<String>) -> Self {
        Self {
            path: loaded.path.as_deref(),
            chargers: loaded.config.chargers.len(),
            warnings,
        }
    }
}

/// `evse config init --json`.
#[derive(Debug, Serialize)]
pub(crate) struct InitJson<'a> {
    written: &'a Path,
    chargers: Vec<ChargerJson<'a>>,
    /// Serial ports that nobody listened to.
    ports: &'a [String],
}

impl<'a> InitJson<'a> {
    pub(crate) fn new(
        written: &'a Path,
        chargers: &'a [ChargerConfig],
        ports: &'a [String],
    ) -> Self {
        Self {
            written,
            chargers: chargers.iter().map(ChargerJson::new).collect(),
            ports,
        }
    }
}
