//! Chargers of all kinds on one supply, never above its limit.

#[cfg(feature = "twc")]
mod bus;
mod circuits;
mod event;
mod order;
mod planner;
mod reading;
mod standing;
mod task;

pub use circuits::{Circuits, Meter};
pub use event::CircuitEvent;
pub use order::{Action, Order, Outcome};
pub use planner::Planner;
pub use reading::{BusControl, BusReading, Reading};
pub use standing::{CircuitStanding, House, MemberStanding, PhaseStanding, Standing};
