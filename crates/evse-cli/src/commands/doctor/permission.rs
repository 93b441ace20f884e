//! Why this user may not open a device.

use std::path::Path;

use super::account::{self, Account, Owner};
use super::{Finding, Severity};

/// A warning about an adapter that nobody named, if this user may not open it.
pub(super) fn of_adapter(port: &str) -> Option<Finding> {
    let may_not = !account::may_use(Path::new(port));
    may_not.then(|| Finding {
        severity: Severity::Warning,
        ..denied(port)
    })
}

/// The finding for a device that could not be opened for lack of permission.
pub(super) fn denied(port: &str) -> Finding {
    let Some(owner) = Owner::of(Path::new(port)) else {
        let what = "you may not even see it";
        let fix = format!("see whom its folder belongs to: `ls -ld {port}`");
        return Finding::problem("port-permission", port, what, fix);
    };
    if account::may_use(Path::new(port)) {
        let what = "you may open it, but the system does not let this process";
        let fix = "in a container, pass the device on to it (`--device` of docker and podman)";
        return Finding::problem("port-permission", port, what, fix);
    }
    explained(port, owner, &Account::current(), &account::groups())
}

/// By whom it belongs to, who asks, and the text of `/etc/group`.
fn explained(port: &str, owner: Owner, account: &Account, groups: &str) -> Finding {
    let Account { name, .. } = account;
    let group = account::name_of(groups, owner.gid);
    let of_group = owner.mode & 0o060 == 0o060 && owner.gid != 0;
    if of_group
        && account::is_member(groups, owner.gid, name)
        && !account.groups.contains(&owner.gid)
    {
        return Finding::problem(
            "login-too-old",
            port,
            format!("it is for the group {group}; {name} is in it, but was not yet at this login"),
            format!("log out and in again, or run `newgrp {group}` in this terminal"),
        );
    }
    let what = format!(
        "user {name} may not open it: it belongs to {} and the group {group} (mode {:04o})",
        account::user(owner.uid),
        owner.mode
    );
    let fix = if of_group {
        format!("run `sudo usermod -aG {group} {name}`, then log out and in again")
    } else {
        format!("run `sudo chown {name} {port}`; it holds until the adapter is plugged in again")
    };
    Finding::problem("port-permission", port, what, fix)
}

#[cfg(test)]
mod tests {
    use super::{Account, Owner, explained};

    const GROUPS: &str = "root:x:0:\ndialout:x:20:ada,bob\nbroken\nplugdev:x:46:carol\n";

    #[track_caller]
    fn check(user: &str, groups: &[u32], owner: (u32, u32), code: &str, fix: &str) {
        let account = Account {
            uid: 4_000_000_001,
            name: user.to_owned(),
            groups: groups.to_vec(),
        };
        let (gid, mode) = owner;
        let owner = Owner { uid: 0, gid, mode };
        let found = explained("/dev/ttyUSB0", owner, &account, GROUPS);
        assert_eq!(found.code, code, "{found:?}");
        assert!(
            found.fix.as_deref().is_some_and(|text| text.contains(fix)),
            "{found:?}"
        );
    }

    #[test]
    fn the_group_that_owns_the_device_is_the_one_to_be_in() {
        let usermod = "`sudo usermod -aG dialout carol`";
        check("carol", &[100], (20, 0o660), "port-permission", usermod);
        let usermod = "`sudo usermod -aG 1234 bob`";
        check("bob", &[100], (1_234, 0o660), "port-permission", usermod);
    }

    #[test]
    fn a_member_since_this_login_has_to_log_in_again() {
        check(
            "bob",
            &[100],
            (20, 0o660),
            "login-too-old",
            "`newgrp dialout`",
        );
    }

    #[test]
    fn a_group_that_may_not_either_helps_nobody() {
        let chown = "`sudo chown bob /dev/ttyUSB0`";
        check("bob", &[100], (20, 0o600), "port-permission", chown);
        check("bob", &[100], (0, 0o660), "port-permission", chown);
        check("bob", &[20], (20, 0o620), "port-permission", chown);
    }
}
