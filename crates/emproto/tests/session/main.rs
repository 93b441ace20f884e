//! Sessions and their endpoint, one behaviour each, in virtual time.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test may panic and starts its own clock"
)]

mod abandon;
mod acknowledge;
mod charger;
mod clock;
mod discovery;
mod history;
mod login;
mod many;
mod properties;
mod readings;
mod redaction;
mod refusal;
mod reservation;
mod script;
mod settings;
mod start;
mod stop;
