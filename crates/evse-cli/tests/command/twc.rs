//! The commands of `evse twc` that end by themselves, against simulated units on a pty: text and JSON, exit codes.

use crate::common::twc::{Bench, at_once};
use crate::common::{Output, run};
use evse_sim::shell::twc::Place;
use serde_json::{Value, json};

const UNIT_KEYS: [&str; 26] = [
    "unit",
    "serial",
    "firmware",
    "protocol_version",
    "state",
    "unit_state",
    "unit_state_code",
    "vehicle_connected",
    "charging",
    "vin",
    "limit",
    "delivered",
    "voltage",
    "voltage_l2",
    "voltage_l3",
    "current",
    "current_l2",
    "current_l3",
    "total_energy",
    "energy_doubtful",
    "rated_current",
    "default_current",
    "session_current",
    "share",
    "restarts",
    "stale",
];

/// The kind of the error in the object on standard output, and the one line on standard error.
#[track_caller]
fn refused(output: &Output, code: i32, kind: &str) {
    assert_eq!(output.code, code, "{output:?}");
    assert_eq!(output.json()["error"]["kind"], kind, "{output:?}");
    let errors = output.stderr.lines();
    let errors = errors.filter(|line| line.starts_with("error: ")).count();
    assert_eq!(errors, 1, "{output:?}");
}

#[track_caller]
fn done(output: &Output) -> Value {
    assert_eq!(output.code, 0, "{output:?}");
    output.json()
}

fn list_shows_each_unit_and_starts_no_charge() {
    let in_text = || {
        let bench = Bench::units(2);
        let list = bench.twc("list");
        assert_eq!(list.code, 0, "{list:?}");
        let lines: Vec<&str> = list.stdout.lines().collect();
        assert!(lines[0].starts_with("ID    SERIAL"), "{list:?}");
        assert!(lines[1].starts_with("3495  A17A0003495  4.5.10.2  32 A   connected  plugged in"));
        assert!(lines[2].starts_with("3496  A17A0003496"), "{list:?}");
        assert_eq!(lines.len(), 3, "{list:?}");
        assert_eq!([0, 1].map(|index| bench.truth(index).starts), [0, 0]);
    };
    let in_json = || {
        let list = done(&Bench::units(2).twc("list --json --address 3496"));
        let keys: Vec<_> = list.as_object().expect("an object").keys().collect();
        assert_eq!(keys[..26], UNIT_KEYS);
        assert_eq!(keys[26..], ["age", "time"]);
        for (key, value) in [
            ("unit", json!("3496")),
            ("protocol_version", json!(2)),
            ("state", json!("connected")),
            ("charging", json!(false)),
            ("rated_current", json!(32.0)),
        ] {
            assert_eq!(list[key], value, "{key}");
        }
    };
    let of_old_firmware = || {
        let list = done(&Bench::old().twc("list --json"));
        let told = [
            &list["protocol_version"],
            &list["serial"],
            &list["firmware"],
        ];
        assert_eq!(told, [&json!(1), &Value::Null, &Value::Null]);
    };
    let behind_a_gateway = || {
        let bench = Bench::new(1, |options| {
            options.place = Place::Tcp("127.0.0.1:0".parse().expect("an address"));
        });
        assert_eq!(done(&bench.twc("list --json"))["serial"], "A17A0003495");
    };
    at_once(&[&in_text, &in_json, &of_old_firmware, &behind_a_gateway]);
}

fn currents_are_granted_within_what_is_shared() {
    let more = "--max-current 16 --unit-max 16";
    let as_asked = || {
        let bench = Bench::units(1);
        let done = done(&bench.twc(&format!("session-current 10 {more} --json")));
        for (key, value) in [
            ("command", json!("session_current")),
            ("unit", json!("3495")),
            ("serial", json!("A17A0003495")),
            ("result", json!("confirmed")),
            ("asked", json!(10)),
            ("granted", json!(10)),
        ] {
            assert_eq!(done[key], value, "{key}");
        }
        assert_eq!(bench.truth(0).available_ca, 1_000);
    };
    let less_than_asked = || {
        let bench = Bench::units(1);
        let less = bench.twc(&format!("session-current 20 {more}"));
        assert_eq!(less.code, 0, "{less:?}");
        let expected = "unit 3495: session current 20 A: granted 16 A, the most that its wiring and settings allow; \
            accepted by the unit\n";
        assert_eq!(less.stdout, expected);
        assert!(
            less.stderr.starts_with("warning: ") && less.stderr.contains("--hold"),
            "{less:?}"
        );
        assert_eq!(bench.truth(0).available_ca, 1_600);
    };
    let for_one = || {
        let bench = Bench::units(2);
        let set = bench.twc("session-current 9 --address 3495 --max-current 32 --unit-max 16");
        assert_eq!(set.code, 0, "{set:?}");
        assert_eq!(bench.truth(0).starts, 1);
        assert_eq!(bench.truth(1).starts, 0, "nobody stays with it");
    };
    let for_later = || {
        let stored = Bench::units(1).twc("default-current 10");
        assert_eq!(stored.code, 0, "{stored:?}");
        assert!(
            stored.stdout.contains("granted 6 A, its wiring"),
            "{stored:?}"
        );
    };
    let down = || {
        let done = done(&Bench::units(1).twc(&format!("decrease {more} --json")));
        assert_eq!(
            (&done["command"], &done["result"]),
            (&json!("decrease"), &json!("confirmed"))
        );
    };
    let up = || refused(&Bench::units(1).twc("increase --json"), 1, "refused");
    at_once(&[
        &as_asked,
        &less_than_asked,
        &for_one,
        &for_later,
        &down,
        &up,
    ]);
}

