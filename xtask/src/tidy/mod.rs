//! The rules of the house that no compiler knows.

mod budget;
mod layering;
mod manifest;
mod source_rules;
mod top_level;

use std::fmt;

use anyhow::{Result, bail};

pub(crate) use self::budget::percentile;
use crate::sources;
use crate::workspace;

/// A broken rule: where, what, and what to do about it.
#[derive(Debug, PartialEq)]
struct Violation {
    path: String,
    line: usize,
    what: String,
}

impl Violation {
    fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        let (path, what) = (path.into(), what.into());
        Self { path, line, what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

pub(crate) fn run() -> Result<()> {
    let files = workspace::files()?;
    let mut found = top_level::check(&files);
    let members = workspace::members()?;
    for proof in manifest::PROOFS {
        let text = std::fs::read_to_string(workspace::root().join(proof.0))?;
        let missing = members
            .iter()
            .filter_map(|member| manifest::check_proof(member, proof, &text));
        found.extend(missing);
    }
    for member in members {
        let path = format!("{}/Cargo.toml", member.dir);
        let manifest = std::fs::read_to_string(workspace::root().join(path))?;
        found.extend(layering::check(&member, &manifest));
        found.extend(manifest::check(&member, &manifest, &files));
        let sources = sources::read(&member, &files)?;
        found.extend(budget::check(&member, &sources));
        for source in &sources {
            found.extend(source_rules::check(&member, source));
        }
    }
    found.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    for violation in &found {
        println!("{violation}");
    }
    match found.len() {
        0 => Ok(()),
        count => bail!("tidy found {count} violation(s)"),
    }
}
