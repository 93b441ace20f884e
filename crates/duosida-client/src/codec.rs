//! The protocol's frame decoder as a `tokio_util` decoder.

use std::io;

use bytes::BytesMut;
use duosida_proto::frame::{self, Direction, Framing};
use tracing::debug;

/// Cuts what a charger sends into messages. Damage costs bytes, never the connection.
pub(crate) struct Decoder {
    inner: frame::Decoder,
    skipped: u64,
}

impl Decoder {
    pub(crate) const fn new(framing: Framing) -> Self {
        Self {
            inner: frame::Decoder::new(framing, Direction::FromCharger),
            skipped: 0,
        }
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let frame = self.inner.next_frame();
        let skipped = self.inner.skipped_bytes();
        if skipped > self.skipped {
            debug!(bytes = skipped - self.skipped, "skipped damaged bytes");
            self.skipped = skipped;
        }
        frame
    }
}

impl tokio_util::codec::Decoder for Decoder {
    type Item = Vec<u8>;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> io::Result<Option<Vec<u8>>> {
        self.inner.push(source);
        source.clear();
        Ok(self.next())
    }

    fn decode_eof(&mut self, source: &mut BytesMut) -> io::Result<Option<Vec<u8>>> {
        let frame = self.decode(source)?;
        let pending = self.inner.pending_bytes();
        if frame.is_none() && pending > 0 {
            debug!(
                bytes = pending,
                "the stream ended in the middle of a message"
            );
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::codec::Decoder as _;

    use super::*;

    const OPENING: [u8; 16] = [
        0xa2, 3, 4, 8, 0, 0x10, 0, 0xa2, 6, 3, b'I', b'O', b'S', 0xa8, 6, 0,
    ];

    #[test]
    fn any_cut_gives_the_same_messages() {
        let stream = [OPENING, OPENING].concat();
        for cut in 0..=stream.len() {
            let mut decoder = Decoder::new(Framing::Raw);
            let mut frames = Vec::new();
            for part in [&stream[..cut], &stream[cut..]] {
                let mut source = BytesMut::from(part);
                while let Some(frame) = decoder.decode(&mut source).expect("never fails") {
                    frames.push(frame);
                }
            }
            assert_eq!(frames, [OPENING, OPENING], "cut at {cut}");
        }
    }

    #[test]
    fn end_of_stream_within_a_message_is_no_message() {
        let mut decoder = Decoder::new(Framing::Raw);
        let mut source = BytesMut::from(&OPENING[..9]);
        assert_eq!(decoder.decode(&mut source).expect("never fails"), None);
        assert_eq!(decoder.decode_eof(&mut source).expect("never fails"), None);
    }
}
