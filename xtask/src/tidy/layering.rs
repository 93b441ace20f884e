//! Arrows point one way: who may depend on whom.

use super::Violation;
use crate::workspace::Member;

pub(super) fn check(member: &Member, manifest: &str) -> Vec<Violation> {
    let path = format!("{}/Cargo.toml", member.dir);
    let at = |dependency: &str, what: String| {
        Violation::new(path.as_str(), line_of(manifest, dependency), what)
    };
    let Some((name, allowed)) = ARROWS.iter().find(|(name, _)| *name == member.name) else {
        let what = "has no place in the house; add it to ARROWS in xtask/src/tidy/layering.rs";
        return vec![at("name", format!("{} {what}", member.name))];
    };
    let mut found = Vec::new();
    for dependency in member
        .dependencies
        .iter()
        .filter(|d| d.internal && !d.development)
    {
        if !allowed.contains(&dependency.name.as_str()) {
            let what = match allowed {
                [] => format!("{name} depends on no other crate of ours"),
                _ => format!("{name} depends only on {}", allowed.join(", ")),
            };
            let what = format!("{what}; move the code, or remove {}", dependency.name);
            found.push(at(&dependency.name, what));
        }
    }
    let banned = IMPURE.iter().filter(|_| member.is_pure());
    for impure in banned.filter(|impure| member.tree.contains(**impure)) {
        let what = format!(
            "{name} does no I/O, but {impure} is in its tree; see `cargo tree -i {impure}`"
        );
        found.push(at(impure, what));
    }
    found
}

/// Every package and what it may use beside foreign crates; tests are free.
const ARROWS: &[(&str, &[&str])] = &[
    ("duosida-client", &["duosida-proto"]),
    ("duosida-proto", &[]),
    ("em-client", &["emproto"]),
    ("emproto", &[]),
    (
        "evse",
        &[
            "duosida-client",
            "em-client",
            "evse-capture",
            "evse-sharing",
            "twc-director",
        ],
    ),
    ("evse-capture", &["duosida-proto", "emproto", "twc-proto"]),
    ("evse-cli", &["evse", "evse-sim"]),
    ("evse-gateway", &["evse"]),
    ("evse-sharing", &[]),
    ("evse-sim", &["duosida-proto", "emproto", "twc-proto"]),
    ("fixtures", &["evse-capture"]),
    ("twc-director", &["twc-proto"]),
    ("twc-proto", &["evse-sharing"]),
    ("xtask", &["evse-capture", "fixtures"]),
];

/// Crates that do I/O or run tasks.
const IMPURE: [&str; 7] = [
    "async-io",
    "if-addrs",
    "mio",
    "serialport",
    "socket2",
    "tokio",
    "tokio-serial",
];

/// The line of the manifest that names a key, or the first.
fn line_of(manifest: &str, key: &str) -> usize {
    let names = |line: &str| {
        let rest = line.trim_start().strip_prefix(key);
        rest.is_some_and(|rest| rest.starts_with(['.', ' ', '=']))
    };
    manifest.lines().position(names).unwrap_or_default() + 1
}

#[cfg(test)]
mod tests {
    use super::{ARROWS, check};
    use crate::workspace::{Dependency, Member};

    fn member(name: &str, uses: &str) -> Member {
        let dependency = Dependency {
            name: uses.to_owned(),
            internal: true,
            ..Dependency::default()
        };
        Member {
            name: name.to_owned(),
            dependencies: vec![dependency],
            ..Member::default()
        }
    }

    #[test]
    fn an_arrow_against_the_layers_is_reported_where_it_stands() {
        let manifest = "[dependencies]\ntokio = \"1\"\nevse-sim = { path = \"../evse-sim\" }\n";
        let found = check(&member("evse", "evse-sim"), manifest);
        assert_eq!(
            found
                .iter()
                .map(|violation| violation.line)
                .collect::<Vec<_>>(),
            [3]
        );
    }

    #[test]
    fn tests_may_depend_on_anything() {
        let mut member = member("duosida-proto", "evse-sim");
        member.dependencies[0].development = true;
        assert_eq!(check(&member, ""), []);
    }

    #[test]
    fn only_the_bus_protocol_shares_current() {
        assert_eq!(check(&member("twc-proto", "evse-sharing"), ""), []);
        assert_eq!(check(&member("emproto", "evse-sharing"), "").len(), 1);
    }

    #[test]
    fn a_protocol_crate_with_tokio_in_its_tree_is_reported() {
        let mut pure = member("emproto", "x");
        pure.dependencies.clear();
        pure.tree.insert("tokio".to_owned());
        assert_eq!(check(&pure, "").len(), 1);
        pure.name = "em-client".to_owned();
        assert_eq!(check(&pure, ""), []);
    }

    #[test]
    fn an_unknown_package_needs_a_place() {
        assert_eq!(check(&member("foo-proto", "bar"), "").len(), 1);
    }

    #[test]
    fn arrows_point_one_way() {
        for (name, uses) in ARROWS {
            for used in *uses {
                let (_, back) = ARROWS
                    .iter()
                    .find(|(other, _)| other == used)
                    .expect("a row");
                assert!(!back.contains(name), "{name} and {used} use each other");
            }
        }
    }
}
