//! What a charger is.

use evse::em::Evse;
use serde::Serialize;

use super::known;

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
