//! Every `evse duosida` command against a simulated wallbox: text and JSON, good and bad input, exit codes.

use crate::common::Bench;
use serde_json::Value;

const SEED_KEYS: [&str; 17] = [
    "conn_status",
    "cp_voltage",
    "state",
    "voltage",
    "voltage_l2",
    "voltage_l3",
    "current",
    "current_l2",
    "current_l3",
    "power",
    "temperature_station",
    "session_energy",
    "session_time",
    "device_id",
    "model",
    "manufacturer",
    "firmware",
];

#[test]
fn status_has_the_keys_of_duosida_ev() {
    let bench = Bench::plugged();
    let status = bench.evse("duosida status --json");
    assert_eq!(status.code, 0, "{status:?}");
    let json = status.json();
    for key in SEED_KEYS {
        assert!(json.get(key).is_some(), "{key} is missing in {json}");
    }
    assert_eq!(json["device_id"], "0300000000000000001");
    assert_eq!(json["model"], "DUOSIDA Mode3@32A");
    assert_eq!(json["manufacturer"], "UCHEN");
    assert_eq!(json["conn_status"], 1);
    assert_eq!(json["state"], "Preparing");
    assert!(
        json["voltage"]
            .as_f64()
            .is_some_and(|volts| (200.0..250.0).contains(&volts)),
        "{json}"
    );
    assert_eq!(json["voltage_l2"], Value::Null);
    assert_eq!(json["evse_state"], "connected");
}

#[test]
fn status_for_people_names_state_and_readings() {
    let bench = Bench::plugged();
    let status = bench.evse("duosida status");
    assert_eq!(status.code, 0, "{status:?}");
    for expected in ["Preparing (B)", "voltage", " V", "DUOSIDA Mode3@32A"] {
        assert!(
            status.stdout.contains(expected),
            "{expected} is missing in {}",
            status.stdout
        );
    }
    assert_eq!(status.stderr, "");
}

#[test]
fn start_and_stop_are_confirmed_by_the_charger() {
    let bench = Bench::plugged();
    let start = bench.evse("duosida start --json");
    assert_eq!(start.code, 0, "{start:?}");
    assert_eq!(start.json()["result"], "confirmed");
    assert!(bench.is_charging());
    let again = bench.evse("duosida start");
    assert_eq!(again.code, 1, "{again:?}");
    let told = "charges already: a session is open; stop it first\n";
    assert!(again.stderr.ends_with(told), "{again:?}");

    let stop = bench.evse("duosida stop --json");
    assert_eq!(stop.code, 0, "{stop:?}");
    assert_eq!(stop.json()["command"], "stop");
    assert_eq!(stop.json()["result"], "confirmed");
    assert!(!bench.is_charging());
}

#[test]
fn start_without_a_car_says_that_it_waits() {
    let bench = Bench::empty();
    let start = bench.evse("duosida start --json");
    assert_eq!(start.code, 0, "{start:?}");
    assert_eq!(start.json()["result"], "waiting_for_vehicle");
}

#[test]
fn settings_are_written() {
    let bench = Bench::plugged();
    for (command, key, value) in [
        ("set-current 16", "VendorMaxWorkCurrent", "16"),
        ("set-timeout 120", "ConnectionTimeOut", "120"),
        ("set-max-temp 90", "VendorMaxWorkTemperature", "90"),
        ("set-max-voltage 280", "VendorMaxWorkVoltage", "280"),
        ("set-min-voltage 90", "VendorMinWorkVoltage", "90"),
        ("set-direct-mode on", "VendorDirectWorkMode", "1"),
        (
            "set-stop-on-disconnect off",
            "StopTransactionOnEVSideDisconnect",
            "0",
        ),
        ("set-level-detection on", "CheckCpN12V", "1"),
        ("set-level-detection off --yes", "CheckCpN12V", "0"),
        (
            "config VendorMaxWorkCurrent 10",
            "VendorMaxWorkCurrent",
            "10",
        ),
    ] {
        let done = bench.evse(&format!("duosida {command} --json"));
        assert_eq!(done.code, 0, "{command}: {done:?}");
        let name = command.split(' ').next().unwrap_or_default();
        assert_eq!(done.json()["command"], name.replace('-', "_"));
        assert_eq!(bench.setting(key).as_deref(), Some(value), "{command}");
    }
    let text = bench.evse("duosida set-current 12");
    assert_eq!(
        text.stdout, "max current 12 A: done, confirmed by the charger\n",
        "{text:?}"
    );
}

