//! The `max_current` of the configuration, for the commands of one family.

use evse::units::Milliamps;
use evse::{Address, Error, Identity};

use crate::context::Context;
use crate::failure::Failure;

/// Refuses more than the configuration allows a charger, which it may know by serial number or by any of these
/// addresses.
pub(crate) fn check(
    amps: u8,
    identity: &Identity,
    addresses: &[Address],
    context: &Context,
) -> Result<(), Failure> {
    let config = context.config()?;
    let mut chargers = config.chargers.iter();
    let known = chargers.find(|known| {
        known.identity.as_ref() == Some(identity) || addresses.contains(&known.address)
    });
    let max = known.and_then(|known| known.max_current);
    let wanted = Milliamps::from_amps(amps.into());
    match max.or(config.defaults.max_current) {
        Some(max) if wanted > max => Err(Failure::from(Error::CurrentOutOfRange {
            charger: identity.short(),
            min: Milliamps::from_amps(6),
            max,
            wanted,
        })),
        _ => Ok(()),
    }
}
