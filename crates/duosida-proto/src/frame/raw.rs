//! The normal framing: a message ends right after the first field 101 of wire type varint.

use alloc::vec::Vec;

use super::{Buffer, MAX_MESSAGE_LEN, MESSAGE_ID, Skipped};
use crate::DecodeErrorKind;
use crate::wire::{RawField, Reader, Value};

/// How far the unfinished message has been walked.
#[derive(Debug)]
pub(super) struct State {
    walked: usize,
    /// Where to look for the next trailer after damage.
    damaged: Option<usize>,
}

impl State {
    pub(super) const fn new() -> Self {
        Self {
            walked: 0,
            damaged: None,
        }
    }

    pub(super) fn next_frame(
        &mut self,
        buffer: &mut Buffer,
        skipped: &mut Skipped,
    ) -> Option<Vec<u8>> {
        loop {
            if let Some(from) = self.damaged
                && !self.resynchronise(from, buffer, skipped)
            {
                return None;
            }
            match self.walk(buffer.rest()) {
                Walk::Frame(end) => {
                    self.walked = 0;
                    return Some(buffer.take(end).to_vec());
                }
                Walk::Wait => return None,
                Walk::Damage(kind, from) => {
                    skipped.damage = Some(kind);
                    self.damaged = Some(from);
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
                            Walk::Damage(DecodeErrorKind::Length(self.walked as u64), 0)
                        }
                        other => {
                            Walk::Damage(DecodeErrorKind::WireTypeMismatch(other.wire_type()), 0)
                        }
                    };
                }
                Ok(_) => {}
                Err(DecodeErrorKind::Truncated) if buffer.len() < MAX_MESSAGE_LEN => {
                    return Walk::Wait;
                }
                Err(DecodeErrorKind::Truncated) => {
                    let kind = DecodeErrorKind::Length(buffer.len() as u64);
                    return Walk::Damage(kind, self.walked);
                }
                Err(kind) => return Walk::Damage(kind, self.walked),
            }
        }
    }

    /// Discards up to and including the next trailer at or after `from`; without one, all but a trailer's possible
    /// beginning.
    fn resynchronise(&mut self, from: usize, buffer: &mut Buffer, skipped: &mut Skipped) -> bool {
        self.walked = 0;
        let bytes = buffer.rest();
        let found =
            (from..bytes.len()).find_map(|at| trailer_len(bytes.get(at..)?).map(|len| at + len));
        let discard =
            found.unwrap_or_else(|| from.max(bytes.len().saturating_sub(MAX_TRAILER_KEPT)));
        skipped.bytes += buffer.take(discard).len() as u64;
        self.damaged = found.is_none().then_some(0);
        found.is_some()
    }
}

enum Walk {
    /// A message ends here.
    Frame(usize),
    Wait,
    /// And from where on a trailer is looked for: fields that were walked whole are none, whatever they hold.
    Damage(DecodeErrorKind, usize),
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

/// Key of field 100, the identifier.
const CLIENT_ID_KEY: [u8; 2] = [0xA2, 0x06];
/// Identifiers in a trailer; 19 digits in every capture.
const MAX_IDENTIFIER_LEN: usize = 64;
/// A little more than the longest trailer (79 bytes).
const MAX_TRAILER_KEPT: usize = 90;

#[cfg(test)]
mod tests {
    use crate::frame::{Decoder, Direction, Framing};

    #[test]
    fn what_looks_like_a_trailer_within_a_walked_field_is_none() {
        // Field 1 holds such a thing, and after it the beginning of a long field; then comes wire type 3.
        let field_1 = [0x0a, 8, 0xa2, 6, 0, 0xa8, 6, 1, 0x12, 0x7f];
        let damage = [0x0b, 0xa2, 6, 1, b'1', 0xa8, 6, 5];
        let good = [
            0x82, 3, 6, 8, 1, 0x10, 6, 0x20, 2, 0xa2, 6, 1, b'1', 0xa8, 6, 7,
        ];
        let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
        for part in [&field_1[..], &damage, &good, &good] {
            decoder.push(part);
        }
        assert_eq!(decoder.next_frame().as_deref(), Some(&good[..]));
        assert_eq!(decoder.next_frame().as_deref(), Some(&good[..]));
        assert_eq!((decoder.skipped_bytes(), decoder.pending_bytes()), (18, 0));
    }
}
