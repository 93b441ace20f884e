//! What is looked at.

use evse::config::{ChargerConfig, Config};

use super::{Finding, config};
use crate::cli::{Doctor, PinSource};
use crate::connect::generic::named;
use crate::context::Context;
use crate::failure::Failure;

/// What every check is given.
pub(super) struct Case<'a> {
    pub(super) context: &'a Context,
    /// The PIN of the command line.
    pub(super) pin: &'a PinSource,
    /// Empty when there is none, or when it cannot be read.
    pub(super) config: Config,
    /// The chargers that are looked at: the one that was named, else all of the configuration.
    pub(super) chargers: Vec<ChargerConfig>,
    /// Whether one was named, so that nothing else matters.
    pub(super) is_one: bool,
}

impl<'a> Case<'a> {
    /// Reads the configuration, and says what is wrong with it.
    pub(super) fn new(
        arguments: &'a Doctor,
        context: &'a Context,
    ) -> Result<(Self, Vec<Finding>), Failure> {
        let (loaded, mut findings) = config::check(context);
        let is_read = loaded.is_some();
        let config = loaded.unwrap_or_default();
        let chargers = match arguments.charger.as_deref() {
            None => config.chargers.clone(),
            Some(text) if text.contains("://") => vec![named(text, &config)?],
            Some(name) => match config.charger(name) {
                Ok(charger) => vec![charger.clone()],
                Err(error) => {
                    // Who knows what stands in a file that cannot be read?
                    findings.extend(is_read.then(|| config::unknown(name, &error)));
                    Vec::new()
                }
            },
        };
        let case = Self {
            context,
            pin: &arguments.pin,
            config,
            chargers,
            is_one: arguments.charger.is_some(),
        };
        Ok((case, findings))
    }
}
