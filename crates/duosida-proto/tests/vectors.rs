//! Frames from real chargers and from independent implementations, both directions.
//!
//! If a hardware vector fails, the code is wrong: do not change the vector.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::Ipv4Addr;

use duosida_proto::frame::{self, Decoder, Direction, Framing};
use duosida_proto::{discovery, message};
use evse_capture::Secrets;
use evse_capture::decode::duosida::{decode_frame, decode_reply};
use fixtures::Vector;
use serde_json::Value;

fn each(kind: &str, check: impl Fn(&Vector)) {
    let vectors: Vec<_> = fixtures::vectors("duosida")
        .into_iter()
        .filter(|v| v.kind == kind)
        .collect();
    assert!(!vectors.is_empty(), "no vectors of kind {kind}");
    vectors.iter().for_each(check);
}

fn check_message(vector: &Vector, frame: &[u8]) {
    let decoded = decode_frame(frame, Secrets::Show);
    for key in ["message", "client_id", "message_id", "body"] {
        assert_eq!(decoded[key], vector.expect[key], "{}: {key}", vector.name);
    }
    let expected = match vector.direction.as_deref() {
        Some("charger->client") => "from_charger",
        _ => "to_charger",
    };
    assert_eq!(decoded["direction"], expected, "{}", vector.name);
}

#[test]
fn frames_decode_to_the_expected_values() {
    each("frame", |vector| check_message(vector, &vector.bytes()));
}

#[test]
fn frames_encode_to_the_same_bytes() {
    each("frame", |vector| {
        let bytes = vector.bytes();
        assert!(vector.roundtrip, "{}", vector.name);
        let envelope = message::decode(&bytes).unwrap();
        assert_eq!(
            hex::encode(message::encode(&envelope)),
            hex::encode(&bytes),
            "{}",
            vector.name
        );
    });
}

#[test]
fn each_frame_is_cut_whole_from_any_two_pieces() {
    each("frame", |vector| {
        let bytes = vector.bytes();
        for cut in 0..=bytes.len() {
            let mut decoder = Decoder::new(Framing::Raw, Direction::FromCharger);
            let (first, second) = bytes.split_at(cut);
            decoder.push(first);
            let early = decoder.next_frame();
            decoder.push(second);
            assert_eq!(
                early.or_else(|| decoder.next_frame()),
                Some(bytes.clone()),
                "{} cut at {cut}",
                vector.name
            );
            assert_eq!((decoder.pending_bytes(), decoder.skipped_bytes()), (0, 0));
        }
    });
}

#[test]
fn streams_give_the_expected_frames() {
    each("stream", |vector| {
        let framing = if vector.raw["framing"] == "wrapped" {
            Framing::Wrapped
        } else {
            Framing::Raw
        };
        let mut decoder = Decoder::new(framing, Direction::FromCharger);
        let mut frames = Vec::new();
        for chunk in vector.chunks() {
            decoder.push(&chunk);
            frames.extend(std::iter::from_fn(|| decoder.next_frame()).map(hex::encode));
        }
        let list = |key: &str| -> Vec<String> {
            let frames = vector.expect[key].as_array().cloned().unwrap_or_default();
            frames
                .iter()
                .map(|frame| frame.as_str().unwrap().to_owned())
                .collect()
        };
        let optional = list("optional_frames");
        frames.retain(|frame| !optional.contains(frame));
        assert_eq!(frames, list("frames"), "{}", vector.name);
    });
}

#[test]
fn wrapped_frames_hold_the_expected_payload_and_wrap_again() {
    each("wrapped_frame", |vector| {
        let direction = match vector.direction.as_deref() {
            Some("charger->client") => Direction::FromCharger,
            _ => Direction::ToCharger,
        };
        let bytes = vector.bytes();
        let payload = frame::unwrap(direction, &bytes).unwrap();
        assert_eq!(
            vector.expect["inner_hex"],
            hex::encode(payload),
            "{}",
            vector.name
        );
        check_message(vector, payload);
        assert_eq!(
            frame::encode(Framing::Wrapped, direction, payload).unwrap(),
            bytes,
            "{}",
            vector.name
        );
    });
}

#[test]
fn discovery_replies_are_told_from_other_datagrams() {
    each("discovery_reply", |vector| {
        let source: Ipv4Addr = vector.raw["source_ip"].as_str().unwrap().parse().unwrap();
        let decoded = decode_reply(&vector.bytes(), source);
        for key in ["ip", "mac", "type", "firmware", "error"] {
            assert_eq!(
                decoded.get(key),
                vector.expect.get(key),
                "{}: {key}",
                vector.name
            );
        }
    });
}

#[test]
fn the_probe_is_the_one_that_all_clients_send() {
    each("datagram", |vector| {
        assert_eq!(vector.bytes(), discovery::PROBE);
    });
}

#[test]
fn secret_fields_never_print() {
    let secrets: Vec<_> = fixtures::vectors("duosida")
        .into_iter()
        .filter(|v| v.raw["secret_fields"].is_array())
        .collect();
    assert!(!secrets.is_empty());
    for vector in secrets {
        let data = &vector.expect["body"]["data"];
        let printed = format!("{:?}", message::decode(&vector.bytes()).unwrap());
        let decoded = decode_frame(&vector.bytes(), Secrets::Redact);
        for field in vector.raw["secret_fields"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
        {
            let secret = data[field].as_str().unwrap();
            assert_eq!(decoded["body"]["data"][field], "[redacted]");
            assert!(
                !decoded.to_string().contains(secret) && !printed.contains(secret),
                "{}",
                vector.name
            );
            assert!(
                !decoded["raw"]
                    .as_str()
                    .unwrap()
                    .contains(&hex::encode(secret)),
                "{}",
                vector.name
            );
        }
    }
}
