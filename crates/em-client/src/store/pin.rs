//! The PIN as emproto stores it: Base64 of its digits, each exclusive-or FF. That hides it from a glance, not from
//! anyone who wants it.

use emproto::Pin;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Six bytes are eight characters, without padding.
pub(super) fn encode(pin: Pin) -> String {
    let bits = pin
        .expose()
        .bytes()
        .fold(0_u64, |bits, digit| bits << 8 | u64::from(digit ^ 0xFF));
    let characters = (0..8)
        .rev()
        .map(|place| ALPHABET[(bits >> (6 * place) & 63) as usize]);
    characters.map(char::from).collect()
}

/// `None` for what is not the PIN of six digits.
pub(super) fn decode(text: &str) -> Option<Pin> {
    if text.len() != 8 {
        return None;
    }
    let bits = text.bytes().try_fold(0_u64, |bits, character| {
        let value = ALPHABET.iter().position(|known| *known == character)?;
        Some(bits << 6 | value as u64)
    })?;
    let [_, _, digits @ ..] = bits.to_be_bytes();
    let digits = digits.map(|byte| byte ^ 0xFF);
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use emproto::Pin;

    use super::{decode, encode};

    #[test]
    fn a_pin_is_stored_as_emproto_does() {
        for (digits, stored) in [
            ("123456", "zs3My8rJ"),
            ("000000", "z8/Pz8/P"),
            ("999999", "xsbGxsbG"),
        ] {
            let pin: Pin = digits.parse().expect("six digits");
            assert_eq!(encode(pin), stored);
            assert_eq!(decode(stored).as_ref().map(Pin::expose), Some(digits));
        }
    }

    #[test]
    fn what_is_no_pin_is_none() {
        // Empty, five and seven digits, letters, no Base64, padding.
        for stored in [
            "",
            "zs3My8o=",
            "zs3My8rJyA==",
            "np2cm5qZ",
            "zs3My8r!",
            "zs3My8r=",
        ] {
            assert!(decode(stored).is_none(), "{stored}");
        }
    }
}
