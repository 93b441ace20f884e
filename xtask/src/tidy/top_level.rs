//! The top level is fixed: whoever looks at the repository sees a dozen names.

use std::collections::BTreeSet;

use super::Violation;

pub(super) fn check(files: &[String]) -> Vec<Violation> {
    let present: BTreeSet<&str> = files
        .iter()
        .filter_map(|path| path.split('/').next())
        .collect();
    let extra = present
        .iter()
        .filter(|name| !name.starts_with('.') && !EXPECTED.contains(name));
    let missing = EXPECTED.iter().filter(|name| !present.contains(*name));
    let extra = extra.map(|name| {
        Violation::new(
            *name,
            1,
            "not part of the top level; move it into crates, xtask or .github",
        )
    });
    let missing = missing.map(|name| Violation::new(*name, 1, "missing at the top level; add it"));
    extra.chain(missing).collect()
}

const EXPECTED: [&str; 9] = [
    ".github",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "crates",
    "fixtures",
    "xtask",
];

#[cfg(test)]
mod tests {
    use super::{EXPECTED, check};

    #[test]
    fn dotfiles_are_free_and_other_names_are_not() {
        let mut files = EXPECTED.map(|name| format!("{name}/x")).to_vec();
        files.push(".ci/run".to_owned());
        assert_eq!(check(&files), []);
        files.push("docs/notes.md".to_owned());
        let found = check(&files);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "docs");
    }

    #[test]
    fn a_missing_name_is_reported() {
        assert_eq!(check(&[]).len(), EXPECTED.len());
    }
}
