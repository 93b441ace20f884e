//! Cutting the TCP stream into messages, and putting messages onto it.
//!
//! There is no length in front of a message: it is a run of protobuf fields that ends with field 101. [`Decoder`]
//! finds these ends however TCP cut the bytes, survives damage, and holds at most [`MAX_MESSAGE_LEN`] bytes.
//!
//! ```
//! use duosida_proto::frame::{Decoder, Direction, Framing};
//!
//! // The vendor app's opening message: TriggerMessage, identifier `IOS`, message id 0.
//! let opening = [0xa2, 3, 4, 8, 0, 0x10, 0, 0xa2, 6, 3, b'I', b'O', b'S', 0xa8, 6, 0];
//! let mut decoder = Decoder::new(Framing::Raw, Direction::ToCharger);
//! decoder.push(&opening[..5]);
//! assert_eq!(decoder.next_frame(), None);
//! decoder.push(&opening[5..]);
//! assert_eq!(decoder.next_frame().as_deref(), Some(&opening[..]));
//! ```

mod raw;
mod wrapped;

use alloc::vec::Vec;
use core::fmt;

use crate::{DecodeError, DecodeErrorKind};

/// No message may be longer; the largest published one has 206 bytes.
pub const MAX_MESSAGE_LEN: usize = 65_536;

/// Field 101: the message id, always the last.
pub(crate) const MESSAGE_ID: u32 = 101;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the charger.
    ToCharger,
    /// From the charger to the client.
    FromCharger,
}

/// How messages lie in the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// One after the other: the normal case.
    #[default]
    Raw,
    /// Each in a wrapper with magic, length and checksum. Known from one client's tables only (confidence: APP).
    Wrapped,
}

/// Incremental, bounded, resynchronising cutter of one direction of a connection.
#[derive(Debug)]
pub struct Decoder {
    kind: Kind,
    buffer: Buffer,
    skipped: Skipped,
}

/// What was thrown away, and why.
#[derive(Debug, Default)]
struct Skipped {
    bytes: u64,
    damage: Option<DecodeErrorKind>,
}

#[derive(Debug)]
enum Kind {
    Raw(raw::State),
    Wrapped(Direction),
}

impl Decoder {
    /// A decoder for what arrives in direction `incoming`.
    pub const fn new(framing: Framing, incoming: Direction) -> Self {
        let kind = match framing {
            Framing::Raw => Kind::Raw(raw::State::new()),
            Framing::Wrapped => Kind::Wrapped(incoming),
        };
        Self {
            kind,
            buffer: Buffer {
                bytes: Vec::new(),
                start: 0,
            },
            skipped: Skipped {
                bytes: 0,
                damage: None,
            },
        }
    }

    /// Takes bytes as they came. Take out all frames before pushing more: then the buffer stays within
    /// [`MAX_MESSAGE_LEN`] plus one push.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.push(bytes);
    }

    /// The next whole message, without its wrapper, or `None` until more bytes come.
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        match &mut self.kind {
            Kind::Raw(state) => state.next_frame(&mut self.buffer, &mut self.skipped),
            Kind::Wrapped(direction) => {
                wrapped::next_frame(*direction, &mut self.buffer, &mut self.skipped)
            }
        }
    }

    /// Bytes that were thrown away because of damage, since the start.
    pub const fn skipped_bytes(&self) -> u64 {
        self.skipped.bytes
    }

    /// What the last damage was.
    pub const fn last_damage(&self) -> Option<DecodeErrorKind> {
        self.skipped.damage
    }

    /// Bytes of an unfinished message. When the stream closes with some left, it was truncated.
    pub const fn pending_bytes(&self) -> usize {
        self.buffer.bytes.len() - self.buffer.start
    }
}

/// The bytes for the wire of one encoded message.
///
/// # Errors
/// [`DecodeErrorKind::Length`] when the message is longer than the framing can carry.
pub fn encode(
    framing: Framing,
    outgoing: Direction,
    message: &[u8],
) -> Result<Vec<u8>, DecodeError> {
    let too_long = || DecodeError::new(DecodeErrorKind::Length(message.len() as u64), "message", 0);
    match framing {
        Framing::Raw if message.len() <= MAX_MESSAGE_LEN => Ok(message.to_vec()),
        Framing::Raw => Err(too_long()),
        Framing::Wrapped => wrapped::wrap(outgoing, message).ok_or_else(too_long),
    }
}

/// Takes one complete wrapped frame apart.
///
/// # Errors
/// Names what is wrong with the wrapper; the payload is not judged.
pub fn unwrap(direction: Direction, bytes: &[u8]) -> Result<&[u8], DecodeError> {
    wrapped::unwrap(direction, bytes)
}

/// What was pushed and not taken out. What was taken out makes room with the next push, not with each frame.
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// Takes out the first `count` bytes.
    fn take(&mut self, count: usize) -> &[u8] {
        let start = self.start;
        self.start = start.saturating_add(count).min(self.bytes.len());
        self.bytes.get(start..self.start).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }
}

/// Bytes of messages may be secret.
impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} bytes)", self.rest().len())
    }
}
