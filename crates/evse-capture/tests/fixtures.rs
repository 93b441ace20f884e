//! Every capture of `fixtures`, as a whole.

use fixtures::{captures, decoded, protocols};

#[test]
fn captures_decode_to_the_json_beside_them() {
    for protocol in protocols() {
        for capture in captures(&protocol) {
            let name = &capture.name;
            let decoded = decoded(&capture.bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let lines = decoded.lines().zip(capture.json.lines());
            for (number, (found, expected)) in lines.enumerate() {
                assert_eq!(found, expected, "{name}.json, line {}", number + 1);
            }
            assert!(
                decoded == capture.json,
                "{name}.json has another end than decoding gives"
            );
        }
    }
}
