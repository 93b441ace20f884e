//! Bytes to JSON, one module per protocol.

pub mod duosida;
