//! Whatever the bytes, frames or typed errors; what decodes encodes to the same.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use twc_proto::frame::{
    Decoder, Frame, FrameError, FrameErrorKind, FrameType, RAW_MAX, Trailer, WIRE_MAX,
};
use twc_proto::message::{
    Action, ControllerHeartbeat, Message, PeripheralState, PlugState, ProtocolVersion, Query,
    VinSection,
};
use twc_proto::{Address, Role, is_sendable};

type Item = Result<Frame, FrameError>;

fn decoded(line: &[u8]) -> Vec<Item> {
    let mut decoder = Decoder::new();
    let mut items: Vec<Item> = decoder.push(line).collect();
    items.extend(decoder.silence().map(Err));
    items
}

/// Frames, or the names of errors.
fn told(items: &[Item]) -> Vec<Result<Frame, &'static str>> {
    items
        .iter()
        .map(|item| item.map_err(|error| error.kind().name()))
        .collect()
}

/// What the rules for receivers say, read literally: first cut at the markers, then look.
fn model(line: &[u8]) -> Vec<Result<Vec<u8>, &'static str>> {
    let mut stretches: Vec<&[u8]> = line.split(|byte| *byte == 0xC0).collect();
    let last = stretches.pop().unwrap();
    let mut stretches = stretches.into_iter();
    let is_outside = stretches.next().is_none();
    let mut items: Vec<_> = stretches
        .filter(|raw| raw.len() > 4)
        .map(candidate)
        .collect();
    if !is_outside && last.len() > 64 {
        items.push(Err("length"));
    } else if !is_outside && last.len() > 4 {
        items.push(Err("incomplete"));
    }
    items
}

fn candidate(raw: &[u8]) -> Result<Vec<u8>, &'static str> {
    if raw.len() > 64 {
        return Err("length");
    }
    let mut body = Vec::new();
    let mut bytes = raw.iter().copied();
    while let Some(byte) = bytes.next() {
        body.push(
            match (byte, if byte == 0xDB { bytes.next() } else { None }) {
                (0xDB, Some(0xDC)) => 0xC0,
                (0xDB, Some(0xDD)) => 0xDB,
                (0xDB, _) => return Err("escape"),
                _ => byte,
            },
        );
    }
    let (checksum, rest) = body.split_last().unwrap();
    let is_short = matches!(rest[..1], [0xFB | 0xFC]) && matches!(body.len(), 13 | 15);
    if !is_short && ![14, 16, 20].contains(&body.len()) {
        return Err("length");
    }
    if rest[1..].iter().map(|byte| u32::from(*byte)).sum::<u32>() % 256 != u32::from(*checksum) {
        return Err("checksum");
    }
    if !(0xFB..=0xFD).contains(&rest[0]) {
        return Err("type");
    }
    Ok(body)
}

/// Bytes in which markers and escapes are frequent.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        3 => any::<u8>(),
        1 => prop::sample::select(vec![0xC0, 0xDB, 0xDC, 0xDD, 0x00, 0xFC]),
    ]
}

fn frame_type() -> impl Strategy<Value = FrameType> {
    prop::sample::select(FrameType::ALL.to_vec())
}

/// Any frame; known commands more often.
fn frame() -> impl Strategy<Value = Frame> {
    let known: Vec<u8> = Query::ALL.iter().map(|query| query.command()).collect();
    let command = prop_oneof![
        2 => prop::sample::select(known),
        2 => prop::sample::select(vec![0xE0, 0xE1, 0xE2, 0xB1, 0xB2, 0x1D]),
        1 => byte(),
    ];
    let content = prop::collection::vec(byte(), 17);
    (frame_type(), command, content, 0..5_usize).prop_map(|(frame_type, command, content, at)| {
        let lens = match frame_type {
            FrameType::Data => [14, 16, 20, 16, 20],
            _ => [14, 16, 20, 13, 15],
        };
        Frame::new(frame_type, command, &content[..lens[at] - 3], lens[at]).unwrap()
    })
}

