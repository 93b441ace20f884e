//! Buses of Tesla's wall connectors: serial lines, connections to gateways, and scrubbing both.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use evse_capture::decode::twc::decode_stream;
use evse_capture::decode::{CaptureOptions, Decoded};
use evse_capture::link::{Serial, SerialDirection};
use evse_capture::pcap::{LinkType, Writer};
use evse_capture::record::{Ends, Recorder, Sender};
use evse_capture::scrub::scrub;
use fixtures::vectors;
use proptest::prelude::*;
use support::{NOW, assert_checksums_hold, decode, packets};
use twc_proto::Address;
use twc_proto::frame::{Frame, FrameType, Trailer};
use twc_proto::message::{Message, ProtocolVersion, SerialNumber};

/// What a controller and a peripheral said, by name of the vector, and whether the controller did.
const EXCHANGE: [(&str, bool); 8] = [
    ("real_announce", true),
    ("real_heartbeat_idle", true),
    ("real_heartbeat_reply_idle", false),
    ("real_master_own_meter", true),
    ("real_query_serial", true),
    ("real_serial_reply", false),
    ("vin_ee", false),
    ("meter_three_phase_20", false),
];

fn bytes(name: &str) -> Vec<u8> {
    let vectors = vectors("twc");
    vectors
        .iter()
        .find(|vector| vector.name == name)
        .unwrap()
        .bytes()
}

/// The exchange on a serial line as the controller captures it, in reads of at most so many bytes.
fn line(read: usize) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), LinkType::RTAC_SERIAL).unwrap();
    let mut time = NOW;
    for (name, by_controller) in EXCHANGE {
        for payload in bytes(name).chunks(read) {
            time += Duration::from_millis(4);
            let direction = if by_controller {
                SerialDirection::Sent
            } else {
                SerialDirection::Received
            };
            let packet = Serial {
                time,
                direction,
                payload,
            }
            .to_packet();
            writer.write(&packet).unwrap();
        }
        time += Duration::from_millis(400);
    }
    writer.finish().unwrap()
}

/// The exchange through a gateway on any port.
fn gateway() -> Vec<u8> {
    let address = |host, port| SocketAddr::from(([192, 0, 2, host], port));
    let ends = Ends {
        client: address(9, 50_000),
        charger: address(7, 4196),
    };
    let other = Ends {
        client: address(9, 50_001),
        charger: address(7, 80),
    };
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    recorder
        .tcp(
            NOW,
            other,
            Sender::Client,
            b"GET / \xC0\x01\x02\x03\x04\x05\x06\xC0",
        )
        .unwrap();
    let mut time = NOW;
    for (name, by_controller) in EXCHANGE {
        let sender = if by_controller {
            Sender::Client
        } else {
            Sender::Charger
        };
        for part in bytes(name).chunks(11) {
            time += Duration::from_millis(4);
            recorder.tcp(time, ends, sender, part).unwrap();
        }
    }
    recorder.finish().unwrap()
}

fn raw(frames: &[Decoded]) -> Vec<String> {
    frames
        .iter()
        .map(|frame| frame.object["raw"].as_str().unwrap().to_owned())
        .collect()
}

fn exchange() -> Vec<String> {
    EXCHANGE
        .iter()
        .map(|(name, _)| hex::encode_upper(bytes(name)))
        .collect()
}

#[test]
fn a_serial_line_is_decoded_however_it_was_read() {
    for read in [1, 5, 64] {
        let frames = decode(&line(read));
        assert_eq!(raw(&frames), exchange(), "{read}");
        assert!(frames.iter().all(|frame| frame.source.is_none()));
        let directions: Vec<_> = frames
            .iter()
            .map(|frame| frame.object["direction"].clone())
            .collect();
        assert_eq!(
            directions,
            [
                "to_charger",
                "to_charger",
                "from_charger",
                // What a controller tells of itself.
                "bus",
                "to_charger",
                "from_charger",
                "from_charger",
                "from_charger",
            ]
        );
    }
}

#[test]
fn a_connection_to_a_gateway_is_known_by_its_frames() {
    let frames = decode(&gateway());
    assert_eq!(raw(&frames), exchange());
    assert!(frames.iter().all(|frame| frame.source.is_some()));
}

#[test]
fn a_pause_ends_a_frame() {
    let whole = bytes("real_heartbeat_idle");
    let mut writer = Writer::new(Vec::new(), LinkType::RTAC_SERIAL).unwrap();
    for (millis, payload) in [(0, &whole[..9]), (400, &whole[..]), (2000, &whole[..])] {
        let time = NOW + Duration::from_millis(millis);
        let direction = SerialDirection::Received;
        writer
            .write(
                &Serial {
                    time,
                    direction,
                    payload,
                }
                .to_packet(),
            )
            .unwrap();
    }
    let frames = decode(&writer.finish().unwrap());
    let shown: Vec<_> = frames
        .iter()
        .map(|frame| frame.object["error"].clone())
        .collect();
    assert_eq!(
        shown,
        [
            "incomplete".into(),
            serde_json::Value::Null,
            serde_json::Value::Null
        ]
    );
    let times: Vec<_> = frames
        .iter()
        .map(|frame| frame.time.abs_diff(NOW))
        .collect();
    assert_eq!(times, [0, 400, 2000].map(Duration::from_millis));
    assert_eq!(
        raw(&frames),
        [&whole[..9], &whole[..], &whole[..]].map(hex::encode_upper)
    );
}

