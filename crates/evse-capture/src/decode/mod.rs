//! Bytes to JSON, one module per protocol, and whole captures.

mod capture;
mod detect;
pub mod duosida;

pub(crate) use capture::direction;
pub use capture::{CaptureOptions, Decoded, DecodedCapture, decode_capture};
