//! Every `evse em` command against a simulated charger: text and JSON, good and bad input, exit codes.

use crate::common::em::{Bench, PIN, SERIAL};
use evse_sim::em::Model;
use serde_json::{Value, json};

const STATUS_KEYS: [&str; 34] = [
    "serial",
    "name",
    "brand",
    "model",
    "address",
    "state",
    "charger_state",
    "plug_state",
    "output_state",
    "vehicle_connected",
    "charging",
    "session_open",
    "voltage",
    "voltage_l2",
    "voltage_l3",
    "current",
    "current_l2",
    "current_l3",
    "power",
    "total_energy",
    "temperature_inner",
    "temperature_outer",
    "emergency_stop",
    "faults",
    "phases",
    "max_current",
    "rated_current",
    "rated_power",
    "language",
    "temperature_unit",
    "offline_charge",
    "session",
    "age",
    "time",
];

#[test]
fn status_has_the_same_keys_in_the_same_order_always() {
    let bench = Bench::plugged();
    let status = bench.em("status --json");
    assert_eq!(status.code, 0, "{status:?}");
    let json = status.json();
    let keys: Vec<_> = json.as_object().expect("an object").keys().collect();
    assert_eq!(keys, STATUS_KEYS);
    for (key, value) in [
        ("serial", json!(SERIAL)),
        ("name", json!("Simulated")),
        ("state", json!("connected")),
        ("charger_state", json!("ready")),
        ("vehicle_connected", json!(true)),
        ("charging", json!(false)),
        ("voltage_l2", Value::Null),
        ("current", json!(0.0)),
        ("power", json!(0)),
        ("total_energy", json!(1234.56)),
        ("emergency_stop", json!(false)),
        ("faults", json!([])),
        ("max_current", json!(32)),
        ("language", json!("english")),
        ("offline_charge", json!("off")),
        ("session", Value::Null),
    ] {
        assert_eq!(json[key], value, "{key}");
    }
    assert!(
        json["voltage"]
            .as_f64()
            .is_some_and(|volts| (200.0..250.0).contains(&volts)),
        "{json}"
    );
}

#[test]
fn status_for_people_names_state_readings_and_charge() {
    let bench = Bench::charging(Model::BesenBs20);
    let status = bench.em("status");
    assert_eq!(status.code, 0, "{status:?}");
    let names: Vec<_> = status
        .stdout
        .lines()
        .map(|line| line[..14].trim())
        .collect();
    assert_eq!(
        names,
        [
            "state",
            "charger",
            "car",
            "voltage",
            "current",
            "power",
            "counter",
            "temperature",
            "max current",
            "offline charge",
            "charge",
            "energy",
            "duration",
            "limits",
            "by",
            "name",
            "model",
            "serial",
            "address"
        ]
    );
    assert!(
        status.stdout.contains("offline charge  auto\n"),
        "{status:?}"
    );
    assert!(
        status.stdout.contains("  by            PAP\n"),
        "{status:?}"
    );
    assert_eq!(status.stderr, "");
}

#[test]
fn a_fault_shows() {
    use evse::em::proto::message::{Fault, Faults};
    let bench = Bench::plugged();
    bench.device(|device, now| device.set_faults(now, Faults::NONE.with(Fault::NotGrounded)));
    let status = bench.em("status");
    assert!(
        status
            .stdout
            .starts_with("state           fault (F)\nfaults          not grounded\n"),
        "{status:?}"
    );
    assert_eq!(
        bench.em("status --json").json()["faults"],
        json!(["not_grounded"])
    );
    let start = bench.em("start");
    assert_eq!(start.code, 1, "{start:?}");
}

