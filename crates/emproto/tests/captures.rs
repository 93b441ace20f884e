//! Every datagram of every EVSEMaster capture: bytes to values and back.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use emproto::frame::datagrams;
use emproto::message::Message;
use evse_capture::link::{self, Transport};
use evse_capture::pcap::Reader;

#[test]
fn datagrams_of_captures_encode_to_the_same_bytes() {
    for capture in fixtures::captures("em") {
        let mut read = 0;
        for packet in Reader::new(&capture.bytes).unwrap() {
            let packet = packet.unwrap();
            let Some(Transport::Udp(udp)) = link::parse(&packet) else {
                continue;
            };
            for datagram in datagrams(udp.payload).flatten() {
                read += 1;
                let wire = datagram.to_vec().unwrap();
                let is_in_it = udp.payload.windows(wire.len()).any(|part| part == wire);
                assert!(is_in_it, "{}: {datagram:?}", capture.name);
                if let Ok(message) = Message::decode(&datagram) {
                    let mut payload = Vec::new();
                    message.put_payload(&mut payload);
                    assert_eq!(payload, datagram.payload, "{}", capture.name);
                }
            }
        }
        assert!(read > 0, "{} has no datagram", capture.name);
    }
}
