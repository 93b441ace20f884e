//! This machine: its users, its clock, its limits.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::namespace::skipped;
use super::other_user::{like, mounted};
use super::{finding, port};
use crate::common::generic::Home;

#[test]
fn a_user_without_a_home_is_told_what_to_name() {
    const TEST: &str = "doctor::machine::a_user_without_a_home_is_told_what_to_name";
    let home = Home::empty();
    let mut plain = home.command("doctor twc:///dev/no-such-port --json");
    for name in ["HOME", "XDG_STATE_HOME", "EVSE_STATE_FILE"] {
        plain.env_remove(name);
    }
    // Users have their homes from there.
    let script = "mount -t tmpfs none \"$0\"";
    let Some(mut evse) = mounted(script, Path::new("/etc"), &plain) else {
        return skipped(TEST);
    };
    let found = finding(&Home::output(&mut evse), "no-home");
    assert_eq!(found["severity"], "problem");
    let fix = found["fix"].as_str().expect("a fix");
    assert!(fix.contains("--state-file"), "{fix}");
}

#[test]
fn a_clock_that_is_behind_the_date_of_the_program_is_wrong() {
    const DAY: Duration = Duration::from_hours(24);
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("evse");
    // Not by this process: what it has open for writing while it starts another one cannot be run.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_evse"))
        .arg(&program)
        .status();
    assert!(copied.expect("cp runs").success());
    // The port is taken, so nothing is searched.
    let (_socket, home) = port::taken();
    let plain = home.command("doctor --json");
    let run = |ahead| {
        let file = File::open(&program).expect("copied");
        file.set_modified(SystemTime::now() + ahead).expect("dated");
        Home::output(like(&plain, &mut Command::new(&program)))
    };
    let found = finding(&run(2 * DAY), "own-clock");
    assert_eq!(found["severity"], "warning");
    let output = run(DAY / 2);
    assert!(!output.stdout.contains("own-clock"), "{output:?}");
}

#[test]
fn interfaces_that_cannot_be_listed_are_told() {
    let plain = Home::empty().command("doctor --json");
    // The first limit of open files with which it runs at all leaves none for the question.
    let limited = (3..99).map(|files| {
        let script = format!("ulimit -n {files} && exec \"$@\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, "sh"]).arg(plain.get_program());
        Home::output(like(&plain, &mut shell))
    });
    let output = limited
        .into_iter()
        .find(|output| output.stdout.contains("findings"));
    let found = finding(&output.expect("a limit that it can run with"), "no-network");
    let what = found["what"].as_str().expect("a text");
    assert!(what.contains("cannot be listed"), "{what}");
}
