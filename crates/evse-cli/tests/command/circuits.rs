//! `evse circuits` on two chargers of two families.

use std::process::Stdio;

use crate::common::em::{self, PIN};
use crate::common::generic::Home;
use crate::common::{Bench, signal};
use serde_json::{Value, json};

/// A Duosida that charges with 32 A, and an `EVSEMaster` charger that could.
struct Garage {
    wallbox: Bench,
    home: Home,
    _evse: em::Bench,
}

fn garage() -> Garage {
    let (wallbox, evse) = (Bench::charging(), em::Bench::plugged());
    let home = Home::new(&format!(
        "[circuits.house]\nlimit = [\"40 A\", \"32 A\", \"32 A\"]\nreserve = \"4 A\"\n\
         [circuits.garage]\nwithin = \"house\"\nlimit = \"20 A\"\n\
         [em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n\
         [chargers.wallbox]\naddress = \"duosida://127.0.0.1:{}\"\nphases = \"L1\"\ncircuit = \"garage\"\n\
         [chargers.carport]\naddress = \"em://{}\"\npin = \"{PIN}\"\nphases = \"L1\"\ncircuit = \"garage\"\n",
        evse.port(),
        wallbox.port(),
        evse.host()
    ));
    Garage {
        wallbox,
        home,
        _evse: evse,
    }
}

#[test]
fn circuits_are_looked_at_and_nobody_is_told_anything() {
    let garage = garage();
    let shown = garage.home.run("circuits");
    assert_eq!(shown.code, 0, "{shown:?}");
    for line in [
        "CIRCUIT  WITHIN  PHASE  LIMIT  HOUSE  DRAWN  MAY DRAW  FREE",
        "MEMBER   CIRCUIT  PHASES  STATE",
        "wallbox  garage   L1      charging",
        "\n  its share; no more on garage L1\n",
        "carport  garage   L1      connected",
    ] {
        assert!(shown.stdout.contains(line), "{line}: {shown:?}");
    }
    let widths = shown.stdout.lines().map(|line| line.chars().count());
    assert!(widths.max() <= Some(80), "{shown:?}");
    let shown = garage.home.done("circuits --json");
    let [house, garage_circuit] = shown["circuits"].as_array().expect("two").as_slice() else {
        panic!("{shown}");
    };
    assert_eq!(house["within"], Value::Null);
    assert_eq!(house["house"], "reserve");
    assert_eq!(house["phases"][0]["limit"], json!(40.0));
    assert_eq!(house["phases"][0]["house"], json!(4.0));
    assert_eq!(garage_circuit["within"], "house");
    let wallbox = &shown["members"][0];
    for (key, value) in [
        ("member", json!("wallbox")),
        ("circuit", json!("garage")),
        ("bus", json!(false)),
        ("phases", json!("L1")),
        ("state", json!("charging")),
        ("may_draw", json!(32.0)),
        ("bottleneck", json!({ "circuit": "garage", "phase": "L1" })),
    ] {
        assert_eq!(wallbox[key], value, "{key}: {shown}");
    }
    let limit = garage.wallbox.setting("VendorMaxWorkCurrent");
    assert_eq!(limit.as_deref(), Some("32"), "it was only looked at");
}

#[test]
fn circuits_that_are_kept_lower_who_draws_too_much() {
    let garage = garage();
    let mut child = garage
        .home
        .command("circuits --keep --json")
        .stdout(Stdio::null())
        .spawn()
        .expect("runs");
    let is_kept = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let limit = garage.wallbox.setting("VendorMaxWorkCurrent");
        limit.is_some_and(|amps| amps.parse::<u8>().is_ok_and(|amps| amps <= 14))
    });
    signal(&child, "-INT");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert!(
        is_kept,
        "6 A of 20 A at least are for the other, which may start"
    );
}

#[test]
fn who_is_not_reached_while_circuits_are_kept_is_said_and_why() {
    let home = Home::new(&format!(
        "[circuits.house]\nlimit = \"20 A\"\n[em]\nport = {}\n\
         [chargers.carport]\naddress = \"em://127.0.0.1\"\npin_env = \"NO_SUCH_PIN\"\ncircuit = \"house\"\n",
        em::Bench::gone().port()
    ));
    let kept = home.run("circuits --keep --for 2");
    assert_eq!(kept.code, 0, "{kept:?}");
    let why = "warning: carport: the environment variable NO_SUCH_PIN";
    assert_eq!(kept.stderr.matches(why).count(), 1, "{kept:?}");
}

#[test]
fn without_circuits_it_says_what_to_write() {
    let refused = Home::empty().refused("circuits", 2, "usage");
    let hint = refused["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("[circuits.NAME]"), "{refused}");
}
