//! Scrubbing captures, and decoding them without passwords.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod exchange;
mod support;

use std::net::SocketAddr;

use duosida_proto::frame::{Direction, Framing, encode};
use evse_capture::Secrets;
use evse_capture::decode::duosida::{self, decode_stream};
use evse_capture::decode::{CaptureOptions, Decoded, decode_capture};
use evse_capture::pcap::{LinkType, Packet, Writer};
use evse_capture::record::{Ends, Recorder, Sender};
use evse_capture::scrub::{Scrubbed, scrub};
use exchange::{configuration, recorded, v4, v6};
use support::{NOW, assert_checksums_hold, decode, packets};

const SECRETS: [&str; 6] = [
    "CP_AP",
    "ap-secret",
    "Home",
    "sta-secret",
    "0312345678901234567",
    "02aabbccddee",
];

fn scrubbed(file: &[u8]) -> Vec<u8> {
    let Scrubbed {
        damage, left_out, ..
    } = scrub(file, &CaptureOptions::default()).unwrap();
    assert!(damage.is_none());
    assert_eq!(left_out, 0);
    scrub(file, &CaptureOptions::default())
        .unwrap()
        .write(Vec::new())
        .unwrap()
}

fn written(packets: &[Packet]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), LinkType::ETHERNET).unwrap();
    for packet in packets {
        writer.write(packet).unwrap();
    }
    writer.finish().unwrap()
}

/// What is printed holds no password, neither as text nor as bytes.
fn assert_no_password(objects: &impl std::fmt::Debug) {
    let printed = format!("{objects:?}");
    for password in ["ap-secret", "sta-secret"] {
        assert!(!printed.contains(password), "{printed}");
        assert!(!printed.contains(&hex::encode(password)), "{printed}");
    }
}

fn contains(file: &[u8], text: &str) -> bool {
    file.windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn scrubbing_replaces_what_is_personal_and_keeps_the_rest() {
    for (ends, framing) in [
        (v4(), Framing::Raw),
        (v6(), Framing::Raw),
        (v4(), Framing::Wrapped),
    ] {
        let file = recorded(ends, framing);
        let clean = scrubbed(&file);
        for secret in SECRETS {
            assert!(contains(&file, secret), "{secret}");
            assert!(!contains(&clean, secret), "{secret}");
        }
        let (before, after) = (packets(&file), packets(&clean));
        assert_eq!(before.len(), after.len());
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(
                (before.time, before.bytes.len()),
                (after.time, after.bytes.len())
            );
            // The recorder's end in the IP address, the scrubbed ones count.
            for mac in after.bytes[..12].chunks(6) {
                assert_eq!(mac[..5], [2, 0, 0, 0, 0]);
                assert!(matches!(mac[5], 2 | 3), "{mac:?}");
            }
        }
        assert_checksums_hold(&after);
        let (before, after) = (decode(&file), decode(&clean));
        assert_eq!(before.len(), after.len());
        assert_eq!(after[1].object["mac"], "02:00:00:00:00:01");
        let name = |frame: &Decoded| frame.object["body"]["data"]["wifi_sta_ssid"].clone();
        let frames: Vec<&Decoded> = after
            .iter()
            .filter(|frame| !name(frame).is_null())
            .collect();
        assert_eq!(frames.len(), 2, "{framing:?}");
        assert_eq!(frames[0].object, frames[1].object);
        let data = &frames[0].object["body"]["data"];
        assert_eq!(frames[0].object["client_id"], "0000000000000000004");
        assert_eq!(data["wifi_ap_ssid"], "xxxx1");
        assert_eq!(data["wifi_ap_password"], "*********");
        assert_eq!(data["wifi_sta_ssid"], "xxx2");
        assert_eq!(data["wifi_sta_password"], "**********");
        assert_eq!(data["max_work_voltage_v"], 275.0);
    }
}

#[test]
fn scrubbing_twice_changes_nothing_more() {
    let once = scrubbed(&recorded(v4(), Framing::Raw));
    assert_eq!(scrubbed(&once), once);
}

#[test]
fn short_names_of_programs_stay() {
    let clean = scrubbed(&recorded(v4(), Framing::Raw));
    assert!(
        decode(&clean)
            .iter()
            .any(|frame| frame.object["client_id"] == "IOS")
    );
}

#[test]
fn identifiers_in_other_link_layers_are_replaced() {
    for file in [
        &include_bytes!("captures/loopback-ethernet.pcap")[..],
        include_bytes!("captures/loopback.pcapng"),
        include_bytes!("captures/any-sll.pcap"),
        include_bytes!("captures/any-sll2.pcap"),
        include_bytes!("captures/vlan.pcap"),
    ] {
        assert!(contains(file, "0300000000000000001"));
        let clean = scrubbed(file);
        assert!(!contains(&clean, "0300000000000000001"));
        assert!(contains(&clean, "0000000000000000001"));
        assert!(!contains(&clean, "02aabbccddee"));
        assert_eq!(decode(&clean).len(), decode(file).len());
        assert!(
            decode(&clean)
                .iter()
                .all(|frame| frame.object.get("error").is_none())
        );
    }
}

