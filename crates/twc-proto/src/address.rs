//! Who is who on the bus.

use core::fmt;
use core::str::FromStr;

/// The id of a unit on its bus, shown as four upper-case hexadecimal digits.
///
/// A unit begins with the last four digits of its serial number, read as hexadecimal, and takes another id at random
/// after a conflict. Source: captures (serial A17A0003495 with id 3495); confidence high.
///
/// ```
/// let unit: twc_proto::Address = "3495".parse()?;
/// assert_eq!(unit, twc_proto::Address(0x3495));
/// assert_eq!(unit.to_string(), "3495");
/// # Ok::<(), twc_proto::InvalidAddress>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(pub u16);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        // `from_str_radix` would take a sign.
        if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidAddress);
        }
        u16::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| InvalidAddress)
    }
}

/// Text that is no bus id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a bus id has exactly four hexadecimal digits, such as 3495")]
pub struct InvalidAddress;

#[cfg(test)]
mod tests {
    use super::{Address, InvalidAddress};

    #[test]
    fn only_four_hexadecimal_digits_are_an_address() {
        for text in ["", "349", "34955", "+349", "349g"] {
            assert_eq!(text.parse::<Address>(), Err(InvalidAddress), "{text}");
        }
        assert_eq!("f00d".parse(), Ok(Address(0xF00D)));
    }
}
