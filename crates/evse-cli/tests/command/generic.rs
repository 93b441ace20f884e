//! `evse status`, `start`, `stop`, `toggle` and `set-current` against a simulated charger of each network family, and
//! how a charger is chosen.

use crate::common::em::{self, PIN, SERIAL};
use crate::common::generic::Home;
use crate::common::{Bench, run};
use evse_sim::DelayRange;
use evse_sim::em::Model;
use std::time::Duration;

fn duosida_home(bench: &Bench) -> Home {
    Home::new(&format!(
        "[chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\nmax_current = 16\n",
        bench.port()
    ))
}

/// The charger with its PIN, by its address and by its serial number.
fn em_home(bench: &em::Bench) -> Home {
    Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.carport]\naddress = \"em://{}\"\npin = \"{PIN}\"\n",
        bench.port(),
        bench.host()
    ))
}

#[test]
fn a_status_is_that_of_the_only_charger_configured() {
    let bench = Bench::charging();
    let home = duosida_home(&bench);
    let status = home.run("status");
    assert_eq!(status.code, 0, "{status:?}");
    for text in [
        "garage",
        "charging",
        "(C)",
        "plugged in",
        "0300000000000000001",
    ] {
        assert!(status.stdout.contains(text), "{text}: {status:?}");
    }
    let status = home.done("status garage --json");
    for (key, value) in [
        ("charger", serde_json::json!("garage")),
        ("protocol", serde_json::json!("duosida")),
        ("state", serde_json::json!("charging")),
        ("letter", serde_json::json!("C")),
        ("auth_ok", serde_json::json!(true)),
        ("charging", serde_json::json!(true)),
        ("vin", serde_json::Value::Null),
    ] {
        assert_eq!(status[key], value, "{key}");
    }
    assert!(
        status["power"].as_u64().expect("measured") > 1_000,
        "{status}"
    );
    assert!(status["limit_reported"].as_f64().is_some(), "{status}");
    assert_eq!(status["capabilities"]["max_current"], 16.0, "{status}");
    let by_address = home.done(&format!(
        "status duosida://127.0.0.1:{} --json",
        bench.port()
    ));
    assert_eq!(
        by_address["charger"], "garage",
        "the configuration knows it"
    );
}

#[test]
fn a_charger_is_started_and_stopped_by_name() {
    let bench = Bench::plugged();
    let home = duosida_home(&bench);
    let start = home.done("start garage --amps 10 --json");
    assert_eq!(start["command"], "start");
    assert_eq!(start["result"], "confirmed", "{start}");
    assert!(bench.is_charging());
    assert_eq!(bench.setting("VendorMaxWorkCurrent").as_deref(), Some("10"));
    let stop = home.run("stop garage");
    assert_eq!(stop.code, 0, "{stop:?}");
    assert_eq!(stop.stdout, "stop: done, confirmed by the charger\n");
    assert!(!bench.is_charging());
    let error = home.refused("start", 1, "held_back");
    assert!(error["retry_in"].as_u64().is_some(), "{error}");
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.starts_with("held back by the guard for garage: "),
        "{message}"
    );
    let error = home.refused("toggle", 1, "held_back");
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.starts_with("held back by the guard for garage: "),
        "{message}"
    );
    let again = home.done("start --force --json");
    assert_eq!(again["result"], "confirmed", "{again}");
    let toggle = home.done("toggle --json");
    assert_eq!(toggle["command"], "toggle");
    assert!(!bench.is_charging());
}

#[test]
fn a_current_is_bounded_by_the_configuration() {
    let bench = Bench::empty();
    let home = duosida_home(&bench);
    let set = home.run("set-current 10.9A garage");
    assert_eq!(set.code, 0, "{set:?}");
    assert!(set.stdout.starts_with("current 10.9 A: "), "{set:?}");
    assert_eq!(bench.setting("VendorMaxWorkCurrent").as_deref(), Some("10"));
    let done = home.done("set-current 12 --json");
    assert_eq!(done["command"], "set_current");
    assert_eq!(done["warnings"], serde_json::json!([]));
    let error = home.refused("set-current 20", 2, "usage");
    let message = error["message"].as_str().expect("a text");
    assert!(message.contains("takes 6 A to 16 A"), "{message}");
    assert_eq!(bench.setting("VendorMaxWorkCurrent").as_deref(), Some("12"));
    home.refused("set-current 10 --hold", 2, "usage");
}

