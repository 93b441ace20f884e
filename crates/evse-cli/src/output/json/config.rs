//! JSON of `evse config`. A; secrets are left out.

use std::path::Path;

use evse::Identity;
use evse::config::{BusConfig, ChargerConfig, Loaded};
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
        }
    }
}

#[derive(Debug, Serialize)]
struct BusJson<'a> {
    port: &'a str,
    limit: Option<f64>,
    wiring: Option<f64>,
    listen_only: bool,
}

impl<'a> BusJson<'a> {
    fn new(bus: &'a BusConfig) -> Self {
        Self {
            port: &bus.port,
            limit: amps(bus.limit),
            wiring: amps(bus.wiring),
            listen_only: bus.listen_only,
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
}

impl<'a> InitJson<'a> {
    pub(crate) const fn new(written: &'a Path) -> Self {
        Self { written }
    }
}
