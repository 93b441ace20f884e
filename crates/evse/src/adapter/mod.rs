//! The only place where words of a protocol become words of the model: one file per protocol.

pub mod duosida;
pub mod em;
pub mod twc;