fn trailer() -> impl Strategy<Value = Trailer> {
    prop::sample::select(vec![
        Trailer::default(),
        Trailer::None,
        Trailer::Byte(0xFE),
        Trailer::Byte(0xDB),
        Trailer::Byte(0x00),
    ])
}

/// Frames, noise and half frames, one after the other.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        4 => (frame(), trailer()).prop_map(|(frame, trailer)| frame.encode(trailer).to_vec()),
        1 => prop::collection::vec(byte(), 0..90),
        1 => (frame(), any::<prop::sample::Index>(), byte()).prop_map(|(frame, at, byte)| {
            let mut wire = frame.encode(Trailer::None).to_vec();
            let at = at.index(wire.len());
            wire[at] = byte;
            wire
        }),
        1 => (frame(), any::<prop::sample::Index>()).prop_map(|(frame, at)| {
            let wire = frame.encode(Trailer::None);
            wire[..at.index(wire.len())].to_vec()
        }),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn what_is_read_is_what_the_rules_say(line in line()) {
        let items = decoded(&line);
        let bodies: Vec<_> = items
            .iter()
            .map(|item| match item {
                Ok(frame) => Ok(frame.body().to_vec()),
                Err(error) => Err(error.kind().name()),
            })
            .collect();
        prop_assert_eq!(bodies, model(&line));
    }

    #[test]
    fn cuts_do_not_matter(line in line(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(line.len() + 1)).collect();
        cuts.extend([0, line.len()]);
        cuts.sort_unstable();
        let mut decoder = Decoder::new();
        let mut items: Vec<Item> = Vec::new();
        for cut in cuts.windows(2) {
            items.extend(decoder.push(&line[cut[0]..cut[1]]));
            prop_assert!(decoder.held().len() <= RAW_MAX);
        }
        let mut whole = Decoder::new();
        let once: Vec<Item> = whole.push(&line).collect();
        prop_assert_eq!(items, once);
        prop_assert_eq!(decoder.counters(), whole.counters());
    }

    #[test]
    fn what_is_told_is_counted(line in line()) {
        let mut decoder = Decoder::new();
        let mut items: Vec<Item> = decoder.push(&line).collect();
        items.extend(decoder.silence().map(Err));
        let counters = *decoder.counters();
        prop_assert_eq!(counters.frames, items.iter().flatten().count() as u64);
        for kind in FrameErrorKind::ALL {
            let found = items.iter().filter(|item| matches!(item, Err(error) if error.kind() == kind)).count();
            prop_assert_eq!(counters.of(kind), found as u64);
        }
    }

    #[test]
    fn a_frame_survives_the_line(frame in frame(), trailer in trailer()) {
        let wire = frame.encode(trailer);
        prop_assert!(wire.len() <= WIRE_MAX);
        prop_assert_eq!(decoded(&wire), [Ok(frame)]);
        let inner = &wire[1..];
        let end = inner.iter().position(|byte| *byte == 0xC0).unwrap();
        prop_assert_eq!(inner.len() - end - 1, usize::from(trailer != Trailer::None));
    }

    #[test]
    fn two_frames_may_share_a_marker(first in frame(), second in frame()) {
        let mut line = first.encode(Trailer::None).to_vec();
        line.extend(&second.encode(Trailer::default())[1..]);
        prop_assert_eq!(decoded(&line), [Ok(first), Ok(second)]);
    }

    #[test]
    fn a_lost_marker_costs_one_frame_at_most(first in frame(), second in frame(), third in frame()) {
        let mut line = first.encode(Trailer::Byte(0xFE)).to_vec();
        line.pop();
        line.pop();
        line.extend(&*second.encode(Trailer::default()));
        line.extend(&*third.encode(Trailer::default()));
        prop_assert!(decoded(&line).ends_with(&[Ok(second), Ok(third)]));
    }

    #[test]
    fn every_single_changed_byte_but_the_type_is_noticed(frame in frame(), at in 1..13_usize, byte in any::<u8>()) {
        let mut body = frame.body().to_vec();
        prop_assume!(body[at] != byte);
        body[at] = byte;
        let mut line = vec![0xC0];
        for byte in body {
            match byte {
                0xC0 => line.extend([0xDB, 0xDC]),
                0xDB => line.extend([0xDB, 0xDD]),
                byte => line.push(byte),
            }
        }
        line.push(0xC0);
        prop_assert_eq!(told(&decoded(&line)), [Err("checksum")]);
    }

    #[test]
    fn what_decodes_encodes_to_what_decodes_to_the_same(frame in frame()) {
        let message = Message::decode(&frame);
        prop_assert_eq!(message.code(), (frame.frame_type(), frame.command()));
        prop_assert_eq!(message.sender(), frame.sender());
        for version in [ProtocolVersion::V1, ProtocolVersion::V2] {
            prop_assert_eq!(Message::decode(&message.encode(version)), message);
        }
        // Nothing that prints may panic either.
        let _ = format!("{frame:?} {message:?}");
    }

    #[test]
    fn bytes_without_a_name_are_ignored(mut content in prop::collection::vec(any::<u8>(), 13), query in 0..10_usize) {
        let query = Query::ALL[query];
        let question = |content: &[u8]| {
            Message::decode(&Frame::new(FrameType::Request, query.command(), content, 16).unwrap())
        };
        let message = question(&content);
        content.truncate(4);
        prop_assert_eq!(message, question(&content));
    }
}

