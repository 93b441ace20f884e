//! The serial number of a charger.

use core::fmt;
use core::str::FromStr;

use crate::InvalidSerial;

/// Serial number of a charger: eight raw bytes, shown as 16 lowercase hexadecimal digits.
///
/// `Display` shows all of it, `Debug` the last four digits only.
///
/// ```
/// let serial: emproto::Serial = "9181102751219513".parse()?;
/// assert_eq!(serial.to_string(), "9181102751219513");
/// assert_eq!(format!("{serial:?}"), "Serial(…9513)");
/// # Ok::<(), emproto::InvalidSerial>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial(pub [u8; 8]);

impl Serial {
    /// All zero: in the probe that any charger answers, and in a login to an address whose serial is not known.
    pub const ZERO: Self = Self([0; 8]);

    /// Whether it is [`Serial::ZERO`], which no charger has.
    pub fn is_zero(self) -> bool {
        self == Self::ZERO
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [.., a, b] = self.0;
        write!(f, "Serial(…{a:02x}{b:02x})")
    }
}

impl FromStr for Serial {
    type Err = InvalidSerial;

    fn from_str(text: &str) -> Result<Self, InvalidSerial> {
        // `from_str_radix` would take a sign.
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidSerial);
        }
        u64::from_str_radix(text, 16)
            .map(|number| Self(number.to_be_bytes()))
            .map_err(|_| InvalidSerial)
    }
}

#[cfg(test)]
mod tests {
    use super::Serial;
    use crate::InvalidSerial;

    #[test]
    fn only_sixteen_hexadecimal_digits_are_a_serial() {
        for text in [
            "",
            "918110275121951",
            "+181102751219513",
            "918110275121951g",
        ] {
            assert_eq!(text.parse::<Serial>(), Err(InvalidSerial), "{text}");
        }
        let upper: Serial = "918110275121ABCD".parse().expect("upper case is fine");
        assert_eq!(
            alloc::format!("{upper} {upper:?}"),
            "918110275121abcd Serial(…abcd)"
        );
    }
}
