// The examples of the README are for all families.
#![cfg_attr(
    all(feature = "duosida", feature = "em", feature = "twc"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(feature = "duosida", feature = "em", feature = "twc")),
    doc = "Local control of EV chargers, without cloud."
)]

pub mod adapter;
pub mod circuit;
pub mod config;
pub mod guard;
#[cfg(all(feature = "duosida", feature = "em", feature = "twc"))]
pub mod manual;
pub mod model;
pub mod recording;
pub mod state_store;
pub mod units;

mod address;
mod backend;
mod charger;
mod connect;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod discovery;
mod error;
mod fleet;
mod guarded;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod meter;
mod secret;

pub use address::{Address, AddressError, DUOSIDA_PORT};
pub use backend::{Backend, EventStream};
pub use charger::Charger;
#[doc(inline)]
pub use circuit::Circuits;
#[doc(inline)]
pub use config::Config;
pub use connect::{ConnectOptions, Connector, LetGo, Progress, connect};
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
pub use discovery::{DiscoverOptions, DiscoveryIssue, Found, FoundKind, discover};
#[cfg(feature = "duosida")]
#[doc(no_inline)]
pub use duosida_client as duosida;
#[cfg(feature = "em")]
#[doc(no_inline)]
pub use em_client as em;
pub use error::{CustomError, Error, ErrorKind};
#[doc(no_inline)]
pub use evse_capture as capture;
pub use fleet::{Fleet, FleetEvent, MemberEvent};
#[cfg(feature = "duosida")]
pub use guarded::GuardedDuosida;
#[cfg(feature = "em")]
pub use guarded::GuardedEm;
#[cfg(feature = "twc")]
pub use guarded::GuardedTwc;
pub use guarded::{Done, Warning};
pub use model::{
    Capabilities, Command, Effect, Event, EventKind, Fault, Identity, Protocol, Snapshot,
    StartOptions, State, Telemetry,
};
pub use secret::{Secret, SecretError, SecretSource};
#[cfg(feature = "twc")]
#[doc(no_inline)]
pub use twc_director as twc;
