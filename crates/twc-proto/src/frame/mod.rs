//! Frames of the bus, from and to the bytes of the line.
//!
//! ```
//! use twc_proto::frame::{Decoder, Trailer};
//!
//! // What a controller asks and what the unit answers, in two reads.
//! let line = [
//!     &b"\xFC\xC0\xFB\xE0\x77\x77\x24\x33\x00\x00\x00"[..],
//!     b"\x00\x00\x00\x00\x00\x00\x25\xC0\xFC",
//! ];
//! let mut decoder = Decoder::new();
//! let mut frames = Vec::new();
//! for bytes in line {
//!     frames.extend(decoder.push(bytes));
//! }
//! let frame = frames[0]?;
//! assert_eq!(frame.sender().unwrap().to_string(), "7777");
//! assert_eq!(frame.encode(Trailer::Byte(0xFC)).len(), 19);
//! # Ok::<(), twc_proto::frame::FrameError>(())
//! ```

mod decoder;
mod error;
mod wire;

use core::fmt;

use crate::Address;

pub use decoder::{Counters, Decoder, Frames};
pub use error::{FrameError, FrameErrorKind};
pub use wire::{Trailer, WIRE_MAX, WireFrame};

/// The longest body: the checksum included, escapes undone.
pub const BODY_MAX: usize = 20;

/// The most between the command and the checksum.
pub(crate) const CONTENT_MAX: usize = BODY_MAX - 3;

/// As many bytes between two markers are kept; an escaped body has at most 40.
pub const RAW_MAX: usize = 64;

/// One frame: a body with a right length, checksum and type. Integers are big-endian.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 0 | type | [`FrameType`] |
/// | 1 | command | see [`crate::message::Message`] |
/// | 2..4 | sender | [`Address`]; legacy replies have none |
/// | 4..−1 | payload | by type and command |
/// | −1 | checksum | low byte of the sum of bytes 1 to −2: not of the type |
///
/// Bodies have 14 bytes (protocol version 1), 16 (version 2) or 20 (long replies); queries and commands of other
/// people's controllers may have 13 or 15. Source: captures with recomputed checksums; confidence high.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Frame {
    len: u8,
    /// Zeros behind the end.
    body: [u8; BODY_MAX],
}

/// The first byte of a body.
///
/// Data need not come from a peripheral: a real controller sends its own meter, version, serial number and VIN as data
/// too. Source: captures; confidence high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrameType {
    /// FB: a controller asks for an answer.
    Request,
    /// FC: a controller commands or announces itself.
    Command,
    /// FD: an answer, or something told unasked.
    Data,
}

impl FrameType {
    /// All types.
    pub const ALL: [Self; 3] = [Self::Request, Self::Command, Self::Data];

    /// The byte on the wire.
    pub const fn code(self) -> u8 {
        match self {
            Self::Request => 0xFB,
            Self::Command => 0xFC,
            Self::Data => 0xFD,
        }
    }

    /// The type with this byte.
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            0xFB => Some(Self::Request),
            0xFC => Some(Self::Command),
            0xFD => Some(Self::Data),
            _ => None,
        }
    }

    /// Whether a body of this type may have so many bytes.
    const fn allows(code: u8, len: usize) -> bool {
        matches!((code, len), (_, 14 | 16 | 20) | (0xFB | 0xFC, 13 | 15))
    }
}

impl Frame {
    /// A frame with a body of `len` bytes: type, command, `content` from byte 2 on, zeros, and the checksum.
    ///
    /// `None` when bodies of this type do not have `len` bytes, or `content` does not fit.
    pub fn new(frame_type: FrameType, command: u8, content: &[u8], len: usize) -> Option<Self> {
        if !FrameType::allows(frame_type.code(), len) || content.len() + 3 > len {
            return None;
        }
        let mut padded = [0; CONTENT_MAX];
        for (place, byte) in padded.iter_mut().zip(content) {
            *place = *byte;
        }
        Some(Self::build(frame_type, command, padded, len))
    }

