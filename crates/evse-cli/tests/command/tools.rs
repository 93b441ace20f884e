//! The commands that need no charger: simulator, demo, completions, help.

#[cfg(unix)]
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::common::run;
#[cfg(unix)]
use crate::common::{first_line, signal, spawn_sim};

#[cfg(unix)]
#[test]
fn the_simulator_says_where_it_is_and_ends_on_signals() {
    for (name, code) in [("-INT", 130), ("-TERM", 0)] {
        // At this speed a busy machine that reads a request late does not make the next one look early.
        let mut child = spawn_sim(&["--car", "plugged", "--slot-busy", "0", "--speed", "4"]);
        let (line, mut rest) = first_line(&mut child);
        let port = line.strip_prefix("ready duosida 127.0.0.1:").expect(&line);
        let status = run(&[
            "duosida",
            "status",
            "--host",
            "127.0.0.1",
            "--port",
            port,
            "--json",
        ]);
        assert_eq!(status.code, 0, "{status:?}");
        signal(&child, name);
        assert_eq!(child.wait().expect("ends").code(), Some(code), "{name}");
        let mut text = String::new();
        rest.read_to_string(&mut text).expect("read");
        assert!(
            !text.contains("violation"),
            "our own client broke a rule: {text}"
        );
    }
}

#[test]
fn a_fault_that_nobody_knows_is_wrong_usage_and_help_lists_those_known() {
    let refused = run(&["sim", "duosida", "--fault", "earthquake"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let help = run(&["sim", "duosida", "--help"]);
    assert!(
        help.stdout.contains("garbage") && help.stdout.contains("reboot"),
        "{help:?}"
    );
}

#[cfg(unix)]
#[test]
fn simulated_evses_say_where_they_are_and_end_on_signals() {
    for (name, code) in [("-INT", 130), ("-TERM", 0)] {
        let client = std::net::UdpSocket::bind("127.0.0.1:0").expect("bound");
        let limit = Some(Duration::from_secs(10));
        client.set_read_timeout(limit).expect("set");
        let port = client.local_addr().expect("bound").port().to_string();
        let mut child = Command::new(env!("CARGO_BIN_EXE_evse"))
            .args([
                "sim",
                "em",
                "--bind",
                "127.0.8.1",
                "--count",
                "3",
                "--phases",
                "3",
                "--history",
                "0",
            ])
            .args([
                "--serial",
                "00000000000000ff",
                "--car",
                "none",
                "--client-port",
                &port,
                "--json",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("runs");
        let (line, mut rest) = first_line(&mut child);
        let first = line.strip_prefix("ready em ").expect(&line).to_owned();
        assert!(first.starts_with("127.0.8.1:"), "{line}");
        let mut heard = std::collections::BTreeMap::new();
        let mut packet = [0; 2_048];
        while heard.len() < 3 {
            let (length, from) = client.recv_from(&mut packet).expect("an announcement");
            assert!(length > 50);
            heard.insert(from.to_string(), hex::encode(&packet[5..13]));
        }
        assert_eq!(
            heard.get(&first).map(String::as_str),
            Some("00000000000000ff")
        );
        let serials: Vec<_> = heard.into_values().collect();
        assert_eq!(
            serials,
            ["00000000000000ff", "0000000000000100", "0000000000000101"]
        );
        signal(&child, name);
        assert_eq!(child.wait().expect("ends").code(), Some(code), "{name}");
        let mut text = String::new();
        rest.read_to_string(&mut text).expect("read");
        assert!(text.starts_with("last 127.0.8.3:"), "{text}");
    }
}

#[test]
fn simulated_evses_know_other_faults() {
    let refused = run(&["sim", "em", "--fault", "garbage"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let help = run(&["sim", "em", "--help"]);
    for fault in ["drop", "wrong-pin", "foreign-clock"] {
        assert!(help.stdout.contains(fault), "{help:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_exit_code_1() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let port = taken.local_addr().expect("bound").port().to_string();
    let failed = run(&["sim", "duosida", "--port", &port, "--discovery-port", "0"]);
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(failed.stderr.starts_with("error: "), "{failed:?}");
}

#[test]
fn the_demo_tells_a_story_and_ends_by_itself() {
    let began = Instant::now();
    let demo = run(&["demo", "--plain", "--for", "24"]);
    assert_eq!(demo.code, 0, "{demo:?}");
    assert!(began.elapsed() < Duration::from_secs(34));
    for expected in [
        "plugged in",
        "Charging",
        "stop",
        "done, confirmed by the charger",
        " duosida ",
        " em ",
        "announces itself",
        "set-current 16: done, confirmed by the charger; this model",
        "in its memory: ",
        " twc ",
        "both share 16 A",
        "session current 6 A: granted; accepted by the unit",
        "try it with your own units",
    ] {
        assert!(
            demo.stdout.contains(expected),
            "{expected} is missing in {}",
            demo.stdout
        );
    }
    assert!(!demo.stdout.contains("our client broke"), "{}", demo.stdout);
}

#[test]
fn the_demo_in_json_is_an_object_a_line() {
    let demo = run(&["demo", "--json", "--for", "24"]);
    assert_eq!(demo.code, 0, "{demo:?}");
    assert!(demo.stdout.lines().count() > 5, "{demo:?}");
    let readings = [("duosida", "power"), ("em", "power"), ("twc", "delivered")];
    for (protocol, reading) in readings {
        let told = |line: &&str| {
            let value: serde_json::Value = serde_json::from_str(line).expect(line);
            value["protocol"] == protocol && value["status"][reading].is_number()
        };
        assert!(
            demo.stdout.lines().any(|line| told(&line)),
            "{protocol}: {demo:?}"
        );
    }
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell]);
        assert_eq!(script.code, 0, "{script:?}");
        for name in ["set-level-detection", "weekly-plan", "open-contactors"] {
            assert!(script.stdout.contains(name), "{shell} {name}");
        }
    }
}

#[test]
fn manual_pages_are_those_of_all_commands() {
    let page = run(&["man"]);
    assert_eq!(page.code, 0, "{page:?}");
    for text in [
        ".TH evse 1",
        ".SH SUBCOMMANDS",
        "set\\-current",
        "Exit codes: 0 done",
    ] {
        assert!(page.stdout.contains(text), "{text}: {page:?}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("text");
    assert_eq!(run(&["man", path]).code, 0);
    for name in ["evse.1", "evse-start.1", "evse-em-weekly-plan.1"] {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
    assert_eq!(run(&["man", "/no/such/folder"]).code, 2);
}

#[test]
fn help_and_version_are_exit_code_0_and_nonsense_is_2() {
    for (arguments, code) in [
        (vec!["--help"], 0),
        (vec!["--version"], 0),
        (vec![], 2),
        (vec!["fly"], 2),
    ] {
        assert_eq!(run(&arguments).code, code, "{arguments:?}");
    }
    assert!(run(&["--help"]).stdout.contains("Exit codes"));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_evse"))
        .args(["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ends");
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(0));
}
