//! The search, on the loopback interface.

mod fake;

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    time::Duration,
};

use duosida_client::{DiscoverOptions, DiscoveryIssue, Found, Scan, discover, proto::discovery};
use fake::{FakeCharger, IDENTIFIER, accept, listen};
use futures_util::{StreamExt, future::join_all};
use tokio::{
    net::{TcpListener, UdpSocket},
    time::{Instant, sleep, timeout},
};

type Item = Result<Found, DiscoveryIssue>;

const SOON: Duration = Duration::from_secs(10);

const REPLY: &str = "127.0.0.1,02aabbccddee,smart_wifi,V1.1@e37b36f+77";

async fn socket(address: [u8; 4]) -> (UdpSocket, u16) {
    let socket = UdpSocket::bind(SocketAddr::from((address, 0)))
        .await
        .expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    (socket, port)
}

/// Answers each probe with what `replies` says for its number, and tells how many probes came.
async fn respond(socket: UdpSocket, replies: impl Fn(usize) -> Vec<Vec<u8>>, probes: &mut usize) {
    let mut buffer = [0; 64];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.expect("a probe");
        assert_eq!(buffer[..length], discovery::PROBE);
        for reply in replies(*probes) {
            socket.send_to(&reply, from).await.expect("sent");
        }
        *probes += 1;
    }
}

async fn search(options: DiscoverOptions, others: impl Future<Output = ()>) -> Vec<Item> {
    let found = timeout(SOON, discover(options).collect());
    tokio::select! {
        found = found => found.expect("the search is bounded"),
        () = async { others.await; std::future::pending().await } => unreachable!(),
    }
}

fn one_target(port: u16) -> DiscoverOptions {
    DiscoverOptions {
        targets: vec![Ipv4Addr::LOCALHOST],
        port,
        probe_interval: Duration::from_millis(50),
        duration: Duration::from_secs(2),
        ..DiscoverOptions::default()
    }
}

/// As one target, without the early end.
fn broadcast(port: u16) -> DiscoverOptions {
    DiscoverOptions {
        targets: Vec::new(),
        broadcasts: vec![Ipv4Addr::LOCALHOST],
        ..one_target(port)
    }
}

