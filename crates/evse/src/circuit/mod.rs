//! Chargers of all kinds on one supply, never above its limit.

mod event;
mod order;
mod planner;
mod reading;
mod standing;

pub use event::CircuitEvent;
pub use order::{Action, Order, Outcome};
pub use planner::Planner;
pub use reading::{BusControl, BusReading, Reading};
pub use standing::{CircuitStanding, House, MemberStanding, PhaseStanding, Standing};
