//! The guard across separate processes: what one command did, the next one knows.

use crate::common::Bench;

#[test]
fn the_third_of_start_stop_start_is_held_back_and_says_until_when() {
    let bench = Bench::plugged();
    assert_eq!(bench.evse("duosida start").code, 0);
    assert_eq!(bench.evse("duosida stop").code, 0);

    let third = bench.evse("duosida start");
    assert_eq!(third.code, 1, "{third:?}");
    assert!(
        third.stderr.starts_with("error: held back by the guard"),
        "{third:?}"
    );
    assert!(third.stderr.contains("may be retried in "), "{third:?}");
    assert_eq!(third.stderr.lines().count(), 1, "{third:?}");

    let third = bench.evse("duosida start --json");
    assert_eq!(third.code, 1);
    let error = &third.json()["error"];
    assert_eq!(error["kind"], "held_back");
    let wait = error["retry_in"].as_u64().expect("seconds");
    assert!((1..=60).contains(&wait), "{error}");
    assert!(
        error["retry_at"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z')),
        "{error}"
    );
}

#[test]
fn force_passes() {
    let bench = Bench::plugged();
    assert_eq!(bench.evse("duosida start").code, 0);
    assert_eq!(bench.evse("duosida stop").code, 0);
    let third = bench.evse("duosida start --force");
    assert_eq!(third.code, 0, "{third:?}");
}

#[test]
fn a_start_is_held_back_at_another_address_too() {
    // The charger is known by its identifier, which only the session tells.
    let bench = Bench::plugged();
    assert_eq!(bench.evse("duosida start").code, 0);
    assert_eq!(bench.evse("duosida stop").code, 0);
    let third = bench.evse_at("localhost", "duosida start");
    assert_eq!(third.code, 1, "{third:?}");
    assert!(third.stderr.contains("held back by the guard"), "{third:?}");
}

#[test]
fn a_damaged_state_file_stops_no_stop() {
    for content in ["{", r#"{"version":2}"#] {
        let bench = Bench::plugged();
        assert_eq!(bench.evse("duosida start").code, 0);
        std::fs::write(bench.state_file(), content).expect("written");

        let stop = bench.evse("duosida stop");
        assert_eq!(stop.code, 0, "{stop:?}");
        assert!(stop.stdout.starts_with("stop: done"), "{stop:?}");
        assert!(stop.stderr.contains("warning: the state file"), "{stop:?}");
        assert_eq!(
            std::fs::read_to_string(bench.state_file()).expect("read"),
            content
        );
        assert!(!bench.is_charging());

        let start = bench.evse("duosida start");
        assert_eq!(start.code, 1, "{start:?}");
        assert!(start.stderr.contains("state.json"), "{start:?}");
    }
}

#[test]
fn a_stop_finds_the_transaction_that_an_earlier_command_confirmed() {
    let bench = Bench::plugged();
    for command in ["start", "set-current 10", "status", "stop"] {
        let done = bench.evse(&format!("duosida {command}"));
        assert_eq!(done.code, 0, "{command}: {done:?}");
    }
    assert!(!bench.is_charging());
}

#[test]
fn the_state_file_remembers_what_the_docs_say_and_no_more() {
    let bench = Bench::plugged();
    assert_eq!(bench.evse("duosida start").code, 0);
    assert_eq!(bench.evse("duosida set-current 10").code, 0);
    assert_eq!(bench.evse("duosida stop").code, 0);
    let text = std::fs::read_to_string(bench.state_file()).expect("written");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(file["version"], 1);
    let chargers = file["chargers"].as_object().expect("an object");
    let (key, charger) = chargers.iter().next().expect("one charger");
    assert_eq!(key, "duosida:0300000000000000001");
    for known in [
        "last_start_unix_ms",
        "last_stop_unix_ms",
        "last_flash_write_unix_ms",
    ] {
        assert!(charger[known].is_u64(), "{known} in {charger}");
    }
    assert_eq!(charger["last_stop_confirmed"], true);
    assert_eq!(
        charger["address"],
        format!("duosida://127.0.0.1:{}", bench.port())
    );
}
