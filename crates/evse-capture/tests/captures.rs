//! Captures that other tools made of one exchange on loopback: discovery, `status`, `set-current`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::time::Duration;

use evse_capture::decode::{CaptureOptions, Decoded, DecodedCapture, decode_capture};
use evse_capture::pcap::{LinkType, Packet, Reader, Writer};
use evse_capture::{Error, Secrets};
use serde_json::Value;

const ETHERNET: &[u8] = include_bytes!("captures/loopback-ethernet.pcap");
const PCAPNG: &[u8] = include_bytes!("captures/loopback.pcapng");
const VLAN: &[u8] = include_bytes!("captures/vlan.pcap");
const SLL: &[u8] = include_bytes!("captures/any-sll.pcap");
const SLL2: &[u8] = include_bytes!("captures/any-sll2.pcap");

fn packets(file: &[u8]) -> Vec<Packet> {
    Reader::new(file)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn decode(file: &[u8]) -> DecodedCapture {
    decode_capture(file, &CaptureOptions::default()).unwrap()
}

fn objects(file: &[u8]) -> Vec<Value> {
    decode(file)
        .frames
        .into_iter()
        .map(|frame| frame.object)
        .collect()
}

fn write(packets: &[Packet]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), packets[0].link).unwrap();
    for packet in packets {
        writer.write(packet).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn every_tool_and_link_type_shows_the_same_exchange() {
    let expected = objects(ETHERNET);
    assert!(expected.len() > 10, "{}", expected.len());
    assert_eq!(expected[0]["text"], "smart_chargepile_search");
    assert_eq!(expected[1]["mac"], "02:aa:bb:cc:dd:ee");
    assert_eq!(expected[2]["message"]["name"], "TriggerMessageReq");
    assert_eq!(expected[2]["direction"], "to_charger");
    assert_eq!(expected[3]["message"]["name"], "BootNotificationReq");
    assert_eq!(expected[3]["direction"], "from_charger");
    assert!(expected.iter().all(|object| object.get("error").is_none()));
    for (file, link) in [
        (PCAPNG, LinkType::ETHERNET),
        (VLAN, LinkType::ETHERNET),
        (SLL, LinkType::LINUX_SLL),
        (SLL2, LinkType::LINUX_SLL2),
    ] {
        assert!(packets(file).iter().all(|packet| packet.link == link));
        assert_eq!(objects(file), expected, "{link:?}");
    }
}

#[test]
fn frames_know_their_addresses_and_their_time() {
    let Decoded {
        time,
        source,
        destination,
        ..
    } = decode(ETHERNET).frames.swap_remove(2);
    assert_eq!(destination, Some(SocketAddr::from(([127, 0, 0, 1], 9988))));
    assert_eq!(source, Some(SocketAddr::from(([127, 0, 0, 1], 56928))));
    assert_eq!(time, packets(ETHERNET)[5].time);
    assert_eq!(packets(PCAPNG)[5].time, time);
}

#[test]
fn what_is_written_reads_the_same() {
    for file in [ETHERNET, SLL2] {
        assert_eq!(packets(&write(&packets(file))), packets(file));
    }
}

#[test]
fn other_byte_orders_read_the_same() {
    // The header and the packet headers are words, except for the version.
    let mut swapped = ETHERNET.to_vec();
    for word in swapped[..24].chunks_mut(4) {
        word.reverse();
    }
    swapped[4..8].copy_from_slice(&[0, 2, 0, 4]);
    let mut at = 24;
    while at < swapped.len() {
        let captured = u32::from_le_bytes(swapped[at + 8..at + 12].try_into().unwrap());
        for word in swapped[at..at + 16].chunks_mut(4) {
            word.reverse();
        }
        at += 16 + captured as usize;
    }
    assert_eq!(packets(&swapped), packets(ETHERNET));
}

#[test]
fn link_layers_without_a_capture_of_their_own() {
    let ethernet = packets(ETHERNET);
    let convert = |link, header: &[u8]| {
        let convert = |packet: &Packet| {
            let ip = packet.bytes[14..].iter().copied();
            Packet::new(
                packet.time,
                link,
                header.iter().copied().chain(ip).collect(),
            )
        };
        write(&ethernet.iter().map(convert).collect::<Vec<_>>())
    };
    let vlan = [&[2; 12][..], &[0x81, 0, 0, 7, 8, 0]].concat();
    let double_vlan = [&[2; 12][..], &[0x88, 0xA8, 0, 7, 0x81, 0, 0, 8, 8, 0]].concat();
    for (link, header) in [
        (LinkType::ETHERNET, &vlan[..]),
        (LinkType::ETHERNET, &double_vlan),
        (LinkType::NULL, &[2, 0, 0, 0]),
        (LinkType::LOOP, &[0, 0, 0, 2]),
        (LinkType::RAW, &[]),
        (LinkType::IPV4, &[]),
    ] {
        assert_eq!(
            objects(&convert(link, header)),
            objects(ETHERNET),
            "{link:?}"
        );
    }
}

#[test]
fn lost_doubled_and_swapped_packets_are_told_apart() {
    let all = packets(ETHERNET);
    let mut shuffled = all.clone();
    shuffled.swap(9, 11);
    shuffled.insert(20, all[13].clone());
    let mut sorted: Vec<String> = objects(&write(&shuffled))
        .iter()
        .map(Value::to_string)
        .collect();
    let mut expected: Vec<String> = objects(ETHERNET).iter().map(Value::to_string).collect();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);

    let mut lost = all;
    lost.remove(13);
    let lost = objects(&write(&lost));
    // The packet held two frames.
    assert_eq!(lost.len(), objects(ETHERNET).len() - 1);
    let errors: Vec<&Value> = lost
        .iter()
        .filter(|object| object.get("error").is_some())
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0]["detail"], "82 bytes are missing from the capture");
}

