//! Whatever the bytes, a value or a typed error; what decodes encodes to the same bytes.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use emproto::frame::{ChecksumForm, Datagram, datagrams};
use emproto::message::{Message, RawBytes};
use emproto::time::{CivilTime, RawTime};
use emproto::{Command, Direction, FrameError, FrameErrorKind, Password, Serial};
use proptest::prelude::*;

fn known_packets() -> Vec<Vec<u8>> {
    let vectors = fixtures::vectors("em");
    vectors
        .iter()
        .map(fixtures::Vector::bytes)
        .filter(|bytes| !bytes.is_empty())
        .collect()
}

/// Packets with nothing but datagrams.
fn good_packets() -> Vec<Vec<u8>> {
    let packets = known_packets().into_iter();
    packets
        .filter(|packet| datagrams(packet).all(|item| item.is_ok()))
        .collect()
}

fn known_packet() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(known_packets())
}

/// A known packet with some bytes changed, cut or added.
fn damaged_packet() -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 0..6);
    (known_packet(), edits).prop_map(|(mut packet, edits)| {
        for (at, byte, how) in edits {
            let at = at.index(packet.len().max(1));
            match how {
                0 if at < packet.len() => packet[at] = byte,
                1 => packet.truncate(at),
                _ => packet.insert(at.min(packet.len()), byte),
            }
        }
        packet
    })
}

/// A datagram of any command, known ones more often, with any payload.
fn any_datagram() -> impl Strategy<Value = Vec<u8>> {
    let command = prop_oneof![
        4 => prop::sample::select(Command::ALL.to_vec()),
        1 => any::<u16>().prop_map(Command::from),
    ];
    let payload = prop::collection::vec(any::<u8>(), 0..480);
    let fields = (
        any::<[u8; 8]>(),
        any::<[u8; 6]>(),
        any::<u8>(),
        any::<bool>(),
    );
    (command, payload, fields).prop_map(|(command, payload, (serial, password, key_type, wide))| {
        let datagram = Datagram {
            key_type,
            checksum: if wide {
                ChecksumForm::Modulo65536
            } else {
                ChecksumForm::Modulo65535
            },
            ..Datagram::new(
                Serial(serial),
                Password::from_bytes(password),
                command,
                &payload,
            )
        };
        datagram.to_vec().unwrap()
    })
}

/// All of the packet is accounted for, in order; gives the datagrams as bytes.
fn check(packet: &[u8]) -> (Vec<Vec<u8>>, Vec<FrameError>) {
    let (mut frames, mut errors, mut at) = (Vec::new(), Vec::new(), 0);
    for item in datagrams(packet) {
        match item {
            Ok(datagram) => {
                let again = datagram.to_vec().unwrap();
                assert!(packet[at..].starts_with(&again));
                check_payload(&datagram);
                at += again.len();
                frames.push(again);
            }
            Err(error) => {
                assert_eq!(error.offset, at);
                at += error.bytes;
                errors.push(error);
            }
        }
    }
    assert_eq!(at, packet.len());
    (frames, errors)
}