fn contactors_open_at_once_and_close_after_a_minute() {
    let open_then_close = || {
        let bench = Bench::other_car();
        let opened = bench.twc("open-contactors --yes");
        assert_eq!(opened.code, 0, "{opened:?}");
        assert_eq!(
            opened.stdout,
            "unit 3495: contactors open, confirmed by the unit\n"
        );
        assert!(!bench.truth(0).contactors_closed);
        let close = bench.twc("close-contactors --yes --json");
        refused(&close, 1, "held_back");
        let wait = close.json()["error"]["retry_in"].as_u64();
        assert!(
            wait.is_some_and(|seconds| (1..60).contains(&seconds)),
            "{close:?}"
        );
    };
    let close = || {
        let bench = Bench::new(1, |options| options.plugged = false);
        let closed = done(&bench.twc("close-contactors --yes --json"));
        assert_eq!(closed["result"], "confirmed");
        assert_eq!(bench.truth(0).contactor_cycles, 1);
    };
    at_once(&[&open_then_close, &close]);
}

#[test]
fn bad_input_is_one_line_and_exit_code_2() {
    let port = "/nowhere/ttyUSB9";
    for arguments in [
        "session-current 3 PORT",
        "default-current 81 PORT",
        "watch PORT --max-current 0",
        "list PORT --address 34956",
        "list PORT --unit-max 3495",
        "list duosida://192.0.2.7",
        "list twc://PORT#3495 --address 3496",
        "share PORT",
        "share PORT --limit 16 --max-current 20",
        "open-contactors PORT",
        "close-contactors PORT --json",
        "watch PORT --log /nowhere/log",
    ] {
        let arguments = format!("twc {}", arguments.replace("PORT", port));
        let output = run(&arguments.split(' ').collect::<Vec<_>>());
        assert_eq!(output.code, 2, "{arguments}: {output:?}");
        assert_eq!(output.stderr.lines().count(), 1, "{arguments}: {output:?}");
    }
}

fn without_a_unit_that_answers_it_is_exit_code_1() {
    let no_port = || {
        let output = run(&["twc", "list", "/nowhere/ttyUSB9", "--json"]);
        refused(&output, 1, "not_found");
        assert!(
            output.stderr.contains("there is no /nowhere/ttyUSB9"),
            "{output:?}"
        );
        assert!(output.stderr.contains("`evse doctor`"), "{output:?}");
    };
    let nobody = || {
        let bench = Bench::units(0);
        let output = bench.twc("session-current 6 --timeout 8 --json");
        refused(&output, 1, "unreachable");
        assert!(output.stderr.contains("no unit answered"), "{output:?}");
    };
    let no_car = || {
        let bench = Bench::new(1, |options| options.plugged = false);
        let output = bench.twc("session-current 6 --json");
        refused(&output, 1, "refused");
        assert!(
            output
                .stderr
                .contains("no vehicle is plugged into unit 3495"),
            "{output:?}"
        );
    };
    let several = || {
        let bench = Bench::units(2);
        let output = bench.twc("session-current 6 --json");
        refused(&output, 2, "usage");
        let second = format!("twc://{}#3496", bench.port());
        assert_eq!(output.json()["error"]["found"][1], second, "{output:?}");
    };
    at_once(&[&no_port, &nobody, &no_car, &several]);
}

fn nothing_is_sent_on_a_bus_that_has_a_controller() {
    let orders = || {
        let bench = Bench::foreign();
        for command in [
            "session-current 6",
            "default-current 6",
            "increase --hold",
            "decrease",
            "open-contactors --yes",
            "close-contactors --yes",
        ] {
            refused(
                &bench.twc(&format!("{command} --json")),
                1,
                "foreign_controller",
            );
        }
        let share = bench.twc("share --limit 16");
        assert_eq!(share.code, 1, "{share:?}");
        assert!(share.stderr.starts_with("error: controller "), "{share:?}");
        assert_eq!(bench.sent(), 0);
    };
    let list = || {
        let bench = Bench::foreign();
        let list = bench.twc("list");
        assert_eq!(list.code, 0, "{list:?}");
        assert!(list.stdout.contains("3495  A17A0003495"), "{list:?}");
        assert!(list.stderr.contains("nothing was sent"), "{list:?}");
        assert_eq!(bench.sent(), 0);
    };
    at_once(&[&orders, &list]);
}

/// Two tests, for each command takes 13 s and more.
#[test]
fn each_command_does_what_it_says() {
    at_once(&[
        &list_shows_each_unit_and_starts_no_charge,
        &currents_are_granted_within_what_is_shared,
    ]);
}

#[test]
fn what_cannot_be_is_refused() {
    at_once(&[
        &contactors_open_at_once_and_close_after_a_minute,
        &without_a_unit_that_answers_it_is_exit_code_1,
        &nothing_is_sent_on_a_bus_that_has_a_controller,
    ]);
}
