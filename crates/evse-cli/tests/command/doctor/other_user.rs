//! A user who may not do everything: root may, whatever the modes say. And places where the system looks different.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::namespace::within;
use crate::common::generic::Home;

/// Another user when the tests run as root. Else there is no other one to be, and this one is locked out by modes.
pub(super) struct Stranger {
    is_other: bool,
    /// With the binary: the build's own folder may be root's alone.
    folder: tempfile::TempDir,
}

impl Stranger {
    pub(super) fn new() -> Self {
        let stranger = Self {
            is_other: rustix::process::geteuid().is_root(),
            folder: tempfile::tempdir().expect("a folder"),
        };
        if stranger.is_other {
            let_in(stranger.folder.path());
            // By another process: what this one writes, children of other tests have open too, and nobody may run it then.
            let copied = Command::new("cp")
                .arg(env!("CARGO_BIN_EXE_evse"))
                .arg(stranger.folder.path().join("evse"))
                .status();
            assert!(copied.expect("cp runs").success());
        }
        stranger
    }

    /// Whether it is not the user of the tests.
    pub(super) fn is_other(&self) -> bool {
        self.is_other
    }

    /// The mode of a file that it may not use, which would be this for its owner.
    pub(super) fn mode(&self, of_owner: u32) -> u32 {
        if self.is_other { of_owner } else { 0 }
    }

    /// What gives it the file.
    pub(super) fn way(&self) -> &'static str {
        if self.is_other { "sudo chown" } else { "chmod" }
    }

    /// `evse`, to be run by it.
    pub(super) fn command(&self, home: &Home, arguments: &str) -> Command {
        let plain = home.command(arguments);
        if !self.is_other {
            return plain;
        }
        let mut other = Command::new("setpriv");
        // That of nobody.
        other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        other.arg(self.folder.path().join("evse"));
        like(&plain, &mut other);
        other
    }
}

/// Lets everybody into a folder.
pub(super) fn let_in(folder: &Path) {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("changed");
}

/// Runs a command, without a network, after a script that mounts something, which nobody else sees; `None` where that
/// cannot be. The script has `place` as `$0`.
pub(super) fn mounted(script: &str, place: &Path, plain: &Command) -> Option<Command> {
    let script = format!("{script} && exec \"$@\"");
    let place = place.to_str().expect("text");
    let mut inside = within(&["--mount", "--net"], &["sh", "-c", &script, place])?;
    like(plain, inside.arg(plain.get_program()));
    Some(inside)
}

/// Gives a command the arguments and the environment of another one.
pub(super) fn like<'a>(plain: &Command, other: &'a mut Command) -> &'a mut Command {
    other.args(plain.get_args());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => other.env(name, value),
            None => other.env_remove(name),
        };
    }
    other
}
