//! Configuration, state file and PINs: whether they can be read, and by whom.

use super::{finding, findings};
use crate::common::generic::Home;

/// Of a charger that has no network to look at.
const DOCTOR: &str = "doctor twc:///dev/no-such-port --json";

fn about(home: &Home, name: &str) -> String {
    home.file(name).to_str().expect("text").to_owned()
}

#[test]
fn a_configuration_that_is_wrong_is_a_finding_with_its_place() {
    let home = Home::new("[chargers.garage]\naddress = \"duosida://192.0.2.7\"\n phase = \"L1\"\n");
    // What its chargers are called is not known then.
    for command in [DOCTOR, "doctor garage --json"] {
        let output = home.run(command);
        let wrong = finding(&output, "config-wrong");
        assert_eq!(wrong["about"], about(&home, "evse.toml"));
        assert_eq!(
            wrong["what"],
            "line 3, column 2: unknown key `phase`, did you mean `phases`?"
        );
        assert!(
            findings(&output)
                .iter()
                .all(|other| other["code"] != "no-such-charger")
        );
    }
    std::fs::write(home.file("evse.toml"), "[chargers\n").expect("written");
    let wrong = finding(&home.run(DOCTOR), "config-wrong");
    let what = wrong["what"].as_str().expect("text");
    assert!(what.starts_with("line 1, column "), "{what}");
}

#[test]
fn a_configuration_that_is_not_there_is_missed_only_when_it_was_named() {
    let home = Home::empty();
    std::fs::remove_file(home.file("evse.toml")).expect("removed");
    let missing = finding(&home.run(DOCTOR), "config-missing");
    assert_eq!(missing["about"], about(&home, "evse.toml"));
    let mut command = home.command(DOCTOR);
    let output = Home::output(command.env_remove("EVSE_CONFIG"));
    let none = finding(&output, "no-config");
    assert_eq!(none["severity"], "note");
    assert_eq!(none["about"], about(&home, "xdg/evse/evse.toml"));
}

#[test]
fn a_charger_that_nobody_knows_is_a_problem_and_an_address_that_is_none_wrong_usage() {
    let home = Home::new("[chargers.garage]\naddress = \"twc:///dev/no-such-port\"\n");
    let unknown = finding(&home.run("doctor grage --json"), "no-such-charger");
    assert_eq!(
        unknown["what"],
        "no charger is named `grage`, did you mean `garage`?"
    );
    home.refused("doctor http://box", 2, "usage");
}

#[test]
fn a_state_file_that_is_damaged_or_newer_is_said_with_what_to_do() {
    let home = Home::empty();
    let file = home.file("state.json");
    for (content, code, fix) in [
        ("{", "state-damaged", "mv "),
        ("{\"version\": 99}", "state-newer", "update this program"),
    ] {
        std::fs::write(&file, content).expect("written");
        let found = finding(&home.run(DOCTOR), code);
        assert!(
            found["fix"].as_str().is_some_and(|text| text.contains(fix)),
            "{found}"
        );
        assert_eq!(
            std::fs::read_to_string(&file).expect("read"),
            content,
            "it was changed"
        );
    }
}

#[test]
fn a_file_of_pins_that_is_damaged_is_said_with_what_to_do() {
    let home = Home::empty();
    std::fs::write(home.file("evses.json"), "[{").expect("written");
    let found = finding(&home.run(DOCTOR), "pins-damaged");
    assert_eq!(found["about"], about(&home, "evses.json"));
    let fix = found["fix"].as_str().expect("a text");
    assert!(
        fix.contains("mv ") && fix.contains("`evse em login`"),
        "{fix}"
    );
    std::fs::write(home.file("evses.json"), "[]").expect("written");
    let empty = home.run(DOCTOR);
    assert!(!empty.stdout.contains("pins-damaged"), "{empty:?}");
}

