//! The PIN, and the field of the envelope that holds it.

use core::fmt;
use core::str::FromStr;

use crate::InvalidPin;

/// The six digits that every datagram to a charger carries. `Debug` does not show them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pin([u8; 6]);

impl Pin {
    /// The digits. Keep them out of logs, errors and dumps.
    pub fn expose(&self) -> &str {
        // Only digits get in.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Pin {
    type Err = InvalidPin;

    fn from_str(text: &str) -> Result<Self, InvalidPin> {
        let digits: [u8; 6] = text.as_bytes().try_into().map_err(|_| InvalidPin)?;
        if digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(digits))
        } else {
            Err(InvalidPin)
        }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin([redacted])")
    }
}

/// The six bytes of the envelope for the PIN.
///
/// To a charger: the PIN, or zeros in a probe. From a charger: six FF or six 00 on hardware, both for none; a
/// simulator is known that puts the PIN there. Source: captures. `Debug` shows only whether something is there.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Password([u8; 6]);

impl Password {
    /// No PIN: zeros.
    pub const NONE: Self = Self([0; 6]);
    /// No PIN, as a Besen BS20 writes it.
    pub const NONE_FF: Self = Self([0xFF; 6]);

    /// The field as it stands in the datagram.
    pub const fn from_bytes(bytes: [u8; 6]) -> Self {
        Self(bytes)
    }

    /// The bytes. Keep them out of logs, errors and dumps.
    pub const fn expose(&self) -> &[u8; 6] {
        &self.0
    }

    /// Whether the field holds nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE || *self == Self::NONE_FF
    }

    /// The PIN, if the field holds six digits.
    pub fn pin(&self) -> Option<Pin> {
        self.0.iter().all(u8::is_ascii_digit).then_some(Pin(self.0))
    }
}

impl From<Pin> for Password {
    fn from(pin: Pin) -> Self {
        Self(pin.0)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_none() {
            "Password(none)"
        } else {
            "Password([redacted])"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, Pin};
    use crate::InvalidPin;

    #[test]
    fn only_six_digits_are_a_pin() {
        for text in ["", "12345", "1234567", "12345a", "12345٣"] {
            assert_eq!(text.parse::<Pin>(), Err(InvalidPin), "{text}");
        }
    }

    #[test]
    fn debug_shows_no_digit() {
        let pin: Pin = "123456".parse().expect("six digits");
        assert_eq!(pin.expose(), "123456");
        let printed = alloc::format!("{pin:?} {:?} {:?}", Password::from(pin), Password::NONE_FF);
        assert_eq!(
            printed,
            "Pin([redacted]) Password([redacted]) Password(none)"
        );
    }

    #[test]
    fn a_field_of_digits_is_a_pin_and_others_are_not() {
        assert!(Password::NONE.pin().is_none() && Password::NONE_FF.pin().is_none());
        let pin = Password::from_bytes(*b"123456").pin();
        assert_eq!(pin.as_ref().map(Pin::expose), Some("123456"));
    }
}
