//! Texts in fields of a fixed width.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::InvalidArgument;

/// A text in a field of `N` bytes, kept as it came.
///
/// The text reaches to the first NUL or the end of the field; FF and spaces at its end are padding. It is UTF-8;
/// invalid bytes show as U+FFFD. Source: captures; the vendor app decodes UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Text<const N: usize>(pub [u8; N]);

impl<const N: usize> Text<N> {
    /// A field with this text, cut at the end of a character if it is too long, and zeros.
    pub fn new(text: &str) -> Self {
        let end = (0..=N.min(text.len()))
            .rev()
            .find(|end| text.is_char_boundary(*end));
        let bytes = text.as_bytes().get(..end.unwrap_or_default());
        Self(padded(bytes.unwrap_or_default()))
    }

    /// The text without padding, as bytes.
    pub fn trimmed(&self) -> &[u8] {
        trimmed(&self.0)
    }

    /// The text.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.trimmed())
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str_lossy())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.to_str_lossy(), f)
    }
}

/// Whose charge it is, or which: a user id or a charge id. `Debug` does not show it.
///
/// The bytes matter: a charger wants a charge id back exactly as it sent it, and it need not be text.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier(pub [u8; 16]);

impl Identifier {
    /// An identifier to send; longer than 16 characters it is cut.
    ///
    /// # Errors
    /// For characters that are not printable ASCII.
    pub fn new(text: &str) -> Result<Self, InvalidArgument> {
        InvalidArgument::check_ascii("a character of an identifier", text)?;
        let bytes = text.as_bytes();
        Ok(Self(padded(bytes.get(..16).unwrap_or(bytes))))
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.trimmed().is_empty()
    }

    /// The text without padding, as bytes.
    pub fn trimmed(&self) -> &[u8] {
        trimmed(&self.0)
    }

    /// The text; see [`Text`].
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.trimmed())
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() {
            "Identifier(none)"
        } else {
            "Identifier([redacted])"
        })
    }
}

/// A text that goes on in another field.
pub(super) fn joined(parts: &[&[u8]]) -> String {
    let bytes: Vec<u8> = parts.iter().copied().flat_map(trimmed).copied().collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What of a field is text.
pub(super) fn trimmed(field: &[u8]) -> &[u8] {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    let end = text.iter().rposition(|byte| !matches!(byte, 0xFF | b' '));
    text.get(..end.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut field = [0; N];
    for (place, byte) in field.iter_mut().zip(bytes) {
        *place = *byte;
    }
    field
}

#[cfg(test)]
mod tests {
    use super::{Identifier, Text};

    #[test]
    fn texts_end_at_a_nul_or_before_padding() {
        let check = |field: [u8; 8], text: &str| assert_eq!(Text(field).to_str_lossy(), text);
        check(*b"BS20\0\0\0\0", "BS20");
        check(*b"BS20\0xyz", "BS20");
        check(*b"BESEN123", "BESEN123");
        check(*b" BS 20  ", " BS 20");
        check(*b"BS20\xFF\xFF  ", "BS20");
        check([0; 8], "");
        check([0xFF; 8], "");
        check(*b"caf\xC3\xA9\0\0\0", "café");
        check(*b"1234567\xC3", "1234567\u{FFFD}");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(Text::<4>::new("café").0, *b"caf\0");
        assert_eq!(Text::<4>::new("ab").0, *b"ab\0\0");
    }

    #[test]
    fn identifiers_are_ascii_cut_and_not_shown() {
        let id = Identifier::new("12345678901234567890").expect("ASCII");
        assert_eq!(id.0, *b"1234567890123456");
        assert_eq!(alloc::format!("{id:?}"), "Identifier([redacted])");
        assert!(Identifier::new("Jürgen").is_err());
    }
}