#[test]
fn all_is_well_with_files_of_ones_own_and_nothing_is_written() {
    let home = Home::new("[chargers.garage]\naddress = \"twc:///dev/no-such-port\"\n");
    let fine = finding(&home.run(DOCTOR), "config");
    assert_eq!(fine["what"], "1 charger");
    let state = finding(&home.run(DOCTOR), "state-file");
    assert_eq!(state["severity"], "ok");
    let files = std::fs::read_dir(home.file(".")).expect("a folder");
    let names: Vec<_> = files
        .map(|file| file.expect("a file").file_name())
        .collect();
    assert_eq!(names, ["evse.toml"]);
}

#[cfg(target_os = "linux")]
mod modes {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::other_user::{Stranger, let_in};
    use super::{DOCTOR, about, finding};
    use crate::common::generic::Home;

    fn set(home: &Home, name: &str, mode: u32) {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(home.file(name), permissions).expect("changed");
    }

    #[test]
    fn secrets_that_others_may_read_are_warned_of() {
        let home = Home::new(
            "[chargers.carport]\naddress = \"em://9181102751219513\"\npin = \"424242\"\n",
        );
        for name in ["evses.json", "state.json", "pin"] {
            let content = if name == "state.json" {
                "{\"version\": 1}"
            } else {
                ""
            };
            fs::write(home.file(name), content).expect("written");
            set(&home, name, 0o640);
        }
        set(&home, "evse.toml", 0o640);
        let command = format!("{DOCTOR} --pin-file {}", about(&home, "pin"));
        let output = home.run(&command);
        let config = finding(&output, "config-readable");
        assert_eq!(config["severity"], "warning");
        assert_eq!(
            config["what"],
            "it holds a PIN, and others may read it (mode 0640)"
        );
        assert_eq!(
            config["fix"],
            format!("run `chmod 600 {}`", about(&home, "evse.toml"))
        );
        assert!(!output.stdout.contains("424242"), "{output:?}");
        finding(&output, "state-readable");
        let secrets = super::findings(&output).into_iter();
        let secrets: Vec<_> = secrets
            .filter(|found| found["code"] == "secrets-readable")
            .collect();
        assert_eq!(secrets.len(), 2, "{secrets:?}");
        for name in ["evse.toml", "evses.json", "state.json", "pin"] {
            set(&home, name, 0o600);
        }
        let output = home.run(&command);
        for code in ["config-readable", "state-readable", "secrets-readable"] {
            assert!(!output.stdout.contains(code), "{output:?}");
        }
    }

    #[test]
    fn files_of_another_user_are_told_from_ones_own() {
        let home = Home::empty();
        let stranger = Stranger::new();
        let_in(&home.file("."));
        let found = |command: &str, name: &str, code: &str| {
            let found = finding(&Home::output(&mut stranger.command(&home, command)), code);
            assert_eq!(found["severity"], "problem");
            assert_eq!(found["about"], about(&home, name));
            let fix = found["fix"].as_str().expect("a fix");
            assert!(fix.contains(stranger.way()), "{fix}");
        };
        set(&home, "evse.toml", stranger.mode(0o600));
        found(DOCTOR, "evse.toml", "config-unreadable");
        fs::create_dir(home.file("made")).expect("made");
        for name in ["made/state.json", "made/state.json.lock", "made/evses.json"] {
            fs::write(home.file(name), "").expect("written");
            set(&home, name, stranger.mode(0o600));
            set(&home, "made", 0o777);
            let command = format!("{DOCTOR} --state-file {}", about(&home, "made/state.json"));
            found(&command, name, "state-unusable");
            fs::remove_file(home.file(name)).expect("removed");
        }
        // As after `sudo evse`, when nothing was there before.
        set(&home, "made", stranger.mode(0o700));
        let command = format!("{DOCTOR} --state-file {}", about(&home, "made/state.json"));
        found(&command, "made", "state-unusable");
        set(&home, "made", 0o700);
    }
}
