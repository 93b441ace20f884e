//! Numbers with a code for none.

use core::fmt;

/// A raw number; all bits set means that there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Reading<T>(pub T);

/// A raw number; 0 or all bits set means that there is none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Limit<T>(pub T);

macro_rules! optional {
    ($($int:ty),*) => {$(
        impl Reading<$int> {
            /// No reading.
            pub const NONE: Self = Self(<$int>::MAX);

            /// The number, unless it stands for none.
            pub const fn get(self) -> Option<$int> {
                match self.0 {
                    <$int>::MAX => None,
                    number => Some(number),
                }
            }
        }

        impl Limit<$int> {
            /// No limit.
            pub const NONE: Self = Self(<$int>::MAX);

            /// The number, unless it stands for none.
            pub const fn get(self) -> Option<$int> {
                match self.0 {
                    0 | <$int>::MAX => None,
                    number => Some(number),
                }
            }
        }

        impl fmt::Debug for Reading<$int> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.get().fmt(f)
            }
        }

        impl fmt::Debug for Limit<$int> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.get().fmt(f)
            }
        }
    )*};
}

optional!(u8, u16, u32);

/// A temperature: raw u16; °C = (raw − 20000) / 100; FFFF and 00FF mean none.
///
/// Source: several implementations; 00FF from two of one lineage, where it would be −197.45 °C.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Temperature(pub u16);

impl Temperature {
    /// No reading.
    pub const NONE: Self = Self(0xFFFF);

    /// A temperature in hundredths of °C; `None` outside −199.99 to 455.34 °C and for the one that stands for none.
    pub fn from_centidegrees(centidegrees: i32) -> Option<Self> {
        let raw = u16::try_from(centidegrees.checked_add(ZERO_CELSIUS)?).ok()?;
        Some(Self(raw)).filter(|temperature| temperature.centidegrees().is_some())
    }

    /// Hundredths of °C, whatever unit the display shows.
    pub const fn centidegrees(self) -> Option<i32> {
        match self.0 {
            0xFFFF | 0x00FF => None,
            raw => Some(raw as i32 - ZERO_CELSIUS),
        }
    }
}

impl Default for Temperature {
    fn default() -> Self {
        Self::NONE
    }
}

impl fmt::Debug for Temperature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.centidegrees().fmt(f)
    }
}

const ZERO_CELSIUS: i32 = 20_000;

#[cfg(test)]
mod tests {
    use super::{Limit, Reading, Temperature};

    #[test]
    fn codes_for_none_are_none() {
        assert_eq!(Reading(0xFFFF_u16).get(), None);
        assert_eq!(Reading(0_u16).get(), Some(0));
        assert_eq!(
            [Limit(0_u8), Limit(0xFF)].map(Limit::<u8>::get),
            [None, None]
        );
        assert_eq!(Limit(16_u8).get(), Some(16));
    }

    #[test]
    fn temperatures_are_signed() {
        assert_eq!(Temperature(19_450).centidegrees(), Some(-550));
        assert_eq!(Temperature(0x00FF).centidegrees(), None);
        assert_eq!(
            Temperature::from_centidegrees(-550),
            Some(Temperature(19_450))
        );
        assert_eq!(Temperature::from_centidegrees(-19_745), None);
        assert_eq!(Temperature::from_centidegrees(50_000), None);
    }
}