    /// As [`Frame::new`], with a length that is right; what of the content does not fit is cut off.
    #[inline]
    pub(crate) fn build(
        frame_type: FrameType,
        command: u8,
        content: [u8; CONTENT_MAX],
        len: usize,
    ) -> Self {
        let mut body = [0; BODY_MAX];
        let [first, second, rest @ .., _] = &mut body;
        (*first, *second, *rest) = (frame_type.code(), command, content);
        let (_, behind) = body.split_at_mut(len - 1);
        behind.fill(0);
        let checksum = sum(&body);
        if let Some(last) = body.get_mut(len - 1) {
            *last = checksum;
        }
        Self::with_len(body, len)
    }

    /// At most 20 bytes.
    #[allow(clippy::cast_possible_truncation)]
    const fn with_len(body: [u8; BODY_MAX], len: usize) -> Self {
        Self {
            len: len as u8,
            body,
        }
    }

    /// Checks a body that has been unescaped; behind `len` bytes it has zeros.
    #[inline]
    fn check(body: [u8; BODY_MAX], len: usize) -> Result<Self, FrameErrorKind> {
        let code = body[0];
        if !FrameType::allows(code, len) {
            return Err(FrameErrorKind::Length);
        }
        let checksum = body.get(len - 1).copied().unwrap_or_default();
        // The sum of all counts the checksum itself too.
        if sum(&body) != checksum.wrapping_add(checksum) {
            return Err(FrameErrorKind::Checksum);
        }
        if FrameType::from_code(code).is_none() {
            return Err(FrameErrorKind::Type);
        }
        Ok(Self::with_len(body, len))
    }

    /// The type.
    pub const fn frame_type(&self) -> FrameType {
        match self.body[0] {
            0xFB => FrameType::Request,
            0xFC => FrameType::Command,
            _ => FrameType::Data,
        }
    }

    /// The command.
    pub const fn command(&self) -> u8 {
        self.body[1]
    }

    /// Who sent it. `None` for the legacy replies FD 19, FD 1A and FD 1B, which do not say.
    pub const fn sender(&self) -> Option<Address> {
        match self.body {
            [0xFD, 0x19..=0x1B, ..] => None,
            [_, _, high, low, ..] => Some(Address(u16::from_be_bytes([high, low]))),
        }
    }

    /// How many bytes the body has, checksum included: 13, 14, 15, 16 or 20.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> usize {
        self.len as usize
    }

    /// The body, checksum included.
    pub fn body(&self) -> &[u8] {
        self.body.get(..self.len()).unwrap_or_default()
    }

    /// What stands between the command and the checksum, the sender included.
    pub fn content(&self) -> &[u8] {
        self.body.get(2..self.len() - 1).unwrap_or_default()
    }

    /// What stands between the sender and the checksum.
    pub fn payload(&self) -> &[u8] {
        self.body.get(4..self.len() - 1).unwrap_or_default()
    }

    /// The checksum.
    pub fn checksum(&self) -> u8 {
        self.body().last().copied().unwrap_or_default()
    }

    /// The bytes for the line. There is one way only to escape a body, so that they are those that arrived.
    pub fn encode(&self, trailer: Trailer) -> WireFrame {
        WireFrame::new(self.body(), trailer)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Payloads hold pieces of VINs.
        f.debug_struct("Frame")
            .field("type", &self.frame_type())
            .field("command", &format_args!("{:02X}", self.command()))
            .field("sender", &self.sender())
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// The low byte of the sum of all bytes but the first.
#[inline]
fn sum(body: &[u8; BODY_MAX]) -> u8 {
    // All twenty, less the first: that many add up four at a time.
    let all = body.iter().fold(0, |sum: u8, byte| sum.wrapping_add(*byte));
    all.wrapping_sub(body[0])
}

/// Begins and ends a frame; two frames may share one.
const MARKER: u8 = 0xC0;
/// Begins an escape.
const ESCAPE: u8 = 0xDB;
/// Behind an [`ESCAPE`]: a [`MARKER`].
const ESCAPED_MARKER: u8 = 0xDC;
/// Behind an [`ESCAPE`]: an [`ESCAPE`].
const ESCAPED_ESCAPE: u8 = 0xDD;
