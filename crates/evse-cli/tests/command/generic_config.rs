//! `evse config`.

use crate::common::generic::Home;
use serde_json::json;

const TWO: &str = "[defaults]\ncharger = \"garage\"\n[chargers.garage]\naddress = \"duosida://192.0.2.7\"\n\
                   [chargers.carport]\naddress = \"em://9181102751219513\"\npin = \"424242\"\nmax_current = \"13 A\"\n";

#[test]
fn secrets_are_not_shown() {
    let home = Home::new(TWO);
    let show = home.run("config show");
    assert_eq!(show.code, 0, "{show:?}");
    assert!(show.stdout.contains("pin = \"[redacted]\""), "{show:?}");
    assert!(show.stdout.contains("[chargers.garage]\n"), "{show:?}");
    let shown = home.run("config show --json");
    assert!(
        [&show, &shown]
            .iter()
            .all(|output| !output.stdout.contains("424242")),
        "{show:?} {shown:?}"
    );
    let shown = shown.json();
    assert_eq!(shown["default_charger"], "garage");
    assert_eq!(shown["chargers"][1]["has_pin"], true);
    assert_eq!(shown["chargers"][1]["max_current"], 13.0);
    assert_eq!(shown["start_after_stop"], 60);
}

#[test]
fn circuits_are_shown() {
    let home = Home::new(
        "[circuits.house]\nlimit = [25, 25, 16]\nreserve = 5\npolicy = \"priority\"\n\
         [chargers.garage]\naddress = \"duosida://192.0.2.7\"\ncircuit = \"house\"\npriority = 2\n",
    );
    let shown = home.done("config show --json");
    let house = &shown["circuits"][0];
    for (key, value) in [
        ("name", json!("house")),
        ("within", json!(null)),
        ("limit", json!([25.0, 25.0, 16.0])),
        ("reserve", json!([5.0, 5.0, 5.0])),
        ("meter_max_age", json!(30)),
        ("policy", json!("priority")),
    ] {
        assert_eq!(house[key], value, "{key}");
    }
    let sharing = &shown["chargers"][0]["sharing"];
    assert_eq!(
        (&sharing["circuit"], &sharing["priority"]),
        (&json!("house"), &json!(2))
    );
}

#[test]
fn a_check_names_the_place_of_what_is_wrong() {
    let home = Home::new("[chargers.garage]\naddress = \"duosida://192.0.2.7\"\n phase = \"L1\"\n");
    for command in ["config check", "config show", "status", "watch", "discover"] {
        let error = home.refused(command, 2, "usage");
        let message = error["message"].as_str().expect("a text");
        assert!(
            message.ends_with("evse.toml:3:2: unknown key `phase`, did you mean `phases`?"),
            "{command}: {message}"
        );
    }
}

#[test]
#[cfg(unix)]
fn a_check_warns_of_a_pin_that_others_may_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::new(TWO);
    let file = home.file("evse.toml");
    let mode = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode));
    mode(0o644).expect("changed");
    let check = home.run("config check");
    assert_eq!(check.code, 0, "{check:?}");
    assert!(
        check.stdout.ends_with(": 2 chargers, see the warning\n"),
        "{check:?}"
    );
    assert!(check.stderr.contains("run `chmod 600 "), "{check:?}");
    mode(0o600).expect("changed");
    let check = home.done("config check --json");
    assert_eq!(check["warnings"], json!([]));
    assert_eq!(check["chargers"], 2);
}

#[test]
fn a_configuration_to_begin_with_is_written_once() {
    let home = Home::empty();
    let file = home.file("new/evse.toml");
    let command = format!("--config {} config", file.display());
    let init = home.run(&format!("{command} init"));
    assert_eq!(init.code, 0, "{init:?}");
    assert!(init.stdout.starts_with("wrote "), "{init:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&file)
            .expect("written")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let check = home.run(&format!("{command} check"));
    assert!(
        check.stdout.ends_with(": 0 chargers, nothing is wrong\n"),
        "{check:?}"
    );
    std::fs::write(&file, TWO).expect("written");
    home.refused(&format!("{command} init"), 2, "usage");
    assert_eq!(std::fs::read_to_string(&file).expect("read"), TWO);
}

#[test]
fn without_a_configuration_one_can_be_begun() {
    let home = Home::empty();
    let mut command = home.command("config check --json");
    let output = command.env_remove("EVSE_CONFIG").output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let error: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!(error["error"]["kind"], "not_found");
    assert_eq!(
        error["error"]["hint"],
        "begin one with `evse config init --discover`"
    );
}
