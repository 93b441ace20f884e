//! What can be wrong with bytes from the line.

use core::fmt;

use super::RAW_MAX;

/// Bytes between two markers that are no frame.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{kind} in {len} bytes of the line")]
pub struct FrameError {
    kind: FrameErrorKind,
    len: u8,
    raw: [u8; RAW_MAX],
}

impl FrameError {
    #[cold]
    pub(super) fn new(kind: FrameErrorKind, bytes: &[u8]) -> Self {
        let mut raw = [0; RAW_MAX];
        let mut len = 0;
        for (place, byte) in raw.iter_mut().zip(bytes) {
            *place = *byte;
            len += 1;
        }
        Self { kind, len, raw }
    }

    /// What was found.
    pub const fn kind(&self) -> FrameErrorKind {
        self.kind
    }

    /// The bytes as they came, without markers; at most [`RAW_MAX`]. They may hold a piece of a VIN.
    pub fn raw(&self) -> &[u8] {
        self.raw.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrameError")
            .field("kind", &self.kind)
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// The kinds of damage, in the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrameErrorKind {
    /// DB, followed by neither DC nor DD.
    Escape,
    /// A length that no frame has, or more than [`RAW_MAX`] bytes without a marker.
    Length,
    /// The checksum is not that of the bytes.
    Checksum,
    /// The type is none of FB, FC and FD. The checksum does not cover it.
    Type,
    /// The line fell silent within a frame.
    Incomplete,
}

impl FrameErrorKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Escape,
        Self::Length,
        Self::Checksum,
        Self::Type,
        Self::Incomplete,
    ];

    /// The kind in `snake_case`, as decoded captures name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Escape => "escape",
            Self::Length => "length",
            Self::Checksum => "checksum",
            Self::Type => "type",
            Self::Incomplete => "incomplete",
        }
    }
}

impl fmt::Display for FrameErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "a broken escape",
            Self::Length => "an impossible length",
            Self::Checksum => "a wrong checksum",
            Self::Type => "an unknown frame type",
            Self::Incomplete => "a frame that is cut off",
        })
    }
}
