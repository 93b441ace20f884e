//! Faults of network and charger: names, how they are written on a command line, when they strike.
//!
//! All of it is sans-I/O and seeded: what stands here is for every family, [`Schedule`] above all; [`Fault`],
//! [`Pipe`] and [`Injector`] are for streams (Duosida), [`em`] is for datagrams (EM).

pub mod em;
pub mod twc;

mod duosida;
mod injector;
mod pipe;
mod schedule;
mod spec;

pub use duosida::Fault;
pub use injector::{Injector, LinkAction};
pub use pipe::{Output, Pipe};
pub use schedule::Schedule;
pub use spec::{FaultKind, FaultSpec, InvalidFault};
