//! What every charger has in common: plain data without a word of any protocol.

mod capabilities;
mod command;
mod event;
mod fault;
mod id;
mod snapshot;
mod state;
mod telemetry;

pub use capabilities::{Capabilities, CurrentRange, Device, StartStop, Support};
pub use command::{Command, Effect, StartOptions};
pub use event::{Event, EventKind, ProtocolEvent};
pub use fault::Fault;
pub use id::{Identity, Protocol};
pub use snapshot::{LastError, Snapshot};
pub use state::State;
pub use telemetry::{CurrentLimit, Pilot, Session, Telemetry, Temperatures, Vin};
