//! `evse decode FILE --json` on every capture of `fixtures`.

use crate::common::run;

#[test]
fn the_json_beside_a_capture_is_what_the_command_prints() {
    for protocol in fixtures::protocols() {
        for capture in fixtures::captures(&protocol) {
            let name = &capture.name;
            let file = fixtures::folder(&protocol).join(format!("{name}.pcap"));
            let decoded = run(&["decode", "--json", &file.to_string_lossy()]);
            assert!(decoded.stdout == capture.json, "{name}: {decoded:?}");
            let has_failed = |object: &serde_json::Value| {
                let errors = ["error", "payload_error"];
                errors.iter().any(|key| object.get(key).is_some())
            };
            let damaged = capture.expected().iter().any(has_failed);
            assert_eq!(decoded.code, i32::from(damaged), "{name}");
        }
    }
}