#[tokio::test]
async fn unicast_search_ends_at_the_first_answer() {
    let (socket, port) = socket([127, 0, 0, 1]).await;
    let options = DiscoverOptions {
        duration: Duration::from_mins(1),
        ..one_target(port)
    };
    let mut probes = 0;
    let started = Instant::now();
    // The first probe is lost.
    let replies = |number| {
        if number == 0 {
            vec![]
        } else {
            vec![format!("{REPLY}\0").into_bytes()]
        }
    };
    let found = search(options, respond(socket, replies, &mut probes)).await;
    assert!(started.elapsed() < SOON);
    let [Ok(found)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(found.ip, Ipv4Addr::LOCALHOST);
    assert_eq!(found.answered_from, None);
    assert_eq!(
        found.mac.map(|mac| mac.to_string()).as_deref(),
        Some("02:aa:bb:cc:dd:ee")
    );
    assert_eq!(found.kind.as_deref(), Some("smart_wifi"));
    assert_eq!(found.firmware.as_deref(), Some("V1.1@e37b36f+77"));
    assert_eq!(found.raw.as_deref(), Some(REPLY));
    assert_eq!(found.identity, None);
    assert_eq!(probes, 2);
}

#[tokio::test]
async fn broadcast_search_sends_four_probes_and_reports_each_charger_once() {
    let (socket, port) = socket([127, 0, 0, 1]).await;
    let mut probes = 0;
    let replies = |_| {
        vec![
            REPLY.into(),
            "127.0.0.1,02-AA-BB-CC-DD-EF,smart_wifi,V1.0".into(),
        ]
    };
    let found = search(broadcast(port), respond(socket, replies, &mut probes)).await;
    assert_eq!(found.iter().flatten().count(), 2, "{found:?}");
    assert_eq!(found.len(), 2);
    assert_eq!(probes, 4);
}

#[cfg(target_os = "linux")] // it has the whole of 127.0.0.0/8, on an interface of this name
#[tokio::test]
async fn search_reaches_chargers_by_the_broadcast_address_of_an_interface() {
    let (socket, port) = socket([0, 0, 0, 0]).await;
    let options = DiscoverOptions {
        broadcasts: Vec::new(),
        interfaces: vec!["lo".into()],
        ..broadcast(port)
    };
    let mut probes = 0;
    let found = search(
        options,
        respond(socket, |_| vec![REPLY.into()], &mut probes),
    )
    .await;
    assert!(matches!(&found[..], [Ok(_)]), "{found:?}");
}

#[tokio::test]
async fn latest_address_of_a_charger_counts() {
    let (socket, port) = socket([127, 0, 0, 1]).await;
    let mut probes = 0;
    let replies = |number: usize| {
        vec![
            REPLY
                .replace("0.1,", &format!("0.{},", number / 2 + 5))
                .into_bytes(),
        ]
    };
    let found = search(broadcast(port), respond(socket, replies, &mut probes)).await;
    let ips: Vec<_> = found
        .iter()
        .flatten()
        .map(|found| found.ip.octets())
        .collect();
    assert_eq!(ips, [[127, 0, 0, 5], [127, 0, 0, 6]]);
    for found in found.into_iter().flatten() {
        assert_eq!(found.answered_from, Some(Ipv4Addr::LOCALHOST));
    }
}

#[tokio::test]
async fn nonsense_is_reported_once_and_ends_nothing() {
    let (socket, port) = socket([127, 0, 0, 1]).await;
    let mut probes = 0;
    let replies = |_| {
        vec![
            discovery::PROBE.to_vec(),
            b"hello".to_vec(),
            vec![0xFF; 2000],
            vec![],
            REPLY.into(),
        ]
    };
    let found = search(broadcast(port), respond(socket, replies, &mut probes)).await;
    assert!(
        matches!(&found[..], [Err(DiscoveryIssue::Malformed { .. }), Ok(_)]),
        "{found:?}"
    );
}

#[tokio::test]
async fn slow_reader_still_gets_what_came_before_the_end() {
    let search = async || {
        let (socket, port) = socket([127, 0, 0, 1]).await;
        let options = DiscoverOptions {
            duration: Duration::from_secs(1),
            ..broadcast(port)
        };
        let duration = options.duration;
        let mut found = pin!(discover(options));
        let first_answer = async {
            let (_, client) = socket.recv_from(&mut [0; 64]).await.expect("a probe");
            socket
                .send_to(REPLY.as_bytes(), client)
                .await
                .expect("sent");
            client
        };
        let (first, client) = tokio::join!(found.next(), first_answer);
        assert!(matches!(first, Some(Ok(_))), "{first:?}");
        let other = "127.0.0.1,02-AA-BB-CC-DD-EF,smart_wifi,V1.0";
        socket
            .send_to(other.as_bytes(), client)
            .await
            .expect("sent");
        sleep(duration).await; // meanwhile nobody polls the search
        let others: Vec<_> = found.collect().await;
        assert!(matches!(&others[..], [Ok(_)]), "{others:?}");
    };
    // What was lost was lost by chance.
    timeout(SOON, join_all((0..16).map(|_| search())))
        .await
        .expect("the search is bounded");
}

#[tokio::test]
async fn taken_source_port_is_named() {
    let (_socket, port) = socket([0, 0, 0, 0]).await;
    let options = DiscoverOptions {
        source_port: Some(port),
        ..one_target(1)
    };
    let found = search(options, async {}).await;
    let [Err(issue @ DiscoveryIssue::Socket { .. })] = &found[..] else {
        panic!("{found:?}")
    };
    assert!(issue.to_string().contains(&port.to_string()), "{issue}");
}

#[tokio::test]
async fn unknown_interface_is_named() {
    let options = DiscoverOptions {
        interfaces: vec!["no such interface".into()],
        ..broadcast(1)
    };
    let found = search(options, async {}).await;
    assert!(
        matches!(found.first(), Some(Err(DiscoveryIssue::Interfaces { .. }))),
        "{found:?}"
    );
}

#[tokio::test]
async fn identifier_is_asked_for_only_when_wanted_and_never_at_skipped_addresses() {
    for (identify, skip, expected) in [
        (false, false, false),
        (true, true, false),
        (true, false, true),
    ] {
        let (socket, port) = socket([127, 0, 0, 1]).await;
        let (listener, address) = listen().await;
        let options = DiscoverOptions {
            identify,
            skip: if skip {
                vec![Ipv4Addr::LOCALHOST]
            } else {
                Vec::new()
            },
            tcp_port: address.port(),
            ..broadcast(port)
        };
        let (mut probes, mut connections) = (0, 0);
        let others = async {
            let charger = async {
                let mut fake = accept(&listener).await;
                connections += 1;
                fake.serve().await;
            };
            tokio::join!(
                respond(socket, |_| vec![REPLY.into()], &mut probes),
                charger
            );
        };
        let found = search(options, others).await;
        let [Ok(found)] = &found[..] else {
            panic!("{found:?}")
        };
        let identifier = found
            .identity
            .as_ref()
            .map(|identity| identity.identifier.as_str());
        assert_eq!(identifier, expected.then_some(IDENTIFIER));
        assert_eq!(connections, i32::from(expected));
    }
}

#[tokio::test]
async fn charger_that_cannot_be_identified_is_still_reported() {
    let (socket, port) = socket([127, 0, 0, 1]).await;
    let (listener, address) = listen().await;
    drop(listener);
    let options = DiscoverOptions {
        identify: true,
        tcp_port: address.port(),
        ..one_target(port)
    };
    let mut probes = 0;
    let found = search(
        options,
        respond(socket, |_| vec![REPLY.into()], &mut probes),
    )
    .await;
    assert!(
        matches!(
            &found[..],
            [
                Err(DiscoveryIssue::NotIdentified { .. }),
                Ok(Found { identity: None, .. })
            ]
        ),
        "{found:?}"
    );
}

#[cfg(target_os = "linux")] // it has the whole of 127.0.0.0/8, on an interface of this name
#[tokio::test]
async fn scan_counts_only_hosts_that_say_who_they_are() {
    let (web_server, port) = {
        let listener = TcpListener::bind("127.0.0.66:0")
            .await
            .expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        (listener, port)
    };
    let charger = TcpListener::bind(("127.0.0.77", port))
        .await
        .expect("a free port");
    let options = DiscoverOptions {
        interfaces: vec!["lo".into()],
        scan: Scan::Subnets,
        tcp_port: port,
        probes: 0,
        duration: Duration::ZERO,
        ..DiscoverOptions::default()
    };
    let others = async {
        let charger = async { accept(&charger).await.serve().await };
        let web_server = async {
            let (stream, _) = web_server.accept().await.expect("a connection");
            let mut host = FakeCharger::new(stream, "");
            host.next().await;
            host.send_bytes(b"HTTP/1.1 400 Bad Request 1234567890123456789\r\n")
                .await;
        };
        tokio::join!(charger, web_server);
    };
    let found = search(options, others).await;
    let [Ok(found)] = &found[..] else {
        panic!("{found:?}")
    };
    assert_eq!(found.ip, Ipv4Addr::new(127, 0, 0, 77));
    assert!(found.identity.is_some() && found.mac.is_none());
}

#[tokio::test]
async fn dropped_search_frees_its_port() {
    let (placeholder, source_port) = socket([0, 0, 0, 0]).await;
    drop(placeholder);
    let (_silent, port) = socket([127, 0, 0, 1]).await;
    let mut search = Box::pin(discover(DiscoverOptions {
        source_port: Some(source_port),
        ..one_target(port)
    }));
    let nothing = timeout(Duration::from_millis(20), search.next()).await;
    assert!(nothing.is_err(), "{nothing:?}");
    UdpSocket::bind(("0.0.0.0", source_port))
        .await
        .expect_err("in use");
    drop(search);
    UdpSocket::bind(("0.0.0.0", source_port))
        .await
        .expect("free again");
}
