//! Frames from real units and from independent implementations, both directions.
//!
//! If a vector of real hardware fails, the code is wrong: do not change the vector.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use evse_capture::decode::twc::decode_stream;
use fixtures::{Vector, first_missing, vectors};
use serde_json::Value;
use twc_proto::Address;
use twc_proto::frame::{Decoder, Frame, FrameError, Trailer};
use twc_proto::message::{
    Action, ControllerHeartbeat, FirmwareVersion, Message, Meter, Model, PeripheralHeartbeat,
    Presence, ProtocolVersion, Query, SerialNumber, VinPart, VinSection,
};

fn frames_of(vector: &Vector) -> &Vec<Value> {
    vector.expect["frames"].as_array().unwrap()
}

/// What a receiver makes of the reads, and of the silence after them.
fn received(reads: &[Vec<u8>]) -> (Vec<Frame>, Vec<FrameError>) {
    let mut decoder = Decoder::new();
    let mut items: Vec<_> = Vec::new();
    for read in reads {
        items.extend(decoder.push(read));
    }
    items.extend(decoder.silence().map(Err));
    let frames = items.iter().copied().filter_map(Result::ok).collect();
    (frames, items.into_iter().filter_map(Result::err).collect())
}

#[test]
fn reads_decode_to_the_expected_frames_and_errors() {
    let vectors = vectors("twc");
    assert_eq!(vectors.len(), 110);
    for vector in vectors {
        let objects = decode_stream(&vector.chunks().concat());
        let (errors, frames): (Vec<_>, Vec<_>) = objects
            .iter()
            .partition(|object| object.get("error").is_some());
        let expected = frames_of(&vector);
        assert_eq!(frames.len(), expected.len(), "{}", vector.name);
        for (expected, actual) in expected.iter().zip(frames) {
            assert_eq!(first_missing(expected, actual), None, "{}", vector.name);
        }
        let kinds: Vec<_> = errors.iter().map(|object| &object["error"]).collect();
        let is_optional = vector.expect["errors_optional"] == true && kinds.is_empty();
        let expected: Vec<_> = vector.expect["errors"].as_array().unwrap().iter().collect();
        assert!(
            is_optional || kinds == expected,
            "{}: {kinds:?}",
            vector.name
        );
    }
}

#[test]
fn the_bytes_of_the_objects_are_those_of_the_line() {
    for vector in vectors("twc") {
        let objects = decode_stream(&vector.bytes());
        let raw: String = objects
            .iter()
            .map(|object| object["raw"].as_str().unwrap())
            .collect();
        assert_eq!(Some(raw), vector.hex, "{}", vector.name);
    }
}

#[test]
fn what_decodes_encodes_to_the_same_bytes() {
    let mut encoded = 0;
    for vector in vectors("twc") {
        let (frames, _) = received(&vector.chunks());
        for frame in &frames {
            let wire = frame.encode(Trailer::None);
            let is_in_it = vector
                .bytes()
                .windows(wire.len())
                .any(|part| *part == *wire);
            assert!(is_in_it, "{}", vector.name);
        }
        if vector.expect["roundtrip"] != true {
            continue;
        }
        let trailer = match vector.expect["trailer"].as_str() {
            None => Trailer::default(),
            Some("") => Trailer::None,
            Some(hex) => Trailer::Byte(u8::from_str_radix(hex, 16).unwrap()),
        };
        let message = Message::decode(&frames[0]);
        let wire = message.encode(ProtocolVersion::V2).encode(trailer);
        assert_eq!(*wire, vector.bytes(), "{}", vector.name);
        encoded += 1;
    }
    assert_eq!(encoded, 87);
}

#[test]
fn values_encode_to_the_bytes_of_the_vectors() {
    let mut built = 0;
    for vector in vectors("twc") {
        let (frames, _) = received(&vector.chunks());
        for (expected, frame) in frames_of(&vector).iter().zip(frames) {
            let Some(message) = message(expected) else {
                assert_eq!(
                    Message::decode(&frame),
                    Message::Unknown(frame),
                    "{}",
                    vector.name
                );
                continue;
            };
            let version = match frame.len() {
                14 => ProtocolVersion::V1,
                _ => ProtocolVersion::V2,
            };
            assert_eq!(Message::decode(&frame), message, "{}", vector.name);
            let again = message.encode(version);
            // Padding differs in length, or is not zero.
            let is_padded = [13, 15].contains(&frame.len()) || vector.name.starts_with("twcm_");
            if !is_padded {
                assert_eq!(again, frame, "{}", vector.name);
            }
            built += 1;
        }
    }
    assert_eq!(built, 109);
}

/// What a vector says of a frame.
#[derive(Clone, Copy)]
struct Expected<'a>(&'a Value);

impl<'a> Expected<'a> {
    fn number(self, key: &str) -> u64 {
        self.0[key]
            .as_u64()
            .unwrap_or_else(|| panic!("{key}: {}", self.0))
    }

    fn short(self, key: &str) -> u16 {
        u16::try_from(self.number(key)).unwrap()
    }

    fn byte(self, key: &str) -> u8 {
        u8::try_from(self.number(key)).unwrap()
    }

    fn text(self, key: &str) -> &'a str {
        self.0[key].as_str().unwrap_or_default()
    }

    fn address(self, key: &str) -> Address {
        self.text(key).parse().unwrap()
    }
}

