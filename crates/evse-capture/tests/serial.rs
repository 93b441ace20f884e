//! Serial lines: link type 250.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use evse_capture::link::{Serial, SerialDirection, Transport, parse};
use evse_capture::pcap::{LinkType, Packet, Reader};

fn check(bytes: &[u8], expected: Option<(SerialDirection, &[u8])>) {
    let packet = Packet::new(Duration::ZERO, LinkType::RTAC_SERIAL, bytes.to_vec());
    let expected = expected.map(|(direction, payload)| {
        Transport::Serial(Serial {
            time: Duration::new(1_700_000_000, 250_000_000),
            direction,
            payload,
        })
    });
    assert_eq!(parse(&packet), expected);
}

#[test]
fn direction_time_and_bytes_of_a_serial_line() {
    let header = |event| [0x65, 0x53, 0xF1, 0, 0, 3, 0xD0, 0x90, event, 0, 0, 0];
    let bytes = |event| [&header(event)[..], b"\xc0\xfb"].concat();
    check(&bytes(1), Some((SerialDirection::Sent, b"\xc0\xfb")));
    check(&bytes(2), Some((SerialDirection::Received, b"\xc0\xfb")));
    check(&bytes(3), Some((SerialDirection::Sent, b"\xc0\xfb")));
    check(&bytes(4), Some((SerialDirection::Received, b"\xc0\xfb")));
    check(&header(4), Some((SerialDirection::Received, b"")));
    check(&bytes(0), None);
    check(&bytes(4)[..11], None);
}

#[test]
fn a_serial_capture_of_another_tool() {
    let file = include_bytes!("captures/serial.pcap");
    let packets: Vec<Packet> = Reader::new(file)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let lines: Vec<Serial<'_>> = packets
        .iter()
        .map(|packet| match parse(packet) {
            Some(Transport::Serial(serial)) => serial,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(lines[0].direction, SerialDirection::Sent);
    assert_eq!(lines[0].payload, b"\xc0\xfb\xe0\x77\x77\xc0");
    assert_eq!(lines[1].direction, SerialDirection::Received);
    assert_eq!(lines[1].time, Duration::new(1_700_000_000, 284_480_000));
}