#[test]
fn a_capture_that_was_cut_off_gives_what_is_there() {
    let cut = &ETHERNET[..ETHERNET.len() - 3];
    let capture = decode(cut);
    assert!(
        matches!(capture.damage, Some(Error::CutOff { bytes_left: 79 })),
        "{:?}",
        capture.damage
    );
    assert_eq!(capture.frames, decode(ETHERNET).frames);
    assert!(matches!(
        decode(&PCAPNG[..PCAPNG.len() - 3]).damage,
        Some(Error::CutOff { .. })
    ));
}

#[test]
fn other_files_are_refused() {
    for file in [&b""[..], b"GIF89a", &[0; 100]] {
        let result = decode_capture(file, &CaptureOptions::default());
        assert!(matches!(result, Err(Error::NotACapture)));
    }
}

#[test]
fn a_file_has_one_link_type() {
    let mut writer = Writer::new(Vec::new(), LinkType::RAW).unwrap();
    let result = writer.write(&packets(SLL2)[0]);
    assert!(matches!(
        result,
        Err(Error::MixedLinkTypes(LinkType::RAW, LinkType::LINUX_SLL2))
    ));
}

#[test]
fn packets_of_several_link_types_fit_into_pcapng() {
    let mut all: Vec<Packet> = [ETHERNET, SLL2, ETHERNET, SLL]
        .into_iter()
        .flat_map(packets)
        .collect();
    all[3].bytes.truncate(41);
    let mut writer = Writer::of_several(Vec::new()).unwrap();
    for packet in &all {
        writer.write(packet).unwrap();
    }
    let file = writer.finish().unwrap();
    assert_eq!(packets(&file), all);
    // Each length is a multiple of four and stands at both ends of a block.
    let mut kinds = Vec::new();
    let mut rest = &file[..];
    while let Some((head, _)) = rest.split_first_chunk::<8>() {
        let len = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        assert_eq!((len % 4, &rest[len - 4..len]), (0, &head[4..]));
        kinds.push(u16::from(head[0]));
        rest = &rest[len..];
    }
    let described = kinds.iter().filter(|kind| **kind == 1).count();
    assert_eq!((kinds[0], described), (0x0A, 3), "{kinds:?}");
    assert_eq!(kinds.len(), 1 + 3 + all.len());
}

#[test]
fn the_offset_of_times_is_read_in_the_byte_order_of_the_file() {
    // Each number with its width; then the other byte order.
    let block = |kind: u64, body: &[(u64, usize)], reversed: bool| {
        let len = 12 + body.iter().map(|(_, width)| *width as u64).sum::<u64>();
        let numbers = [&[(kind, 4), (len, 4)], body, &[(len, 4)]].concat();
        let bytes = numbers.into_iter().flat_map(|(number, width)| {
            let mut bytes = number.to_le_bytes()[..width].to_vec();
            if reversed {
                bytes.reverse();
            }
            bytes
        });
        bytes.collect::<Vec<u8>>()
    };
    for reversed in [false, true] {
        let section = [(0x1A2B_3C4D, 4), (1, 2), (0, 2), (u64::MAX, 8)];
        // if_tsoffset, 8 bytes, then the end of the options.
        let options = [(14, 2), (8, 2), (1_700_000_000, 8), (0, 4)];
        let interface = [&[(1, 2), (0, 2), (0, 4)][..], &options].concat();
        // Two seconds in microseconds, and no byte.
        let packet = [(0, 4), (0, 4), (2_000_000, 4), (0, 4), (0, 4)];
        let file = [
            block(0x0A0D_0D0A, &section, reversed),
            block(1, &interface, reversed),
            block(6, &packet, reversed),
        ]
        .concat();
        let times: Vec<_> = packets(&file).iter().map(|packet| packet.time).collect();
        assert_eq!(times, [Duration::from_secs(1_700_000_002)], "{reversed}");
    }
}

#[test]
fn any_damage_is_survived() {
    for file in [ETHERNET, PCAPNG, SLL2] {
        for at in (0..file.len()).step_by(3) {
            let mut damaged = file.to_vec();
            damaged[at] ^= 0xFF;
            let _ = decode_capture(&damaged, &CaptureOptions::default());
            let _ = decode_capture(&file[..at], &CaptureOptions::default());
        }
    }
}

#[test]
fn any_split_of_a_stream_gives_the_same_objects() {
    use duosida_proto::frame::Direction;
    use evse_capture::decode::duosida::{Framing, StreamDecoder, decode_stream};
    let hex: Vec<u8> = objects(ETHERNET)
        .iter()
        .filter(|object| object["direction"] == "from_charger" && object.get("message").is_some())
        .flat_map(|object| hex::decode(object["raw"].as_str().unwrap()).unwrap())
        .collect();
    let damaged = [&hex[..], &[0xFF; 9], &hex, &[0x0F], &hex, &hex[..7]].concat();
    let expected = decode_stream(&damaged, Framing::Raw, Secrets::Redact);
    assert!(expected.len() > 10);
    for size in [1, 2, 3, 7, 100] {
        let mut decoder = StreamDecoder::new(Direction::FromCharger, Secrets::Redact);
        let mut objects: Vec<Value> = damaged
            .chunks(size)
            .flat_map(|part| decoder.push(part))
            .collect();
        objects.extend(decoder.finish());
        assert_eq!(objects, expected, "{size}");
    }
}
