//! The charger's settings: keys, how values are written, and which values are let through.
//!
//! Every write wears the charger's flash: write on change only. Source of keys and ranges: duosida-ev, duosida-lan,
//! ioBroker.duosidaems; hardware for the current limit and direct work mode.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use core::ops::RangeInclusive;

/// Names of the known keys.
pub mod keys {
    /// Current limit, A.
    pub const MAX_CURRENT: &str = "VendorMaxWorkCurrent";
    /// How long a plugged-in vehicle may wait for its authorisation, s.
    pub const CONNECTION_TIMEOUT: &str = "ConnectionTimeOut";
    /// Highest station temperature, °C.
    pub const MAX_TEMPERATURE: &str = "VendorMaxWorkTemperature";
    /// Highest mains voltage, V.
    pub const MAX_VOLTAGE: &str = "VendorMaxWorkVoltage";
    /// Lowest mains voltage, V.
    pub const MIN_VOLTAGE: &str = "VendorMinWorkVoltage";
    /// Plug and charge.
    pub const DIRECT_WORK_MODE: &str = "VendorDirectWorkMode";
    /// Brightness of the light. Refused over the local protocol by firmware V2.5.
    pub const LED_STRENGTH: &str = "VendorLEDStrength";
    /// Whether unplugging ends the transaction.
    pub const STOP_ON_DISCONNECT: &str = "StopTransactionOnEVSideDisconnect";
    /// Check of the control pilot's −12 V: a safety check.
    pub const LEVEL_DETECTION: &str = "CheckCpN12V";
}

/// Current limits that a charger may be given, A.
pub const MAX_CURRENT_AMPS: RangeInclusive<u16> = 6..=32;
/// Connection timeouts, s.
pub const CONNECTION_TIMEOUT_SECONDS: RangeInclusive<u16> = 30..=900;
/// Limits of the station temperature, °C.
pub const MAX_TEMPERATURE_CELSIUS: RangeInclusive<u16> = 85..=95;
/// Upper limits of the mains voltage, V.
pub const MAX_VOLTAGE_VOLTS: RangeInclusive<u16> = 265..=290;
/// Lower limits of the mains voltage, V.
pub const MIN_VOLTAGE_VOLTS: RangeInclusive<u16> = 70..=110;

/// A setting and the value it shall get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// Current limit in whole amps: 6 to 32 A, and not above the rating.
    MaxCurrent {
        /// The limit.
        amps: u8,
    },
    /// 30 to 900 s.
    ConnectionTimeout {
        /// How long a plugged-in vehicle may wait.
        seconds: u16,
    },
    /// 85 to 95 °C.
    MaxTemperature {
        /// The limit.
        celsius: u8,
    },
    /// 265 to 290 V.
    MaxVoltage {
        /// The limit.
        volts: u16,
    },
    /// 70 to 110 V.
    MinVoltage {
        /// The limit.
        volts: u16,
    },
    /// Plug and charge, without an authorisation.
    DirectWorkMode(bool),
    /// 0 off, 1 low, 3 high.
    LedBrightness(u8),
    /// Whether unplugging ends the transaction.
    StopOnDisconnect(bool),
    /// Check of the control pilot's −12 V. A safety check: think before switching it off.
    LevelDetection(bool),
    /// Any key with any text. A known key's value is checked like the typed setting.
    Key {
        /// Up to 50 characters, as OCPP has it.
        key: String,
        /// Up to 500 characters.
        value: String,
    },
}

/// How the current limit is written. Firmware differs; which one works is found out and remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LimitFormat {
    /// `16`. Accepted and effective on V2.5 hardware.
    #[default]
    Integer,
    /// `16.00`. Seen in a public OCPP trace.
    TwoDecimals,
}

/// A value that is not let through; says which and what is allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} {value} is not allowed: {allowed}")]
pub struct OutOfRange {
    /// The setting.
    pub what: String,
    /// What was asked for, with its unit.
    pub value: String,
    /// What is allowed.
    pub allowed: String,
}

impl Setting {
    /// The key on the wire.
    pub fn key(&self) -> &str {
        match self {
            Self::MaxCurrent { .. } => keys::MAX_CURRENT,
            Self::ConnectionTimeout { .. } => keys::CONNECTION_TIMEOUT,
            Self::MaxTemperature { .. } => keys::MAX_TEMPERATURE,
            Self::MaxVoltage { .. } => keys::MAX_VOLTAGE,
            Self::MinVoltage { .. } => keys::MIN_VOLTAGE,
            Self::DirectWorkMode(_) => keys::DIRECT_WORK_MODE,
            Self::LedBrightness(_) => keys::LED_STRENGTH,
            Self::StopOnDisconnect(_) => keys::STOP_ON_DISCONNECT,
            Self::LevelDetection(_) => keys::LEVEL_DETECTION,
            Self::Key { key, .. } => key,
        }
    }

