#![doc = include_str!("../README.md")]

mod codec;
mod commands;
mod config;
mod connection;
mod director;
mod driver;
mod error;
mod event;
mod link;
mod log;
mod message_log;
mod parting;
mod peripheral;
mod port;
mod reconnect;
mod rs485;
mod shared;
mod tap;

pub use twc_proto as proto;

pub use config::Config;
pub use director::Director;
pub use error::Error;
pub use event::Event;
pub use message_log::MessageLog;
pub use parting::{Left, Parting};
pub use peripheral::Peripheral;
pub use port::{Port, serial_ports};
pub use rs485::Rs485;
pub use tap::{Sender, Tap, Traffic};
