//! Bytes that are kept as they came.

use alloc::boxed::Box;
use core::fmt;
use core::ops::Deref;

/// Bytes without a known meaning: kept, so that encoding gives back what was decoded. Up to `INLINE` bytes are kept
/// without allocation.
#[derive(Clone)]
pub struct RawBytes<const INLINE: usize = 16>(Repr<INLINE>);

#[derive(Clone)]
enum Repr<const INLINE: usize> {
    Inline { len: u8, bytes: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl<const INLINE: usize> RawBytes<INLINE> {
    /// No bytes.
    pub const EMPTY: Self = Self(Repr::Inline {
        len: 0,
        bytes: [0; INLINE],
    });
}

impl<const INLINE: usize> From<&[u8]> for RawBytes<INLINE> {
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

impl<const N: usize, const INLINE: usize> From<[u8; N]> for RawBytes<INLINE> {
    fn from(from: [u8; N]) -> Self {
        Self::from(&from[..])
    }
}

impl<const INLINE: usize> Deref for RawBytes<INLINE> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, bytes } => bytes.get(..usize::from(*len)).unwrap_or(bytes),
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl<const INLINE: usize> Default for RawBytes<INLINE> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl<const INLINE: usize> PartialEq for RawBytes<INLINE> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<const INLINE: usize> Eq for RawBytes<INLINE> {}

/// Shows the length only: nobody knows what the bytes are.
impl<const INLINE: usize> fmt::Debug for RawBytes<INLINE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBytes({} bytes)", self.len())
    }
}
