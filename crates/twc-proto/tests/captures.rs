//! Every frame of every capture of a bus: bytes to values and back.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use evse_capture::link::{self, SerialDirection, Transport};
use evse_capture::pcap::Reader;
use twc_proto::frame::{Decoder, Trailer};
use twc_proto::message::{Message, ProtocolVersion};

#[test]
fn frames_of_captures_encode_to_the_same_bytes() {
    for capture in fixtures::captures("twc") {
        let mut lines = [Vec::new(), Vec::new()];
        for packet in Reader::new(&capture.bytes).unwrap() {
            let packet = packet.unwrap();
            if let Some(Transport::Serial(serial)) = link::parse(&packet) {
                let is_sent = serial.direction == SerialDirection::Sent;
                lines[usize::from(is_sent)].extend(serial.payload);
            }
        }
        let mut read = 0;
        for line in &lines {
            for frame in Decoder::new().push(line).flatten() {
                read += 1;
                let wire = frame.encode(Trailer::None);
                let is_in_it = line.windows(wire.len()).any(|part| *part == *wire);
                assert!(is_in_it, "{}: {frame:?}", capture.name);
                let message = Message::decode(&frame);
                let again = message.encode(ProtocolVersion::V2);
                assert_eq!(Message::decode(&again), message, "{}", capture.name);
            }
        }
        assert!(read > 0, "{} has no frame", capture.name);
    }
}
