//! The only place where words of a protocol become words of the model, and back: one folder per protocol, one table
//! each.

#[cfg(feature = "duosida")]
pub mod duosida;
#[cfg(feature = "em")]
pub mod em;
#[cfg(feature = "twc")]
pub mod twc;

/// What [`State::Unknown`](crate::State::Unknown) holds before the first status: a number that no charger sends.
pub const NO_STATUS: i32 = -1;