#[test]
fn other_traffic_is_left_out() {
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    let other = Ends {
        charger: SocketAddr::from(([192, 0, 2, 7], 53)),
        ..v4()
    };
    recorder
        .udp(NOW, other, Sender::Client, b"a question")
        .unwrap();
    recorder
        .tcp(NOW, v4(), Sender::Charger, &configuration())
        .unwrap();
    let file = recorder.finish().unwrap();
    let scrubbed = scrub(&file, &CaptureOptions::default()).unwrap();
    assert_eq!((scrubbed.left_out, scrubbed.packets.len()), (1, 4));
}

#[test]
fn any_damage_is_survived() {
    let file = recorded(v4(), Framing::Wrapped);
    for at in (0..file.len()).step_by(3) {
        let mut damaged = file.clone();
        damaged[at] ^= 0xFF;
        let _ = scrub(&damaged, &CaptureOptions::default());
        let _ = scrub(&file[..at], &CaptureOptions::default());
    }
}

#[test]
fn no_lost_doubled_or_swapped_packet_lets_a_secret_through() {
    for framing in [Framing::Raw, Framing::Wrapped] {
        let all = packets(&recorded(v4(), framing));
        for at in 0..all.len() - 1 {
            let (mut lost, mut doubled, mut swapped) = (all.clone(), all.clone(), all.clone());
            lost.remove(at);
            doubled.insert(at, all[at].clone());
            swapped.swap(at, at + 1);
            let options = CaptureOptions::default();
            for changed in [lost, doubled, swapped] {
                let file = written(&changed);
                assert_no_password(&decode_capture(&file, &options).unwrap().frames);
                let clean = scrub(&file, &CaptureOptions::default()).unwrap();
                assert_checksums_hold(&clean.packets);
                let clean = clean.write(Vec::new()).unwrap();
                for secret in SECRETS {
                    assert!(!contains(&clean, secret), "{secret} {at} {framing:?}");
                }
            }
        }
    }
}

#[test]
fn no_part_of_a_configuration_is_decoded_with_its_passwords() {
    for (framing, wire_framing) in [
        (duosida::Framing::Raw, Framing::Raw),
        (duosida::Framing::Wrapped, Framing::Wrapped),
    ] {
        let wire = encode(wire_framing, Direction::FromCharger, &configuration()).unwrap();
        for at in 0..wire.len() {
            let (front, back) = wire.split_at(at);
            let mut damaged = wire.clone();
            // Of a length, this makes one that leads out of the message.
            damaged[at] ^= 0x40;
            for bytes in [front, back, &damaged] {
                assert_no_password(&decode_stream(bytes, framing, Secrets::Redact));
            }
        }
    }
}

#[test]
fn credentials_in_settings_and_urls_are_masked() {
    let field = |number: u8, content: &[u8]| {
        let len = u8::try_from(content.len()).unwrap();
        [&[number * 8 + 2, len][..], content].concat()
    };
    let setting = |key: &str, value: &str| {
        field(
            10,
            &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat(),
        )
    };
    let check = |message: Vec<u8>, hidden: Option<&str>, shown: &str| {
        let frame = [&message[..], b"\xa2\x06\x03IOS\xa8\x06\x01"].concat();
        let mut recorder = Recorder::new(Vec::new()).unwrap();
        recorder.tcp(NOW, v4(), Sender::Client, &frame).unwrap();
        let file = recorder.finish().unwrap();
        let clean = scrubbed(&file);
        assert_eq!(scrubbed(&clean), clean);
        let redacted = decode_capture(&file, &CaptureOptions::default()).unwrap();
        for frames in [&decode(&clean), &redacted.frames] {
            let object = &frames[0].object;
            let raw = hex::decode(object["raw"].as_str().unwrap()).unwrap();
            assert!(object["error"].is_null(), "{object}");
            assert!(object["body"].to_string().contains(shown), "{object}");
            assert!(contains(&raw, shown), "{object}");
            if let Some(hidden) = hidden {
                assert!(contains(&file, hidden));
                assert!(!object.to_string().contains(hidden), "{object}");
                assert!(!contains(&raw, hidden), "{object}");
            }
        }
    };
    check(
        setting("AuthorizationKey", "0123abcd"),
        Some("0123abcd"),
        "AuthorizationKey",
    );
    check(setting("VendorMaxWorkCurrent", "16"), None, "16");
    let url = field(1, b"ftp://me:pass@word@192.0.2.1/a@b");
    for (request, hidden) in [([0xD2, 1], "pass"), ([0xC2, 3], "me:")] {
        let len = u8::try_from(url.len()).unwrap();
        check(
            [&request[..], &[len], &url].concat(),
            Some(hidden),
            "@192.0.2.1/a@b",
        );
    }
}
