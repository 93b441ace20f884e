//! Commands for chargers of any kind, against simulated Tesla units on a pty: what a bus cannot, it says.

use std::io::BufRead as _;
use std::time::Duration;

use crate::common::generic::Home;
use crate::common::twc::{Bench, at_once};
use crate::common::{first_line, signal};
use evse_sim::twc::{BusEvent, Event};

fn home(bench: &Bench, limit: u16) -> Home {
    let port = bench.port();
    Home::new(&format!(
        "[chargers.left]\naddress = \"twc://{port}#3495\"\n[buses.\"{port}\"]\nlimit = {limit}\nwiring = {limit}\n"
    ))
}

fn there_is_no_clean_start_or_stop() {
    let bench = Bench::units(1);
    let home = home(&bench, 16);
    for command in ["stop", "start", "toggle left"] {
        let error = home.refused(command, 1, "unsupported");
        let message = error["message"].as_str().expect("a text");
        assert!(message.ends_with("nothing was sent"), "{message}");
        assert_eq!(
            error["hint"],
            "hold it at its minimum with `evse set-current 6 left --hold`"
        );
    }
    assert_eq!(bench.sent(), 0, "nothing was sent");
}

fn a_status_starts_no_charge() {
    let bench = Bench::units(1);
    let status = home(&bench, 16).done("status --json");
    assert_eq!(status["charger"], "left");
    assert_eq!(status["serial"], "A17A0003495", "{status}");
    assert_eq!(status["capabilities"]["start_stop"], "hold_at_minimum");
    assert_eq!(bench.truth(0).starts, 0);
}

fn a_current_lives_while_a_controller_speaks() {
    let bench = Bench::units(1);
    let set = home(&bench, 16).done("set-current 10 --json");
    assert_eq!(set["result"], "confirmed", "{set}");
    let warning = set["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("while a controller speaks"), "{warning}");
}

fn one_current_starts_no_other_charge() {
    let bench = Bench::units(2);
    let mut events = bench.simulator().events();
    let set = home(&bench, 32).run("set-current 9 left");
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(bench.truth(0).starts, 1);
    assert_eq!(bench.truth(1).starts, 0, "nobody stays with it");
    let limits = std::iter::from_fn(|| events.try_recv().ok()).filter_map(|event| match event {
        BusEvent::Peripheral {
            event: Event::Limit(limit_ca),
            ..
        } => Some(limit_ca),
        _ => None,
    });
    let limits: Vec<u16> = limits.collect();
    assert_eq!(limits, [900], "not more before");
}

fn a_person_is_told_so_too() {
    let bench = Bench::units(1);
    let set = home(&bench, 16).run("set-current 9 left");
    assert_eq!(set.code, 0, "{set:?}");
    assert!(set.stdout.starts_with("current 9 A: "), "{set:?}");
    let warned = set.stderr.lines();
    let warned = warned.filter(|line| line.contains("stay with --hold"));
    assert_eq!(warned.count(), 1, "{set:?}");
}

fn a_hold_stays_until_it_is_told_to_end() {
    let bench = Bench::units(1);
    let home = home(&bench, 16);
    let mut child = home
        .command("set-current 8 left --hold")
        .spawn()
        .expect("runs");
    let (line, mut rest) = first_line(&mut child);
    assert!(line.starts_with("current 8 A: "), "{line}");
    assert_eq!(bench.truth(0).available_ca, 800);
    std::thread::sleep(Duration::from_secs(2));
    assert!(child.try_wait().expect("a child").is_none(), "it stays");
    signal(&child, "-INT");
    let mut text = String::new();
    while rest.read_line(&mut text).expect("a line") > 0 {}
    let last = text.lines().last().expect("a line");
    assert!(
        last.starts_with("unit 3495 charges with 6.") && last.contains("within about 30 s"),
        "{last}"
    );
    assert_eq!(child.wait().expect("ended").code(), Some(130));
}

fn a_watch_shows_the_unit_that_is_meant() {
    let bench = Bench::units(2);
    let watch = home(&bench, 32).run("watch left --for 25 --json");
    assert_eq!(watch.code, 0, "{watch:?}");
    let events: Vec<serde_json::Value> = watch
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let (left, shown): (Vec<_>, Vec<_>) = events.iter().partition(|event| event["event"] == "left");
    assert!(
        shown.iter().all(|event| event["charger"] == "left"),
        "{watch:?}"
    );
    let left: Vec<_> = left.iter().map(|event| &event["charger"]).collect();
    let other = format!("twc://{}#3496", bench.port());
    assert_eq!(left, ["left", &other], "both were this program's to keep");
    let states: Vec<_> = events
        .iter()
        .filter_map(|event| event["status"]["state"].as_str())
        .collect();
    assert!(states.contains(&"charging"), "{watch:?}");
}

#[test]
fn a_bus_by_the_commands_for_all() {
    at_once(&[
        &there_is_no_clean_start_or_stop,
        &a_status_starts_no_charge,
        &a_current_lives_while_a_controller_speaks,
        &one_current_starts_no_other_charge,
        &a_person_is_told_so_too,
        &a_hold_stays_until_it_is_told_to_end,
        &a_watch_shows_the_unit_that_is_meant,
    ]);
}
