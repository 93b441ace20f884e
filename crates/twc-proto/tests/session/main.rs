//! The controller and the listener, one behaviour each, in virtual time.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

mod commands;
mod farewell;
mod life;
mod limits;
mod line;
mod listener;
mod opening;
mod properties;
mod redaction;
mod schedule;
mod script;
mod unit;
mod vehicle;
