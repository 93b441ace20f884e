//! Who runs this, and whom files and devices belong to.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access};
use rustix::process::{getegid, geteuid, getgroups};

/// The user of this process, as the system knows it at this login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) name: String,
    /// Groups that count in this login.
    pub(super) groups: Vec<u32>,
}

impl Account {
    pub(super) fn current() -> Self {
        let uid = geteuid().as_raw();
        let mut groups = vec![getegid().as_raw()];
        groups.extend(
            getgroups()
                .into_iter()
                .flatten()
                .map(rustix::fs::Gid::as_raw),
        );
        Self {
            uid,
            name: user(uid),
            groups,
        }
    }
}

/// Whom a file or a device belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Its permissions, without the kind of file.
    pub(super) mode: u32,
}

impl Owner {
    /// `None` when it is not there, or not even that may be seen.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self {
            uid: metadata.uid(),
            gid: metadata.gid(),
            mode: metadata.mode() & 0o7777,
        })
    }
}

/// Whether this user may read and write it.
pub(super) fn may_use(path: &Path) -> bool {
    access(path, Access::READ_OK | Access::WRITE_OK).is_ok()
}

/// Whether this user may make files in it.
pub(super) fn may_write_in(folder: &Path) -> bool {
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// The name of a user, or the number.
pub(super) fn user(uid: u32) -> String {
    name_of(&lines("/etc/passwd"), uid)
}

/// The content of `/etc/group`; empty where groups are kept elsewhere.
pub(super) fn groups() -> String {
    lines("/etc/group")
}

/// The name of a group in the text of `/etc/group`, or of a user in that of `/etc/passwd`; the number when nobody has it.
pub(super) fn name_of(lines: &str, id: u32) -> String {
    let named = lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(id)).then(|| name.to_owned())
    });
    named.unwrap_or_else(|| id.to_string())
}

/// Whether the text of `/etc/group` has this user among the members of this group.
pub(super) fn is_member(groups: &str, gid: u32, user: &str) -> bool {
    groups.lines().any(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        matches!(fields[..], [_, _, id, members]
            if id.parse() == Ok(gid) && members.split(',').any(|member| member == user))
    })
}

fn lines(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
