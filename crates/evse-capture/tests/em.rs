//! Captures of EM chargers: decoded, and scrubbed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::net::SocketAddr;

use emproto::message::{
    ChargeStart, ChargeStop, ChargeType, Identifier, Message, Nickname, RecordAck, Setting,
    StartOrder,
};
use emproto::time::RawTime;
use emproto::{Command, Password, Pin, Serial};
use evse_capture::decode::{CaptureOptions, Decoded};
use evse_capture::record::{Ends, Recorder, Sender};
use evse_capture::scrub::scrub;
use fixtures::vectors;
use support::{NOW, assert_checksums_hold, decode, packets};

const SERIAL: &str = "9876543210abcdef";
const PIN: &str = "864213";
const SECRETS: [&[u8]; 8] = [
    b"\x98\x76\x54\x32\x10\xab\xcd\xef",
    PIN.as_bytes(),
    b"John Doe",
    b"202602031215",
    b"Doe's car",
    b"Home network",
    b"correct horse",
    b"113355",
];

fn ends(client: u16, charger: u16) -> Ends {
    Ends {
        client: SocketAddr::from(([192, 0, 2, 9], client)),
        charger: SocketAddr::from(([192, 0, 2, 7], charger)),
    }
}

/// The usual ports.
fn em() -> Ends {
    ends(28376, 21937)
}

fn to_charger(message: &Message) -> Vec<u8> {
    let pin: Pin = PIN.parse().unwrap();
    let serial: Serial = SERIAL.parse().unwrap();
    message.to_datagram(serial, pin.into()).unwrap()
}

fn from_charger(command: Command, payload: &[u8]) -> Vec<u8> {
    let serial: Serial = SERIAL.parse().unwrap();
    let datagram = emproto::frame::Datagram::new(serial, Password::NONE_FF, command, payload);
    datagram.to_vec().unwrap()
}

fn wifi() -> Vec<u8> {
    let mut payload = vec![2];
    payload.extend_from_slice(b"Home network");
    payload.resize(33, 0);
    payload.extend_from_slice(b"correct horse");
    payload.resize(99, 0);
    payload.extend_from_slice(&[0, 0, 0, 0, 0x6E, 0xD8]);
    payload
}

/// A start, a stop, a name, the Wi-Fi, a new PIN, a record's acknowledgement, and damage that holds the PIN.
fn recorded() -> Vec<u8> {
    let user_id = Identifier::new("John Doe").unwrap();
    let charge_id = Identifier::new("202602031215").unwrap();
    let order = StartOrder {
        line_id: 1,
        user_id,
        charge_id,
        is_reservation: false,
        start: RawTime(1_770_084_900),
        charge_type: ChargeType::Normal,
        max_duration_min: None,
        max_energy_centikwh: None,
        current_a: 16,
    };
    let start = to_charger(&Message::ChargeStart(ChargeStart::try_from(order).unwrap()));
    let stop = to_charger(&Message::ChargeStop(ChargeStop::new(1, user_id)));
    let name = Setting::<Nickname>::set("Doe's car").unwrap();
    let name = to_charger(&Message::Nickname(name));
    let ack = to_charger(&Message::RecordLocalAck(RecordAck::new(charge_id)));
    let pin: Pin = PIN.parse().unwrap();
    let serial: Serial = SERIAL.parse().unwrap();
    let new_pin =
        emproto::frame::Datagram::new(serial, pin.into(), Command::SetPassword, b"113355");
    let new_pin = new_pin.to_vec().unwrap();
    let mut damaged = stop.clone();
    damaged[40] ^= 1;
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    for sent in [&start, &[stop, name].concat(), &ack, &new_pin, &damaged] {
        recorder.udp(NOW, em(), Sender::Client, sent).unwrap();
    }
    for received in [
        from_charger(Command::Heading, &[]),
        from_charger(Command::WifiReply, &wifi()),
    ] {
        recorder.udp(NOW, em(), Sender::Charger, &received).unwrap();
    }
    recorder.finish().unwrap()
}

/// Commands, and the kinds of errors.
fn names(frames: &[Decoded]) -> Vec<&str> {
    let objects = frames.iter().map(|frame| &frame.object);
    let names =
        objects.filter_map(|object| object.get("name").or_else(|| object.get("error"))?.as_str());
    names.collect()
}

