//! What can be wrong with bytes from the network, and with arguments.

use core::fmt;

/// Why bytes of a packet are no datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} in the {bytes} bytes from byte {offset} of the packet")]
pub struct FrameError {
    /// What was found.
    pub kind: FrameErrorKind,
    /// Where the bytes begin in the packet.
    pub offset: usize,
    /// How many bytes it cost.
    pub bytes: usize,
}

/// The kinds of damage to a datagram, in the order in which they are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrameErrorKind {
    /// The packet is shorter than the smallest datagram.
    TooShort,
    /// The packet does not begin with `06 01`.
    BadHeader,
    /// What follows a datagram does not begin with `06 01`.
    TrailingGarbage,
    /// The packet ends before the datagram does.
    Truncated,
    /// A declared length below that of the smallest datagram.
    BadLength,
    /// No `0f 02` at the declared end.
    BadTail,
    /// The checksum is not that of the bytes.
    BadChecksum,
}

impl FrameErrorKind {
    /// The kind in `snake_case`, as decoded captures name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooShort => "too_short",
            Self::BadHeader => "bad_header",
            Self::TrailingGarbage => "trailing_garbage",
            Self::Truncated => "truncated",
            Self::BadLength => "bad_length",
            Self::BadTail => "bad_tail",
            Self::BadChecksum => "bad_checksum",
        }
    }
}

impl fmt::Display for FrameErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooShort => "too few bytes for a datagram",
            Self::BadHeader => "no header",
            Self::TrailingGarbage => "garbage after a datagram",
            Self::Truncated => "a datagram that is cut off",
            Self::BadLength => "an impossible length",
            Self::BadTail => "no tail at the declared end",
            Self::BadChecksum => "a wrong checksum",
        })
    }
}

/// A payload is shorter than its command needs. The datagram still holds the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the payload ends after {len} bytes, within {field}, which begins at byte {offset}")]
pub struct PayloadError {
    /// The first field that is not there completely.
    pub field: &'static str,
    /// Where it begins in the payload.
    pub offset: usize,
    /// How long the payload is.
    pub len: usize,
}

/// A value that must not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{argument} is {found}, but must be {min} to {max}")]
pub struct InvalidArgument {
    /// What the value is for, with its unit.
    pub argument: &'static str,
    /// The value.
    pub found: u32,
    /// The smallest value that is allowed.
    pub min: u32,
    /// The largest value that is allowed.
    pub max: u32,
}

impl InvalidArgument {
    /// Checks that `found` is from `min` to `max`.
    pub(crate) const fn check(
        argument: &'static str,
        found: u32,
        min: u32,
        max: u32,
    ) -> Result<(), Self> {
        if found < min || found > max {
            return Err(Self {
                argument,
                found,
                min,
                max,
            });
        }
        Ok(())
    }

    /// Checks that each byte is printable ASCII; the argument names the byte.
    pub(crate) fn check_ascii(argument: &'static str, text: &str) -> Result<(), Self> {
        text.chars()
            .try_for_each(|c| Self::check(argument, u32::from(c), 0x20, 0x7E))
    }
}

/// Text that is no PIN. It says nothing about the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a PIN has exactly six digits")]
pub struct InvalidPin;

/// Text that is no serial number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a serial number has exactly 16 hexadecimal digits")]
pub struct InvalidSerial;
