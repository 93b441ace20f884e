//! `evse decode`: from hex and standard input, text and JSON.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::common::run;

/// The vendor app's opening message, and a frame from a real charger (identifier zeroed).
const OPENING: &str = "a2030408001000a20603494f53a80600";

#[test]
fn a_frame_is_one_object() {
    let decoded = run(&[
        "decode",
        "--protocol",
        "duosida",
        "--json",
        "--hex",
        OPENING,
    ]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    let json = decoded.json();
    assert_eq!(json["protocol"], "duosida");
    assert_eq!(json["message"]["name"], "TriggerMessageReq");
    assert_eq!(json["client_id"], "IOS");
    assert_eq!(json["raw"], OPENING);
}

#[test]
fn two_frames_are_two_lines_and_spaces_do_not_matter() {
    let hex = format!("{OPENING} \n{}", OPENING.to_uppercase());
    let decoded = run(&["decode", "--protocol", "duosida", "--json", "--hex", &hex]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    assert_eq!(decoded.stdout.lines().count(), 2);
}

#[test]
fn people_get_a_tree() {
    let decoded = run(&["decode", "--protocol", "duosida", "--hex", OPENING]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    assert!(
        decoded.stdout.contains("TriggerMessageReq (52)"),
        "{decoded:?}"
    );
}

#[test]
fn a_frame_that_cannot_be_decoded_is_exit_code_1() {
    let half = &OPENING[..20];
    let decoded = run(&["decode", "--protocol", "duosida", "--json", "--hex", half]);
    assert_eq!(decoded.code, 1, "{decoded:?}");
    assert!(decoded.json()["error"].is_string(), "{decoded:?}");
}

#[test]
fn a_discovery_answer_is_decoded() {
    let hex = hex::encode("192.0.2.7,02aabbccddee,smart_wifi,V1.1@e37b36f+77");
    let decoded = run(&[
        "decode",
        "--protocol",
        "duosida",
        "--framing",
        "discovery",
        "--json",
        "--hex",
        &hex,
    ]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    assert!(decoded.stdout.contains("02:aa:bb:cc:dd:ee"), "{decoded:?}");
}

#[test]
fn what_is_no_hex_is_wrong_usage() {
    for hex in ["xyz", "abc", ""] {
        let decoded = run(&["decode", "--protocol", "duosida", "--hex", hex]);
        assert_eq!(decoded.code, 2, "{hex}: {decoded:?}");
        assert!(decoded.stderr.starts_with("error: "), "{hex}: {decoded:?}");
    }
}

#[test]
fn standard_input_may_be_hex_or_bytes() {
    let bytes = hex::decode(OPENING).expect("hex");
    for input in [OPENING.as_bytes(), bytes.as_slice()] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_evse"))
            .args(["decode", "--protocol", "duosida", "--json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("runs");
        child
            .stdin
            .take()
            .expect("piped")
            .write_all(input)
            .expect("taken");
        let output = child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&output.stdout).contains("TriggerMessageReq"));
    }
}

#[test]
fn a_capture_is_decoded_with_the_direction_of_its_addresses() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../evse-capture/tests/captures/any-sll2.pcap"
    );
    let decoded = run(&["decode", file, "--json"]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    let first = decoded.stdout.lines().next().unwrap_or_default();
    assert!(
        first.contains("smart_chargepile_search") && first.contains("to_charger"),
        "{first}"
    );
    assert!(decoded.stdout.contains("BootNotificationReq"));
}

#[test]
fn a_file_that_is_no_capture_is_wrong_usage() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let decoded = run(&["decode", file]);
    assert_eq!(
        (decoded.code, decoded.stderr.lines().count()),
        (2, 1),
        "{decoded:?}"
    );
}

#[test]
fn a_scrubbed_copy_replaces_a_file_only_when_told_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("public.pcap");
    let copy = copy.to_str().expect("a text");
    let file = fixtures::folder("em").join("sim-damaged.pcap");
    let file = file.to_str().expect("a text");
    std::fs::write(copy, "dear diary").expect("written");
    let refused = run(&["decode", file, "--scrub", copy]);
    assert_eq!((refused.code, &*refused.stdout), (2, ""), "{refused:?}");
    assert!(refused.stderr.contains("--force"), "{refused:?}");
    assert_eq!(std::fs::read(copy).expect("there"), b"dear diary");
    let scrubbed = run(&["decode", file, "--scrub", copy, "--force", "--json"]);
    assert_eq!(scrubbed.code, 0, "{scrubbed:?}");
    let json = scrubbed.json();
    assert_eq!(json["written"], copy);
    assert_eq!(json["left_out"], 0);
    let frames = |path| run(&["decode", path, "--json"]).stdout.lines().count();
    assert_eq!(frames(copy), frames(file));
    assert!(json["packets"].as_u64() > Some(0), "{json}");
}

