//! Settings in flash: keys, ranges, wear. Source: spec 11.
use std::collections::BTreeMap;
use std::time::Duration;

use duosida_proto::config::keys;
use duosida_proto::proto::change_configuration_conf::Status;

use super::config::{DeviceConfig, LimitFormatAccepted};

/// The stored settings; they survive power cycles.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    values: BTreeMap<String, String>,
    flash_writes: u64,
}

impl Settings {
    pub(super) fn new(rating_a: u8) -> Self {
        let defaults = [
            (keys::MAX_CURRENT, rating_a.to_string()),
            (keys::CONNECTION_TIMEOUT, "120".to_owned()),
            (keys::MAX_TEMPERATURE, "90".to_owned()),
            (keys::MAX_VOLTAGE, "275".to_owned()),
            (keys::MIN_VOLTAGE, "90".to_owned()),
            (keys::DIRECT_WORK_MODE, "0".to_owned()),
            (keys::LED_STRENGTH, "3".to_owned()),
            (keys::STOP_ON_DISCONNECT, "1".to_owned()),
            (keys::LEVEL_DETECTION, "1".to_owned()),
        ];
        Self {
            values: defaults.map(|(key, value)| (key.to_owned(), value)).into(),
            flash_writes: 0,
        }
    }

    pub(super) fn values(&self) -> &BTreeMap<String, String> {
        &self.values
    }

    pub(super) fn flash_writes(&self) -> u64 {
        self.flash_writes
    }

    pub(super) fn number(&self, key: &str) -> f64 {
        self.values
            .get(key)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0.0)
    }

    pub(super) fn is_on(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| value == "1")
    }

    pub(super) fn connection_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.number(keys::CONNECTION_TIMEOUT).max(1.0))
    }

    /// Stores a value as a test or a user at the panel would, without a client.
    pub(super) fn force(&mut self, key: &str, value: &str) {
        self.values.insert(key.to_owned(), value.to_owned());
        self.flash_writes += 1;
    }

    /// `ChangeConfiguration`.
    pub(super) fn change(&mut self, config: &DeviceConfig, key: &str, value: &str) -> Status {
        let rule = match key {
            keys::MAX_CURRENT => Rule::Limit,
            keys::CONNECTION_TIMEOUT => Rule::Whole(30, 900),
            keys::MAX_TEMPERATURE => Rule::Whole(85, 95),
            keys::MAX_VOLTAGE => Rule::Whole(265, 290),
            keys::MIN_VOLTAGE => Rule::Whole(70, 110),
            keys::DIRECT_WORK_MODE | keys::STOP_ON_DISCONNECT | keys::LEVEL_DETECTION => {
                Rule::OneOf(&["0", "1"])
            }
            keys::LED_STRENGTH if config.led_writable => Rule::OneOf(&["0", "1", "3"]),
            keys::LED_STRENGTH => return Status::Rejected,
            _ => return Status::NotSupported,
        };
        match rule.stored(config, value) {
            Verdict::Store(text) => {
                self.values.insert(key.to_owned(), text);
                self.flash_writes += 1;
                Status::Accepted
            }
            Verdict::Ignore => Status::Accepted,
            Verdict::Reject => Status::Rejected,
        }
    }
}

enum Rule {
    Limit,
    Whole(u32, u32),
    OneOf(&'static [&'static str]),
}

enum Verdict {
    Store(String),
    /// Accepted without any effect, as an integer limit was on one unit (spec 14.3).
    Ignore,
    Reject,
}

impl Rule {
    fn stored(&self, config: &DeviceConfig, value: &str) -> Verdict {
        match self {
            Self::Limit => limit(config, value),
            Self::Whole(low, high) => match whole(value) {
                Some(number) if (*low..=*high).contains(&number) => {
                    Verdict::Store(number.to_string())
                }
                _ => Verdict::Reject,
            },
            Self::OneOf(allowed) if allowed.contains(&value) => Verdict::Store(value.to_owned()),
            Self::OneOf(_) => Verdict::Reject,
        }
    }
}

/// A limit is 6 to 32 whole amperes and not above the rating; `16` or `16.00`.
fn limit(config: &DeviceConfig, value: &str) -> Verdict {
    let Some(amps) =
        whole(value).filter(|amps| (6..=32.min(u32::from(config.rating_a))).contains(amps))
    else {
        return Verdict::Reject;
    };
    let takes_effect = match config.limit_format {
        LimitFormatAccepted::Both => true,
        LimitFormatAccepted::Integer => !value.contains('.'),
        LimitFormatAccepted::TwoDecimals => value.contains('.'),
    };
    if takes_effect {
        Verdict::Store(amps.to_string())
    } else {
        Verdict::Ignore
    }
}

/// A whole number, written plainly or with decimals that are zero.
fn whole(value: &str) -> Option<u32> {
    let (number, decimals) = value.split_once('.').unwrap_or((value, "0"));
    let is_zero = !decimals.is_empty() && decimals.bytes().all(|digit| digit == b'0');
    if is_zero && number.bytes().all(|digit| digit.is_ascii_digit()) {
        number.parse().ok()
    } else {
        None
    }
}
