//! Bytes to JSON, one module per protocol, and whole captures.

mod capture;
mod detect;
pub mod duosida;
pub mod em;
pub mod twc;

pub use capture::{CaptureOptions, Decoded, DecodedCapture, decode_capture};
pub(crate) use capture::{Udp, direction, udp_protocol};
