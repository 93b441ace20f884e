//! The state file, and the file of PINs beside it: whether they can be used, and who else may.

use std::path::Path;

use evse::em::{Communicator, Options};
use evse::state_store::{StateError, StateStore};

use super::Finding;
use super::case::Case;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let store = match case.context.store() {
        Ok(store) => store,
        Err(error) => {
            let fix = "set `$HOME`, or name a file with --state-file";
            return vec![Finding::problem(
                "no-home",
                "state file",
                error.to_string(),
                fix,
            )];
        }
    };
    let mut findings = access::check(store.path(), case.pin.pin_file.as_deref());
    if !findings
        .iter()
        .any(|finding| finding.code == "state-unusable")
    {
        findings.extend(content(&store));
        findings.extend(pins(&store.path().with_file_name("evses.json")));
    }
    if findings.is_empty() {
        let is_there = store.path().exists();
        let what = if is_there {
            "in order"
        } else {
            "none yet; the first command that acts makes it"
        };
        findings.push(Finding::ok("state-file", named(store.path()), what));
    }
    findings
}

/// What is wrong with what it says.
fn content(store: &StateStore) -> Option<Finding> {
    let about = named(store.path());
    let problem = |code, what: String, fix| Some(Finding::problem(code, &*about, what, fix));
    match store.read().err()? {
        StateError::Corrupt { detail, .. } => problem(
            "state-damaged",
            format!("damaged: {detail}"),
            format!(
                "move it away: `mv {about} {about}.damaged`; only the waiting times of the guard begin anew"
            ),
        ),
        StateError::Newer { version, .. } => problem(
            "state-newer",
            format!("written by a newer version of this program (file version {version})"),
            "update this program, or name another file with --state-file".to_owned(),
        ),
        other => problem(
            "state-unusable",
            other.to_string(),
            format!("look at `ls -l {about}`"),
        ),
    }
}

/// What is wrong with the file of PINs.
fn pins(path: &Path) -> Option<Finding> {
    let communicator = Communicator::new(Options::default());
    let error = communicator.load(path).err()?;
    let about = named(path);
    let fix = format!(
        "move it away: `mv {about} {about}.damaged`; then `evse em login` remembers PINs anew"
    );
    let what = error.to_string();
    Some(Finding::problem("pins-damaged", about, what, fix))
}

fn named(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(not(unix))]
mod access {
    use std::path::Path;

    use super::Finding;

    pub(super) fn check(_state: &Path, _pin_file: Option<&Path>) -> Vec<Finding> {
        Vec::new()
    }
}

#[cfg(unix)]
mod access {
    use std::path::{Path, PathBuf};

    use super::super::account::{Account, Owner, may_use, may_write_in, user};
    use super::{Finding, named};

    pub(super) fn check(state: &Path, pin_file: Option<&Path>) -> Vec<Finding> {
        let account = Account::current();
        if let Some(finding) = folder(state, &account) {
            return vec![finding];
        }
        let mut lock = state.as_os_str().to_owned();
        lock.push(".lock");
        let pins = state.with_file_name("evses.json");
        let mut findings: Vec<Finding> = [state, Path::new(&lock), &pins]
            .into_iter()
            .filter_map(|path| unusable(path, &account))
            .collect();
        let secrets = [Some(&*pins), pin_file].into_iter().flatten();
        findings.extend(secrets.filter_map(|path| open(path, "secrets-readable", "it holds PINs")));
        findings.extend(open(
            state,
            "state-readable",
            "it holds serial numbers and addresses",
        ));
        findings
    }

    /// The folder, where the file is made anew at every change; or the nearest one that is there.
    fn folder(state: &Path, account: &Account) -> Option<Finding> {
        let state = std::path::absolute(state).unwrap_or_else(|_| PathBuf::from(state));
        let mut folders = state.ancestors().skip(1);
        let folder = folders.find(|folder| folder.exists())?;
        if may_write_in(folder) {
            return None;
        }
        Some(refused(folder, "nothing can be written in it", account))
    }

    fn unusable(path: &Path, account: &Account) -> Option<Finding> {
        let is_wrong = path.exists() && !may_use(path);
        is_wrong.then(|| refused(path, "it cannot be read and written", account))
    }

    /// This user may not do that there.
    fn refused(path: &Path, what: &str, account: &Account) -> Finding {
        let about = named(path);
        let owner = Owner::of(path).filter(|owner| owner.uid != account.uid);
        let name = &account.name;
        let (what, fix) = if let Some(owner) = owner {
            let owner = user(owner.uid);
            let sudo = if owner == "root" {
                "; perhaps a command ran with sudo"
            } else {
                ""
            };
            (
                format!("{what} by {name}, for it belongs to {owner}{sudo}"),
                format!(
                    "run `sudo chown -R {name} {about}`, or name another file with --state-file"
                ),
            )
        } else {
            (
                format!("{what} by its own user {name}"),
                format!("run `chmod u+rwX {about}`"),
            )
        };
        Finding::problem("state-unusable", about, what, fix)
    }

    /// A warning if others may read it.
    fn open(path: &Path, code: &'static str, holds: &str) -> Option<Finding> {
        let owner = Owner::of(path).filter(|owner| owner.mode & 0o077 != 0)?;
        let about = named(path);
        let what = format!("{holds}, and others may read it (mode {:04o})", owner.mode);
        let fix = format!("run `chmod 600 {about}`");
        Some(Finding::warning(code, about, what, fix))
    }
}
