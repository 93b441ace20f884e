#![doc = include_str!("../README.md")]

pub mod conversation;
mod credentials;
pub mod decode;
mod error;
pub mod link;
pub mod pcap;
pub mod reassembly;
pub mod record;
pub mod scrub;

pub use error::Error;

/// What to do with passwords.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// `"[redacted]"` in values, `2a` in raw bytes.
    #[default]
    Redact,
    /// As they are.
    Show,
}
