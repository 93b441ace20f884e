//! `evse discover`, and the search of the other commands when they are given no charger and none is configured.
//! Duosida chargers answer on one port, so each test has an address of its own.

use std::net::{Ipv4Addr, UdpSocket};

use crate::common::generic::Home;
use crate::common::{Bench, em, twc};

/// Searches at this address alone.
fn searching(ip: Ipv4Addr) -> Home {
    let free = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let port = free.local_addr().expect("bound").port();
    Home::new(&format!("[em]\nport = {port}\nbroadcast = [\"{ip}\"]\n"))
}

#[test]
fn a_duosida_charger_is_discovered_and_then_the_only_one() {
    let ip = Ipv4Addr::new(127, 0, 61, 1);
    let bench = Bench::at(ip);
    let home = searching(ip);
    let found = home.done("discover --protocol duosida --for 1 --json");
    assert_eq!(found["address"], format!("duosida://{ip}"));
    assert_eq!(
        found["serial"],
        serde_json::Value::Null,
        "nobody asked: {found}"
    );
    let table = home.run("discover --protocol duosida --for 1");
    assert!(table.stdout.contains("duosida://127.0.61.1 "), "{table:?}");
    let set = home.done("set-current 12 --json");
    assert_eq!(set["result"], "confirmed", "{set}");
    assert_eq!(bench.setting("VendorMaxWorkCurrent").as_deref(), Some("12"));
}

#[test]
fn units_are_heard_on_a_port_that_is_named_and_nothing_is_sent_there() {
    let bench = twc::Bench::new(2, |options| {
        for unit in &mut options.bus.peripherals {
            unit.presence_interval = std::time::Duration::from_millis(1_300);
        }
    });
    let command = format!("discover --protocol twc --bus {} --json", bench.port());
    let found = Home::empty().run(&command);
    assert_eq!(found.code, 0, "{found:?}");
    let found: Vec<serde_json::Value> = found
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .filter(|found: &serde_json::Value| found["kind"] == "charger")
        .collect();
    let addresses: Vec<_> = found.iter().map(|found| &found["address"]).collect();
    let unit = |id: &str| format!("twc://{}#{id}", bench.port());
    assert_eq!(addresses, [&unit("3495"), &unit("3496")]);
    assert_eq!(bench.sent(), 0);
}

#[test]
fn who_is_found_stands_in_a_new_configuration_by_a_name() {
    let ip = Ipv4Addr::new(127, 0, 61, 3);
    let (bench, em) = (Bench::at(ip), em::Bench::plugged());
    let home = Home::empty();
    let file = home.file("new/evse.toml");
    let new = format!("--config {}", file.display());
    let init = home.run(&format!(
        "config init --discover --for 2 --broadcast {ip} --client-port {} {new}",
        em.port()
    ));
    assert_eq!(init.code, 0, "{init:?}");
    let address = format!("em://{}", em::SERIAL);
    for told in ["duosida://127.0.61.3", &address, "wrote ", "evse em login"] {
        assert!(init.stdout.contains(told), "{told}: {init:?}");
    }
    let check = home.run(&format!("config check {new}"));
    assert!(
        check.stdout.ends_with(": 2 chargers, nothing is wrong\n"),
        "{check:?}"
    );
    let text = std::fs::read_to_string(&file).expect("written");
    assert!(!text.contains(em::PIN), "{text}");
    let status = home.done(&format!("status em --pin {} --json {new}", em::PIN));
    assert_eq!(status["serial"], em::SERIAL, "{text}");
    home.done(&format!("set-current 12 duosida --json {new}"));
    assert_eq!(bench.setting("VendorMaxWorkCurrent").as_deref(), Some("12"));
}

#[test]
fn a_configuration_is_begun_also_where_nobody_is_found() {
    let home = Home::empty();
    let command = "config init --discover --protocol duosida --broadcast 127.0.61.4 --for";
    let began = std::time::Instant::now();
    home.refused(&format!("{command} 60"), 2, "usage");
    assert!(began.elapsed().as_secs() < 30, "it searches in vain first");
    let file = home.file("new.toml");
    let new = format!("--config {}", file.display());
    let written = home.done(&format!("{command} 1 {new} --json"));
    assert_eq!(written["written"], file.to_str().expect("a text"));
    assert_eq!(written["chargers"], serde_json::json!([]));
    let check = home.done(&format!("config check --json {new}"));
    assert_eq!(check["chargers"], 0);
    std::fs::remove_file(&file).expect("there");
    let init = home.run(&format!("{command} 1 {new}"));
    assert_eq!(init.code, 0, "{init:?}");
    assert!(init.stdout.contains("no charger answers"), "{init:?}");
}

#[test]
fn several_that_answer_are_a_list_and_wrong_usage() {
    let ip = Ipv4Addr::new(127, 0, 61, 2);
    let socket = UdpSocket::bind((ip, 48_899)).expect("bound");
    let answering = std::thread::spawn(move || {
        let mut buffer = [0; 64];
        while let Ok((len @ 1.., from)) = socket.recv_from(&mut buffer) {
            if &buffer[..len] == b"enough" {
                return;
            }
            for host in [7, 8] {
                let reply = format!("192.0.2.{host},02aabbccdde{host},smart_wifi,V1.1@e37b36f+77");
                socket.send_to(reply.as_bytes(), from).expect("sent");
            }
        }
    });
    let home = searching(ip);
    let stop = home.run("stop --timeout 2");
    assert_eq!(stop.code, 2, "{stop:?}");
    for address in ["duosida://192.0.2.7 ", "duosida://192.0.2.8 "] {
        assert!(stop.stdout.contains(address), "{stop:?}");
    }
    assert_eq!(
        stop.stderr,
        "error: 2 chargers answer; say which, such as duosida://192.0.2.7\n"
    );
    let error = home.refused("status --timeout 2", 2, "usage");
    assert_eq!(
        error["found"],
        serde_json::json!(["duosida://192.0.2.7", "duosida://192.0.2.8"])
    );
    let enough = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("bound");
    enough.send_to(b"enough", (ip, 48_899)).expect("sent");
    answering.join().expect("it answered");
}

#[test]
fn a_pin_is_not_told_to_another_charger() {
    let bench = em::Bench::plugged();
    let home = Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.carport]\naddress = \"em://{}\"\n\
         serial = \"0011223344556677\"\npin = \"654321\"\n",
        bench.port(),
        bench.host()
    ));
    let file = home.file("traffic.pcapng");
    for command in ["status", "stop", "start --amps 8"] {
        let record = format!("{command} --record {}", file.display());
        let error = home.refused(&record, 2, "usage");
        let message = error["message"].as_str().expect("a text");
        assert!(message.contains("another serial number"), "{message}");
        assert!(!sends_a_pin(&file), "{command}");
    }
    home.run(&format!(
        "watch carport --for 3 --record {}",
        file.display()
    ));
    assert!(!sends_a_pin(&file), "a watch logs in");
}

fn sends_a_pin(capture: &std::path::Path) -> bool {
    let bytes = std::fs::read(capture).expect("recorded");
    assert!(bytes.len() > 150, "a search at least");
    bytes.windows(6).any(|bytes| bytes == b"654321")
}