    /// The value's text on the wire.
    pub fn value(&self, format: LimitFormat) -> String {
        match self {
            Self::MaxCurrent { amps } => match format {
                LimitFormat::Integer => amps.to_string(),
                LimitFormat::TwoDecimals => format!("{amps}.00"),
            },
            Self::ConnectionTimeout { seconds: number }
            | Self::MaxVoltage { volts: number }
            | Self::MinVoltage { volts: number } => number.to_string(),
            Self::MaxTemperature { celsius: number } | Self::LedBrightness(number) => {
                number.to_string()
            }
            Self::DirectWorkMode(on) | Self::StopOnDisconnect(on) | Self::LevelDetection(on) => {
                if *on { "1" } else { "0" }.to_owned()
            }
            Self::Key { value, .. } => value.clone(),
        }
    }

    /// The typed form of a known key; other keys, and known ones with a value of another form, stay as they are.
    #[must_use]
    pub fn typed(self) -> Self {
        let Self::Key { key, value } = &self else {
            return self;
        };
        let number = || {
            value
                .strip_suffix(".00")
                .unwrap_or(value)
                .parse::<u16>()
                .ok()
        };
        let small = || number().and_then(|n| u8::try_from(n).ok());
        let switch = || match value.as_str() {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        };
        let typed = match key.as_str() {
            keys::MAX_CURRENT => small().map(|amps| Self::MaxCurrent { amps }),
            keys::CONNECTION_TIMEOUT => number().map(|seconds| Self::ConnectionTimeout { seconds }),
            keys::MAX_TEMPERATURE => small().map(|celsius| Self::MaxTemperature { celsius }),
            keys::MAX_VOLTAGE => number().map(|volts| Self::MaxVoltage { volts }),
            keys::MIN_VOLTAGE => number().map(|volts| Self::MinVoltage { volts }),
            keys::DIRECT_WORK_MODE => switch().map(Self::DirectWorkMode),
            keys::LED_STRENGTH => small().map(Self::LedBrightness),
            keys::STOP_ON_DISCONNECT => switch().map(Self::StopOnDisconnect),
            keys::LEVEL_DETECTION => switch().map(Self::LevelDetection),
            _ => None,
        };
        typed.unwrap_or(self)
    }

    /// Whether the value may be sent to a charger of this rating (`None`: not known yet).
    ///
    /// # Errors
    /// Names the setting, the value and the range.
    pub fn check(&self, rating_amps: Option<u8>) -> Result<(), OutOfRange> {
        match self {
            Self::MaxCurrent { amps } => {
                check("max current", u16::from(*amps), "A", &MAX_CURRENT_AMPS)?;
                match rating_amps {
                    Some(rating) if *amps > rating => Err(OutOfRange {
                        what: "max current".into(),
                        value: format!("{amps} A"),
                        allowed: format!(
                            "{} to {rating} A, the charger's rating",
                            MAX_CURRENT_AMPS.start()
                        ),
                    }),
                    _ => Ok(()),
                }
            }
            Self::ConnectionTimeout { seconds } => check(
                "connection timeout",
                *seconds,
                "s",
                &CONNECTION_TIMEOUT_SECONDS,
            ),
            Self::MaxTemperature { celsius } => check(
                "max temperature",
                u16::from(*celsius),
                "°C",
                &MAX_TEMPERATURE_CELSIUS,
            ),
            Self::MaxVoltage { volts } => check("max voltage", *volts, "V", &MAX_VOLTAGE_VOLTS),
            Self::MinVoltage { volts } => check("min voltage", *volts, "V", &MIN_VOLTAGE_VOLTS),
            Self::LedBrightness(level) if !matches!(level, 0 | 1 | 3) => Err(OutOfRange {
                what: "LED brightness".into(),
                value: level.to_string(),
                allowed: "0 (off), 1 (low) or 3 (high)".into(),
            }),
            Self::Key { key, value } => check_key(key, value),
            _ => Ok(()),
        }
    }
}

fn check(
    what: &str,
    value: u16,
    unit: &str,
    range: &RangeInclusive<u16>,
) -> Result<(), OutOfRange> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(OutOfRange {
        what: what.into(),
        value: format!("{value} {unit}"),
        allowed: format!("{} to {} {unit}", range.start(), range.end()),
    })
}

/// Free keys: OCPP's lengths, and a known key must have a value of the known form.
fn check_key(key: &str, value: &str) -> Result<(), OutOfRange> {
    let refuse = |allowed: &str| {
        Err(OutOfRange {
            what: key.into(),
            value: format!("\"{value}\""),
            allowed: allowed.to_owned(),
        })
    };
    if key.is_empty() || key.len() > 50 {
        return refuse("a key has 1 to 50 characters");
    }
    if value.len() > 500 {
        return refuse("a value has up to 500 characters");
    }
    match key {
        keys::MAX_CURRENT
        | keys::CONNECTION_TIMEOUT
        | keys::MAX_TEMPERATURE
        | keys::MAX_VOLTAGE
        | keys::MIN_VOLTAGE
        | keys::LED_STRENGTH => refuse("the value is a whole number"),
        keys::DIRECT_WORK_MODE | keys::STOP_ON_DISCONNECT | keys::LEVEL_DETECTION => {
            refuse("0 or 1")
        }
        _ => Ok(()),
    }
}
