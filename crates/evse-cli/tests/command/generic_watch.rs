//! `evse watch` and `evse discover` against simulated chargers of the network families.

use crate::common::em::{self, PIN, SERIAL};
use crate::common::generic::Home;
use crate::common::{Bench, Output};
use serde_json::Value;

fn lines(output: &Output) -> Vec<Value> {
    let lines = output.stdout.lines();
    lines
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {output:?}"))
        })
        .collect()
}

fn both(duosida: &Bench, em: &em::Bench) -> Home {
    Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.garage]\naddress = \"duosida://127.0.0.1:{}\"\n\
         [chargers.carport]\naddress = \"em://{SERIAL}\"\npin = \"{PIN}\"\n",
        em.port(),
        duosida.port(),
    ))
}

#[test]
fn all_configured_chargers_are_watched_in_one_stream() {
    let (duosida, em) = (Bench::charging(), em::Bench::plugged());
    let home = both(&duosida, &em);
    let watch = home.run("watch --for 8 --json");
    assert_eq!(watch.code, 0, "{watch:?}");
    let events = lines(&watch);
    for name in ["garage", "carport"] {
        let mut of_it = events.iter().filter(|event| event["charger"] == name);
        assert_eq!(of_it.next().expect(name)["event"], "connected", "{watch:?}");
        assert!(of_it.any(|event| event["event"] == "readings"), "{watch:?}");
    }
    let charging = events.iter().filter(|event| event["charger"] == "garage");
    let mut charging = charging.map(|event| &event["status"]["state"]);
    assert!(charging.any(|state| state == "charging"), "{watch:?}");
}

#[test]
fn only_the_chargers_named_are_watched_and_trouble_is_told() {
    let (duosida, em) = (Bench::gone(), em::Bench::plugged());
    let home = both(&duosida, &em);
    let watch = home.run("watch carport --for 5");
    assert_eq!(watch.code, 0, "{watch:?}");
    assert!(watch.stdout.contains(" carport connected\n"), "{watch:?}");
    assert!(!watch.stdout.contains("garage"), "{watch:?}");
    let watch = home.run("watch garage garage --for 3 --json");
    let events = lines(&watch);
    assert_eq!(events.len(), 1, "told once: {watch:?}");
    assert_eq!(events[0]["event"], "not_connected", "{watch:?}");
    home.refused("watch gargae", 2, "usage");
    home.refused(
        &format!("watch em://192.0.2.8 carport --pin {PIN}"),
        2,
        "usage",
    );
}

#[test]
fn the_lines_of_a_watch_are_aligned_whatever_the_names_are() {
    let (duosida, em) = (Bench::charging(), em::Bench::plugged());
    let home = Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n[chargers.carport]\naddress = \"em://{SERIAL}\"\npin = \"{PIN}\"\n",
        em.port(),
    ));
    let address = format!("duosida://127.0.0.1:{}", duosida.port());
    let watch = home.run(&format!("watch {address} carport --for 8"));
    assert_eq!(watch.code, 0, "{watch:?}");
    let begin = "00:00:00 ".len() + address.len() + 1;
    let mut ends = Vec::new();
    for line in watch.stdout.lines() {
        let (name, text) = line.split_at(begin);
        assert!(name.ends_with(' ') && !text.starts_with(' '), "{watch:?}");
        ends.extend(text.find(" W "));
    }
    assert!(
        ends.len() > 1 && watch.stdout.contains("carport"),
        "{watch:?}"
    );
    assert!(ends.iter().all(|end| *end == ends[0]), "{watch:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_watch_and_a_kind_word_too() {
    let (duosida, em) = (Bench::empty(), em::Bench::empty());
    let home = both(&duosida, &em);
    for (word, code) in [("-INT", 130), ("-TERM", 0)] {
        let mut watch = home.command("watch").spawn().expect("runs");
        let (line, rest) = crate::common::first_line(&mut watch);
        assert!(line.ends_with(" online"), "{line}");
        crate::common::signal(&watch, word);
        assert_eq!(watch.wait().expect("ended").code(), Some(code), "{word}");
        drop(rest);
    }
}

#[test]
fn an_em_charger_is_discovered_and_then_the_only_one() {
    let em = em::Bench::plugged();
    let config = format!("[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n", em.port());
    let home = Home::new(&config);
    let table = home.run("discover --protocol em --for 2");
    assert_eq!(table.code, 0, "{table:?}");
    assert!(table.stdout.starts_with("ADDRESS "), "{table:?}");
    assert!(table.stdout.contains(SERIAL), "{table:?}");
    let found = home.done("discover --protocol em --for 2 --json");
    assert_eq!(found["kind"], "charger");
    assert_eq!(found["protocol"], "em");
    assert_eq!(found["address"], format!("em://{}", em.host()));
    let status = home.done(&format!("status --pin {PIN} --json"));
    assert_eq!(status["serial"], SERIAL);
}

#[test]
fn nobody_found_is_said_with_what_to_try() {
    let em = em::Bench::gone();
    let config = format!("[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n", em.port());
    let home = Home::new(&config);
    let error = home.refused("discover --protocol em --for 1", 1, "not_found");
    assert!(
        error["hint"]
            .as_str()
            .expect("a hint")
            .contains("same Wi-Fi")
    );
    assert_eq!(home.run("discover --protocol ocpp").code, 2);
}
