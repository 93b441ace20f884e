//! One direction of a connection, cut and decoded as its bytes come.

use duosida_proto::DecodeErrorKind;
use duosida_proto::frame::{self, Decoder, Direction, Framing};
use serde_json::Value;

use super::{decode_frame, failure, failure_of};
use crate::Secrets;

/// Decodes one direction of a connection. Any split of the bytes gives the same objects.
#[derive(Debug)]
pub struct StreamDecoder {
    cutter: Cutter,
    secrets: Secrets,
}

impl StreamDecoder {
    /// A decoder for what goes in `direction`. Whether messages are wrapped is seen from the first three bytes.
    pub fn new(direction: Direction, secrets: Secrets) -> Self {
        Self {
            cutter: Cutter::new(direction),
            secrets,
        }
    }

    pub(super) fn with_framing(framing: Framing, direction: Direction, secrets: Secrets) -> Self {
        Self {
            cutter: Cutter::with_framing(framing, direction),
            secrets,
        }
    }

    /// Takes bytes; gives an object for each whole frame, and one before it for what had to be skipped.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Value> {
        let cuts = self.cutter.push(bytes);
        cuts.iter().map(|cut| self.object(cut)).collect()
    }

    /// The stream ends: an object for what was skipped since the last frame, and one for an unfinished frame.
    pub fn finish(&mut self) -> Vec<Value> {
        let skipped = self.cutter.take_skipped();
        let mut objects: Vec<Value> = skipped.iter().map(|cut| self.object(cut)).collect();
        let rest = core::mem::take(&mut self.cutter.unread);
        if !rest.is_empty() {
            objects.push(self.unfinished(&rest));
        }
        self.cutter = Cutter::new(self.cutter.direction);
        objects
    }

    fn object(&self, cut: &Cut) -> Value {
        match cut {
            Cut::Frame { bytes, .. } => decode_frame(bytes, self.secrets),
            Cut::Skipped { kind, bytes, .. } => failure(
                kind.name(),
                &format!("{kind}; skipped"),
                bytes,
                self.secrets,
            ),
        }
    }

    /// What is wrong with bytes that are no whole frame.
    pub(super) fn unfinished(&self, rest: &[u8]) -> Value {
        let cutter = &self.cutter;
        let secrets = self.secrets;
        let damage = cutter.decoder.as_ref().and_then(Decoder::last_damage);
        match (damage, cutter.framing) {
            (Some(kind), _) => failure(kind.name(), &kind.to_string(), rest, secrets),
            (None, Framing::Wrapped) => match frame::unwrap(cutter.direction, rest) {
                Err(error) => failure_of(error, rest, secrets),
                Ok(_) => failure("truncated", "an empty payload", rest, secrets),
            },
            (None, Framing::Raw) => failure(
                "truncated",
                "the message does not end with its id (field 101)",
                rest,
                secrets,
            ),
        }
    }
}

/// What the cutter finds.
#[derive(Debug)]
pub(crate) enum Cut {
    /// A message without its wrapper.
    Frame {
        /// Position of its first byte in the stream.
        offset: u64,
        /// Whether a checksum follows it.
        wrapped: bool,
        bytes: Vec<u8>,
    },
    /// Bytes that are no message.
    Skipped {
        kind: DecodeErrorKind,
        bytes: Vec<u8>,
    },
}

/// The protocol's frame decoder, which also remembers where frames lay and what was skipped.
#[derive(Debug)]
pub(crate) struct Cutter {
    direction: Direction,
    framing: Framing,
    /// `None` until the framing is known.
    decoder: Option<Decoder>,
    /// What the decoder holds.
    unread: Vec<u8>,
    /// Position of the first byte of `unread`.
    position: u64,
    /// Skipped since the last frame.
    skipped: Vec<u8>,
}

impl Cutter {
    pub(crate) const fn new(direction: Direction) -> Self {
        Self {
            direction,
            framing: Framing::Raw,
            decoder: None,
            unread: Vec::new(),
            position: 0,
            skipped: Vec::new(),
        }
    }

    fn with_framing(framing: Framing, direction: Direction) -> Self {
        Self {
            framing,
            decoder: Some(Decoder::new(framing, direction)),
            ..Self::new(direction)
        }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Vec<Cut> {
        // Taking a frame moves what comes after it: a whole capture at once would be moved for every frame.
        bytes
            .chunks(CHUNK)
            .flat_map(|chunk| self.push_chunk(chunk))
            .collect()
    }

    fn push_chunk(&mut self, bytes: &[u8]) -> Vec<Cut> {
        self.unread.extend_from_slice(bytes);
        if let Some(decoder) = &mut self.decoder {
            decoder.push(bytes);
        } else {
            let Some(first) = self.unread.first_chunk::<3>() else {
                return Vec::new();
            };
            self.framing = match first {
                [0xAA, 0xFD, 0x55] | [0x55, 0xFD, 0xAA] => Framing::Wrapped,
                _ => Framing::Raw,
            };
            let mut decoder = Decoder::new(self.framing, self.direction);
            decoder.push(&self.unread);
            self.decoder = Some(decoder);
        }
        let mut cuts = Vec::new();
        while let Some(frame) = self.next_frame() {
            cuts.extend(self.take_skipped());
            cuts.push(frame);
        }
        cuts
    }

    fn next_frame(&mut self) -> Option<Cut> {
        let decoder = self.decoder.as_mut()?;
        let skipped_before = decoder.skipped_bytes();
        let frame = decoder.next_frame();
        let skipped = usize::try_from(decoder.skipped_bytes() - skipped_before).ok()?;
        let consumed = self.unread.len().saturating_sub(decoder.pending_bytes());
        self.skipped
            .extend(self.unread.iter().take(skipped.min(consumed)));
        self.unread.drain(..consumed);
        self.position += consumed as u64;
        let wrapped = self.framing == Framing::Wrapped;
        frame.map(|bytes| Cut::Frame {
            offset: self
                .position
                .saturating_sub(bytes.len() as u64 + u64::from(wrapped)),
            wrapped,
            bytes,
        })
    }

    fn take_skipped(&mut self) -> Option<Cut> {
        let kind = self.decoder.as_ref()?.last_damage()?;
        let bytes = core::mem::take(&mut self.skipped);
        (!bytes.is_empty()).then_some(Cut::Skipped { kind, bytes })
    }
}

const CHUNK: usize = 4096;
