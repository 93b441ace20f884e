//! `evse twc watch`, `share` and `--hold`: the commands that stay, as lines, as JSON and on a terminal.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout};
use std::thread::sleep;
use std::time::Duration;

use crate::common::terminal::Terminal;
use crate::common::twc::{Bench, at_once};
use crate::common::{run, signal};
use serde_json::{Value, json};

/// What it prints, up to the line with this.
fn until(lines: &mut BufReader<ChildStdout>, text: &str) -> String {
    let mut all = String::new();
    while !all.contains(text) {
        let length = lines.read_line(&mut all).expect("text");
        assert!(length > 0, "no {text:?} in {all}");
    }
    all
}

fn lines(child: &mut Child) -> BufReader<ChildStdout> {
    BufReader::new(child.stdout.take().expect("piped"))
}

fn objects(text: &str) -> Vec<Value> {
    let objects = text.lines();
    objects
        .map(|line| serde_json::from_str(line).expect(line))
        .collect()
}

fn watch_tells_what_happens_in_lines_and_objects() {
    let in_text = || {
        let bench = Bench::units(2);
        let log = bench.file("log");
        let log = log.to_str().expect("UTF-8");
        let watch = bench.twc(&format!(
            "watch --for 22 --max-current 20 --unit-max 16 --log {log}"
        ));
        assert_eq!(watch.code, 0, "{watch:?}");
        for expected in [
            "listening before speaking",
            "unit 3495 is heard",
            "announcing",
            "running",
            "3495 charging                10 A",
            "3496 charging                10 A",
            "unit 3496 has told its serial number and firmware",
            "unit 3495 charges with 6.00 A at most and stops by itself",
            "unit 3496 charges with 6.00 A at most and stops by itself",
        ] {
            assert!(watch.stdout.contains(expected), "{expected}: {watch:?}");
        }
        let logged = std::fs::read_to_string(log).expect("a log");
        assert!(logged.contains("C0FBE0"), "{logged}");
        assert!(logged.contains("Sender: 0x3495, Command: 0xE2"), "{logged}");
    };
    let recorded = || {
        let bench = Bench::units(1);
        let file = bench.file("bus.pcap");
        let file = file.to_str().expect("UTF-8");
        let watch = bench.twc(&format!("watch --for 16 --json --record {file}"));
        assert_eq!(watch.code, 0, "{watch:?}");
        let told = objects(&watch.stdout);
        let is_charging = |object: &Value| {
            object["event"] == "readings"
                && object["status"]["charging"] == true
                && object["status"]["share"]["granted"] == 6
        };
        assert!(told.iter().any(is_charging), "{watch:?}");
        assert_eq!(told.last().expect("lines")["event"], "left", "{watch:?}");
        let decoded = run(&["decode", file, "--json"]);
        assert_eq!(decoded.code, 0, "{decoded:?}");
        let kinds: Vec<Value> = objects(&decoded.stdout)
            .iter()
            .map(|frame| frame["kind"].clone())
            .collect();
        for kind in [
            "controller_announce",
            "peripheral_presence",
            "controller_heartbeat",
            "peripheral_heartbeat",
            "serial",
        ] {
            assert!(kinds.contains(&json!(kind)), "{kind}");
        }
    };
    let listening = || {
        let bench = Bench::foreign();
        let watch = bench.twc("watch --for 9 --json --disable-controller");
        assert_eq!(watch.code, 0, "{watch:?}");
        let told = objects(&watch.stdout);
        let car = told
            .iter()
            .find(|object| object["event"] == "car_connected");
        let car = car.unwrap_or_else(|| panic!("{watch:?}"));
        assert_eq!(car["unit"], "3495");
        assert!(
            car["text"]
                .as_str()
                .expect("text")
                .contains("5YJTESTA4TWC00001")
        );
        assert_eq!(bench.sent(), 0);
    };
    at_once(&[&in_text, &recorded, &listening]);
}

fn what_stays_leaves_the_units_at_their_least_when_it_is_told_to_end() {
    let stays = |command: &str, sign: &str, name: &str, code: i32| {
        let bench = Bench::units(1);
        let mut child = bench.command(command).spawn().expect("runs");
        let mut output = lines(&mut child);
        until(&mut output, sign);
        assert!(bench.truth(0).available_ca > 600, "{command}");
        signal(&child, name);
        let mut rest = String::new();
        output.read_to_string(&mut rest).expect("text");
        assert_eq!(child.wait().expect("ends").code(), Some(code), "{rest}");
        assert!(rest.contains("charges with 6.00 A at most"), "{rest}");
        assert_eq!(bench.truth(0).available_ca, 600);
    };
    let share = || {
        let command = "share --limit 16 --unit-max 16";
        stays(command, "3495 charging                16 A", "-INT", 130);
    };
    let hold = || {
        let command = "session-current 10 --max-current 16 --unit-max 16 --hold";
        stays(command, "session current 10 A: granted;", "-TERM", 0);
    };
    at_once(&[&share, &hold]);
}

#[test]
fn keys_on_a_terminal_do_what_those_of_the_python_tool_do() {
    let bench = Bench::units(2);
    let mut command = bench.command("watch --max-current 32 --unit-max 16");
    let mut terminal = Terminal::run(&mut command);
    terminal.shows("3495 charging                16 A");
    terminal.shows("3496 charging                16 A");
    terminal.press_for("7", "unit 3495: session current 10 A: granted; accepted");
    // A unit is not raised within 5 s of a change.
    sleep(Duration::from_millis(5_500));
    terminal.press_for("+", "unit 3495: 2 A more: ");
    assert_eq!(bench.truth(0).available_ca, 1_200);
    terminal.press_for("9", "unit 3495: session current 32 A: granted ");
    terminal.press_for("-", "unit 3495: 2 A less for about 10 s: accepted");
    terminal.press_for("\x1b[B", "> 3496");
    terminal.press_for("2", "unit 3496: default current 10 A: granted");
    terminal.press_for("d", "Cuts the power under load");
    terminal.press_for("n", "q quit");
    assert!(bench.truth(1).contactors_closed);
    terminal.press_for("d", "Cuts the power under load");
    terminal.press_for("y", "unit 3496: contactors open, confirmed");
    assert!(!bench.truth(1).contactors_closed);
    terminal.press_for("q", "unit 3495 charges with 6.00 A at most");
    let (code, printed) = terminal.end();
    assert_eq!(code, Some(0), "{printed}");
    let before = printed
        .rfind("\x1b[?1049l")
        .expect("the old screen is back");
    let after = printed.rfind("unit 3495 charges").expect("said");
    assert!(
        before < after,
        "what the units will do stands on the old screen"
    );
}

#[test]
fn what_stays_tells_what_happens_and_leaves_in_order() {
    at_once(&[
        &watch_tells_what_happens_in_lines_and_objects,
        &what_stays_leaves_the_units_at_their_least_when_it_is_told_to_end,
    ]);
}
