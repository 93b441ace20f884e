//! The Rust sources of the workspace, read for checks and figures.

mod code;
mod mask;

use std::path::Path;

use anyhow::{Context, Result};

pub(crate) use self::code::{Code, Import, lines_with};
use crate::workspace::{Member, root};

/// A Rust file of a package.
pub(crate) struct SourceFile {
    /// Relative to the workspace's root, with `/`.
    pub(crate) path: String,
    /// Relative to the package, with `/`.
    pub(crate) inside: String,
    pub(crate) code: Code,
}

impl SourceFile {
    /// Shipped code: in `src`, and not a file of tests.
    pub(crate) fn is_shipped(&self) -> bool {
        let test = self.inside.ends_with("/tests.rs") || self.inside.contains("/tests/");
        self.inside.starts_with("src/") && !test
    }

    /// The modules from the crate's root to this file.
    pub(crate) fn module(&self) -> Vec<&str> {
        let path = self.inside.strip_prefix("src/").unwrap_or(&self.inside);
        let path = path.strip_suffix(".rs").unwrap_or(path);
        let mut names: Vec<&str> = path.split('/').collect();
        if matches!(names.last(), Some(&("mod" | "lib" | "main"))) {
            names.pop();
        }
        names
    }
}

/// Reads the files of a package, except generated ones.
pub(crate) fn read(member: &Member, files: &[String]) -> Result<Vec<SourceFile>> {
    let root = root();
    let mut sources = Vec::new();
    for path in files {
        let Some(inside) = inside(path, &member.dir) else {
            continue;
        };
        let text = std::fs::read_to_string(root.join(path))
            .with_context(|| format!("cannot read {path}"))?;
        sources.push(SourceFile {
            path: path.clone(),
            inside: inside.to_owned(),
            code: Code::new(&text),
        });
    }
    Ok(sources)
}

fn inside<'a>(path: &'a str, dir: &str) -> Option<&'a str> {
    let inside = path.strip_prefix(dir)?.strip_prefix('/')?;
    let rust = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "rs");
    (rust && !inside.contains("/generated/")).then_some(inside)
}

#[cfg(test)]
impl SourceFile {
    /// A file of no package, for the tests of rules.
    pub(crate) fn sample(inside: &str, text: &str) -> Self {
        Self {
            path: format!("crates/sample/{inside}"),
            inside: inside.to_owned(),
            code: Code::new(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SourceFile, inside};

    #[test]
    fn generated_and_foreign_files_are_left_out() {
        assert_eq!(
            inside("crates/a/src/lib.rs", "crates/a"),
            Some("src/lib.rs")
        );
        assert_eq!(inside("crates/a/src/generated/b.rs", "crates/a"), None);
        assert_eq!(inside("crates/ab/src/lib.rs", "crates/a"), None);
        assert_eq!(inside("crates/a/README.md", "crates/a"), None);
    }

    #[test]
    fn a_file_knows_its_module() {
        assert_eq!(
            SourceFile::sample("src/message/boot.rs", "").module(),
            ["message", "boot"]
        );
        assert_eq!(
            SourceFile::sample("src/message/mod.rs", "").module(),
            ["message"]
        );
        assert!(SourceFile::sample("src/lib.rs", "").module().is_empty());
    }
}
