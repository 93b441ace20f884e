//! `--record`: what a command and a simulator write is what they said to each other.

use std::path::Path;

use crate::common::{Bench, Output, first_line, run, signal, spawn_sim};
use serde_json::Value;

/// How many connect in the test that compares both ends.
const SESSIONS: usize = 3;

/// The frames of a capture, without error.
fn decoded(path: &Path) -> Vec<Value> {
    let decoded = run(&["decode", text(path), "--json"]);
    assert_eq!(decoded.code, 0, "{decoded:?}");
    let frames = decoded.stdout.lines();
    frames
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

fn going(frames: &[Value], direction: &str) -> Vec<Value> {
    let frames = frames
        .iter()
        .filter(|frame| frame["direction"] == direction);
    frames.cloned().collect()
}

#[track_caller]
fn done(output: &Output) {
    assert_eq!(output.code, 0, "{output:?}");
}

#[test]
fn client_and_simulator_record_the_same_frames() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let at_charger = file("charger.pcap");
    let mut sim = spawn_sim(&["--slot-busy", "0", "--record", text(&at_charger)]);
    let (ready, mut rest) = first_line(&mut sim);
    let port = ready
        .strip_prefix("ready duosida 127.0.0.1:")
        .expect(&ready);
    let mut line = String::new();
    std::io::BufRead::read_line(&mut rest, &mut line).expect("a line");
    let discovery_port = line.trim_end().rsplit(':').next().expect("a port");

    let mut at_client = Vec::new();
    let ports = ["--port", port, "--discovery-port", discovery_port];
    for (name, arguments) in [
        ("discover", "--broadcast 127.0.0.1 --for 0.5"),
        ("status", "--host 127.0.0.1"),
        ("get-config", "--host 127.0.0.1"),
        ("start", "--host 127.0.0.1 --force"),
    ] {
        let path = file(name);
        let mut words = vec!["duosida", name, "--record", text(&path)];
        words.extend(ports);
        words.extend(arguments.split(' '));
        done(&run(&words));
        at_client.extend(decoded(&path));
    }
    signal(&sim, "-INT");
    assert_eq!(sim.wait().expect("ends").code(), Some(130));

    let at_charger = decoded(&at_charger);
    assert_eq!(at_client[0]["text"], "smart_chargepile_search");
    assert_eq!(at_client[1]["type"], "smart_wifi");
    let asked = going(&at_client, "to_charger");
    assert!(asked.len() > 10, "{asked:?}");
    assert_eq!(asked, going(&at_charger, "to_charger"));
    // What the charger sends at the moment when a client leaves, nobody reads.
    let told = going(&at_client, "from_charger");
    let sent = going(&at_charger, "from_charger");
    assert!(sent.len() <= told.len() + SESSIONS, "{sent:?}");
    let mut sent = sent.into_iter();
    for frame in told {
        assert!(sent.any(|other| other == frame), "{frame}");
    }
}

#[test]
fn an_interrupted_command_leaves_a_whole_capture() {
    for (name, code) in [("-INT", Some(130)), ("-TERM", None), ("-KILL", None)] {
        let bench = Bench::plugged();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("monitor.pcap");
        let mut monitor = std::process::Command::new(env!("CARGO_BIN_EXE_evse"))
            .args(["duosida", "monitor", "--host", "127.0.0.1", "--port"])
            .args([&bench.port().to_string(), "--record", text(&path)])
            .env("EVSE_STATE_FILE", bench.state_file())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .expect("runs");
        let (_readings, _rest) = first_line(&mut monitor);
        signal(&monitor, name);
        assert_eq!(monitor.wait().expect("ends").code(), code, "{name}");
        let names: Vec<Value> = decoded(&path)
            .iter()
            .map(|frame| frame["message"]["name"].clone())
            .collect();
        assert!(names.contains(&"BootNotificationReq".into()), "{names:?}");
    }
}

#[test]
fn a_file_that_cannot_be_recorded_to_is_wrong_usage_before_a_byte_is_sent() {
    let mut bench = Bench::plugged();
    let folder = tempfile::tempdir().expect("a folder");
    let diary = folder.path().join("diary");
    std::fs::write(&diary, "dear diary").expect("written");
    for path in [folder.path(), &diary, &folder.path().join("no/file")] {
        let refused = bench.evse(&format!("duosida status --record {}", text(path)));
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains("cannot record to"), "{refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
    }
    assert!(!bench.was_opened());
    assert_eq!(std::fs::read(&diary).expect("there"), b"dear diary");
}