#[test]
fn all_datagrams_of_a_capture_are_decoded() {
    let frames = decode(&recorded());
    let expected = [
        "charge_start",
        "charge_stop",
        "nickname",
        "record_local_ack",
        "set_password",
        "bad_checksum",
        "heading",
        "wifi_reply",
    ];
    assert_eq!(names(&frames), expected);
    assert_eq!(frames[0].object["serial"], SERIAL);
    assert_eq!(frames[0].object["password"], PIN);
    assert_eq!(frames[7].object["decoded"]["passphrase"], "correct horse");
    assert_eq!(frames[0].object["direction"], "to_charger");
    assert_eq!(frames[6].object["direction"], "from_charger");
}

#[test]
fn the_ports_tell_the_direction_and_what_belongs_to_a_charger() {
    let heading = from_charger(Command::Heading, &[]);
    let check = |ends: Ends, sender, payload: &[u8], expected: Option<&str>| {
        let mut recorder = Recorder::new(Vec::new()).unwrap();
        recorder.udp(NOW, ends, sender, payload).unwrap();
        let frames = decode(&recorder.finish().unwrap());
        let direction = frames
            .first()
            .map(|frame| frame.object["direction"].as_str().unwrap_or("none"));
        assert_eq!(direction, expected, "{ends:?}");
    };
    // A client may send what a charger usually sends.
    check(em(), Sender::Client, &heading, Some("to_charger"));
    check(em(), Sender::Charger, &heading, Some("from_charger"));
    // Other ports: by the content.
    check(
        ends(40_000, 40_001),
        Sender::Client,
        &heading,
        Some("from_charger"),
    );
    check(ends(40_000, 40_001), Sender::Client, b"a question", None);
    // Nonsense on the protocol's ports is shown.
    check(
        ends(40_000, 7248),
        Sender::Client,
        b"a question",
        Some("none"),
    );
    check(em(), Sender::Charger, b"a question", Some("none"));
}

#[test]
fn secrets_are_shown_only_when_asked_for() {
    let capture = evse_capture::decode::decode_capture(&recorded(), &CaptureOptions::default());
    let printed = format!("{:?}", capture.unwrap().frames);
    for secret in [PIN, "Home network", "correct horse", "113355"] {
        assert!(!printed.contains(secret), "{secret}");
        assert!(!printed.contains(&hex::encode(secret)), "{secret}");
    }
}

#[test]
fn scrubbing_replaces_what_is_personal_and_keeps_the_rest() {
    let file = recorded();
    let clean = scrub(&file, &CaptureOptions::default()).unwrap();
    assert_eq!(clean.left_out, 0);
    assert_checksums_hold(&clean.packets);
    let clean = clean.write(Vec::new()).unwrap();
    for secret in SECRETS {
        let holds = |file: &[u8]| file.windows(secret.len()).any(|window| window == secret);
        assert!(holds(&file) && !holds(&clean), "{secret:?}");
    }
    let (before, after) = (decode(&file), decode(&clean));
    assert_eq!(names(&before), names(&after));
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before.object["payload_len"], after.object["payload_len"]);
    }
    let lengths = |file: &[u8]| {
        packets(file)
            .iter()
            .map(|packet| packet.bytes.len())
            .collect::<Vec<_>>()
    };
    assert_eq!(lengths(&file), lengths(&clean));
    // The same value has the same replacement.
    let [start, stop, name, ack] = [0, 1, 2, 3].map(|at| &after[at].object);
    assert_eq!(start["serial"], "0000000000000001");
    assert_eq!(start["serial"], stop["serial"]);
    assert_eq!(start["decoded"]["user_id"], stop["decoded"]["user_id"]);
    assert_eq!(start["decoded"]["charge_id"], ack["decoded"]["charge_id"]);
    assert_eq!(start["password"].as_str().map(str::len), Some(6));
    assert_eq!(start["decoded"]["max_amps"], 16);
    assert_eq!(name["decoded"]["nickname"].as_str().map(str::len), Some(9));
    // Scrubbed twice is scrubbed once.
    let twice = scrub(&clean, &CaptureOptions::default()).unwrap();
    assert_eq!(twice.write(Vec::new()).unwrap(), clean);
}

