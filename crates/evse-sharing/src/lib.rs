#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod commitment;
mod demand;
mod ledger;
mod target;

pub use ledger::{Bounds, Grant, Heard, Ledger, Offer, Overload, Settings, Standing, Why};
pub use target::{Claim, Target, targets};
