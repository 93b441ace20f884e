//! Files that are broken, names that lead nowhere, and command lines that are wrong: what is said of them, and what
//! they do not keep back.

use crate::common::em::{self, PIN, SERIAL};
use crate::common::generic::Home;
use crate::common::{Bench, run};

#[test]
fn a_broken_configuration_keeps_no_stop_back_at_a_whole_address() {
    let bench = Bench::charging();
    let home = Home::new("[chargers.garage\n");
    let address = format!("duosida://127.0.0.1:{}", bench.port());
    home.refused(&format!("set-current 10 {address}"), 2, "usage");
    home.refused("stop garage", 2, "usage");
    let stop = home.run(&format!("stop {address}"));
    assert_eq!(stop.code, 0, "{stop:?}");
    assert!(
        stop.stderr.starts_with("warning: ") && stop.stderr.contains("evse.toml"),
        "{stop:?}"
    );
    assert!(!bench.is_charging());
}

#[test]
fn a_damaged_file_of_pins_keeps_back_only_who_needs_it() {
    let bench = em::Bench::plugged();
    assert_eq!(bench.em("start").code, 0);
    let file = bench.file("evses.json");
    std::fs::write(&file, "[{").expect("written");
    let path = file.display().to_string();
    let serial = bench.run(&format!("stop --serial {SERIAL}"));
    assert_eq!(serial.code, 2, "{serial:?}");
    assert!(
        serial
            .stderr
            .starts_with(&format!("error: {path}: cannot load chargers: no JSON")),
        "{serial:?}"
    );
    // It would be replaced by what the command knows.
    assert_eq!(bench.em("login").code, 2);
    let stop = bench.em("stop");
    assert_eq!(stop.code, 0, "{stop:?}");
    assert!(stop.stderr.starts_with(&format!("warning: {path}: ")));
    assert_eq!(std::fs::read(&file).expect("read"), b"[{");

    let home = Home::new(&format!(
        "[em]\nport = {}\nbroadcast = [\"127.0.0.1\"]\n",
        bench.port()
    ));
    std::fs::write(home.file("evses.json"), "[{").expect("written");
    let stop = home.run(&format!("stop em://{SERIAL} --pin {PIN}"));
    assert_eq!(stop.code, 0, "{stop:?}");
    assert!(stop.stderr.contains("evses.json: "), "{stop:?}");
}

#[test]
fn a_file_without_chargers_is_not_taken_over() {
    let bench = em::Bench::gone();
    let file = bench.file("other.json");
    std::fs::write(&file, "{\"a\":1}").expect("written");
    let none = bench.run(&format!("import {} --json", file.display()));
    assert_eq!(none.code, 2, "{none:?}");
    assert_eq!(
        none.json()["error"]["message"],
        format!("{} holds no charger", file.display())
    );
    assert!(!bench.file("evses.json").exists());
}

#[test]
fn a_name_that_leads_nowhere_is_named() {
    let bench = em::Bench::gone();
    let failed = bench.run("discover --host no-such-host.invalid --json");
    assert_eq!(failed.code, 1, "{failed:?}");
    let error = &failed.json()["error"];
    assert_eq!(error["kind"], "unreachable");
    let message = error["message"].as_str().expect("a text");
    assert!(
        message.starts_with("the name of em://no-such-host.invalid cannot be resolved: "),
        "{message}"
    );
    assert_eq!(error["hint"], "`evse doctor` looks for the reason");
}

#[test]
fn a_configuration_that_cannot_be_written_is_not_said_to_be_unreadable() {
    let home = Home::empty();
    let path = home.file("evse.toml/no/folder.toml");
    let path = path.display();
    let error = home.refused(&format!("--config {path} config init"), 2, "usage");
    let message = error["message"].as_str().expect("a text");
    let expected = format!("{path} cannot be written: ");
    assert!(message.starts_with(&expected), "{message}");
}

#[test]
fn wrong_usage_is_an_object_too() {
    for (arguments, message) in [
        (
            &["status", "--json", "--bogus"][..],
            "unexpected argument '--bogus' found",
        ),
        (&["--json", "fly"], "unrecognized subcommand 'fly'"),
    ] {
        let wrong = run(arguments);
        assert_eq!(wrong.code, 2, "{wrong:?}");
        let error = &wrong.json()["error"];
        assert_eq!(error["kind"], "usage");
        assert_eq!(error["hint"], "see --help");
        let told = error["message"].as_str().expect("a text");
        assert!(told.starts_with(message), "{told}");
        assert_eq!(wrong.stderr, format!("error: {told}; see --help\n"));
    }
    assert_eq!(run(&["status", "--bogus"]).stdout, "");
}

#[test]
fn what_a_charger_says_of_itself_moves_no_cursor() {
    let bench = em::Bench::new(evse_sim::em::Model::BesenBs20, |options| {
        options.device.brand = "BES\u{1b}[31m\nEN".to_owned();
    });
    let login = bench.em("login");
    assert_eq!(login.code, 0, "{login:?}");
    for command in ["discover --for 2", "status", "version"] {
        let shown = bench.em(command);
        let printed = shown.stdout + &shown.stderr;
        assert!(!printed.contains('\u{1b}'), "{command}: {printed:?}");
        let escaped = "BES\\u{1b}[31m\\nEN";
        assert!(printed.contains(escaped), "{command}: {printed:?}");
    }
}