#[test]
fn scrubbing_replaces_serial_numbers_ids_and_vins_and_keeps_checksums() {
    for file in [line(64), line(3), gateway()] {
        let scrubbed = scrub(&file, &CaptureOptions::default()).unwrap();
        assert!(scrubbed.damage.is_none());
        let clean = scrubbed.write(Vec::new()).unwrap();
        let (before, after) = (decode(&file), decode(&clean));
        let text = serde_json::to_string(&raw(&after)).unwrap();
        for secret in ["A17A000", "3495", "7973", "5YJTEST"] {
            assert!(
                !text.contains(&hex::encode_upper(secret)),
                "{secret}: {text}"
            );
            for frame in &after {
                for key in ["sender", "recipient", "serial", "text"] {
                    let shown = frame.object[key].as_str().unwrap_or_default();
                    assert!(!shown.contains(secret), "{secret}: {}", frame.object);
                }
            }
        }
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            assert_eq!((before.time, after.object.get("error")), (after.time, None));
            assert_eq!(before.object["kind"], after.object["kind"]);
            assert_eq!(
                before.object["raw"].as_str().map(str::len),
                after.object["raw"].as_str().map(str::len)
            );
        }
        // One unit has one id, and its serial number still ends with it.
        let (reply, serial) = (&after[2].object, &after[5].object);
        assert_eq!(reply["sender"], serial["sender"]);
        assert_eq!(after[1].object["recipient"], serial["sender"]);
        let id = serial["sender"].as_str().unwrap();
        assert!(serial["serial"].as_str().unwrap().ends_with(id), "{serial}");
        assert_eq!(after[6].object["complete"], true);
        assert_eq!(after[7].object["volts"], before[7].object["volts"]);
    }
    let scrubbed = scrub(&gateway(), &CaptureOptions::default()).unwrap();
    assert_checksums_hold(&packets(&scrubbed.write(Vec::new()).unwrap()));
}

#[test]
fn scrubbing_masks_what_is_damaged() {
    let mut damaged = bytes("real_serial_reply");
    damaged[7] ^= 1;
    let cut = &bytes("vin_ee")[..14];
    let mut writer = Writer::new(Vec::new(), LinkType::RTAC_SERIAL).unwrap();
    for (number, payload) in [
        (0, &bytes("real_heartbeat_reply_idle")[..]),
        (1, &damaged),
        (2, cut),
    ] {
        let time = NOW + Duration::from_secs(number);
        let direction = SerialDirection::Received;
        writer
            .write(
                &Serial {
                    time,
                    direction,
                    payload,
                }
                .to_packet(),
            )
            .unwrap();
    }
    let scrubbed = scrub(&writer.finish().unwrap(), &CaptureOptions::default()).unwrap();
    let clean = scrubbed.write(Vec::new()).unwrap();
    for secret in [&b"0003495"[..], b"5YJTEST", b"\x34\x95"] {
        assert!(
            !clean.windows(secret.len()).any(|window| window == secret),
            "{secret:?}"
        );
    }
}

proptest! {
    /// With ids, texts and checksums that have to be escaped too.
    #[test]
    fn scrubbed_frames_are_as_long_and_as_right(id in any::<u16>(), text in "[0-9A-Z]{0,15}", command in any::<u8>(), content in prop::collection::vec(any::<u8>(), 13)) {
        let sender = Address(id);
        let end = format!("A17A000{sender}");
        let frames = [
            Message::Serial { sender, serial: SerialNumber::new(&end) }.encode(ProtocolVersion::V2),
            Message::Serial { sender, serial: SerialNumber::new(&text) }.encode(ProtocolVersion::V2),
            Frame::new(FrameType::Data, command, &content, 16).unwrap(),
        ];
        let payload: Vec<u8> = frames.iter().flat_map(|frame| frame.encode(Trailer::default()).to_vec()).collect();
        let packet = Serial { time: NOW, direction: SerialDirection::Sent, payload: &payload }.to_packet();
        let mut writer = Writer::new(Vec::new(), LinkType::RTAC_SERIAL).unwrap();
        writer.write(&packet).unwrap();
        let scrubbed = scrub(&writer.finish().unwrap(), &CaptureOptions::default()).unwrap();
        let clean = &scrubbed.packets[0].bytes[12..];
        prop_assert_eq!(clean.len(), payload.len());
        let objects = decode_stream(clean);
        for object in &objects[..2] {
            prop_assert_eq!(object["kind"].as_str(), Some("serial"), "{}", object);
        }
        prop_assert!(objects[0]["serial"] != *end);
    }
}
