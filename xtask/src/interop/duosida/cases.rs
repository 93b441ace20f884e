//! What the peer is told to do.

use super::check::Check;

/// One run of the peer.
pub(super) struct Case {
    /// Of the capture: `peer-<name>.pcap`.
    pub(super) name: &'static str,
    /// The command and what follows it, without the address.
    pub(super) command: &'static str,
    /// What the car does: `none`, `plugged`, `charging`.
    pub(super) car: &'static str,
    pub(super) check: Check,
}

impl Case {
    const fn new(
        name: &'static str,
        command: &'static str,
        car: &'static str,
        check: Check,
    ) -> Self {
        Self {
            name,
            command,
            car,
            check,
        }
    }

    /// The peer searches by broadcast, at the default ports.
    pub(super) fn searches(&self) -> bool {
        self.name == "discover" || self.name == "status-after-search"
    }
}

pub(super) const CASES: [Case; 21] = [
    Case::new(
        "discover",
        "discover --timeout 2",
        "plugged",
        Check::Discovered,
    ),
    Case::new(
        "status-after-search",
        "status",
        "plugged",
        Check::Statuses(1),
    ),
    Case::new("status-no-car", "status", "none", Check::Statuses(1)),
    Case::new(
        "status-json",
        "status --json",
        "charging",
        Check::StatusJson,
    ),
    Case::new(
        "monitor",
        "monitor --interval 1 --duration 11",
        "charging",
        Check::Statuses(2),
    ),
    Case::new("start", "start", "plugged", Check::Started),
    Case::new("stop", "stop", "charging", Check::StopRejected),
    Case::new(
        "set-current",
        "set-current 16",
        "plugged",
        Check::Set("VendorMaxWorkCurrent", "16", ACCEPTED),
    ),
    Case::new(
        "set-current-out-of-range",
        "set-current 33",
        "plugged",
        Check::Refused("between 6 and 32"),
    ),
    Case::new(
        "set-timeout",
        "set-timeout 240",
        "plugged",
        Check::Set("ConnectionTimeOut", "240", ACCEPTED),
    ),
    Case::new(
        "set-max-temp",
        "set-max-temp 88",
        "plugged",
        Check::Set("VendorMaxWorkTemperature", "88", ACCEPTED),
    ),
    Case::new(
        "set-max-voltage",
        "set-max-voltage 280",
        "plugged",
        Check::Set("VendorMaxWorkVoltage", "280", ACCEPTED),
    ),
    Case::new(
        "set-min-voltage",
        "set-min-voltage 95",
        "plugged",
        Check::Set("VendorMinWorkVoltage", "95", ACCEPTED),
    ),
    Case::new(
        "set-direct-mode-on",
        "set-direct-mode on",
        "none",
        Check::Set("VendorDirectWorkMode", "1", ACCEPTED),
    ),
    Case::new(
        "set-direct-mode-off",
        "set-direct-mode off",
        "charging",
        Check::Set("VendorDirectWorkMode", "0", ACCEPTED),
    ),
    // The firmware that the simulator plays rejects this key; the peer does not read the answer.
    Case::new(
        "set-led-brightness",
        "set-led-brightness 1",
        "plugged",
        Check::Set("VendorLEDStrength", "1", "Rejected"),
    ),
    Case::new(
        "set-stop-on-disconnect-off",
        "set-stop-on-disconnect off",
        "plugged",
        Check::Set("StopTransactionOnEVSideDisconnect", "0", ACCEPTED),
    ),
    Case::new(
        "set-stop-on-disconnect-on",
        "set-stop-on-disconnect on",
        "plugged",
        Check::Set("StopTransactionOnEVSideDisconnect", "1", ACCEPTED),
    ),
    Case::new(
        "config",
        "config CheckCpN12V 0",
        "plugged",
        Check::Set("CheckCpN12V", "0", ACCEPTED),
    ),
    Case::new(
        "config-out-of-range",
        "config VendorMaxWorkCurrent 99",
        "plugged",
        Check::Set("VendorMaxWorkCurrent", "99", "Rejected"),
    ),
    Case::new(
        "config-unknown",
        "config NoSuchKey 1",
        "plugged",
        Check::Set("NoSuchKey", "1", "NotSupported"),
    ),
];

const ACCEPTED: &str = "Accepted";
