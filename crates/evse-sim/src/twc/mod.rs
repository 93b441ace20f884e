//! The bus of Tesla's Gen2 wall connectors: peripherals, a foreign controller, and the wires between them.
//!
//! [`Bus`] is what a client's adapter is connected to: bytes and time come in by `handle_…`, bytes for the client,
//! events and deadlines come out by `poll_…`. On it are any of [`Peripheral`], with its electricity and its car, at
//! most one [`ForeignController`], and faults. A byte takes its time, and two that talk at once make garbage.
//!
//! The bus judges what the client sends: see [`Bus::violations`].

mod bus;
mod charging;
mod config;
mod controller;
mod event;
mod inputs;
mod line;
mod link;
mod monitor;
mod peripheral;
mod reports;
mod timer;
mod traffic;
mod violation;

pub use bus::{Bus, BusConfig, BusEvent};
pub use config::{Car, PeripheralConfig, TrailerPolicy, ZeroLimit};
pub use controller::{ControllerConfig, ForeignController};
pub use event::Event;
pub use peripheral::{GroundTruth, Peripheral};
pub use violation::{Violation, ViolationKind};
