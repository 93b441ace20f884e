//! Conversions between the physics (`f64`) and what the wire carries.

/// The nearest value that a 32-bit float of the wire can hold.
#[expect(
    clippy::cast_possible_truncation,
    reason = "readings are far inside the range of f32"
)]
pub(crate) fn wire_float(value: f64) -> f32 {
    value as f32
}

/// Whole watt-hours, rounded; saturates at the limits of the wire's integer.
#[expect(
    clippy::cast_possible_truncation,
    reason = "saturating cast of a rounded value"
)]
pub(crate) fn watt_hours(value: f64) -> i32 {
    value.round() as i32
}

/// Whole seconds of a duration as the wire counts them.
pub(crate) fn seconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// Hundredths of a kWh of an energy in Wh, rounded; negative values are 0.
pub(crate) fn centi_kwh(watt_hours: f64) -> u32 {
    whole_u32(watt_hours / 10.0)
}

/// A value rounded to the wire's integer, which does not pass its limits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturating cast of a rounded value"
)]
pub(crate) fn whole_u32(value: f64) -> u32 {
    value.round() as u32
}

/// A value rounded to the wire's integer, which does not pass its limits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturating cast of a rounded value"
)]
pub(crate) fn whole_u16(value: f64) -> u16 {
    value.round() as u16
}
