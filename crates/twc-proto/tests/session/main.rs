//! The controller and the listener, one behaviour each, in virtual time.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

mod life;
mod opening;
mod schedule;
mod script;
mod unit;
