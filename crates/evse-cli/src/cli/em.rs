//! `evse em …`: one family's commands.

use evse::em::proto::{Pin, Serial};

/// A serial number as it is printed.
pub(super) fn serial(text: &str) -> Result<Serial, String> {
    text.parse()
        .map_err(|_| "16 hex digits are wanted".to_owned())
}

/// Says nothing about what was given: it is secret.
pub(super) fn pin(text: &str) -> Result<Pin, String> {
    text.parse().map_err(|_| "six digits are wanted".to_owned())
}
