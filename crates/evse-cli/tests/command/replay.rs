//! `evse sim duosida --replay`: a recorded session, met again by real clients.

use std::path::{Path, PathBuf};
use std::process::Child;

use crate::common::{Bench, Output, first_line, run, signal, spawn_sim};
use serde_json::Value;

/// What may differ between a session and its replay.
const PASSING: [&str; 2] = ["age", "time"];

fn text(path: &Path) -> &str {
    path.to_str().expect("a name in UTF-8")
}

fn readings(line: &str) -> Value {
    let mut value: Value = serde_json::from_str(line).expect(line);
    let object = value.as_object_mut().expect("an object");
    object.retain(|key, _| !PASSING.contains(&key.as_str()));
    value
}

/// A replay that runs, and where.
struct Running {
    child: Child,
    port: String,
    discovery_port: String,
}

impl Running {
    fn start(capture: &Path) -> Self {
        let mut child = spawn_sim(&["--replay", text(capture)]);
        let (ready, mut rest) = first_line(&mut child);
        let port = ready
            .strip_prefix("ready duosida 127.0.0.1:")
            .expect(&ready);
        let mut line = String::new();
        std::io::BufRead::read_line(&mut rest, &mut line).expect("a line");
        // Whoever prints into a closed pipe ends.
        child.stdout = Some(rest.into_inner());
        Self {
            port: port.to_owned(),
            discovery_port: line
                .trim_end()
                .rsplit(':')
                .next()
                .expect("a port")
                .to_owned(),
            child,
        }
    }

    fn evse(&self, command: &str) -> Output {
        let mut words = vec!["duosida"];
        words.extend(command.split(' '));
        words.extend(["--host", "127.0.0.1", "--port", &self.port]);
        run(&words)
    }

    /// What it said on standard error.
    fn end(self) -> String {
        signal(&self.child, "-TERM");
        let output = self.child.wait_with_output().expect("ends");
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

/// Runs commands against a simulator, each recorded; their output.
fn record(bench: &Bench, folder: &Path, commands: &[&str]) -> Vec<(PathBuf, Output)> {
    let mut all = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        let path = folder.join(format!("{index}.pcap"));
        let output = bench.evse(&format!("duosida {command} --record {}", text(&path)));
        assert_eq!(output.code, 0, "{command}: {output:?}");
        all.push((path, output));
    }
    all
}

#[test]
fn a_replay_shows_the_same_values_and_takes_the_same_commands() {
    let bench = Bench::plugged();
    let folder = tempfile::tempdir().expect("a folder");
    let commands = [
        "status --json",
        "get-config --json",
        "set-current 13 --json",
        "monitor --duration 2 --json",
        "start --json",
    ];
    for ((path, before), command) in record(&bench, folder.path(), &commands)
        .into_iter()
        .zip(commands)
    {
        let replay = Running::start(&path);
        let after = replay.evse(command);
        assert_eq!(after.code, 0, "{command}: {after:?}");
        replay.end();
        let last = |output: &Output| readings(output.stdout.lines().last().unwrap_or_default());
        assert_eq!(last(&before), last(&after), "{command}");
    }
}

#[test]
fn the_nth_client_gets_the_nth_session_and_the_last_one_repeats() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("both.pcap");
    let mut sim = spawn_sim(&["--slot-busy", "0", "--record", text(&capture)]);
    let (ready, rest) = first_line(&mut sim);
    sim.stdout = Some(rest.into_inner());
    let port = ready
        .strip_prefix("ready duosida 127.0.0.1:")
        .expect(&ready);
    let evse = |words: &str| {
        let mut words: Vec<&str> = words.split(' ').collect();
        words.extend(["--host", "127.0.0.1", "--port", port]);
        let output = run(&words);
        assert_eq!(output.code, 0, "{output:?}");
        output
    };
    let state = |output: &Output| output.json()["state"].clone();
    let plugged = state(&evse("duosida status --json"));
    evse("duosida start --force");
    let charging = state(&evse("duosida status --json"));
    assert_ne!(plugged, charging);
    signal(&sim, "-INT");
    sim.wait().expect("ends");

    let replay = Running::start(&capture);
    assert_eq!(state(&replay.evse("status --json")), plugged);
    assert_eq!(replay.evse("start --force").code, 0);
    for _ in 0..2 {
        assert_eq!(state(&replay.evse("status --json")), charging);
    }
    replay.end();
}

#[test]
fn discovery_is_answered_from_the_capture_and_leads_to_the_replay() {
    let bench = Bench::plugged();
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("found.pcap");
    let found = bench.discover(&format!("status --record {}", text(&capture)));
    assert_eq!(found.code, 0, "{found:?}");

    let replay = Running::start(&capture);
    let ports = [&replay.port, &replay.discovery_port];
    let status = run(&[
        "duosida",
        "status",
        "--broadcast",
        "127.0.0.1",
        "--port",
        ports[0],
        "--discovery-port",
        ports[1],
        "--json",
    ]);
    assert_eq!(status.code, 0, "{status:?}");
    assert_eq!(status.json()["device_id"], "0300000000000000001");
    replay.end();
}

#[test]
fn what_the_capture_does_not_hold_is_told_and_does_not_hang() {
    let bench = Bench::plugged();
    let folder = tempfile::tempdir().expect("a folder");
    let all = record(&bench, folder.path(), &["status --json"]);
    let replay = Running::start(&all[0].0);
    let refused = replay.evse("set-current 10 --timeout 20");
    assert_eq!(refused.code, 1, "{refused:?}");
    let stderr = replay.end();
    assert!(
        stderr.contains("ChangeConfigurationReq of VendorMaxWorkCurrent"),
        "{stderr}"
    );
}

#[test]
fn a_file_without_a_charger_is_wrong_usage_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, [0xa5; 300]).expect("written");
    let serial = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../evse-capture/tests/captures/serial.pcap"
    );
    for file in [text(&garbage), text(folder.path()), "/nowhere.pcap", serial] {
        let refused = run(&["sim", "duosida", "--port", "0", "--replay", file]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "{refused:?}");
        assert_eq!(refused.stdout, "", "{refused:?}");
    }
}

#[test]
fn a_capture_is_not_recorded_over_while_it_is_replayed() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("only.pcap");
    let bench = Bench::plugged();
    let status = bench.evse(&format!("duosida status --record {}", text(&capture)));
    assert_eq!(status.code, 0, "{status:?}");
    let before = std::fs::read(&capture).expect("there");
    let other_name = folder.path().join(".").join("only.pcap");
    let refused = run(&[
        "sim",
        "duosida",
        "--replay",
        text(&capture),
        "--record",
        text(&other_name),
    ]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert_eq!(std::fs::read(&capture).expect("there"), before);
}
