//! What every charger has in common: plain data without a word of any protocol.

mod id;
mod state;

pub use id::{Identity, Protocol};
pub use state::State;
