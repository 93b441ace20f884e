//! The normal framing: a message ends right after the first field 101 of wire type varint.

use alloc::vec::Vec;

use super::{MAX_MESSAGE_LEN, Skipped, drain};
use crate::DecodeErrorKind;
use crate::wire::{RawField, Reader, Value};

/// How far the unfinished message has been walked.
#[derive(Debug)]
pub(super) struct State {
    walked: usize,
    damaged: bool,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            walked: 0,
            damaged: false,
        }
    }

    pub(super) fn next_frame(
        &mut self,
        buffer: &mut Vec<u8>,
        skipped: &mut Skipped,
    ) -> Option<Vec<u8>> {
        loop {
            if self.damaged && !self.resynchronise(buffer, skipped) {
                return None;
            }
            match self.walk(buffer) {
                Walk::Frame(end) => {
                    self.walked = 0;
                    return Some(buffer.drain(..end).collect());
                }
                Walk::Wait => return None,
                Walk::Damage(kind) => {
                    skipped.damage = Some(kind);
                    self.damaged = true;
                }
            }
        }
    }

    /// Walks whole fields from where the last call stopped, so that every byte is looked at once.
    fn walk(&mut self, buffer: &[u8]) -> Walk {
        let mut reader = Reader::partial(buffer, self.walked, MAX_MESSAGE_LEN);
        loop {
            let field = reader.field();
            self.walked = reader.position();
            match field {
                Ok(RawField {
                    number: MESSAGE_ID,
                    value,
                }) => {
                    return match value {
                        Value::Varint(_) if self.walked <= MAX_MESSAGE_LEN => {
                            Walk::Frame(self.walked)
                        }
                        Value::Varint(_) => {
                            Walk::Damage(DecodeErrorKind::Length(self.walked as u64))
                        }
                        other => Walk::Damage(DecodeErrorKind::WireTypeMismatch(other.wire_type())),
                    };
                }
                Ok(_) => {}
                Err(DecodeErrorKind::Truncated) if buffer.len() < MAX_MESSAGE_LEN => {
                    return Walk::Wait;
                }
                Err(DecodeErrorKind::Truncated) => {
                    return Walk::Damage(DecodeErrorKind::Length(buffer.len() as u64));
                }
                Err(kind) => return Walk::Damage(kind),
            }
        }
    }

    /// Discards up to and including the next trailer; without one, all but a trailer's possible beginning.
    fn resynchronise(&mut self, buffer: &mut Vec<u8>, skipped: &mut Skipped) -> bool {
        self.walked = 0;
        let found =
            (0..buffer.len()).find_map(|at| trailer_len(buffer.get(at..)?).map(|len| at + len));
        let discard = found.unwrap_or_else(|| buffer.len().saturating_sub(MAX_TRAILER_KEPT));
        skipped.bytes += drain(buffer, discard) as u64;
        self.damaged = found.is_none();
        found.is_some()
    }
}

enum Walk {
    /// A message ends here.
    Frame(usize),
    Wait,
    Damage(DecodeErrorKind),
}

/// Length of the trailer at the start of `bytes`: `a2 06`, a length up to 64, printable ASCII, `a8 06`, a varint.
fn trailer_len(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(&CLIENT_ID_KEY) {
        return None;
    }
    let id_len = usize::from(*bytes.get(2)?);
    let id = bytes.get(3..3 + id_len)?;
    if id_len > MAX_IDENTIFIER_LEN || !id.iter().all(|byte| (0x20..0x7F).contains(byte)) {
        return None;
    }
    let mut reader = Reader::partial(bytes, 3 + id_len, bytes.len());
    let field = reader.field().ok()?;
    let is_message_id = field.number == MESSAGE_ID && matches!(field.value, Value::Varint(_));
    is_message_id.then(|| reader.position())
}

/// Field 101: the message id, always the last.
const MESSAGE_ID: u32 = 101;
/// Key of field 100, the identifier.
const CLIENT_ID_KEY: [u8; 2] = [0xA2, 0x06];
/// Identifiers in a trailer; 19 digits in every capture.
const MAX_IDENTIFIER_LEN: usize = 64;
/// A little more than the longest trailer (79 bytes).
const MAX_TRAILER_KEPT: usize = 90;
