//! Starts, stops, reservations and currents of `evse em`.

use crate::common::em::{Bench, PIN, SERIAL};
use evse::em::proto::message::ChargerState;
use evse_sim::em::Model;
use serde_json::{Value, json};

#[test]
fn start_and_stop_are_confirmed_and_guarded() {
    let bench = Bench::plugged();
    let start = bench.em("start --amps 8 --duration 90 --energy 10 --user me --id 4711 --json");
    assert_eq!(start.code, 0, "{start:?}");
    assert_eq!(
        start.json(),
        json!({"command": "start", "serial": SERIAL, "result": "confirmed",
            "detail": "start: done with 8 A, confirmed by the charger", "charge_id": "4711", "max_current": 8,
            "reserved_for": null, "warnings": []})
    );
    assert_eq!(bench.charger_state(), ChargerState::Charging);
    let session = bench.em("status --json").json()["session"].clone();
    for (key, value) in [
        ("charge_id", json!("4711")),
        ("user", json!("me")),
        ("current", json!(true)),
        ("start_type", json!("app")),
        ("reserved_for", Value::Null),
        ("max_current", json!(8)),
        ("max_duration", json!(5_400)),
        ("max_energy", json!(10.0)),
    ] {
        assert_eq!(session[key], value, "{key} of {session}");
    }

    let again = bench.em("start");
    assert_eq!(again.code, 1, "{again:?}");

    let stop = bench.em("stop");
    assert_eq!(stop.code, 0, "{stop:?}");
    assert_eq!(stop.stdout, "stop: done, confirmed by the charger\n");
    assert_eq!(bench.charger_state(), ChargerState::Ready);
    let held = bench.em("start --json");
    assert_eq!(held.code, 1, "{held:?}");
    assert_eq!(held.json()["error"]["kind"], "held_back");
    let forced = bench.em("start --force");
    assert_eq!(forced.code, 0, "{forced:?}");
    assert_eq!(
        forced.stdout,
        "start: done with 8 A, confirmed by the charger\n"
    );
    let stop = bench.em("stop --user me --json");
    assert_eq!(stop.json()["result"], "confirmed");
}

#[test]
fn a_start_without_a_car_says_so() {
    let bench = Bench::empty();
    let start = bench.em("start --json");
    assert_eq!(start.code, 1, "{start:?}");
    assert_eq!(start.json()["error"]["kind"], "refused");
    assert!(
        start.stderr.contains("no vehicle is plugged in"),
        "{start:?}"
    );
}

#[test]
fn a_reservation_is_made_shown_and_cancelled() {
    let bench = Bench::plugged();
    let start = bench.em("start --at +2h --json");
    assert_eq!(start.code, 0, "{start:?}");
    assert_eq!(start.json()["result"], "reserved");
    let at = start.json()["reserved_for"].clone();
    assert!(at.is_string(), "{start:?}");
    assert_eq!(bench.charger_state(), ChargerState::Reserved);
    let status = bench.em("status --json").json();
    assert_eq!(status["state"], "reserved");
    assert_eq!(status["session"]["reserved_for"], at);
    assert!(
        bench
            .em("status")
            .stdout
            .contains("charge          reserved for ")
    );
    let again = bench.em("start --at +3h");
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.stderr.contains("--replace cancels it"), "{again:?}");
    assert_eq!(bench.em("stop").code, 0);
    assert_eq!(bench.charger_state(), ChargerState::Ready);
}

#[test]
fn the_current_during_a_charge_is_refused_warned_of_or_sent_by_model() {
    for (model, code, expected) in [
        (Model::BesenBs20, 0, ""),
        (
            Model::Sync,
            0,
            "warning: whether the charger takes another current",
        ),
        (Model::TelestarEc311s, 1, "error: "),
    ] {
        let bench = Bench::charging(model);
        // What it is, it says when it announces itself.
        let done = bench.run(&format!("set-current 10 --serial {SERIAL} --pin {PIN}"));
        assert_eq!(done.code, code, "{model:?}: {done:?}");
        assert!(done.stderr.starts_with(expected), "{model:?}: {done:?}");
    }
}

#[test]
fn other_clients_keep_their_registration() {
    let bench = Bench::plugged();
    for command in ["status", "set-current 16", "get-time", "start", "stop"] {
        assert_eq!(bench.em(command).code, 0, "{command}");
        assert_eq!(bench.device(|device, _| device.client()), None, "{command}");
    }
    assert_eq!(bench.em("login").code, 0);
    assert!(bench.device(|device, _| device.client()).is_some());
}
