//! Recording transports.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod exchange;
mod support;

use std::net::SocketAddr;
use std::time::Duration;

use duosida_proto::frame::Direction;
use duosida_proto::frame::Framing;
use evse_capture::Error;
use evse_capture::decode::{CaptureOptions, Decoded};
use evse_capture::pcap::{LinkType, Writer};
use evse_capture::record::{Ends, Recorder, Sender};
use exchange::{configuration, recorded, v4, v6};
use support::{NOW, assert_checksums_hold, decode, packets};

#[test]
fn recorded_bytes_are_decoded_as_they_were() {
    for ends in [v4(), v6()] {
        let file = recorded(ends, Framing::Raw);
        assert_checksums_hold(&packets(&file));
        let frames = decode(&file);
        assert!(frames.iter().all(|frame| frame.time == NOW));
        assert_eq!(frames[0].object["text"], "smart_chargepile_search");
        assert_eq!(frames[1].object["mac"], "02:aa:bb:cc:dd:ee");
        assert_eq!(
            frames[1].source,
            Some(SocketAddr::new(ends.charger.ip(), 48899))
        );
        let whole: Vec<&Decoded> = frames
            .iter()
            .filter(|frame| frame.object["raw"] == hex::encode(configuration()))
            .collect();
        assert_eq!(whole.len(), 2);
        assert_eq!(
            (whole[0].source, whole[0].destination),
            (Some(ends.charger), Some(ends.client))
        );
    }
}

#[test]
fn long_writes_become_several_segments() {
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    let bytes = configuration().repeat(100);
    recorder.tcp(NOW, v4(), Sender::Charger, &bytes).unwrap();
    let file = recorder.finish().unwrap();
    assert!(
        packets(&file)
            .iter()
            .all(|packet| packet.bytes.len() <= 1514)
    );
    assert_eq!(decode(&file).len(), 100);
}

#[test]
fn a_connection_may_be_opened_again() {
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    for _ in 0..3 {
        recorder
            .tcp(NOW, v4(), Sender::Charger, &configuration())
            .unwrap();
        recorder.close(NOW, v4(), Sender::Charger).unwrap();
        recorder.close(NOW, v4(), Sender::Client).unwrap();
    }
    let file = recorder.finish().unwrap();
    assert_eq!(decode(&file).len(), 3);
    assert_eq!(packets(&file).len(), 3 * (3 + 1 + 3));
}

#[test]
fn both_ends_speak_one_ip_version() {
    let mut recorder = Recorder::new(Vec::new()).unwrap();
    let ends = Ends {
        client: v4().client,
        charger: v6().charger,
    };
    let result = recorder.udp(NOW, ends, Sender::Client, b"x");
    assert!(matches!(result, Err(Error::MixedAddresses)));
    let result = recorder.udp(NOW, v4(), Sender::Client, &vec![0; 70_000]);
    assert!(matches!(result, Err(Error::TooLong(70_000))));
}

#[test]
fn a_port_used_again_is_another_connection() {
    use evse_capture::conversation::conversations;
    let opening = [
        0xa2, 3, 4, 8, 0, 0x10, 0, 0xa2, 6, 3, b'I', b'O', b'S', 0xa8, 6, 0,
    ];
    let ends = Ends {
        client: "192.0.2.9:50000".parse().expect("an address"),
        charger: "192.0.2.7:9988".parse().expect("an address"),
    };
    let mut recorder = Recorder::new(Vec::new()).expect("a header");
    for second in [1, 10, 20] {
        let at = |more: u64| Duration::from_secs(second + more);
        recorder.open(at(0), ends).expect("recorded");
        if second < 20 {
            recorder
                .tcp(at(1), ends, Sender::Client, &opening)
                .expect("recorded");
            recorder
                .tcp(at(2), ends, Sender::Charger, &opening.repeat(2))
                .expect("recorded");
        }
        recorder
            .close(at(3), ends, Sender::Charger)
            .expect("recorded");
    }
    let file = recorder.finish().expect("written");
    let found = conversations(&file, &CaptureOptions::default()).expect("a capture");
    let seen: Vec<_> = found
        .connections
        .iter()
        .map(|connection| {
            (
                connection.began,
                connection.messages.len(),
                connection.ended,
            )
        })
        .collect();
    let second = Duration::from_secs;
    let charger = Direction::FromCharger;
    // The third said nothing.
    assert_eq!(
        seen,
        [
            (second(1), 3, Some((second(4), charger))),
            (second(10), 3, Some((second(13), charger))),
        ]
    );
}

#[test]
fn a_lost_segment_costs_only_its_own_messages() {
    use evse_capture::conversation::conversations;
    let message = |id| {
        [
            0xa2, 3, 4, 8, 0, 0x10, 0, 0xa2, 6, 3, b'I', b'O', b'S', 0xa8, 6, id,
        ]
    };
    let second = Duration::from_secs;
    for ended in [false, true] {
        let mut recorder = Recorder::new(Vec::new()).unwrap();
        recorder.open(second(1), v4()).unwrap();
        for id in 2..6_u8 {
            recorder
                .tcp(second(id.into()), v4(), Sender::Charger, &message(id))
                .unwrap();
        }
        recorder
            .tcp(second(6), v4(), Sender::Client, &message(6))
            .unwrap();
        if ended {
            recorder.close(second(7), v4(), Sender::Charger).unwrap();
            recorder.close(second(8), v4(), Sender::Client).unwrap();
        }
        let mut packets = packets(&recorder.finish().unwrap());
        packets.retain(|packet| packet.time != second(3));
        let mut writer = Writer::new(Vec::new(), LinkType::ETHERNET).unwrap();
        for packet in &packets {
            writer.write(packet).unwrap();
        }
        let file = writer.finish().unwrap();
        let found = conversations(&file, &CaptureOptions::default()).unwrap();
        let [connection] = &found.connections[..] else {
            panic!("{found:?}");
        };
        let messages = connection.messages.iter();
        let seen: Vec<_> = messages
            .map(|message| (message.time, *message.bytes.last().unwrap()))
            .collect();
        assert_eq!(seen, [2, 4, 5, 6].map(|id| (second(id.into()), id)));
        // A capture that stops in the middle does not tell when the connection ended.
        let end = ended.then_some((second(7), Direction::FromCharger));
        assert_eq!(connection.ended, end);
    }
}
