//! A network of one's own, so that a broadcast reaches a simulator on this machine and nothing else.

use std::process::{Command, Stdio};

/// Broadcasts to 255.255.255.255 leave by the default route; on loopback they come back.
const LOOPBACK_ONLY: &str = r#"ip link set lo up && ip route add default dev lo && exec "$@""#;

/// What `unshare` must be told.
pub(super) type Way = &'static [&'static str];

/// As root, and as a user where the system lets users have namespaces.
const WAYS: [Way; 2] = [&["--net"], &["--map-root-user", "--net"]];

/// A command that runs its arguments inside.
pub(super) fn command(way: Way) -> Command {
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", LOOPBACK_ONLY, "sh"]);
    command
}

/// The first way that works, or `None` where namespaces cannot be had.
pub(super) fn way() -> Option<Way> {
    let works = |way: &Way| {
        let silent = command(way).arg("true").stderr(Stdio::null()).status();
        silent.is_ok_and(|status| status.success())
    };
    WAYS.into_iter().find(works)
}
