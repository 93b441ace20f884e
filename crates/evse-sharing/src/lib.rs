#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod commitment;
mod demand;
mod ledger;
mod phase;
mod target;
mod tree;

pub use ledger::{
    Bounds, CircuitStanding, Grant, Heard, Ledger, Offer, Overload, Pace, PhaseStanding, Settings,
    Standing, Terms, Why,
};
pub use phase::{Phase, Phases, PhasesError};
pub use target::{Claim, Policy, Share, Target, targets};
pub use tree::{Bottleneck, CircuitId, Tree};
