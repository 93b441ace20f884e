#![doc = include_str!("../README.md")]

mod charger;
mod codec;
mod commands;
mod config;
mod connection;
mod discovery;
mod driver;
mod error;
mod feed;
mod interfaces;
mod live;
mod reconnect;
mod scan;
mod search;
mod tap;

pub use duosida_proto as proto;

pub use charger::Charger;
pub use config::{Options, Reconnect};
pub use discovery::{DiscoverOptions, DiscoveryIssue, Found, discover};
pub use error::{Error, Peer};
pub use feed::Link;
pub use scan::Scan;
pub use tap::{Act, Sender, Tap, Traffic};