#[test]
fn the_commands_of_one_family_heed_the_most_that_is_configured() {
    let bench = Bench::plugged();
    let home = duosida_home(&bench);
    let at = format!("--host 127.0.0.1 --port {}", bench.port());
    for more in ["set-current 17", "config VendorMaxWorkCurrent 17"] {
        let error = home.refused(&format!("duosida {more} {at}"), 2, "usage");
        let message = error["message"].as_str().expect("a text");
        assert!(message.contains("takes 6 A to 16 A"), "{message}");
    }
    home.done(&format!("duosida set-current 16 {at} --json"));
    let bench = em::Bench::plugged();
    let at = format!(
        "--host {} --client-port {} --pin {PIN}",
        bench.host(),
        bench.port()
    );
    for address in [SERIAL, &bench.host()] {
        let home = Home::new(&format!(
            "[chargers.carport]\naddress = \"em://{address}\"\nmax_current = 13\n"
        ));
        for more in ["set-current 14", "start --amps 14"] {
            home.refused(&format!("em {more} {at}"), 2, "usage");
        }
        home.done(&format!("em set-current 13 {at} --json"));
    }
    let broken = Home::new("[chargers.carport\n");
    broken.refused(&format!("em set-current 6 {at}"), 2, "usage");
    broken.done(&format!("em stop {at} --json"));
}

#[test]
fn what_a_charger_cannot_is_not_sent() {
    let bench = Bench::plugged();
    let home = duosida_home(&bench);
    let error = home.refused("start --energy 5", 1, "unsupported");
    let message = error["message"].as_str().expect("a text");
    assert!(message.ends_with("nothing was sent"), "{message}");
    assert!(!bench.is_charging());
}

#[test]
fn an_em_charger_has_its_pin_from_the_configuration() {
    let bench = em::Bench::plugged();
    let home = em_home(&bench);
    let start = home.done("start --amps 8 --duration 1h30m --user me --json");
    assert_eq!(start["serial"], SERIAL);
    assert_eq!(start["result"], "confirmed", "{start}");
    let status = home.done("status carport --json");
    assert_eq!(status["on"], true, "{status}");
    assert_eq!(status["session_max_time"], 5_400, "{status}");
    assert_eq!(status["limit_effective"], 8.0, "{status}");
    let toggle = home.run("toggle");
    assert_eq!(toggle.code, 0, "{toggle:?}");
    assert!(toggle.stdout.starts_with("toggle: done"), "{toggle:?}");
    assert_eq!(home.done("status --json")["on"], false);
}

#[test]
fn the_first_status_waits_for_brand_and_model_and_they_stay_known() {
    let bench = em::Bench::new(Model::BesenBs20, |options| {
        options.device.announce_interval = DelayRange::from_millis(2_000, 2_100);
    });
    let home = em_home(&bench);
    let status = home.done("status --json");
    assert_eq!(status["brand"], "BESEN", "{status}");
    assert_eq!(status["model"], "BS20", "{status}");
    // A charger with a client announces nothing.
    bench.device(|device, now| {
        device.steal(now, Duration::from_mins(1));
    });
    let again = home.run("status");
    assert!(again.stdout.contains("BESEN BS20"), "{again:?}");
}

