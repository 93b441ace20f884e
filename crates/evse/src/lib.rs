#![doc = include_str!("../README.md")]

pub mod adapter;
pub mod guard;
pub mod model;
pub mod recording;
pub mod state_store;

mod address;
mod error;
mod guarded;

pub use address::{Address, AddressError, DUOSIDA_PORT};
#[doc(no_inline)]
pub use duosida_client as duosida;
#[doc(no_inline)]
pub use em_client as em;
pub use error::{Error, ErrorKind};
#[doc(no_inline)]
pub use evse_capture as capture;
pub use guarded::{Done, GuardedDuosida, GuardedEm, GuardedTwc, Warning};
pub use model::{Identity, Protocol, State};
#[doc(no_inline)]
pub use twc_director as twc;