fn recorded_one(sender: Sender, datagram: &[u8]) -> Vec<u8> {
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    recorder.udp(NOW, em(), sender, datagram).unwrap();
    recorder.finish().unwrap()
}

fn scrubbed(file: &[u8]) -> Vec<u8> {
    let clean = scrub(file, &CaptureOptions::default()).unwrap();
    assert_eq!(clean.left_out, 0);
    clean.write(Vec::new()).unwrap()
}

#[test]
fn a_pin_of_zeros_becomes_another() {
    let serial: Serial = SERIAL.parse().unwrap();
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    for pin in ["000000", PIN, "000000"] {
        let pin: Pin = pin.parse().unwrap();
        let sent = emproto::frame::Datagram::new(serial, pin.into(), Command::Heading, &[]);
        let sent = sent.to_vec().unwrap();
        recorder.udp(NOW, em(), Sender::Client, &sent).unwrap();
    }
    let clean = scrubbed(&recorder.finish().unwrap());
    let frames = decode(&clean);
    let pins: Vec<_> = frames
        .iter()
        .map(|frame| &frame.object["password"])
        .collect();
    assert_eq!(pins, ["000001", "000002", "000001"]);
    assert_eq!(scrubbed(&clean), clean);
}

#[test]
fn what_stands_behind_an_identifier_is_scrubbed() {
    let mut charge_id = Identifier::new("202602031215").unwrap();
    charge_id.0[2..].copy_from_slice(b"\0Jane Doe 1983");
    let ack = to_charger(&Message::RecordLocalAck(RecordAck::new(charge_id)));
    let file = recorded_one(Sender::Client, &ack);
    let clean = scrubbed(&file);
    let holds = |file: &[u8]| file.windows(8).any(|window| window == b"Jane Doe");
    assert!(holds(&file) && !holds(&clean));
    assert_eq!(scrubbed(&clean), clean);
}

#[test]
fn texts_behind_every_known_payload_are_scrubbed() {
    let mut seen = 0;
    for vector in vectors("em") {
        let packet = vector.bytes();
        for datagram in emproto::frame::datagrams(&packet).flatten() {
            use Command::{HistorySlot, RecordCurrent, RecordLocal, StatusPush, StatusReply};
            // Readings go on behind what short ones of these have.
            let readings = match datagram.command {
                StatusPush | StatusReply => 16,
                RecordCurrent | RecordLocal | HistorySlot => 500,
                _ => 0,
            };
            let payload = [datagram.payload, &vec![0; readings], b"Jane Doe"].concat();
            let longer = emproto::frame::Datagram {
                payload: &payload,
                ..datagram
            };
            let file = recorded_one(Sender::Charger, &longer.to_vec().unwrap());
            let clean = scrubbed(&file);
            let holds = |file: &[u8]| file.windows(8).any(|window| window == b"Jane Doe");
            assert!(holds(&file) && !holds(&clean), "{}", vector.name);
            assert_eq!(scrubbed(&clean), clean, "{}", vector.name);
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn every_vector_can_be_scrubbed() {
    for vector in vectors("em")
        .iter()
        .filter(|vector| !vector.bytes().is_empty())
    {
        let mut recorder = Recorder::new(Vec::new()).unwrap();
        recorder
            .udp(NOW, em(), Sender::Charger, &vector.bytes())
            .unwrap();
        let file = recorder.finish().unwrap();
        let clean = scrub(&file, &CaptureOptions::default()).unwrap();
        assert_checksums_hold(&clean.packets);
        let after = decode(&clean.write(Vec::new()).unwrap());
        let before = decode(&file);
        assert_eq!(names(&before), names(&after), "{}", vector.name);
        for frame in after {
            let serial = frame.object["serial"].as_str().map(str::to_owned);
            let is_clean = serial.is_none_or(|serial| serial.starts_with("000000000000000"));
            assert!(is_clean, "{}", vector.name);
        }
    }
}

#[test]
fn any_damage_is_survived() {
    let file = recorded();
    for at in 0..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 0xFF;
        let _ = scrub(&damaged, &CaptureOptions::default());
        let _ = evse_capture::decode::decode_capture(&damaged, &CaptureOptions::default());
    }
}