#[test]
fn an_escape_works_in_every_position() {
    for len in [13, 14, 15, 16, 20] {
        // Behind the type, and the checksum as the sum of the others.
        for at in 2..len {
            for wanted in [0xC0_u8, 0xDB] {
                let mut content = vec![0x11; len - 3];
                if let Some(place) = content.get_mut(at - 2) {
                    *place = wanted;
                } else {
                    let others = content[1..]
                        .iter()
                        .fold(0xE0_u8, |sum, byte| sum.wrapping_add(*byte));
                    *content.last_mut().unwrap() = wanted.wrapping_sub(others);
                }
                let frame = Frame::new(FrameType::Request, 0xE0, &content, len).unwrap();
                assert_eq!(frame.body()[at], wanted);
                let wire = frame.encode(Trailer::default());
                let escapes = wire.len() - frame.len() - 3;
                assert_eq!(
                    escapes,
                    frame
                        .body()
                        .iter()
                        .filter(|byte| matches!(byte, 0xC0 | 0xDB))
                        .count()
                );
                for cut in 0..wire.len() {
                    let mut decoder = Decoder::new();
                    let mut items: Vec<Item> = decoder.push(&wire[..cut]).collect();
                    items.extend(decoder.push(&wire[cut..]));
                    assert_eq!(items, [Ok(frame)], "{len} {at} {cut}");
                }
            }
        }
    }
}

#[test]
fn a_frame_is_given_out_at_its_closing_marker() {
    let wire = b"\xC0\xFB\xE0\x77\x77\x24\x33\x00\x00\x00\x00\x00\x00\x00\x00\x00\x25\xC0";
    let mut decoder = Decoder::new();
    assert!(decoder.push(&wire[..17]).next().is_none());
    assert_eq!(decoder.held().len(), 16);
    assert!(decoder.push(&wire[17..]).next().is_some());
    assert!(decoder.held().is_empty());
}

#[test]
fn errors_are_told_in_the_order_of_the_rules() {
    for (line, expected) in [
        // A broken escape beats the length, the length the checksum, the checksum the type.
        ("C0FDE0DB1177C0", "escape"),
        ("C0FDE034957777DBC0", "escape"),
        ("C0FDE034957777C0", "length"),
        ("C0FDEE32AB872500000000000077C0", "length"),
        ("C0FAE07777243300000000000000000026C0", "checksum"),
        ("C0FAE07777243300000000000000000025C0", "type"),
        ("C0FBE07777", "incomplete"),
    ] {
        let line = match line {
            "C0FBE07777" => "C0FBE0777724",
            line => line,
        };
        let items = decoded(&hex::decode(line).unwrap());
        assert_eq!(told(&items), [Err(expected)], "{line}");
    }
}