#[test]
fn a_later_start_is_a_reservation() {
    let bench = em::Bench::plugged();
    let home = em_home(&bench);
    let start = home.done("start --at +2h --json");
    assert_eq!(start["result"], "reserved", "{start}");
    assert!(start["reserved_for"].as_str().is_some(), "{start}");
    let shown = home.run("status");
    let begins = shown
        .stdout
        .lines()
        .find(|line| line.starts_with("begins "));
    let at = begins
        .and_then(|line| line.rsplit_once("  "))
        .expect("when")
        .1;
    let forced = home.refused("start --at +3h --force", 1, "refused");
    assert_eq!(forced["hint"], "--replace cancels it first");
    let replaced = home.done("start --at +3h --replace --json");
    assert_ne!(replaced["reserved_for"], start["reserved_for"]);
    assert_eq!(home.run("stop").code, 0);
    let start = home.run(&format!("start --at {} --force", at.replace(' ', "T")));
    assert_eq!(
        start.stdout,
        format!("start: reserved for {at}\n"),
        "{start:?}"
    );
}

#[test]
fn a_pin_comes_from_where_evse_em_takes_it() {
    let bench = em::Bench::new(Model::BesenBs20, |_| {});
    let config = format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n",
        bench.port()
    );
    let home = Home::new(&config);
    let address = format!("em://{SERIAL}");
    let error = home.refused(&format!("status {address}"), 1, "no_pin");
    assert!(
        error["hint"]
            .as_str()
            .expect("a hint")
            .contains("--pin-file")
    );
    home.refused(&format!("status {address} --pin 000000"), 1, "wrong_pin");
    let given = home.done(&format!("status {address} --pin {PIN} --json"));
    assert_eq!(given["auth_ok"], true, "{given}");
    // What `evse em login` has remembered.
    let login = format!(
        "em --client-port {} --broadcast 127.0.0.1 login --serial {SERIAL} --pin {PIN}",
        bench.port()
    );
    assert_eq!(home.run(&login).code, 0);
    let known = home.done(&format!("status {address} --json"));
    assert_eq!(known["serial"], SERIAL);
}

#[test]
fn a_wrong_name_or_none_is_wrong_usage() {
    let home = Home::new(
        "[chargers.garage]\naddress = \"duosida://192.0.2.7\"\n[chargers.carport]\naddress = \"em://192.0.2.8\"\n",
    );
    let error = home.refused("status garaeg", 2, "usage");
    assert_eq!(
        error["message"],
        "no charger is named `garaeg`, did you mean `garage`?"
    );
    for command in ["status", "start", "stop", "toggle", "set-current 10"] {
        let error = home.refused(command, 2, "usage");
        assert_eq!(error["message"], "2 chargers are configured", "{command}");
        assert_eq!(error["found"], serde_json::json!(["garage", "carport"]));
    }
    let error = Home::empty().refused("status garage", 2, "usage");
    assert!(
        error["hint"]
            .as_str()
            .expect("a hint")
            .contains("evse config init")
    );
    home.refused("status ocpp://box", 2, "usage");
}

#[test]
fn the_default_of_the_configuration_is_meant() {
    let bench = Bench::empty();
    let home = Home::new(&format!(
        "[defaults]\ncharger = \"garage\"\n[chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\n[chargers.other]\naddress = \"em://192.0.2.8\"\n",
        bench.port()
    ));
    assert_eq!(home.done("status --json")["charger"], "garage");
}

#[test]
fn who_does_not_answer_is_no_wrong_usage() {
    let bench = Bench::gone();
    let home = duosida_home(&bench);
    let error = home.refused("status --timeout 1", 1, "unreachable");
    assert_eq!(error["hint"], "`evse doctor` looks for the reason");
    let gone = em::Bench::gone();
    let error = em_home(&gone).refused("stop --timeout 1", 1, "not_found");
    assert!(error["message"].as_str().is_some());
}

#[test]
fn a_configuration_may_be_named_in_each_place() {
    let bench = Bench::empty();
    let home = duosida_home(&bench);
    std::fs::rename(home.file("evse.toml"), home.file("other.toml")).expect("moved");
    let named = home.file("other.toml").display().to_string();
    assert_eq!(
        home.done(&format!("--config {named} status --json"))["charger"],
        "garage"
    );
    let missing = home.refused("status", 2, "usage");
    assert!(
        missing["message"]
            .as_str()
            .expect("a text")
            .contains("evse.toml cannot be read")
    );
    assert_eq!(run(&["status", "--config"]).code, 2);
}