/// The message that a vector describes; `None` for an unknown one.
fn message(expected: &Value) -> Option<Message> {
    if expected["kind"] == "unknown" {
        return None;
    }
    let expected = Expected(expected);
    announcement(expected)
        .or_else(|| request(expected))
        .or_else(|| answer(expected))
        .or_else(|| panic!("what is {}?", expected.text("kind")))
}

fn announcement(expected: Expected<'_>) -> Option<Message> {
    let presence = || Presence {
        sender: expected.address("sender"),
        session: expected.byte("session"),
        max_current_ca: expected.short("max_current_ca"),
    };
    Some(match expected.text("kind") {
        "controller_announce" => Message::ControllerAnnounce(presence()),
        "controller_discover" => Message::ControllerDiscover(presence()),
        "peripheral_presence" => Message::PeripheralPresence(presence()),
        _ => return None,
    })
}

fn request(expected: Expected<'_>) -> Option<Message> {
    let sender = || expected.address("sender");
    let recipient = || expected.address("recipient");
    Some(match expected.text("kind") {
        "controller_heartbeat" => Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: sender(),
            recipient: recipient(),
            action: Action::from(expected.byte("action_code")),
            current_ca: expected.short("current_ca"),
            controller_plugged: expected.0["controller_plugged"] == true,
        }),
        "query" => Message::Query {
            sender: sender(),
            recipient: recipient(),
            query: *Query::ALL
                .iter()
                .find(|query| query.name() == expected.text("query"))
                .unwrap(),
        },
        "close_contactors" => Message::CloseContactors {
            sender: sender(),
            recipient: recipient(),
        },
        "open_contactors" => Message::OpenContactors {
            sender: sender(),
            recipient: recipient(),
        },
        "idle" => Message::Idle { sender: sender() },
        _ => return None,
    })
}

fn answer(expected: Expected<'_>) -> Option<Message> {
    let text = expected.text("text");
    let sender = || expected.address("sender");
    Some(match expected.text("kind") {
        "legacy_version" => Message::LegacyVersion(version(expected.text("version"))),
        "legacy_model" => Message::LegacyModel(Model::from_bytes(text.as_bytes())),
        "peripheral_heartbeat" => Message::PeripheralHeartbeat(PeripheralHeartbeat {
            sender: sender(),
            recipient: expected.address("recipient"),
            state: expected.byte("state_code").into(),
            current_available_ca: expected.short("current_available_ca"),
            current_delivered_ca: expected.short("current_delivered_ca"),
        }),
        "meter" => Message::Meter {
            sender: sender(),
            meter: meter(expected.0),
        },
        "version" => Message::Version {
            sender: sender(),
            version: version(expected.text("version")),
        },
        "serial" => Message::Serial {
            sender: sender(),
            serial: SerialNumber::new(expected.text("serial")),
        },
        "vin_part" => {
            let section = VinSection::ALL
                .iter()
                .find(|section| section.name() == expected.text("part"));
            let part = VinPart::from_bytes(*section.unwrap(), text.as_bytes());
            Message::VinPart {
                sender: sender(),
                part,
            }
        }
        "plug_state" => Message::PlugState {
            sender: sender(),
            plug: expected.byte("plug_code").into(),
        },
        "close_contactors_ack" => Message::CloseContactorsAck { sender: sender() },
        "open_contactors_ack" => Message::OpenContactorsAck { sender: sender() },
        _ => return None,
    })
}

fn version(text: &str) -> FirmwareVersion {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap());
    let mut next = || numbers.next();
    FirmwareVersion {
        release: next().unwrap(),
        major: next().unwrap(),
        minor: next().unwrap(),
        patch: next(),
    }
}

fn meter(expected: &Value) -> Meter {
    let small = |value: &Value| value.as_u64().map(|number| u16::try_from(number).unwrap());
    let volts = |phase: usize| small(&expected["volts"][phase]).unwrap();
    let half_amps = |phase: usize| {
        small(&expected["half_amps"][phase]).map(|number| u8::try_from(number).unwrap())
    };
    Meter {
        energy_raw: expected["energy_raw"].as_u64().unwrap().try_into().unwrap(),
        volts: [volts(0), volts(1), volts(2)],
        half_amps: [half_amps(0), half_amps(1), half_amps(2)],
    }
}

#[test]
fn serial_numbers_and_vins_do_not_print() {
    for vector in vectors("twc") {
        let reads = vector.chunks();
        let mut decoder = Decoder::new();
        let items: Vec<_> = reads
            .iter()
            .flat_map(|read| decoder.push(read).collect::<Vec<_>>())
            .collect();
        let messages: Vec<_> = items.iter().flatten().map(Message::decode).collect();
        let damaged: Vec<u8> = reads
            .concat()
            .iter()
            .map(|byte| byte ^ u8::from(*byte == 0xFD))
            .collect();
        let errors: Vec<_> = Decoder::new().push(&damaged).collect();
        decoder.push(&damaged[..damaged.len() - 2]).for_each(drop);
        let printed = format!("{items:?} {messages:?} {errors:?} {decoder:?}");
        for secret in ["A17A000", "5YJTEST", "A4TWC", "001\""] {
            assert!(!printed.contains(secret), "{}: {printed}", vector.name);
        }
        // As numbers.
        assert!(
            !printed.contains("65, 49, 55") && !printed.contains("53, 89, 74"),
            "{printed}"
        );
    }
}
