#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod config;
pub mod discovery;
pub mod frame;
pub mod message;
pub mod schema;
#[cfg(feature = "session")]
pub mod session;

mod error;
mod generated;
mod wire;

pub use error::{DecodeError, DecodeErrorKind};
pub use generated::duosida as proto;

/// TCP port on which a charger takes its one local connection. Source: five independent clients.
pub const TCP_PORT: u16 = 9988;

/// UDP port on which the charger's Wi-Fi module answers [`discovery::PROBE`]. Source: five independent clients.
pub const DISCOVERY_PORT: u16 = 48899;

/// Vendor id in every vendor data transfer. Source: captured frames.
pub const VENDOR_ID: &str = "smartchargepile.x-cheng.com";
