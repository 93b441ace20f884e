#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

pub mod frame;
pub mod message;
#[cfg(feature = "session")]
pub mod session;

mod address;
mod role;

pub use address::{Address, InvalidAddress};
pub use role::{Role, is_sendable};

/// Speed of the line, bit/s; 8 data bits, no parity, one stop bit. Source: captures; every implementation.
pub const BAUD: u32 = 9600;
