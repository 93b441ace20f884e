//! The client session, one behaviour each, in virtual time.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

mod edges;
mod link;
mod script;
mod settings;
mod transaction;
