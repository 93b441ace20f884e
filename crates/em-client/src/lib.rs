#![doc = include_str!("../README.md")]

mod commands;
mod communicator;
mod config;
mod discovery;
mod driver;
mod error;
mod event;
mod evse;
mod interfaces;
mod log;
mod saved;
mod shared;
mod socket;
mod store;
mod summary;
mod tap;
mod zone;

pub use emproto as proto;

pub use communicator::Communicator;
pub use config::{DiscoverOptions, Options};
pub use error::{Error, JsonError, Peer, Whom};
pub use event::Event;
pub use evse::Evse;
pub use summary::Safety;
pub use tap::{Sender, Tap, Traffic};
pub use zone::LocalZone;