#[test]
fn settings_are_set_and_shown() {
    let bench = Bench::plugged();
    for (command, set, shown) in [
        ("name", "Garage", "Garage"),
        ("language", "german", "german"),
        ("temperature-unit", "fahrenheit", "fahrenheit"),
        ("offline-charge", "on", "on"),
        ("offline-charge", "auto", "auto"),
        ("offline-charge", "off", "off"),
    ] {
        let done = bench.em(&format!("{command} {set}"));
        assert_eq!(done.code, 0, "{done:?}");
        assert_eq!(
            done.stdout,
            format!("{command} {shown}: done, confirmed by the charger\n")
        );
        assert_eq!(bench.em(command).stdout, format!("{shown}\n"));
        assert_eq!(
            bench.em(&format!("{command} {set} --json")).json(),
            json!({"command": command.replace('-', "_"), "serial": SERIAL, "value": shown, "set": true})
        );
    }
    let truth = bench.truth();
    assert_eq!(
        (
            truth.nickname.as_str(),
            truth.language,
            truth.temperature_unit,
            truth.start_method
        ),
        ("Garage", 3, 2, 1)
    );
    let done = bench.em("set-current 10");
    assert_eq!(
        done.stdout,
        "max current 10 A: done, confirmed by the charger\n"
    );
    assert_eq!(bench.truth().output_a, 10);
    assert_eq!(
        bench.em("set-current 12 --json").json(),
        json!({"command": "set_current", "serial": SERIAL, "result": "confirmed",
            "detail": "done, confirmed by the charger", "warnings": []})
    );
}

#[test]
fn what_is_out_of_range_is_wrong_usage_and_is_not_sent() {
    let bench = Bench::plugged();
    for command in [
        "set-current 5",
        "set-current 33",
        "name MuchTooLongAName",
        "start --amps 33",
    ] {
        let refused = bench.em(command);
        assert_eq!(refused.code, 2, "{command}: {refused:?}");
        assert!(refused.stderr.contains("nothing was sent"), "{refused:?}");
    }
    let json = bench.em("set-current 5 --json");
    assert_eq!(json.json()["error"]["kind"], "usage");
}

#[test]
fn the_clock_is_read_and_set() {
    let bench = Bench::plugged();
    let read = bench.em("get-time --json").json();
    assert_eq!(read["wrong"], false, "{read}");
    bench.device(|device, now| device.jump_clock(now, 25_200));
    let read = bench.em("get-time");
    assert!(
        read.stdout.contains(", 7 h 0 min ahead") || read.stdout.contains(", 6 h 59 min ahead"),
        "{read:?}"
    );
    let set = bench.em("set-time --json");
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(set.json()["wrong"], false, "{set:?}");
    let set = bench.em("set-time 2026-03-29T12:00");
    assert!(set.stdout.starts_with("2026-03-29 12:00:0"), "{set:?}");
}

#[test]
fn a_weekly_plan_is_changed_by_the_day() {
    let bench = Bench::plugged();
    let off = bench.em("weekly-plan");
    assert_eq!(
        off.stdout
            .lines()
            .filter(|line| line.ends_with("  off"))
            .count(),
        7,
        "{off:?}"
    );
    let set = bench.em("weekly-plan mon-fri=23:00-06:00 sat=10:00+90m");
    assert_eq!(set.code, 0, "{set:?}");
    let expected = "\
monday     23:00 to 06:00, 7:00 h
tuesday    23:00 to 06:00, 7:00 h
wednesday  23:00 to 06:00, 7:00 h
thursday   23:00 to 06:00, 7:00 h
friday     23:00 to 06:00, 7:00 h
saturday   10:00 to 11:30, 1:30 h
sunday     off
";
    assert_eq!(set.stdout, expected);
    assert_eq!(bench.em("weekly-plan").stdout, expected);
    bench.device(|device, now| device.jump_clock(now, 25_200));
    let json = bench.em("weekly-plan wed=off --json");
    assert!(
        json.stderr
            .starts_with("warning: the plan runs by the charger's clock, which is wrong"),
        "{json:?}"
    );
    let json = json.json();
    assert_eq!(
        json["days"][0],
        json!({"day": "monday", "on": true, "start": "23:00", "duration": 25_200})
    );
    assert_eq!(
        json["days"][2],
        json!({"day": "wednesday", "on": false, "start": null, "duration": 0})
    );
}