#[test]
fn there_is_no_scrubbed_copy_of_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("public.pcap");
    let copy = copy.to_str().expect("a text");
    let empty = folder.path().join("empty.pcap");
    let capture = fixtures::folder("em").join("sim-clock.pcap");
    let capture = std::fs::read(capture).expect("there");
    std::fs::write(&empty, &capture[..24]).expect("written");
    let empty = empty.to_str().expect("a text");
    let no_capture = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (arguments, code) in [
        (&["decode", empty, "--scrub", copy][..], 1),
        (&["decode", no_capture, "--scrub", copy], 2),
        (&["decode", "--scrub", copy], 2),
        (&["decode", empty, "--force"], 2),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, code, "{refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    }
    assert!(!std::path::Path::new(copy).exists());
}

#[test]
fn the_copy_of_a_capture_that_is_cut_off_has_what_comes_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cut, copy) = (
        folder.path().join("cut.pcap"),
        folder.path().join("public.pcap"),
    );
    let capture = fixtures::folder("em").join("sim-clock.pcap");
    let capture = std::fs::read(capture).expect("there");
    std::fs::write(&cut, &capture[..capture.len() - 3]).expect("written");
    let (cut, copy) = (
        cut.to_str().expect("a text"),
        copy.to_str().expect("a text"),
    );
    let scrubbed = run(&["decode", cut, "--scrub", copy]);
    assert_eq!(scrubbed.code, 1, "{scrubbed:?}");
    assert!(scrubbed.stdout.starts_with("wrote "), "{scrubbed:?}");
    assert!(scrubbed.stderr.contains("cut off"), "{scrubbed:?}");
    assert_eq!(run(&["decode", copy]).code, 0);
}

#[test]
fn colours_are_for_terminals_and_whoever_asks_for_them() {
    for (variables, coloured) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_evse"))
            .args(["decode", "--protocol", "duosida", "--hex", OPENING])
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(variables.iter().copied())
            .output()
            .expect("runs");
        let has_escapes = output.stdout.contains(&0x1b);
        assert_eq!(has_escapes, coloured, "{variables:?}: {output:?}");
    }
}

#[test]
fn a_tree_ends_with_a_summary_and_shows_bytes_when_asked() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../evse-capture/tests/captures/any-sll2.pcap"
    );
    let tree = run(&["decode", file]);
    let last = tree.stdout.lines().last().unwrap_or_default();
    assert!(last.ends_with(", no errors"), "{tree:?}");
    assert!(!tree.stdout.contains(OPENING), "{tree:?}");
    let verbose = run(&["decode", file, "-v"]);
    assert!(verbose.stdout.contains(OPENING), "{verbose:?}");

    let half = &OPENING[..20];
    let damaged = run(&["decode", "--protocol", "duosida", "--hex", half]);
    assert_eq!(damaged.code, 1, "{damaged:?}");
    for expected in ["error: truncated", half, "1 frame, 1 error"] {
        assert!(damaged.stdout.contains(expected), "{damaged:?}");
    }
}

/// A status of a charger, its number and the PIN's field as published.
const EM_STATUS: &str = "06010032009181102751219513ffffffffffff000401092e00000000000000024081589258920102020d000000000b7b0f02";

