//! What observers of a device may want to know.
use std::net::Ipv4Addr;

use emproto::message::{ChargerState, StopReason};

use super::violation::Violation;

/// Something happened inside the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A client is registered.
    Registered(Ipv4Addr),
    /// The client answered no heading, or the charger restarted.
    Unregistered,
    /// The state changed.
    State(ChargerState),
    /// A session began; power may follow.
    SessionStarted,
    /// A session or a reservation ended.
    SessionEnded(StopReason),
    /// A client acknowledged a record.
    RecordAcknowledged,
    /// A setting was stored.
    SettingStored(emproto::Command),
    /// A request with a wrong PIN was refused.
    WrongPin(Ipv4Addr),
    /// The controller restarted.
    Restarted,
    /// A client broke a rule.
    Violation(Violation),
}
