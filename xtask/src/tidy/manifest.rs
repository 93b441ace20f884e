//! What each package must have beside its code.

use super::Violation;
use crate::workspace::Member;

pub(super) fn check(member: &Member, manifest: &str, files: &[String]) -> Vec<Violation> {
    let path = format!("{}/Cargo.toml", member.dir);
    let mut found = Vec::new();
    for dependency in member
        .dependencies
        .iter()
        .filter(|d| d.internal && d.development)
    {
        if dependency.has_version {
            let what = format!(
                "the dev-dependency {0} has a version, so the circle cannot be published; write {0} = {{ path = … }}",
                dependency.name
            );
            let line = manifest
                .lines()
                .position(|line| line.starts_with(&dependency.name));
            found.push(Violation::new(
                path.as_str(),
                line.unwrap_or_default() + 1,
                what,
            ));
        }
    }
    if !has_workspace_lints(manifest) {
        let what = "does not take the workspace's lints; add [lints] workspace = true";
        found.push(Violation::new(path.as_str(), 1, what));
    }
    let mut required = Vec::new();
    if member.is_library && member.published {
        required.extend(["README.md", "CHANGELOG.md"]);
    }
    if member.is_pure() && member.is_protocol() {
        required.push("clippy.toml"); // bans clocks and sockets
    }
    for name in required {
        let wanted = format!("{}/{name}", member.dir);
        if !files.contains(&wanted) {
            found.push(Violation::new(
                wanted,
                1,
                "missing; every crate of this kind has one",
            ));
        }
    }
    found
}

/// Workspaces of their own in which every protocol crate must stand.
pub(super) const PROOFS: [(&str, &str); 2] = [
    ("crates/fuzz/Cargo.toml", "has fuzz targets"),
    (
        "xtask/no-std/Cargo.toml",
        "links without the standard library",
    ),
];

pub(super) fn check_proof(
    member: &Member,
    (path, proof): (&str, &str),
    manifest: &str,
) -> Option<Violation> {
    let name = &member.name;
    let stands = manifest
        .lines()
        .any(|line| line.split_whitespace().next() == Some(name));
    (member.is_protocol() && !stands).then(|| {
        Violation::new(
            path,
            1,
            format!("no dependency {name}: nothing shows that it {proof}"),
        )
    })
}

fn has_workspace_lints(manifest: &str) -> bool {
    let mut lines = manifest
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let table = lines
        .by_ref()
        .any(|line| line == "[lints]" || line == "lints.workspace = true");
    table && lines.next().is_none_or(|line| line == "workspace = true")
}

#[cfg(test)]
mod tests {
    use super::{PROOFS, check, check_proof, has_workspace_lints};
    use crate::workspace::{Dependency, Member};

    #[test]
    fn lints_come_from_the_workspace() {
        assert!(has_workspace_lints(
            "[package]\n\n[lints]\nworkspace = true\n"
        ));
        assert!(!has_workspace_lints(
            "[package]\nedition.workspace = true\n"
        ));
        assert!(!has_workspace_lints(
            "[lints]\nrust.unsafe_code = \"allow\"\n"
        ));
    }

    #[test]
    fn an_internal_dev_dependency_has_no_version() {
        let dependency = Dependency {
            name: "evse-sim".to_owned(),
            development: true,
            internal: true,
            has_version: true,
        };
        let member = Member {
            dependencies: vec![dependency],
            ..Member::default()
        };
        let found = check(
            &member,
            "[lints]\nworkspace = true\n[dev-dependencies]\nevse-sim = 1\n",
            &[],
        );
        assert_eq!(
            found
                .iter()
                .map(|violation| violation.line)
                .collect::<Vec<_>>(),
            [4]
        );
    }

    #[test]
    fn a_published_protocol_crate_has_its_three_files() {
        let member = Member {
            name: "emproto".to_owned(),
            dir: "crates/emproto".to_owned(),
            published: true,
            is_library: true,
            ..Member::default()
        };
        let files =
            ["README.md", "CHANGELOG.md", "clippy.toml"].map(|f| format!("crates/emproto/{f}"));
        let manifest = "[lints]\nworkspace = true\n";
        assert_eq!(check(&member, manifest, &files), []);
        assert_eq!(check(&member, manifest, &[]).len(), 3);
    }

    #[test]
    fn a_protocol_crate_stands_in_every_proof() {
        let member = Member {
            name: "emproto".to_owned(),
            ..Member::default()
        };
        let with = "[dependencies]\nemproto = { path = \"../../crates/emproto\" }\n";
        assert_eq!(check_proof(&member, PROOFS[0], with), None);
        assert!(check_proof(&member, PROOFS[0], "[dependencies]\n").is_some());
    }
}
