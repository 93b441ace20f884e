//! `evse duosida discover`, and the search that every command makes when it is given no host.

use crate::common::Bench;
use serde_json::Value;

#[test]
fn discovery_finds_the_charger() {
    let bench = Bench::plugged();
    let found = bench.discover("discover --for 1 --json");
    assert_eq!(found.code, 0, "{found:?}");
    let json = found.json();
    assert_eq!(json["protocol"], "duosida");
    assert_eq!(json["ip"], "127.0.0.1");
    assert_eq!(json["mac"], "02:aa:bb:cc:dd:ee");
    assert_eq!(json["type"], "smart_wifi");
    assert_eq!(json["device_id"], Value::Null);
    let text = bench.discover("discover --for 1");
    assert!(text.stdout.contains("02:aa:bb:cc:dd:ee"), "{text:?}");
}

#[test]
fn without_a_host_the_only_charger_found_is_used() {
    let bench = Bench::plugged();
    let status = bench.discover("status --json");
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.json()["device_id"], "0300000000000000001");
}

#[test]
fn nothing_found_is_exit_code_1_with_what_to_try() {
    let bench = Bench::gone();
    for command in ["discover --for 0.5", "status --timeout 0.5"] {
        let none = bench.discover(command);
        assert_eq!(none.code, 1, "{none:?}");
        assert!(none.stderr.contains("no charger answers"), "{none:?}");
        assert!(none.stderr.contains("--host"), "{none:?}");
    }
}

#[test]
fn several_found_are_a_list_and_wrong_usage() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
    let port = socket.local_addr().expect("bound").port().to_string();
    socket
        .set_read_timeout(Some(std::time::Duration::from_secs(10)))
        .expect("set");
    let answering = std::thread::spawn(move || {
        let mut buffer = [0; 64];
        let (_, from) = socket.recv_from(&mut buffer).expect("a probe");
        for host in [7, 8] {
            let reply = format!("192.0.2.{host},02aabbccdde{host},smart_wifi,V1.1@e37b36f+77");
            socket.send_to(reply.as_bytes(), from).expect("sent");
        }
        socket
    });
    let search = [
        "--broadcast",
        "127.0.0.1",
        "--discovery-port",
        &port,
        "--timeout",
        "2",
    ];
    let stop = crate::common::run(&[&["duosida", "stop"], &search[..]].concat());
    assert_eq!(stop.code, 2, "{stop:?}");
    assert!(
        stop.stdout.contains("192.0.2.7") && stop.stdout.contains("192.0.2.8"),
        "{stop:?}"
    );
    assert!(
        stop.stderr
            .contains("error: 2 chargers answer; say which with --host"),
        "{stop:?}"
    );
    drop(answering.join().expect("it answered"));
}
