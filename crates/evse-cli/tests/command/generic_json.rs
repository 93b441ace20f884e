//! The JSON of the commands for chargers of any kind: the same keys in the same order, whatever the family.

use crate::common::generic::Home;
use crate::common::{Bench, em};
use serde_json::Value;

const STATUS: &str = "charger protocol serial address brand model hardware firmware state letter status connected auth_ok \
                      vehicle_connected charging on voltage voltage_l2 voltage_l3 current current_l2 current_l3 power \
                      session_energy total_energy today_energy temperature temperature_outer cp_voltage \
                      cp_voltage_is_derived session_start session_time reserved_for session_max_time \
                      session_max_energy limit_wanted limit_reported limit_effective delivered vin faults capabilities \
                      last_error age time";
const CAPABILITIES: &str = "start_stop min_current max_current current_step live_change phases schedule history \
                            contactors rated_current";
const EVENT: &str = "time charger event text status";
const DONE: &str = "command protocol serial result granted reserved_for detail warnings";
const FOUND: &str = "kind protocol address serial name brand model firmware";

fn keys(object: &Value) -> String {
    let keys = object.as_object().expect("an object").keys();
    keys.map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn home(duosida: &Bench, em: &em::Bench) -> Home {
    Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\n\
         [chargers.carport]\naddress = \"em://{}\"\npin = \"{}\"\n",
        em.port(),
        duosida.port(),
        em.host(),
        em::PIN,
    ))
}

#[test]
fn all_families_have_the_same_keys() {
    let (duosida, em) = (Bench::empty(), em::Bench::empty());
    let home = home(&duosida, &em);
    let found = home.done("discover --protocol em --for 2 --json");
    assert_eq!(keys(&found), FOUND);
    for name in ["garage", "carport"] {
        let status = home.done(&format!("status {name} --json"));
        assert_eq!(keys(&status), STATUS, "{name}");
        assert_eq!(keys(&status["capabilities"]), CAPABILITIES, "{name}");
        let done = home.done(&format!("set-current 10 {name} --json"));
        assert_eq!(keys(&done), DONE, "{name}");
    }
    let watch = home.run("watch --for 6 --json");
    let mut kinds = Vec::new();
    for line in watch.stdout.lines() {
        let event: Value = serde_json::from_str(line).expect("an object a line");
        assert_eq!(keys(&event), EVENT);
        if event["event"] == "readings" {
            assert_eq!(keys(&event["status"]), STATUS);
        }
        kinds.push(event["event"].as_str().expect("a word").to_owned());
    }
    for kind in ["connected", "readings"] {
        assert!(kinds.iter().any(|known| known == kind), "{watch:?}");
    }
}
