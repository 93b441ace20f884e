//! Settings: the commands that begin with an action and set, ask for or report one value.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use nom::number::complete::{be_u8, be_u32};

use super::parse::{Parsed, field};
use super::start_stop::check_current;
use super::text::trimmed;
use super::{Action, Language, RawBytes, StartMethod, TemperatureUnit};
use crate::InvalidArgument;
use crate::time::RawTime;

/// A setting: set, asked for or reported. `T` is [`Amps`], [`Nickname`], [`Language`], [`TemperatureUnit`],
/// [`StartMethod`], [`RawTime`] or [`WeeklyPlan`](super::WeeklyPlan).
///
/// | bytes | field |
/// | --- | --- |
/// | 0 | action |
/// | 1.. | the value |
///
/// A question is recognised by its action alone: clients are known that send one byte, or any value. Replies carry an
/// action too, but not a reliable one. Source: captures; several implementations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// Set or get.
    pub action: Action,
    /// The value; only a question may lack it.
    pub value: Option<T>,
    /// What follows.
    pub extra: RawBytes,
}

/// What a [`Setting`] is about.
pub(super) trait Value: Sized {
    /// Reads the value.
    fn parse(input: &[u8]) -> Parsed<'_, Self>;
    /// Writes the value.
    fn put(&self, out: &mut Vec<u8>);
    /// The value of a canonical question: zeros.
    fn blank() -> Self;
}

impl<T> Setting<T> {
    /// Sets or reports a value that was checked or comes from a charger.
    pub const fn raw(action: Action, value: T) -> Self {
        Self {
            action,
            value: Some(value),
            extra: RawBytes::EMPTY,
        }
    }
}

#[expect(private_bounds, reason = "which types are values is written above")]
impl<T: Value> Setting<T> {
    /// The canonical question.
    pub fn get() -> Self {
        Self::raw(Action::Get, T::blank())
    }

    /// Reads a setting; from a client a question may lack the value.
    pub(super) fn parse(input: &[u8], is_request: bool) -> Parsed<'_, Self> {
        let (input, action) = field("action", be_u8, input)?;
        let action = Action::from(action);
        let (extra, value) = match T::parse(input) {
            Ok((extra, value)) => (extra, Some(value)),
            Err(_) if is_request && action == Action::Get => (input, None),
            Err(error) => return Err(error),
        };
        let setting = Self {
            action,
            value,
            extra: extra.into(),
        };
        Ok((&[], setting))
    }

    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.push(self.action.code());
        if let Some(value) = &self.value {
            value.put(out);
        }
        out.extend_from_slice(&self.extra);
    }
}

/// A current in whole amperes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Amps(pub u8);

impl Setting<Amps> {
    /// Sets the configured current, A: 6 to 32; the charger's own maximum may be lower.
    ///
    /// # Errors
    /// For a current out of range.
    pub fn set(current_a: u8) -> Result<Self, InvalidArgument> {
        check_current(current_a)?;
        Ok(Self::raw(Action::Set, Amps(current_a)))
    }
}

impl Setting<Language> {
    /// Sets the language of the display.
    pub const fn set(language: Language) -> Self {
        Self::raw(Action::Set, language)
    }
}

impl Setting<StartMethod> {
    /// Sets how charging may be started.
    pub const fn set(method: StartMethod) -> Self {
        Self::raw(Action::Set, method)
    }
}

impl Setting<TemperatureUnit> {
    /// Sets the temperature unit of the display.
    pub const fn set(unit: TemperatureUnit) -> Self {
        Self::raw(Action::Set, unit)
    }
}

impl Setting<RawTime> {
    /// Sets the charger's clock.
    pub const fn set(time: RawTime) -> Self {
        Self::raw(Action::Set, time)
    }
}

impl Setting<Nickname> {
    /// Sets the charger's name; see [`Nickname::new`].
    ///
    /// # Errors
    /// For a name that is too long or not printable ASCII.
    pub fn set(name: &str) -> Result<Self, InvalidArgument> {
        Nickname::new(name).map(|name| Self::raw(Action::Set, name))
    }
}

/// The field of a charger's name: `ACP#`, the name and padding. The prefix may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nickname(pub RawBytes<32>);

