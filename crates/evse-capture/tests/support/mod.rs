//! Looking into captures.

use std::time::Duration;

use etherparse::{SlicedPacket, TransportSlice};
use evse_capture::Secrets;
use evse_capture::decode::{CaptureOptions, Decoded, decode_capture};
use evse_capture::pcap::{Packet, Reader};

pub(crate) const NOW: Duration = Duration::new(1_700_000_000, 123_456_789);

pub(crate) fn packets(file: &[u8]) -> Vec<Packet> {
    Reader::new(file)
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

pub(crate) fn decode(file: &[u8]) -> Vec<Decoded> {
    let mut options = CaptureOptions::default();
    options.secrets = Secrets::Show;
    let capture = decode_capture(file, &options).unwrap();
    assert!(capture.damage.is_none());
    capture.frames
}

pub(crate) fn assert_checksums_hold(packets: &[Packet]) {
    for packet in packets {
        let sliced = SlicedPacket::from_ethernet(&packet.bytes).unwrap();
        let ip = sliced.net.unwrap();
        match (sliced.transport.unwrap(), ip.ipv4_ref(), ip.ipv6_ref()) {
            (TransportSlice::Tcp(tcp), Some(ip), _) => {
                let (from, to) = (ip.header().source(), ip.header().destination());
                assert_eq!(tcp.checksum(), tcp.calc_checksum_ipv4(from, to).unwrap());
                assert_eq!(
                    ip.header().header_checksum(),
                    ip.header().to_header().calc_header_checksum()
                );
            }
            (TransportSlice::Tcp(tcp), _, Some(ip)) => {
                let (from, to) = (ip.header().source(), ip.header().destination());
                assert_eq!(tcp.checksum(), tcp.calc_checksum_ipv6(from, to).unwrap());
            }
            (TransportSlice::Udp(udp), Some(ip), _) => {
                let (from, to) = (ip.header().source(), ip.header().destination());
                let sum = udp
                    .to_header()
                    .calc_checksum_ipv4_raw(from, to, udp.payload());
                assert_eq!(udp.checksum(), sum.unwrap());
            }
            (TransportSlice::Udp(udp), _, Some(ip)) => {
                let (from, to) = (ip.header().source(), ip.header().destination());
                let sum = udp
                    .to_header()
                    .calc_checksum_ipv6_raw(from, to, udp.payload());
                assert_eq!(udp.checksum(), sum.unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
}
