//! A test in a network of its own, where interfaces, routes and devices are what it says.

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What `unshare` must be told: as root, and as a user where the system lets users have namespaces.
const WAYS: [&[&str]; 2] = [&[], &["--map-root-user"]];
/// Names the test that runs inside.
const INSIDE: &str = "EVSE_TEST_INSIDE";

/// Runs `body` in a network that has loopback and what `script` makes, with `ip`. For that the test, whose whole name is
/// given, is run once more.
#[track_caller]
pub(super) fn in_a_network_of_its_own(test: &str, script: &str, body: impl FnOnce()) {
    if std::env::var(INSIDE).is_ok_and(|inside| inside == test) {
        return body();
    }
    let script = format!("set -e; ip link set lo up\n{script}\nexec \"$@\"");
    let Some(mut inside) = within(&["--net"], &["sh", "-c", &script, "sh"]) else {
        return skipped(test);
    };
    let program = std::env::current_exe().expect("this program is somewhere");
    inside.arg(program).args([test, "--exact", "--nocapture"]);
    let output = inside.env(INSIDE, test).output().expect("unshare runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let is_done = output.status.success() && said.contains("1 passed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(is_done, "inside:\n{said}{errors}");
}

/// A command that runs its arguments by `starter` in namespaces of these kinds; `None` where they cannot be had.
pub(super) fn within(kinds: &[&str], starter: &[&str]) -> Option<Command> {
    let command = |way: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(way).args(kinds).args(starter);
        command
    };
    let works = |way: &&[&str]| {
        let tried = command(way).arg("true").stderr(Stdio::null()).status();
        tried.is_ok_and(|status| status.success())
    };
    WAYS.iter().copied().find(works).map(command)
}

/// Says that a test did not run; a failure in CI, where it has to.
pub(super) fn skipped(test: &str) {
    let why = "NOT RUN: it needs `unshare`, `ip`, and root or namespaces for users";
    assert!(std::env::var_os("CI").is_none(), "{test}: {why}");
    // Not by a macro: what those print is seen of failed tests only.
    writeln!(std::io::stderr(), "!!! {test}: {why}").expect("written");
}
