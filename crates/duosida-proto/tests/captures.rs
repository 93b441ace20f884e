//! Every frame of every Duosida capture: bytes to values and back, cut anywhere.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use duosida_proto::frame::{Decoder, Direction, Framing};
use duosida_proto::{TCP_PORT, message};
use evse_capture::link::{self, Transport};
use evse_capture::pcap::Reader;
use evse_capture::reassembly::{Piece, Stream};

/// One direction of a connection.
struct Half {
    name: String,
    direction: Direction,
    bytes: Vec<u8>,
}

fn halves() -> Vec<Half> {
    let mut halves = Vec::new();
    for capture in fixtures::captures("duosida") {
        let mut streams = BTreeMap::new();
        for packet in Reader::new(&capture.bytes).unwrap() {
            let packet = packet.unwrap();
            let Some(Transport::Tcp(segment)) = link::parse(&packet) else {
                continue;
            };
            let ends = (segment.source, segment.destination);
            let (stream, pieces) = streams
                .entry(ends)
                .or_insert_with(|| (Stream::new(), Vec::new()));
            pieces.extend(stream.push(packet.time, &segment));
        }
        for ((source, _), (mut stream, mut pieces)) in streams {
            pieces.extend(stream.finish());
            let direction = match source.port() {
                TCP_PORT => Direction::FromCharger,
                _ => Direction::ToCharger,
            };
            // A port that is used again begins a new stream.
            for part in pieces.split(|piece| !matches!(piece, Piece::Data { .. })) {
                let bytes: Vec<u8> = part.iter().flat_map(data).copied().collect();
                let name = capture.name.clone();
                halves.push(Half {
                    name,
                    direction,
                    bytes,
                });
            }
        }
    }
    halves.retain(|half| !half.bytes.is_empty());
    assert!(!halves.is_empty());
    halves
}

fn data(piece: &Piece) -> &[u8] {
    match piece {
        Piece::Data { bytes, .. } => bytes,
        _ => &[],
    }
}

/// The frames, and how many bytes were skipped and are left.
fn cut<'a>(
    direction: Direction,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Vec<u8>>, u64, usize) {
    let mut decoder = Decoder::new(Framing::Raw, direction);
    let mut frames = Vec::new();
    for part in parts {
        decoder.push(part);
        frames.extend(std::iter::from_fn(|| decoder.next_frame()));
    }
    (frames, decoder.skipped_bytes(), decoder.pending_bytes())
}

/// Decoding replaces bytes of texts that are not UTF-8 by question marks; so does this.
fn without_foreign_bytes(frame: &[u8], encoded: &[u8]) -> Vec<u8> {
    let replaced = |(&byte, &other): (&u8, &u8)| match (byte, other) {
        (0x80.., b'?') => b'?',
        _ => byte,
    };
    assert_eq!(frame.len(), encoded.len());
    frame.iter().zip(encoded).map(replaced).collect()
}

#[test]
fn frames_decode_and_encode_to_the_same_bytes() {
    for half in halves() {
        for frame in cut(half.direction, [&*half.bytes]).0 {
            let Ok(envelope) = message::decode(&frame) else {
                continue; // damage: its JSON says what is wrong
            };
            let encoded = message::encode(&envelope);
            assert_eq!(
                message::decode(&encoded).as_ref(),
                Ok(&envelope),
                "{}",
                half.name
            );
            if duosida_proto::schema::unknown_fields(&frame).is_empty() {
                let expected = hex::encode(without_foreign_bytes(&frame, &encoded));
                assert_eq!(hex::encode(encoded), expected, "{}", half.name);
            }
        }
    }
}

#[test]
fn frames_do_not_depend_on_how_the_bytes_arrive() {
    for half in halves() {
        let Half {
            name,
            direction,
            bytes,
        } = half;
        let whole = cut(direction, [&*bytes]);
        for size in (1..=16).chain([100, 1000]) {
            assert_eq!(
                cut(direction, bytes.chunks(size)),
                whole,
                "{name} in pieces of {size}"
            );
        }
        // Long streams are cut in two at some places, short ones at all.
        for at in (0..=bytes.len()).step_by(1 + bytes.len() / 500) {
            let (first, second) = bytes.split_at(at);
            assert_eq!(cut(direction, [first, second]), whole, "{name} cut at {at}");
        }
    }
}
