//! Texts: serial numbers, models, VINs.

use core::fmt::{self, Write as _};

/// The longest text of a message: a serial number that fills its field.
const TEXT_MAX: usize = 15;

/// A text in a field of a message, up to the first NUL or the end of the field; the rest is zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Text([u8; TEXT_MAX]);

impl Text {
    /// At most `max` bytes of the field.
    #[inline]
    fn read(field: &[u8], max: usize) -> Self {
        let mut text = Self::default();
        let bytes = field.iter().take(max).take_while(|byte| **byte != 0);
        for (place, byte) in text.0.iter_mut().zip(bytes) {
            *place = *byte;
        }
        text
    }

    fn bytes(&self) -> &[u8] {
        let end = self.0.iter().position(|byte| *byte == 0);
        self.0.get(..end.unwrap_or(TEXT_MAX)).unwrap_or_default()
    }

    /// Bytes that are not printable ASCII show as U+FFFD.
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(self.bytes(), f)
    }
}

fn show(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes
        .iter()
        .map(|byte| match byte {
            b' '..=b'~' => char::from(*byte),
            _ => char::REPLACEMENT_CHARACTER,
        })
        .try_for_each(|c| f.write_char(c))
}

/// The serial number of a unit, such as A17A0003495: eleven ASCII characters on all known units, fifteen at most.
///
/// `Display` shows all of it, `Debug` the last four characters only.
///
/// ```
/// let serial = twc_proto::message::SerialNumber::new("A17A0003495");
/// assert_eq!(serial.to_string(), "A17A0003495");
/// assert_eq!(format!("{serial:?}"), "SerialNumber(…3495)");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber(Text);

impl SerialNumber {
    /// A serial number with this text; what is longer than fifteen bytes is cut off.
    pub fn new(text: &str) -> Self {
        Self::from_bytes(text.as_bytes())
    }

    /// The text of a field, up to the first NUL; what is longer than fifteen bytes is cut off.
    pub fn from_bytes(field: &[u8]) -> Self {
        Self(Text::read(field, TEXT_MAX))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SerialNumber(…")?;
        let bytes = self.as_bytes();
        show(
            bytes.last_chunk::<4>().map_or(bytes, <[u8; 4]>::as_slice),
            f,
        )?;
        f.write_char(')')
    }
}

/// The model of a unit, such as EVW2T32HLC; eleven characters at most. Only the legacy reply FD 1A holds it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Model(Text);

impl Model {
    /// The text of a field, up to the first NUL; what is longer than eleven bytes is cut off.
    pub fn from_bytes(field: &[u8]) -> Self {
        Self(Text::read(field, LEGACY_MAX))
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model({self})")
    }
}

/// The three messages that together hold a VIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VinSection {
    /// EE: characters 1 to 7.
    First,
    /// EF: characters 8 to 14.
    Middle,
    /// F1: characters 15 to 17.
    Last,
}

impl VinSection {
    /// All sections, in the order of the VIN.
    pub const ALL: [Self; 3] = [Self::First, Self::Middle, Self::Last];

    /// How many characters it has.
    pub const fn width(self) -> usize {
        match self {
            Self::First | Self::Middle => 7,
            Self::Last => 3,
        }
    }

    /// `first`, `middle` or `last`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Middle => "middle",
            Self::Last => "last",
        }
    }
}

/// A part of the VIN of the vehicle that is plugged in. `Debug` does not show it.
///
/// It is empty with nothing plugged in, with another maker's vehicle, or when the unit must not talk to vehicles.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct VinPart {
    section: VinSection,
    text: Text,
}

impl VinPart {
    /// The text of a field, up to the first NUL; what is longer than fifteen bytes is cut off.
    pub fn from_bytes(section: VinSection, field: &[u8]) -> Self {
        Self {
            section,
            text: Text::read(field, TEXT_MAX),
        }
    }

    /// A part without text: no vehicle, or one that does not say.
    pub const fn none(section: VinSection) -> Self {
        Self {
            section,
            text: Text([0; TEXT_MAX]),
        }
    }

    /// Which part it is.
    pub const fn section(&self) -> VinSection {
        self.section
    }

    /// Its bytes, for those who may see them.
    pub fn expose(&self) -> &[u8] {
        self.text.bytes()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// Whether it has exactly as many characters as belong to it.
    pub fn is_complete(&self) -> bool {
        self.expose().len() == self.section.width()
    }
}

impl fmt::Debug for VinPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if self.is_empty() {
            "none"
        } else {
            "[redacted]"
        };
        write!(f, "VinPart({}, {text})", self.section.name())
    }
}

/// The identification number of a vehicle: 17 ASCII letters and digits. `Debug` does not show it.
///
/// ```
/// use twc_proto::message::{Vin, VinPart, VinSection};
///
/// let part = |section, text: &str| VinPart::from_bytes(section, text.as_bytes());
/// let vin = Vin::from_parts(&[
///     part(VinSection::First, "5YJTEST"),
///     part(VinSection::Middle, "A4TWC00"),
///     part(VinSection::Last, "001"),
/// ]);
/// assert_eq!(vin.map(|vin| vin.expose().to_owned()).as_deref(), Some("5YJTESTA4TWC00001"));
/// assert_eq!(format!("{vin:?}"), "Some(Vin([redacted]))");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Vin([u8; 17]);

impl Vin {
    /// The VIN of three parts in the order of [`VinSection::ALL`]. `None` when one is of another section or not
    /// complete, or has other characters than letters and digits.
    pub fn from_parts(parts: &[VinPart; 3]) -> Option<Self> {
        let sections = parts.iter().map(VinPart::section);
        if !sections.eq(VinSection::ALL) || !parts.iter().all(VinPart::is_complete) {
            return None;
        }
        let mut vin = [0; 17];
        let bytes = parts.iter().flat_map(VinPart::expose);
        for (place, byte) in vin.iter_mut().zip(bytes) {
            *place = *byte;
        }
        vin.iter()
            .all(u8::is_ascii_alphanumeric)
            .then_some(Self(vin))
    }

    /// The text, for those who may see it.
    pub fn expose(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vin([redacted])")
    }
}

/// The room for text in a legacy reply.
pub(super) const LEGACY_MAX: usize = 11;
