//! Tesla Gen2 wall connectors: what a line carries, the messages in it, and a controller.

mod controller;

use twc_proto::frame::{
    BODY_MAX, Decoder, Frame, FrameError, FrameErrorKind, FrameType, RAW_MAX, Trailer, WIRE_MAX,
};
use twc_proto::message::{Message, ProtocolVersion};
use twc_proto::{Role, is_sendable};

pub use controller::twc_controller;

/// What a line carries, in reads whose length the first byte says: bounded memory, all counted, every frame on the
/// line byte for byte, the same items as in a single read, and what [`twc_message`] says.
///
/// # Panics
///
/// When that does not hold.
pub fn twc_frame(data: &[u8]) {
    let Some((first, line)) = data.split_first() else {
        return;
    };
    let step = usize::from(*first).max(1);
    let (mut decoder, mut whole) = (Decoder::new(), Decoder::new());
    let mut items: Vec<Result<Frame, FrameError>> = Vec::new();
    for read in line.chunks(step) {
        items.extend(decoder.push(read));
        assert!(decoder.held().len() <= RAW_MAX);
    }
    let once: Vec<_> = whole.push(line).collect();
    assert_eq!(items, once, "cuts change what is read");
    assert_eq!(decoder.counters(), whole.counters());
    items.extend(decoder.silence().map(Err));
    assert!(decoder.held().is_empty());
    assert!(decoder.silence().is_none());
    let frames = items.iter().flatten().count();
    let errors = items.len() - frames;
    assert_eq!(decoder.counters().frames, frames as u64);
    assert_eq!(decoder.counters().errors(), errors as u64);
    let mut rest = line;
    for item in &items {
        // `Debug` is written by hand where there are VINs.
        assert!(!format!("{item:?}").is_empty());
        match item {
            Ok(frame) => {
                let wire = frame.encode(Trailer::None);
                assert!(wire.len() <= WIRE_MAX);
                rest = from(rest, &wire);
                check(frame);
            }
            Err(error) => {
                rest = from(rest, error.raw());
                assert!(FrameErrorKind::ALL.contains(&error.kind()));
            }
        }
    }
}

/// The content of any command, in a frame of our own, so that a fuzzer need not find a checksum.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 0 | the type and the length |
/// | 1 | the command |
/// | rest | the content |
///
/// # Panics
///
/// When that does not hold.
pub fn twc_message(data: &[u8]) {
    let Some(([how, command], content)) = data.split_first_chunk() else {
        return;
    };
    let frame_type = FrameType::ALL[usize::from(how % 3)];
    let len = [14, 16, 20, 13, 15][usize::from(how / 3 % 5)];
    if let Some(frame) = Frame::new(frame_type, *command, content, len) {
        check(&frame);
    }
}

/// Decoding is total; what was decoded encodes to a frame that decodes to the same, and survives the line.
fn check(frame: &Frame) {
    let message = Message::decode(frame);
    assert_eq!(message.code(), (frame.frame_type(), frame.command()));
    assert_eq!(message.sender(), frame.sender());
    assert!(!format!("{message:?}").is_empty());
    for version in [ProtocolVersion::V1, ProtocolVersion::V2] {
        let again = message.encode(version);
        assert!(again.len() <= BODY_MAX);
        assert_eq!(
            Message::decode(&again),
            message,
            "encoding a message changes it"
        );
        let wire = again.encode(Trailer::default());
        let mut decoder = Decoder::new();
        assert_eq!(decoder.push(&wire).collect::<Vec<_>>(), [Ok(again)]);
    }
    for role in [Role::Controller, Role::Peripheral] {
        let listed = is_sendable(role, frame.frame_type().code(), frame.command());
        assert!(listed || !message.is_sendable(role));
    }
}

/// What is behind the beginning of a part of the line: items come in the order of their beginnings.
fn from<'a>(line: &'a [u8], part: &[u8]) -> &'a [u8] {
    let mut beginnings = line.windows(part.len().max(1));
    let at = beginnings.position(|window| window == part || part.is_empty());
    at.and_then(|at| line.get(at + 1..))
        .expect("an item that was not on the line")
}
