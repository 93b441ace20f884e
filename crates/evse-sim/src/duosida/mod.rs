//! A Duosida wallbox: the charger's side of the protocol, as strict as the hardware and a little stricter.
//!
//! [`Device`] is a state machine in the shape of the sessions: bytes and time come in by `handle_…`, what it wants
//! comes out by `poll_…`. It knows the electricity, the car, the one connection slot, the flash, and the rules that
//! clients break; see [`Device::violations`] and [`Device::ground_truth`].

mod charging;
mod config;
mod confirmations;
mod device;
mod discovery;
mod event;
mod inputs;
mod lifecycle;
mod pilot;
pub mod replay;
mod reports;
mod session;
mod settings;
mod slot;
mod transaction;
mod violation;

pub use crate::DelayRange;
pub use config::{
    DeviceConfig, LimitFormatAccepted, SecondConnection, TagFormAccepted, VendorStatusPush,
};
pub use device::{Device, GroundTruth};
pub use event::Event;
pub use slot::Admission;
pub use violation::{Violation, ViolationKind};