#[test]
fn filler_is_counted_and_silent() {
    let mut decoder = Decoder::new();
    let line = b"\x01\x02\x03\x04\x05\x06\xC0\xC0\x7C\x00\xC0\xFC\xFE\xF8\xF0\xC0\xFC";
    assert_eq!(decoder.push(line).count(), 0);
    assert!(decoder.silence().is_none());
    assert_eq!(
        (decoder.counters().filler, decoder.counters().errors()),
        (3, 0)
    );
}

#[test]
fn a_line_without_markers_costs_one_error_and_no_memory() {
    let mut decoder = Decoder::new();
    let noise = [0x55; 1000];
    assert_eq!(decoder.push(b"\xC0").count(), 0);
    let items: Vec<Item> = decoder.push(&noise).chain([]).collect();
    assert_eq!(told(&items), [Err("length")]);
    assert_eq!(decoder.push(&noise).count(), 0);
    assert!(decoder.held().is_empty());
    let frame = Frame::new(FrameType::Command, 0xE1, &[0x12, 0x34], 14).unwrap();
    let items: Vec<Item> = decoder.push(&frame.encode(Trailer::None)).collect();
    assert_eq!(items, [Ok(frame)]);
}

#[test]
fn only_what_is_listed_may_be_sent() {
    let queries = [0xEB, 0xEC, 0xED, 0xEE, 0xEF, 0xF1, 0xB4];
    let mut controller = vec![
        (0xFC, 0xE1),
        (0xFB, 0xE2),
        (0xFB, 0xE0),
        (0xFC, 0xB1),
        (0xFC, 0xB2),
    ];
    controller.extend(queries.map(|query| (0xFB, query)));
    let mut peripheral = vec![(0xFD, 0xE2), (0xFD, 0xE0), (0xFD, 0xB1), (0xFD, 0xB2)];
    peripheral.extend(queries.map(|query| (0xFD, query)));
    for pair in 0..=u16::MAX {
        let [of, command] = pair.to_be_bytes();
        for (role, list) in [
            (Role::Controller, &controller),
            (Role::Peripheral, &peripheral),
        ] {
            let expected = list.contains(&(of, command));
            assert_eq!(
                is_sendable(role, of, command),
                expected,
                "{of:02X} {command:02X}"
            );
            let Some(frame_type) = FrameType::from_code(of) else {
                continue;
            };
            // Without content all actions are `none`.
            let frame = Frame::new(frame_type, command, &[], 16).unwrap();
            let message = Message::decode(&frame);
            assert_eq!(
                message.is_sendable(role),
                expected,
                "{of:02X} {command:02X}"
            );
        }
    }
}

#[test]
fn actions_that_harm_may_not_be_sent() {
    for code in 0..=u8::MAX {
        let message = Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: Address(0x7777),
            recipient: Address(0x3495),
            action: Action::from(code),
            current_ca: 600,
            controller_plugged: false,
        });
        let expected = [0, 5, 6, 7, 8, 9].contains(&code);
        assert_eq!(message.is_sendable(Role::Controller), expected, "{code}");
        assert!(!message.is_sendable(Role::Peripheral));
    }
}

#[test]
fn codes_stay_themselves() {
    for code in 0..=u8::MAX {
        assert_eq!(PeripheralState::from(code).code(), code);
        assert_eq!(Action::from(code).code(), code);
        assert_eq!(PlugState::from(code).code(), code);
        if let Some(query) = Query::from_command(code) {
            assert_eq!(query.command(), code);
        }
        assert_eq!(
            Query::from_command(code).is_some(),
            Query::ALL.iter().any(|query| query.command() == code)
        );
    }
    assert_eq!(
        VinSection::ALL.map(VinSection::width).iter().sum::<usize>(),
        17
    );
}