#[test]
fn history_is_a_charge_a_line() {
    let bench = Bench::plugged();
    let history = bench.em("history");
    assert_eq!(history.code, 0, "{history:?}");
    assert_eq!(history.stderr, "");
    let lines: Vec<_> = history.stdout.lines().collect();
    assert_eq!(
        lines[0],
        "STARTED           DURATION    ENERGY  BY         ENDED BY"
    );
    assert_eq!(lines.len(), 3, "{history:?}");
    assert!(
        lines[2].ends_with("    2:00 h  6.50 kWh  simulated  app"),
        "{history:?}"
    );
    let last = bench.em("history --last 1 --json").json();
    let keys: Vec<_> = last.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        [
            "serial",
            "charge_id",
            "started",
            "stopped",
            "duration",
            "energy",
            "started_by",
            "stopped_by",
            "start_type",
            "charge_type",
            "stop_reason",
            "reserved_for",
            "price",
            "price_per_kwh",
            "counter_start",
            "counter_stop"
        ]
    );
    assert_eq!(
        (&last["energy"], &last["duration"]),
        (&json!(6.5), &json!(7_200))
    );
    let none = Bench::new(Model::BesenBs20, |options| {
        options.device.history_records = 0;
    });
    assert_eq!(none.em("history").stdout, "no past charges\n");
}

#[test]
fn version_tells_what_it_is() {
    let bench = Bench::plugged();
    let json = bench.em("login --json");
    assert_eq!(json.code, 0, "{json:?}");
    assert_eq!(
        bench.run("version --json").json(),
        json!({"serial": SERIAL, "brand": "BESEN", "model": "BS20", "hardware_version": "SIM-1",
            "software_version": "SIM-1.0", "hot_line": "www.example.com", "feature": 1000, "support_new": null,
            "phases": 1, "rated_current": 32, "rated_power": 7040})
    );
    let text = bench.run("version");
    assert!(
        text.stdout
            .starts_with("brand        BESEN\nmodel        BS20\n"),
        "{text:?}"
    );
}

#[test]
fn watch_shows_readings_as_they_come() {
    let bench = Bench::charging(Model::BesenBs20);
    let text = bench.em("watch --for 3");
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.stdout.contains("charging"), "{text:?}");
    assert!(text.stdout.lines().all(|line| line.len() <= 80), "{text:?}");
    let json = bench.em("watch --for 3 --json");
    let lines = json.stdout.lines();
    let lines: Vec<Value> = lines
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[0]["event"], "readings");
    assert_eq!(lines[0]["serial"], SERIAL);
    // The charge is told by a datagram of its own.
    let is_charge = |line: &Value| line["status"]["session"]["user"] == "PAP";
    assert!(lines.iter().any(is_charge), "{json:?}");
}

#[test]
fn watch_with_a_wrong_pin_ends() {
    let bench = Bench::plugged();
    let refused = bench.run(&format!(
        "watch --for 20 --host {} --pin 654321",
        bench.host()
    ));
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.stderr.contains("refuses the PIN"), "{refused:?}");
}

#[test]
fn a_dump_shows_every_datagram_and_no_pin() {
    let bench = Bench::plugged();
    let text = bench.em("dump --for 2 -v");
    assert_eq!(text.code, 0, "{text:?}");
    for expected in [
        "→ login_confirm (0x8001)",
        "← nickname_reply (0x0108)",
        "brand             BESEN",
    ] {
        assert!(
            text.stdout.contains(expected),
            "{expected} is missing in {}",
            text.stdout
        );
    }
    let json = bench.em("dump --for 2 --json");
    for output in [&text.stdout, &json.stdout] {
        assert!(
            !output.contains(PIN) && !output.contains("313233343536"),
            "{output}"
        );
    }
    for line in json.stdout.lines() {
        let object: Value = serde_json::from_str(line).expect(line);
        assert_eq!(object["protocol"], "em");
        assert!(
            object["peer"].is_string() && object["time"].is_string(),
            "{line}"
        );
    }
    let listening = bench.run("dump --listen --for 1 --json");
    assert!(listening.stdout.contains("login_request"), "{listening:?}");
    assert!(!listening.stdout.contains("login_confirm"), "{listening:?}");
}
