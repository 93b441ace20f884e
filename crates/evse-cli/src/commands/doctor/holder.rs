//! Which program has a file, a device or a socket open.

use std::fs;
use std::path::Path;

/// A program that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) pid: u32,
    /// What it was started as.
    pub(super) name: String,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.name, self.pid)
    }
}

/// Programs other than this one that have something open whose name is as wanted: a path, or `socket:[INODE]`. Those of
/// other users are seen by root only. Empty where the system does not tell (it does on Linux, in `/proc`).
pub(super) fn holders(is_wanted: impl Fn(&Path) -> bool) -> Vec<Holder> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != std::process::id())
        .filter(|pid| has_open(*pid, &is_wanted))
        .map(|pid| Holder {
            pid,
            name: name(pid),
        })
        .collect()
}

fn has_open(pid: u32, is_wanted: impl Fn(&Path) -> bool) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd"));
    let mut files = files.into_iter().flatten().flatten();
    files.any(|file| fs::read_link(file.path()).is_ok_and(|target| is_wanted(&target)))
}

/// The first words of its command line, such as `python3 twc.py`; no options, which may be secret.
fn name(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    let words = line.split('\0').take(2);
    let words = words.filter(|word| !word.is_empty() && !word.starts_with('-'));
    let names = words.map(|word| word.rsplit('/').next().unwrap_or(word));
    names.collect::<Vec<_>>().join(" ")
}
