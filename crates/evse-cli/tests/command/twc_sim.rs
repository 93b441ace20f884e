//! `evse sim twc`: where it is, what it judges, and how it ends.

use std::fs::File;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::common::{first_line, run, signal};
use evse::twc::proto::Address;
use evse::twc::proto::frame::Trailer;
use evse::twc::proto::message::{Action, ControllerHeartbeat, Message, ProtocolVersion};

fn simulated(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_evse"))
        .args(["sim", "twc", "--json"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs")
}

#[test]
fn the_path_is_a_link_while_it_runs_and_what_a_controller_may_not_send_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("twc0");
    let name = path.to_str().expect("UTF-8");
    for (signal_name, code) in [("-INT", 130), ("-TERM", 0)] {
        let mut child = simulated(&["--pty", name, "--units", "2", "--car", "none"]);
        let (line, rest) = first_line(&mut child);
        assert_eq!(line, format!("ready twc {name}"));
        assert!(path.is_symlink());

        let below_the_floor = Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: Address(0x7777),
            recipient: Address(0x3496),
            action: Action::SetInitialCurrent,
            current_ca: 300,
            controller_plugged: false,
        });
        let frame = below_the_floor.encode(ProtocolVersion::V2);
        let mut port = File::options().write(true).open(&path).expect("open");
        port.write_all(&frame.encode(Trailer::default()))
            .expect("sent");
        let told = rest
            .lines()
            .map(|line| line.expect("text"))
            .map(|line| serde_json::from_str::<serde_json::Value>(&line).expect("JSON"))
            .find(|event| event["event"] == "violation")
            .expect("a violation");
        assert!(told["text"].is_string(), "{told}");

        signal(&child, signal_name);
        assert_eq!(child.wait().expect("ends").code(), Some(code));
        assert!(!path.is_symlink());
    }
}

#[test]
fn a_gateway_says_its_port_and_a_file_is_not_replaced_by_a_link() {
    let mut child = simulated(&["--listen", "127.0.0.1:0"]);
    let (line, _rest) = first_line(&mut child);
    let place = line.strip_prefix("ready twc ").expect(&line);
    assert!(std::net::TcpStream::connect(place).is_ok(), "{place}");
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("ends").code(), Some(0));

    let refused = run(&[
        "sim",
        "twc",
        "--pty",
        Path::new("Cargo.toml").to_str().expect("UTF-8"),
    ]);
    assert_eq!((refused.code, refused.stderr.lines().count()), (1, 1));
}
