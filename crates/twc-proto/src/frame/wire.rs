//! Frames as bytes of the line.

use core::fmt;
use core::ops::Deref;

use super::{BODY_MAX, ESCAPE, ESCAPED_ESCAPE, ESCAPED_MARKER, MARKER};

/// The longest frame on the line: all of the body escaped but the type, two markers and a trailer, rounded up.
pub const WIRE_MAX: usize = 2 * BODY_MAX + 3;

/// The byte behind the closing marker. It does not belong to the frame; receivers take any or none.
///
/// Real units send FC, FE, F8 or FA; other people's controllers FC, FD, FE, FF or nothing. Some units ignore some
/// messages without it. Source: captures and implementations; confidence medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trailer {
    /// This byte.
    Byte(u8),
    /// None.
    None,
}

impl Default for Trailer {
    fn default() -> Self {
        Self::Byte(0xFC)
    }
}

/// The bytes of one frame on the line, markers and trailer included; at most [`WIRE_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WireFrame {
    len: u8,
    bytes: [u8; WIRE_MAX],
}

impl WireFrame {
    /// `body` has at most [`BODY_MAX`] bytes.
    #[inline]
    pub(super) fn new(body: &[u8], trailer: Trailer) -> Self {
        let mut wire = Self {
            len: 0,
            bytes: [0; WIRE_MAX],
        };
        wire.put(MARKER);
        for byte in body {
            match *byte {
                MARKER => {
                    wire.put(ESCAPE);
                    wire.put(ESCAPED_MARKER);
                }
                ESCAPE => {
                    wire.put(ESCAPE);
                    wire.put(ESCAPED_ESCAPE);
                }
                byte => wire.put(byte),
            }
        }
        wire.put(MARKER);
        if let Trailer::Byte(byte) = trailer {
            wire.put(byte);
        }
        wire
    }

    #[inline]
    fn put(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.len)) {
            *place = byte;
            self.len += 1;
        }
    }
}

impl Deref for WireFrame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl AsRef<[u8]> for WireFrame {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for WireFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Frames hold pieces of VINs.
        write!(f, "WireFrame({} bytes)", self.len)
    }
}
