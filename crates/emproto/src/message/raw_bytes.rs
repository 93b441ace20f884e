//! Bytes that are kept as they came.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;

/// Bytes without a known meaning: kept, so that encoding gives back what was decoded. Up to 32 bytes lie inline.
#[derive(Clone)]
pub struct RawBytes(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl RawBytes {
    /// No bytes.
    pub const EMPTY: Self = Self(Repr::Inline {
        len: 0,
        bytes: [0; INLINE],
    });
}

impl From<&[u8]> for RawBytes {
    #[inline]
    fn from(from: &[u8]) -> Self {
        // The usual case, without a copy.
        if from.is_empty() {
            return Self::EMPTY;
        }
        let mut bytes = [0; INLINE];
        match (u8::try_from(from.len()), bytes.get_mut(..from.len())) {
            (Ok(len), Some(place)) => {
                place.copy_from_slice(from);
                Self(Repr::Inline { len, bytes })
            }
            _ => Self(Repr::Heap(from.into())),
        }
    }
}

impl<const N: usize> From<[u8; N]> for RawBytes {
    fn from(from: [u8; N]) -> Self {
        Self::from(&from[..])
    }
}

impl Deref for RawBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl Default for RawBytes {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl PartialEq for RawBytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for RawBytes {}

/// Shows the length only: nobody knows what the bytes are.
impl fmt::Debug for RawBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBytes({} bytes)", self.len())
    }
}

/// The unused end of a canonical stop has 30 bytes, the field of a name 32.
const INLINE: usize = 32;