fn check_payload(datagram: &Datagram<'_>) {
    match Message::decode(datagram) {
        Ok(message) => {
            assert_eq!(message.command(), datagram.command);
            let mut payload = Vec::new();
            message.put_payload(&mut payload);
            assert_eq!(payload, datagram.payload, "{}", datagram.command);
            // Nothing that prints may panic either.
            let _ = format!("{message:?} {:?}", message.ack());
        }
        Err(error) => {
            assert_eq!(error.len, datagram.payload.len());
            assert!(error.offset <= error.len, "{error}");
            assert!(!error.field.is_empty());
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_decode_to_datagrams_and_errors(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes);
    }

    #[test]
    fn damaged_packets_decode_to_datagrams_and_errors(packet in damaged_packet()) {
        check(&packet);
    }

    #[test]
    fn any_payload_of_any_command_comes_back(packet in any_datagram()) {
        let (frames, errors) = check(&packet);
        prop_assert_eq!((frames, errors), (vec![packet], vec![]));
    }

    #[test]
    fn noise_between_datagrams_costs_only_itself(
        parts in prop::collection::vec((prop::sample::select(good_packets()), prop::collection::vec(any::<u8>(), 0..60)), 1..6),
    ) {
        // What begins like a datagram is no noise.
        let noise: Vec<Vec<u8>> = parts.iter().map(|(_, noise)| {
            noise.iter().map(|byte| if *byte == 0x06 { 0x07 } else { *byte }).collect()
        }).collect();
        let packet: Vec<u8> = parts.iter().zip(&noise).flat_map(|((good, _), noise)| [good.clone(), noise.clone()].concat()).collect();
        let good: Vec<u8> = parts.iter().flat_map(|(good, _)| good.clone()).collect();
        let (frames, errors) = check(&packet);
        prop_assert_eq!(frames.concat(), good);
        let expected: Vec<usize> = noise.iter().map(Vec::len).filter(|len| *len > 0).collect();
        prop_assert_eq!(errors.iter().map(|error| error.bytes).collect::<Vec<_>>(), expected);
        prop_assert!(errors.iter().all(|error| error.kind == FrameErrorKind::TrailingGarbage));
    }

    #[test]
    fn a_damaged_datagram_costs_only_itself(
        bad in prop::sample::select(good_packets()),
        (before, after) in (prop::sample::select(good_packets()), prop::sample::select(good_packets())),
        at in any::<prop::sample::Index>(),
    ) {
        let mut bad = datagrams(&bad).next().unwrap().unwrap().to_vec().unwrap();
        let at = at.index(bad.len() - 4) + 4;
        bad[at] ^= 0x40;
        let (frames, errors) = check(&[before.clone(), bad.clone(), after.clone()].concat());
        prop_assert_eq!(frames.concat(), [before, after].concat());
        prop_assert_eq!(errors.len(), 1);
        prop_assert_eq!(errors[0].bytes, bad.len());
    }

    #[test]
    fn raw_bytes_keep_what_they_are_given(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert_eq!(&*<RawBytes>::from(&*bytes), &*bytes);
    }

    #[test]
    fn civil_times_and_raw_times_are_inverse(raw in 1..u32::MAX) {
        let civil = RawTime(raw).civil().unwrap();
        prop_assert_eq!(RawTime::from_civil(civil), Some(RawTime(raw)));
        let (year, month, day) = civil.date();
        let checked = CivilTime::new((u16::try_from(year).unwrap(), month, day), civil.time());
        prop_assert_eq!(checked, Some(civil));
    }

    #[test]
    fn raw_times_and_instants_are_inverse_at_a_fixed_offset(raw in 1..u32::MAX, quarters in -48..=56_i32) {
        let offset_s = quarters * 900;
        let unix = RawTime(raw).to_unix(|_| offset_s).unwrap();
        prop_assert_eq!(RawTime::from_unix(unix, offset_s), Some(RawTime(raw)));
    }
}

#[test]
fn every_payload_is_too_short_up_to_a_length_and_complete_from_there() {
    // Lengths from which a payload is complete.
    let minimum = |command| match command {
        Command::Announce | Command::LoginOk => 54,
        Command::StatusPush | Command::StatusReply => 23,
        Command::ChargingPush | Command::ChargingReply => 74,
        Command::ChargeStartReply
        | Command::HistoryInfo
        | Command::HistorySlotRequest
        | Command::SystemTime
        | Command::SystemTimeReply => 5,
        Command::ChargeStopReply => 3,
        Command::RecordCurrent | Command::RecordLocal => 88,
        Command::HistorySlot => 9,
        Command::VersionReply => 32,
        Command::WifiReply => 105,
        Command::ChargeStart => 47,
        Command::ChargeStop => 17,
        Command::RecordCurrentAck | Command::RecordLocalAck => 18,
        Command::WeeklyPlan | Command::WeeklyPlanReply => 64,
        Command::OutputAmps
        | Command::OutputAmpsReply
        | Command::Nickname
        | Command::NicknameReply
        | Command::StartMethod
        | Command::StartMethodReply
        | Command::Language
        | Command::LanguageReply
        | Command::TemperatureUnit
        | Command::TemperatureUnitReply => 2,
        _ => 0,
    };
    for command in Command::ALL {
        // Action 3: neither set nor get.
        let payload = [3; 512];
        let minimum = minimum(*command);
        for len in 0..=payload.len() {
            let datagram = Datagram::new(Serial::ZERO, Password::NONE, *command, &payload[..len]);
            let is_empty_stop = *command == Command::ChargeStop && len == 0;
            match Message::decode(&datagram) {
                Ok(_) => assert!(len >= minimum || is_empty_stop, "{command} of {len} bytes"),
                Err(error) => {
                    assert!(len < minimum, "{command}: {error}");
                    assert!(error.offset <= len, "{command}: {error}");
                    assert_ne!(error.field, "payload", "{command}");
                }
            }
        }
    }
}

#[test]
fn a_question_is_known_by_its_first_byte() {
    for command in Command::ALL
        .iter()
        .filter(|command| command.direction() == Direction::ToCharger)
    {
        let is_setting = matches!(
            command,
            Command::SystemTime
                | Command::OutputAmps
                | Command::Nickname
                | Command::StartMethod
                | Command::WeeklyPlan
                | Command::Language
                | Command::TemperatureUnit
        );
        for payload in [&[2_u8][..], &[2, 0], &[2; 33]] {
            let request = Datagram::new(Serial::ZERO, Password::NONE, *command, payload);
            assert!(
                !is_setting || Message::decode(&request).is_ok(),
                "{command}"
            );
            let reply = Datagram {
                command: command.reply().unwrap_or(Command::Heading),
                ..request
            };
            let is_short = is_setting && payload.len() == 1;
            assert!(!is_short || Message::decode(&reply).is_err(), "{command}");
        }
    }
}

#[test]
fn a_payload_error_names_field_and_offset() {
    let check = |command, len, field, offset| {
        let payload = [1; 128];
        let datagram = Datagram::new(Serial::ZERO, Password::NONE, command, &payload[..len]);
        let error = Message::decode(&datagram).unwrap_err();
        assert_eq!((error.field, error.offset, error.len), (field, offset, len));
    };
    check(Command::StatusPush, 20, "charger state", 20);
    check(Command::StatusPush, 22, "faults", 21);
    check(Command::StatusPush, 0, "line", 0);
    check(Command::ChargingPush, 73, "fee", 72);
    check(Command::RecordLocal, 70, "stop", 68);
    check(Command::HistorySlot, 12, "started by", 10);
    check(Command::WeeklyPlanReply, 12, "minute of a slot", 12);
    check(Command::Announce, 20, "model", 17);
    check(Command::NicknameReply, 1, "name", 1);
}

#[test]
fn both_checksums_of_long_datagrams_are_taken_and_told_apart() {
    // The sum of the rest of this datagram is 0x0601 and so on; FF fills it up.
    let payload = vec![0xFF; 400];
    let plain = Datagram::new(
        Serial::ZERO,
        Password::NONE,
        Command::RecordCurrent,
        &payload,
    );
    let wide = Datagram {
        checksum: ChecksumForm::Modulo65536,
        ..plain
    };
    let (plain_bytes, wide_bytes) = (plain.to_vec().unwrap(), wide.to_vec().unwrap());
    assert_ne!(plain_bytes, wide_bytes);
    assert_eq!(datagrams(&plain_bytes).next(), Some(Ok(plain)));
    assert_eq!(datagrams(&wide_bytes).next(), Some(Ok(wide)));
    // Short ones have one checksum only.
    let short = Datagram {
        checksum: ChecksumForm::Modulo65536,
        ..Datagram::new(Serial::ZERO, Password::NONE, Command::Heading, &[])
    };
    let short = short.to_vec().unwrap();
    assert_eq!(
        datagrams(&short).next().unwrap().unwrap().checksum,
        ChecksumForm::Modulo65535
    );
}

#[test]
fn declared_lengths_are_not_believed() {
    let good = Datagram::new(Serial::ZERO, Password::NONE, Command::Heading, &[1, 2, 3]);
    let good = good.to_vec().unwrap();
    let len = u16::try_from(good.len()).unwrap();
    let check = |declared: u16, kind| {
        let mut bytes = good.clone();
        bytes[2..4].copy_from_slice(&declared.to_be_bytes());
        let errors: Vec<_> = datagrams(&bytes).map(Result::unwrap_err).collect();
        let expected = FrameError {
            kind,
            offset: 0,
            bytes: bytes.len(),
        };
        assert_eq!(errors, [expected], "{declared}");
        // The next one is found all the same.
        let twice = [&bytes[..], &good].concat();
        let found = datagrams(&twice).flatten().count();
        let is_lost = matches!(kind, FrameErrorKind::BadTail);
        assert_eq!(found, usize::from(!is_lost), "{declared}");
    };
    for declared in [0, 4, 24] {
        check(declared, FrameErrorKind::BadLength);
    }
    check(65_535, FrameErrorKind::Truncated);
    check(len - 1, FrameErrorKind::BadTail);
    let mut longer = good.clone();
    longer[3] += 1;
    assert_eq!(
        datagrams(&longer).next().unwrap().unwrap_err().kind,
        FrameErrorKind::Truncated
    );
    for len in 0..25 {
        let kind = datagrams(&good[..len]).next().unwrap().unwrap_err().kind;
        assert_eq!(kind, FrameErrorKind::TooShort);
    }
    let zeros = datagrams(&[0; 25]).next().unwrap().unwrap_err().kind;
    assert_eq!(zeros, FrameErrorKind::BadHeader);
}

#[test]
fn a_payload_beyond_the_length_field_is_refused() {
    let payload = vec![0; emproto::frame::MAX_PAYLOAD_LEN + 1];
    let datagram = |payload| Datagram::new(Serial::ZERO, Password::NONE, Command::Heading, payload);
    assert!(datagram(&payload).to_vec().is_err());
    assert!(datagram(&payload[1..]).to_vec().is_ok());
}
