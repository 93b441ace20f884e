//! Currents that a guarded charger is told, not told, and told again.

mod duosida;
mod em;
mod relay;
