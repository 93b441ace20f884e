//! Quantities as integers with their unit. A limit is never a float, and making one coarser rounds it down.

use std::fmt;
use std::str::FromStr;

/// An electric current in mA.
///
/// ```
/// use evse::units::Milliamps;
///
/// let limit: Milliamps = "16.9 A".parse()?;
/// assert_eq!(limit.whole_amps(), 16);
/// assert_eq!(limit.to_string(), "16.9 A");
/// # Ok::<(), evse::units::ParseCurrentError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Milliamps(pub u32);

/// A voltage in mV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Millivolts(pub u32);

/// Power in W.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Watts(pub u32);

/// Energy in Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WattHours(pub u64);

/// A temperature in tenths of °C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeciCelsius(pub i32);

impl Milliamps {
    /// A current of whole amps.
    pub const fn from_amps(amps: u16) -> Self {
        Self(amps as u32 * 1_000)
    }

    /// The whole amps in it, rounded down: a limit must not grow on its way to the charger.
    pub const fn whole_amps(self) -> u32 {
        self.0 / 1_000
    }
}

impl fmt::Display for Milliamps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        thousandths(f, self.0.into(), "A")
    }
}

/// To a tenth: no charger measures better.
impl fmt::Display for Millivolts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = u64::from(self.0).saturating_add(50) / 100;
        thousandths(f, tenths * 100, "V")
    }
}

impl fmt::Display for Watts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} W", self.0)
    }
}

/// In kWh from one on.
impl fmt::Display for WattHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1_000 {
            return write!(f, "{} Wh", self.0);
        }
        thousandths(f, self.0, "kWh")
    }
}

impl fmt::Display for DeciCelsius {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let tenths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{} °C", tenths / 10, tenths % 10)
    }
}

/// A number of thousandths without the zeros at its end, and the unit.
fn thousandths(f: &mut fmt::Formatter<'_>, number: u64, unit: &str) -> fmt::Result {
    let (whole, rest) = (number / 1_000, number % 1_000);
    if rest == 0 {
        return write!(f, "{whole} {unit}");
    }
    let rest = format!("{rest:03}");
    write!(f, "{whole}.{} {unit}", rest.trim_end_matches('0'))
}

/// A text that is no current.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no current, expected amps such as 16, 16A or 16.5 A")]
pub struct ParseCurrentError(String);

/// Amps with up to three decimals; the unit may stand behind, with or without a space.
impl FromStr for Milliamps {
    type Err = ParseCurrentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ParseCurrentError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Milliamps> {
    let number = text.trim().trim_end_matches(['A', 'a']).trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || decimals.len() > 3 {
        return None;
    }
    let thousandths: u32 = format!("{decimals:0<3}").parse().ok()?;
    let whole: u32 = whole.parse().ok()?;
    whole
        .checked_mul(1_000)?
        .checked_add(thousandths)
        .map(Milliamps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_currents_are_amps() {
        for (text, expected) in [
            ("16", Some(16_000)),
            ("16A", Some(16_000)),
            ("16 A", Some(16_000)),
            (" 6.5a ", Some(6_500)),
            ("0.001", Some(1)),
            ("0", Some(0)),
            ("4294967.295", Some(u32::MAX)),
            ("4294967.296", None),
            ("4294968", None),
            ("99999999999", None),
            ("16.0001", None),
            ("16.", None),
            (".5", None),
            ("-6", None),
            ("+6", None),
            ("1e1", None),
            ("16,5", None),
            ("A", None),
            ("", None),
            ("16 kA", None),
        ] {
            assert_eq!(text.parse().ok(), expected.map(Milliamps), "{text:?}");
        }
        let error = "lots".parse::<Milliamps>().expect_err("no number");
        assert!(error.to_string().starts_with("`lots` is no current"));
    }

    #[test]
    fn whole_amps_are_rounded_down() {
        for (milliamps, amps) in [
            (0, 0),
            (999, 0),
            (5_999, 5),
            (6_000, 6),
            (16_999, 16),
            (u32::MAX, 4_294_967),
        ] {
            assert_eq!(Milliamps(milliamps).whole_amps(), amps, "{milliamps}");
        }
        assert_eq!(Milliamps::from_amps(u16::MAX), Milliamps(65_535_000));
    }

    #[test]
    fn quantities_print_with_their_unit() {
        for (printed, expected) in [
            (Milliamps(16_000).to_string(), "16 A"),
            (Milliamps(16_500).to_string(), "16.5 A"),
            (Milliamps(50).to_string(), "0.05 A"),
            (Millivolts(230_100).to_string(), "230.1 V"),
            (Millivolts(226_545).to_string(), "226.5 V"),
            (Millivolts(229_960).to_string(), "230 V"),
            (Watts(3_680).to_string(), "3680 W"),
            (WattHours(999).to_string(), "999 Wh"),
            (WattHours(1_000).to_string(), "1 kWh"),
            (WattHours(250_325).to_string(), "250.325 kWh"),
            (DeciCelsius(285).to_string(), "28.5 °C"),
            (DeciCelsius(-5).to_string(), "-0.5 °C"),
            (DeciCelsius(i32::MIN).to_string(), "-214748364.8 °C"),
        ] {
            assert_eq!(printed, expected);
        }
    }
}
