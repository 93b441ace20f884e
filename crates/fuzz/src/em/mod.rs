//! EVSEMaster: packets, the messages in them, and an endpoint.

mod endpoint;

use emproto::frame::{Datagram, datagrams};
use emproto::message::Message;
use emproto::{Command, Password, Serial};

pub use endpoint::em_endpoint;

/// One UDP packet: decoding is total, what was read encodes to the same bytes, and what a charger sends has an answer
/// of known form or none.
///
/// # Panics
///
/// When that does not hold.
pub fn em_packet(data: &[u8]) {
    let (mut read, mut taken) = (0, 0);
    for datagram in datagrams(data) {
        read += 1;
        assert!(read <= 2 * data.len() + 2, "more items than bytes");
        let Ok(datagram) = datagram else { continue };
        let wire = datagram.to_vec();
        taken += wire.as_ref().map_or(0, Vec::len);
        assert!(
            wire.is_ok_and(|wire| contains(data, &wire)),
            "encoding a datagram changes its bytes"
        );
        // `Debug` is written by hand where there are secrets.
        assert!(!format!("{datagram:?}").is_empty());
        decode(&datagram);
    }
    assert!(read > 0, "a packet without a word on it");
    assert!(taken <= data.len(), "more bytes than came in");
}

/// The payload of any command, in an envelope of our own, so that a fuzzer need not find a checksum.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 0..2 | the command |
/// | rest | the payload |
///
/// # Panics
///
/// When that does not hold.
pub fn em_message(data: &[u8]) {
    let Some((code, payload)) = data.split_first_chunk() else {
        return;
    };
    let command = Command::from_code(u16::from_be_bytes(*code));
    decode(&Datagram::new(SERIAL, Password::NONE, command, payload));
}

fn decode(datagram: &Datagram<'_>) {
    let message = match Message::decode(datagram) {
        Ok(message) => message,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert_eq!(message.command(), datagram.command);
    assert!(!format!("{message:?}").is_empty());
    let mut payload = Vec::new();
    message.put_payload(&mut payload);
    assert_eq!(payload, datagram.payload, "encoding a message changes it");
    if let Some(ack) = message.ack() {
        let wire = ack.to_datagram(datagram.serial, Password::from_bytes(*b"123456"));
        assert!(wire.is_ok_and(|wire| wire.len() <= LONGEST_ACK));
    }
}

fn contains(packet: &[u8], wire: &[u8]) -> bool {
    packet.windows(wire.len()).any(|window| window == wire)
}

const SERIAL: Serial = Serial([0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]);
/// An envelope and the acknowledgement of a record.
const LONGEST_ACK: usize = 25 + 18;