#[test]
fn a_value_out_of_range_is_wrong_usage_in_one_line_before_a_byte_is_sent() {
    let mut bench = Bench::plugged();
    for (command, range) in [
        ("set-current 40", "6 to 32 A"),
        ("set-current 5", "6 to 32 A"),
        ("set-current 100000", "6 to 32 A"),
        ("set-timeout 29", "30 to 900 s"),
        ("set-max-temp 96", "85 to 95"),
        ("set-max-voltage 300", "265 to 290 V"),
        ("set-min-voltage 69", "70 to 110 V"),
        ("set-led-brightness 2", "0 (off), 1 (low) or 3 (high)"),
        ("config VendorMaxWorkCurrent 33", "6 to 32 A"),
    ] {
        let refused = bench.evse(&format!("duosida {command}"));
        assert_eq!(refused.code, 2, "{command}: {refused:?}");
        assert!(
            refused.stderr.starts_with("error: "),
            "{command}: {refused:?}"
        );
        assert!(refused.stderr.contains(range), "{command}: {refused:?}");
        assert_eq!(refused.stderr.lines().count(), 1, "{command}: {refused:?}");
        assert_eq!(refused.stdout, "", "{command}");
    }
    assert_eq!(bench.flash_writes(), 0);
    assert!(!bench.was_opened());
}

#[test]
fn switching_a_safety_check_off_wants_a_yes() {
    let mut bench = Bench::plugged();
    let refused = bench.evse("duosida set-level-detection off");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("warning: "), "{refused:?}");
    assert!(refused.stderr.contains("--yes"), "{refused:?}");
    assert!(!bench.was_opened());
}

#[test]
fn what_the_charger_refuses_is_exit_code_1() {
    let bench = Bench::plugged();
    for command in ["set-led-brightness 1", "config NoSuchKey 1"] {
        let refused = bench.evse(&format!("duosida {command} --json"));
        assert_eq!(refused.code, 1, "{command}: {refused:?}");
        assert_eq!(refused.json()["error"]["kind"], "refused", "{command}");
        assert!(
            refused.stderr.starts_with("error: "),
            "{command}: {refused:?}"
        );
    }
}

#[test]
fn settings_are_read_back_without_secrets() {
    let bench = Bench::plugged();
    let json = bench.evse("duosida get-config --json");
    assert_eq!(json.code, 0, "{json:?}");
    assert!(json.json()["max_current"].is_number(), "{json:?}");
    let text = bench.evse("duosida get-config");
    assert!(text.stdout.contains("max current"), "{text:?}");
    for output in [&json.stdout, &text.stdout] {
        assert!(!output.to_lowercase().contains("password"), "{output}");
        assert!(!output.to_lowercase().contains("ssid"), "{output}");
    }
}

#[test]
fn monitor_prints_at_once_and_ends_in_time() {
    let bench = Bench::charging();
    let monitor = bench.evse("duosida monitor --json --duration 2");
    assert_eq!(monitor.code, 0, "{monitor:?}");
    let first: Value =
        serde_json::from_str(monitor.stdout.lines().next().expect("a line")).expect("JSON");
    assert!(first.get("power").is_some(), "{first}");
    let text = bench.evse("duosida monitor --duration 1.5");
    assert_eq!(text.code, 0, "{text:?}");
    assert!(text.stdout.contains("Charging"), "{text:?}");
}

#[test]
fn a_host_where_nobody_listens_is_exit_code_1_with_what_to_try() {
    let bench = Bench::gone();
    for command in [
        "status",
        "start",
        "stop",
        "set-current 16",
        "get-config",
        "monitor",
    ] {
        let failed = bench.evse(&format!("duosida {command} --timeout 1 --json"));
        assert_eq!(failed.code, 1, "{command}: {failed:?}");
        assert_eq!(failed.json()["error"]["kind"], "unreachable", "{command}");
        assert!(
            failed.stderr.starts_with("error: "),
            "{command}: {failed:?}"
        );
        assert_eq!(failed.stderr.lines().count(), 1, "{command}: {failed:?}");
    }
}

#[test]
fn another_charger_than_the_one_meant_is_refused() {
    let bench = Bench::plugged();
    let right = bench.evse("duosida status --device-id 0300000000000000001");
    assert_eq!(right.code, 0, "{right:?}");
    let wrong = bench.evse("duosida status --device-id 0300000000000000002");
    assert_eq!(wrong.code, 1, "{wrong:?}");
    assert!(wrong.stderr.contains("another charger"), "{wrong:?}");
}

#[test]
fn an_address_that_is_none_is_wrong_usage() {
    let bench = Bench::gone();
    for host in ["http://box", "a b", ""] {
        let refused = bench.evse_at(host, "duosida status");
        assert_eq!(refused.code, 2, "{host}: {refused:?}");
    }
}