impl Nickname {
    /// A name of up to 11 characters, as every known model takes it.
    ///
    /// # Errors
    /// For a name that is too long or not printable ASCII.
    pub fn new(name: &str) -> Result<Self, InvalidArgument> {
        Self::with_limit(name, NAME_LEN)
    }

    /// A name of up to 28 characters: the width of the field. Some models show nothing when it is longer than 11.
    ///
    /// # Errors
    /// For a name that is too long or not printable ASCII.
    pub fn long(name: &str) -> Result<Self, InvalidArgument> {
        Self::with_limit(name, FIELD_LEN - PREFIX.len())
    }

    fn with_limit(name: &str, limit: usize) -> Result<Self, InvalidArgument> {
        InvalidArgument::check_ascii("a character of the name", name)?;
        let number = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let argument = "the length of the name in characters";
        InvalidArgument::check(argument, number(name.len()), 0, number(limit))?;
        let mut field = [0; FIELD_LEN];
        for (place, byte) in field.iter_mut().zip(PREFIX.iter().chain(name.as_bytes())) {
            *place = *byte;
        }
        Ok(Self(field.into()))
    }

    /// The name without the prefix.
    pub fn to_str_lossy(&self) -> Cow<'_, str> {
        let text = trimmed(&self.0);
        String::from_utf8_lossy(text.strip_prefix(PREFIX).unwrap_or(text))
    }
}

impl Value for Nickname {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        // The field may be cut short, but a value has at least one byte.
        field("name", be_u8, input)?;
        let (name, rest) = input.split_at(input.len().min(FIELD_LEN));
        Ok((rest, Self(name.into())))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn blank() -> Self {
        Self([0; FIELD_LEN].into())
    }
}

impl Value for RawTime {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, raw) = field("time", be_u32, input)?;
        Ok((input, Self(raw)))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn blank() -> Self {
        Self::NONE
    }
}

impl Value for Amps {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, current_a) = field("current", be_u8, input)?;
        Ok((input, Self(current_a)))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.0);
    }

    fn blank() -> Self {
        Self(0)
    }
}

macro_rules! code_values {
    ($($name:ident $field:literal),*) => {$(
        impl Value for $name {
            fn parse(input: &[u8]) -> Parsed<'_, Self> {
                let (input, code) = field($field, be_u8, input)?;
                Ok((input, code.into()))
            }

            fn put(&self, out: &mut Vec<u8>) {
                out.push(self.code());
            }

            fn blank() -> Self {
                Self::from(0)
            }
        }
    )*};
}

code_values!(Language "language", StartMethod "start method", TemperatureUnit "temperature unit");

/// Marks a name; clients search for it in Bluetooth names.
const PREFIX: &[u8] = b"ACP#";
/// Width of the field for a name.
const FIELD_LEN: usize = 32;
/// A Telestar EC311S refuses longer names.
const NAME_LEN: usize = 11;

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Action, Nickname, Setting};

    #[test]
    fn names_are_short_printable_ascii() {
        assert!(Nickname::new("").is_ok() && Nickname::new("Garage left").is_ok());
        assert_eq!(
            Nickname::new("My charger 1").map_err(|e| (e.found, e.max)),
            Err((12, 11))
        );
        assert!(Nickname::long("My charger 1").is_ok());
        assert!(Nickname::long("12345678901234567890123456789").is_err());
        assert!(Nickname::new("Garáž").is_err() && Nickname::new("a\nb").is_err());
    }

    #[test]
    fn what_follows_the_field_of_a_name_is_not_part_of_it() {
        let mut payload = [b'x'; 36];
        payload[0] = 2;
        let Ok((_, setting)) = Setting::<Nickname>::parse(&payload, false) else {
            panic!("not a name");
        };
        assert_eq!(setting.action, Action::Get);
        assert_eq!(setting.value.as_ref().map(|name| name.0.len()), Some(32));
        assert_eq!(setting.extra.len(), 3);
        let mut again = Vec::new();
        setting.put(&mut again);
        assert_eq!(again, payload);
    }

    #[test]
    fn the_prefix_is_taken_off_once() {
        let check =
            |field: &[u8], name: &str| assert_eq!(Nickname(field.into()).to_str_lossy(), name);
        check(b"ACP#Garage\0\0", "Garage");
        check(b"ACP#ACP#x", "ACP#x");
        check(b"Garage  ", "Garage");
        check(b"ACP#", "");
        check(b"\0", "");
    }
}
