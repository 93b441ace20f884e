//! Frames and messages decode and encode without allocation.

use std::hint::black_box;

use twc_proto::frame::{Decoder, Trailer};
use twc_proto::message::{Message, ProtocolVersion};

#[test]
fn frames_decode_and_encode_without_allocation() {
    let mut line: Vec<u8> = fixtures::vectors("twc")
        .iter()
        .flat_map(fixtures::Vector::bytes)
        .collect();
    // Errors too.
    line.extend([0xC0; 3]);
    line.extend(0..0xC1);
    let mut items = 0;
    let measured = allocation_counter::measure(|| {
        let mut decoder = Decoder::new();
        for read in black_box(&line).chunks(7) {
            for item in decoder.push(read) {
                items += 1;
                if let Ok(frame) = item {
                    let message = black_box(Message::decode(&frame));
                    black_box(
                        message
                            .encode(ProtocolVersion::V2)
                            .encode(Trailer::default()),
                    );
                }
            }
        }
        let _ = black_box(decoder.silence());
    });
    assert_eq!(measured.count_total, 0);
    assert_eq!(items, 111);
}
