//! Nested circuits with chargers of all kinds: what holds whatever happens.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod charger;
#[path = "../model/mod.rs"]
mod model;
mod properties;
mod reference;
mod simulation;
mod world;
