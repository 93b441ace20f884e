//! A made-up exchange with a Duosida charger, recorded.

use std::net::SocketAddr;

use duosida_proto::frame::{Direction, Framing, encode};
use evse_capture::record::{Ends, Recorder, Sender};
use fixtures::vectors;

use crate::support::NOW;

pub(crate) fn v4() -> Ends {
    Ends {
        client: SocketAddr::from(([192, 0, 2, 9], 50_000)),
        charger: SocketAddr::from(([192, 0, 2, 7], 9988)),
    }
}

pub(crate) fn v6() -> Ends {
    Ends {
        client: "[2001:db8::9]:50000".parse().unwrap(),
        charger: "[2001:db8::7]:9988".parse().unwrap(),
    }
}

/// The answer that holds Wi-Fi names and passwords, with an identifier that looks real.
pub(crate) fn configuration() -> Vec<u8> {
    let vectors = vectors("duosida");
    let vector = vectors
        .iter()
        .find(|v| v.name == "made_configuration_pull_answer")
        .unwrap();
    let mut bytes = vector.bytes();
    let id = b"0312345678901234567";
    let at = bytes
        .windows(19)
        .position(|window| window == b"0000000000000000001")
        .unwrap();
    bytes[at..at + 19].copy_from_slice(id);
    bytes
}

/// A discovery, then a connection with the configuration, cut into two segments, damage and an unfinished message.
pub(crate) fn recorded(ends: Ends, framing: Framing) -> Vec<u8> {
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    let discovery = Ends {
        charger: SocketAddr::new(ends.charger.ip(), 48899),
        ..ends
    };
    let reply = b"192.0.2.7,02aabbccddee,smart_wifi,V1.0";
    recorder
        .udp(NOW, discovery, Sender::Client, b"smart_chargepile_search\0")
        .unwrap();
    recorder
        .udp(NOW, discovery, Sender::Charger, reply)
        .unwrap();
    let wire = encode(framing, Direction::FromCharger, &configuration()).unwrap();
    let (first, second) = wire.split_at(60);
    recorder
        .tcp(NOW, ends, Sender::Client, b"\xa2\x06\x03IOS\xa8\x06\x00")
        .unwrap();
    for part in [first, second, &wire, &[0xFF; 12], first] {
        recorder.tcp(NOW, ends, Sender::Charger, part).unwrap();
    }
    recorder.close(NOW, ends, Sender::Client).unwrap();
    recorder.finish().unwrap()
}
