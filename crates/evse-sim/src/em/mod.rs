//! An EM charger: the charger's side of the protocol, as strict as the hardware and a little stricter.
//!
//! [`Device`] is a state machine in the shape of the sessions: packets and time come in by `handle_…`, what it wants
//! comes out by `poll_…`. It knows the electricity, the car, its one client, its clock, its records and the rules that
//! clients break; see [`Device::violations`] and [`Device::ground_truth`].
//!
//! It never obeys what could change its PIN, its Wi-Fi, its fees or its firmware: it only keeps that it was asked.

mod charge;
mod charging;
mod client;
mod clock;
mod config;
mod device;
mod event;
mod inputs;
mod lifecycle;
mod model;
mod orders;
mod plan;
mod records;
mod reports;
mod settings;
mod timer;
mod violation;

pub use config::DeviceConfig;
pub use device::{Device, GroundTruth, Transmit};
pub use event::Event;
pub use model::{LiveCurrent, Model};
pub use violation::{Violation, ViolationKind};
