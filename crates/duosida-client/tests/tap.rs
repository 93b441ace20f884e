//! What a tap sees of connections and of a search.

mod fake;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use duosida_client::{
    Act, Charger, DiscoverOptions, Options, Sender, Tap, discover,
    proto::{discovery::PROBE, frame},
};
use fake::{FakeCharger, accept, listen};
use futures_util::StreamExt;
use tokio::{net::UdpSocket, time::timeout};

/// Far above what anything here takes.
const SOON: Duration = Duration::from_secs(5);

const ANSWER: &[u8] = b"127.0.0.1,02aabbccddee,smart_wifi,V1.1@e37b36f+77";

/// One thing that was seen: this end's port, who, what and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    client_port: u16,
    charger_port: u16,
    sender: Sender,
    act: &'static str,
    bytes: Vec<u8>,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Seen>>>);

impl Log {
    fn tap(&self) -> Tap {
        let log = self.clone();
        Tap::new(move |traffic| {
            let (act, bytes) = match traffic.act {
                Act::Opened => ("opened", &[][..]),
                Act::Bytes(bytes) => ("bytes", bytes),
                Act::Closed => ("closed", &[][..]),
                Act::Datagram(bytes) => ("datagram", bytes),
            };
            log.0.lock().expect("no panic").push(Seen {
                client_port: traffic.client.port(),
                charger_port: traffic.charger.port(),
                sender: traffic.sender,
                act,
                bytes: bytes.to_vec(),
            });
        })
    }

    fn all(&self) -> Vec<Seen> {
        self.0.lock().expect("no panic").clone()
    }

    fn acts(&self) -> Vec<(&'static str, Sender)> {
        self.all()
            .into_iter()
            .filter(|seen| seen.act != "bytes")
            .map(|seen| (seen.act, seen.sender))
            .collect()
    }
}

/// The messages of one direction of one connection.
fn messages(seen: &[Seen], client_port: u16, sender: Sender) -> Vec<Vec<u8>> {
    let direction = match sender {
        Sender::Charger => frame::Direction::FromCharger,
        Sender::Client => frame::Direction::ToCharger,
    };
    let mut decoder = frame::Decoder::new(frame::Framing::Raw, direction);
    for seen in seen {
        if seen.client_port == client_port && seen.sender == sender {
            decoder.push(&seen.bytes);
        }
    }
    let messages = std::iter::from_fn(|| decoder.next_frame()).collect();
    assert_eq!((decoder.skipped_bytes(), decoder.pending_bytes()), (0, 0));
    messages
}

#[tokio::test]
async fn each_connection_is_opened_carries_its_bytes_and_is_closed_by_whom_it_was() {
    let (listener, address) = listen().await;
    let log = Log::default();
    let options = Options {
        busy_retry: Duration::from_millis(50),
        reconnect_delays: [Duration::from_millis(50); 3],
        tap: Some(log.tap()),
        ..Options::default()
    };
    let (charger, first): (_, FakeCharger) = timeout(SOON, async {
        tokio::join!(Charger::connect(address, options), accept(&listener))
    })
    .await
    .expect("in time");
    let charger = charger.expect("a ready charger");
    drop(first); // the charger hangs up; the client connects again
    let mut second = timeout(SOON, accept(&listener)).await.expect("in time");
    timeout(SOON, charger.ready())
        .await
        .expect("in time")
        .expect("ready again");
    let serving = tokio::spawn(async move { second.serve().await });
    timeout(SOON, charger.shutdown()).await.expect("in time");
    timeout(SOON, serving)
        .await
        .expect("in time")
        .expect("no panic");

    assert_eq!(
        log.acts(),
        [
            ("opened", Sender::Client),
            ("closed", Sender::Charger),
            ("opened", Sender::Client),
            ("closed", Sender::Client),
        ]
    );
    let seen = log.all();
    let mut ports: Vec<u16> = seen.iter().map(|seen| seen.client_port).collect();
    ports.dedup();
    assert_eq!(
        ports.len(),
        2,
        "two connections from two ports, one after the other"
    );
    for port in ports {
        assert!(!messages(&seen, port, Sender::Client).is_empty());
        assert_eq!(
            messages(&seen, port, Sender::Charger).len(),
            1,
            "the introduction"
        );
    }
    assert!(seen.iter().all(|seen| seen.charger_port == address.port()));
}

#[tokio::test]
async fn a_search_shows_its_probe_and_the_answer() {
    let module = UdpSocket::bind("127.0.0.1:0").await.expect("a free port");
    let port = module.local_addr().expect("bound").port();
    let answering = tokio::spawn(async move {
        let mut buffer = [0; 64];
        let (_, from) = module.recv_from(&mut buffer).await.expect("a probe");
        module.send_to(ANSWER, from).await.expect("sent");
        from.port()
    });
    let log = Log::default();
    let found = discover(DiscoverOptions {
        targets: vec!["127.0.0.1".parse().expect("an address")],
        port,
        probes: 1,
        tap: Some(log.tap()),
        ..DiscoverOptions::default()
    });
    let found: Vec<_> = timeout(SOON, found.collect()).await.expect("in time");
    assert_eq!(found.len(), 1);
    let client_port = answering.await.expect("no panic");
    let datagram = |sender, bytes: &[u8]| Seen {
        client_port,
        charger_port: port,
        sender,
        act: "datagram",
        bytes: bytes.to_vec(),
    };
    assert_eq!(
        log.all(),
        [
            datagram(Sender::Client, &PROBE),
            datagram(Sender::Charger, ANSWER)
        ]
    );
}
