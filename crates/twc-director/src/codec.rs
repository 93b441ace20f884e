//! The protocol's frame decoder and encoder for `tokio_util`.

use std::io;

use bytes::{Buf, BufMut, BytesMut};
use tokio_util::codec;
use twc_proto::frame::{self, Frame, FrameError, WireFrame};

/// Cuts what a line carries. Damage costs frames, never the port.
#[derive(Default)]
pub(crate) struct Codec {
    inner: frame::Decoder,
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Frame(Frame),
    Garbage(FrameError),
    /// Bytes that complete nothing: somebody is still speaking.
    Bytes,
}

impl Codec {
    /// Whether a frame has begun, so that silence would end it.
    pub(crate) fn is_within_frame(&self) -> bool {
        !self.inner.held().is_empty()
    }

    /// Nothing has come for so long that the frame is lost.
    pub(crate) fn silence(&mut self) -> Option<FrameError> {
        self.inner.silence()
    }
}

impl codec::Decoder for Codec {
    type Item = Heard;
    type Error = io::Error;

    fn decode(&mut self, source: &mut BytesMut) -> io::Result<Option<Heard>> {
        if source.is_empty() {
            return Ok(None);
        }
        let mut rest = &source[..];
        let found = self.inner.decode(&mut rest);
        let used = source.len() - rest.len();
        source.advance(used);
        Ok(Some(match found {
            Some(Ok(frame)) => Heard::Frame(frame),
            Some(Err(error)) => Heard::Garbage(error),
            None => Heard::Bytes,
        }))
    }
}

impl codec::Encoder<WireFrame> for Codec {
    type Error = io::Error;

    fn encode(&mut self, frame: WireFrame, target: &mut BytesMut) -> io::Result<()> {
        target.put_slice(&frame);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::codec::{Decoder as _, Encoder as _};
    use twc_proto::frame::{FrameErrorKind, Trailer};

    use super::*;

    /// A heartbeat to the unit 2433 and a damaged one.
    const LINE: &[u8] =
        b"\xFC\xC0\xFB\xE0\x77\x77\x24\x33\x00\x00\x00\x00\x00\x00\x00\x00\x00\x25\xC0\xFC\
        \xC0\xFB\xE0\x77\x77\x24\x33\x00\x00\x00\x00\x00\x00\x00\x00\x00\x26\xC0\xFC";

    fn heard(codec: &mut Codec, bytes: &[u8]) -> Vec<Heard> {
        let mut source = BytesMut::from(bytes);
        let mut heard = Vec::new();
        while let Some(item) = codec.decode(&mut source).expect("never fails") {
            heard.push(item);
        }
        heard
    }

    #[test]
    fn any_cut_gives_the_same_frames_and_errors() {
        for cut in 0..=LINE.len() {
            let mut codec = Codec::default();
            let mut items = heard(&mut codec, &LINE[..cut]);
            items.extend(heard(&mut codec, &LINE[cut..]));
            items.retain(|item| *item != Heard::Bytes);
            let [Heard::Frame(frame), Heard::Garbage(error)] = items[..] else {
                unreachable!("cut at {cut}: {items:?}");
            };
            assert_eq!(frame.encode(Trailer::None)[..], LINE[1..19], "cut at {cut}");
            assert_eq!(error.kind(), FrameErrorKind::Checksum, "cut at {cut}");
        }
    }

    #[test]
    fn bytes_within_a_frame_are_told_and_silence_ends_it() {
        let mut codec = Codec::default();
        assert_eq!(heard(&mut codec, &LINE[..9]), [Heard::Bytes]);
        assert!(codec.is_within_frame());
        let error = codec.silence().expect("a piece of a frame");
        assert_eq!(error.kind(), FrameErrorKind::Incomplete);
        assert!(!codec.is_within_frame() && codec.silence().is_none());
        // Its rest is noise, and the next frame is not harmed.
        let items = heard(&mut codec, &[&LINE[9..], &LINE[..20]].concat());
        let frames = items.iter().filter(|item| matches!(item, Heard::Frame(_)));
        assert_eq!(frames.count(), 1, "{items:?}");
    }

    #[test]
    fn what_is_sent_is_read_as_it_was() {
        let mut codec = Codec::default();
        let [Heard::Frame(frame), ..] = heard(&mut codec, LINE)[..] else {
            unreachable!("a frame");
        };
        let mut target = BytesMut::new();
        codec
            .encode(frame.encode(Trailer::default()), &mut target)
            .expect("never fails");
        assert_eq!(target[..], LINE[1..20]);
        assert_eq!(
            heard(&mut codec, &target),
            [Heard::Frame(frame), Heard::Bytes]
        );
    }
}
