#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "session")]
pub mod endpoint;
pub mod frame;
pub mod message;
#[cfg(feature = "session")]
pub mod session;
pub mod time;

mod command;
mod error;
mod pin;
mod serial;

pub use command::{Command, Direction};
#[cfg(feature = "session")]
pub use endpoint::Endpoint;
pub use error::{
    FrameError, FrameErrorKind, InvalidArgument, InvalidPin, InvalidSerial, PayloadError,
};
pub use pin::{Password, Pin};
pub use serial::Serial;

/// UDP port of clients: a charger sends to this port only, whatever port a request came from. Source: several
/// independent clients; measured by evsemaster's author.
pub const CLIENT_PORT: u16 = 28376;

/// UDP port of a charger that has not been heard yet; every datagram of it shows the real one. Source: several
/// independent clients.
pub const CHARGER_PORT: u16 = 7248;

/// The smallest current of a charge, A. Source: IEC 61851.
pub const MIN_CURRENT_A: u8 = 6;

/// The largest current of a charge, A; a charger's own maximum may be lower. Source: the vendor app's limit.
pub const MAX_CURRENT_A: u8 = 32;
