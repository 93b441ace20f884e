//! A controller that finds the units of a bus, polls them and shares a limit among them; and a listener for a bus that
//! has a controller.
//!
//! The contract: pass in what happened with the time it happened at ([`Controller::handle_input`],
//! [`Controller::handle_timeout`], [`Controller::request`] and the others); then drain [`Controller::poll_transmit`] and
//! [`Controller::poll_event`] until both are empty; then ask [`Controller::poll_timeout`] when to come back. `now` may
//! repeat; a timeout handled too early changes nothing. What is polled is to be written at once, as a whole.
//!
//! The line is half duplex. The controller speaks only into silence and never while an answer is due, so tell it of
//! bytes as they arrive ([`Controller::handle_activity`]), before they are a frame. Bytes that an adapter brings back of
//! our own are frames too: pass them in.
//!
//! A unit that no controller speaks to stops by itself within about 30 s. Heartbeats and the sharing of the limit are
//! one machine, so that no heartbeat leaves without a limit that was shared.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use twc_proto::session::{Config, Controller};
//!
//! let now = Instant::now();
//! let config = Config { limit_a: 16, ..Config::default() };
//! let mut controller = Controller::new(config, now, 1);
//! assert!(controller.poll_transmit().is_none(), "it listens first");
//! let now = controller.poll_timeout().expect("the end of listening");
//! controller.handle_timeout(now);
//! let announce = controller.poll_transmit().expect("an announce");
//! assert_eq!(announce.wire[..3], [0xC0, 0xFC, 0xE1]);
//! ```

mod announce;
mod config;
mod contactors;
mod content;
mod controller;
mod error;
mod event;
mod inbound;
mod line;
mod listener;
mod pending;
mod peripheral;
mod plan;
mod query;
mod random;
mod reading;
mod records;
mod request;
mod schedule;
mod share;
mod state;
mod step;
mod transmit;
mod vin;

pub use config::{Config, Farewell, UnitConfig};
pub use controller::{Controller, PortState};
pub use error::{RequestError, RequestFailure};
pub use event::{Counters, Event, Sender};
pub use evse_sharing::{Overload, Why};
pub use listener::Listener;
pub use peripheral::{Contactors, ForeignController, LifeCycle, Peripheral, Share};
pub use request::{Reply, Request, RequestId};
pub use state::{Silence, State};
pub use transmit::Transmit;