#[test]
fn every_published_em_packet_is_decoded_as_written() {
    for vector in fixtures::vectors("em") {
        let hex = hex::encode(vector.bytes());
        if hex.is_empty() {
            continue;
        }
        let arguments = [
            "decode",
            "--protocol",
            "em",
            "--show-secrets",
            "--json",
            "--hex",
            &hex,
        ];
        let decoded = run(&arguments);
        let objects: Vec<serde_json::Value> = decoded
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("an object a line"))
            .collect();
        assert_eq!(objects.len(), vector.items().len(), "{}", vector.name);
        for (expected, actual) in vector.items().iter().zip(&objects) {
            for key in ["command", "name", "serial", "error", "payload_error"] {
                assert_eq!(actual.get(key), expected.get(key), "{} {key}", vector.name);
            }
        }
        let has_failed = objects.iter().any(|object| {
            let errors = ["error", "payload_error"];
            errors.iter().any(|key| object.get(key).is_some())
        });
        assert_eq!(decoded.code, i32::from(has_failed), "{}", vector.name);
    }
}

#[test]
fn an_em_packet_is_a_tree_too_and_its_pin_is_masked() {
    // A heading, and its acknowledgement with a PIN.
    let with_pin = "0601001a009181102751219513313233343536800401043e0f02";
    let packets = format!("{EM_STATUS}{with_pin}");
    let decoded = run(&["decode", "--protocol", "em", "-v", "--hex", &packets]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    let lines: Vec<_> = decoded.stdout.lines().collect();
    assert_eq!(lines[0], "1  ← status_push (0x0004)  9181102751219513");
    assert!(
        lines.contains(&"     l1_voltage         235.0"),
        "{decoded:?}"
    );
    assert!(
        decoded
            .stdout
            .contains("2  → status_ack (0x8004)   9181102751219513\n     password  [redacted]"),
        "{decoded:?}"
    );
    assert!(!decoded.stdout.contains("313233343536"), "{decoded:?}");
    assert!(
        decoded.stdout.ends_with("2 frames, no errors\n"),
        "{decoded:?}"
    );
}

#[test]
fn an_em_packet_that_is_damaged_is_exit_code_1() {
    let decoded = run(&[
        "decode",
        "--protocol",
        "em",
        "--json",
        "--hex",
        &EM_STATUS[..60],
    ]);
    assert_eq!(decoded.code, 1, "{decoded:?}");
    assert!(decoded.json()["error"].is_string(), "{decoded:?}");
    let framed = run(&[
        "decode",
        "--protocol",
        "em",
        "--framing",
        "wrapped",
        "--hex",
        EM_STATUS,
    ]);
    assert_eq!(framed.code, 2, "{framed:?}");
}

/// What a unit answers to a poll; one of its bytes is escaped.
const HEARTBEAT: &str = "C0FDE03495F00D010C8000DBDC00000000F3C0FC";

#[test]
fn a_frame_of_a_bus_is_one_object() {
    let decoded = run(&["decode", "--protocol", "twc", "--json", "--hex", HEARTBEAT]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    let json = decoded.json();
    assert_eq!(json["protocol"], "twc");
    assert_eq!(json["direction"], "from_charger");
    assert_eq!(json["kind"], "peripheral_heartbeat");
    assert_eq!(json["sender"], "3495");
    assert_eq!(json["current_delivered_ca"], 192);
    assert_eq!(json["raw"], HEARTBEAT);
    let tree = run(&["decode", "--protocol", "twc", "--hex", HEARTBEAT]);
    assert!(
        tree.stdout.contains("peripheral_heartbeat (FD E0)"),
        "{tree:?}"
    );
}

#[test]
fn damage_on_a_bus_does_not_cost_the_next_frame() {
    let damaged = HEARTBEAT.replace("F3C0FC", "F4");
    let hex = format!("{damaged}{HEARTBEAT}");
    let decoded = run(&["decode", "--protocol", "twc", "--json", "--hex", &hex]);
    assert_eq!(decoded.code, 1, "{decoded:?}");
    let objects: Vec<serde_json::Value> = decoded
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0]["error"], "checksum");
    assert_eq!(objects[0]["raw"], format!("{damaged}C0"));
    assert_eq!(objects[1]["raw"], HEARTBEAT);
}

#[test]
fn bytes_without_a_frame_of_a_bus_are_said_to_have_none() {
    for (arguments, code) in [
        (&["--hex", "0102"][..], 1),
        (&["--hex", HEARTBEAT, "--framing", "wrapped"], 2),
    ] {
        let decoded = run(&[&["decode", "--protocol", "twc"], arguments].concat());
        assert_eq!(decoded.code, code, "{decoded:?}");
        assert!(decoded.stderr.starts_with("error: "), "{decoded:?}");
    }
}
