//! The published frames, through the stream decoder.

use duosida_proto::frame::Direction;
use evse_capture::Secrets;
use evse_capture::decode::duosida::StreamDecoder;
use fixtures::vectors;

#[test]
fn whole_frames_decode_as_the_vectors_say() {
    let mut checked = 0;
    for vector in vectors("duosida") {
        if vector.kind != "frame" || vector.expect["outcome"] != "ok" {
            continue;
        }
        let mut decoder = StreamDecoder::new(Direction::FromCharger, Secrets::Show);
        let mut objects = decoder.push(&vector.bytes());
        objects.extend(decoder.finish());
        assert_eq!(objects.len(), 1, "{}", vector.name);
        for key in ["message", "client_id", "message_id"] {
            assert_eq!(
                objects[0][key], vector.expect[key],
                "{}: {key}",
                vector.name
            );
        }
        checked += 1;
    }
    assert!(checked > 20, "{checked}");
}
