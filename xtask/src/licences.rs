//! May a program with all our dependencies be given away under our licences?

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use cargo_metadata::{Metadata, Package};
use spdx::{Expression, LicenseReq, ParseMode};

use crate::workspace;

/// Whoever passes the program on has to keep a notice, and no more.
const ALLOWED: [&str; 8] = [
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// A dependency that asks for a little more, and why that is no trouble.
///
/// `serialport` comes with tokio-serial. MPL-2.0 covers its own files alone: whoever passes on a program with it says
/// where its source is, and publishes changes to those files; we make none.
const EXCEPTIONS: [(&str, &str); 1] = [("serialport", "MPL-2.0")];

pub(crate) fn run() -> Result<()> {
    let metadata = workspace::metadata()?;
    let foreign: Vec<&Package> = foreign(&metadata);
    let refused: Vec<String> = foreign
        .iter()
        .filter_map(|package| refusal(package))
        .collect();
    for line in &refused {
        println!("{line}");
    }
    if !refused.is_empty() {
        bail!(
            "{} of {} dependencies may not be passed on under the licences of this project",
            refused.len(),
            foreign.len()
        );
    }
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for package in &foreign {
        *count
            .entry(package.license.as_deref().unwrap_or_default())
            .or_default() += 1;
    }
    for (licence, packages) in count {
        println!("{packages:>4}  {licence}");
    }
    Ok(())
}

/// What others wrote, for all platforms; development tools too.
fn foreign(metadata: &Metadata) -> Vec<&Package> {
    let ours: BTreeSet<_> = metadata.workspace_members.iter().collect();
    let packages = metadata.packages.iter();
    packages
        .filter(|package| !ours.contains(&package.id))
        .collect()
}

fn refusal(package: &Package) -> Option<String> {
    let licence = package.license.as_deref();
    if licence.is_some_and(|licence| EXCEPTIONS.contains(&(package.name.as_str(), licence))) {
        return None;
    }
    let what = match licence.map(is_allowed) {
        Some(Ok(true)) => return None,
        Some(Ok(false)) => package.license.clone().unwrap_or_default(),
        Some(Err(error)) => format!("unreadable: {error}"),
        None => "names no licence".to_owned(),
    };
    Some(format!("{} {}: {what}", package.name, package.version))
}

fn is_allowed(expression: &str) -> Result<bool, spdx::ParseError> {
    let expression = Expression::parse_mode(expression, ParseMode::LAX)?;
    let allowed = |requirement: &LicenseReq| {
        let id = requirement.license.id();
        id.is_some_and(|id| ALLOWED.contains(&id.name))
    };
    Ok(expression.evaluate(allowed))
}

#[cfg(test)]
mod tests {
    use super::is_allowed;

    #[test]
    fn a_choice_is_allowed_when_one_side_is() {
        for fine in [
            "MIT",
            "MIT/Apache-2.0",
            "LGPL-2.1-or-later OR MIT",
            "MIT AND Unicode-3.0",
        ] {
            assert!(is_allowed(fine).expect("an expression"), "{fine}");
        }
        for not in ["GPL-3.0-only", "MIT AND GPL-3.0-only", "LGPL-2.1-or-later"] {
            assert!(!is_allowed(not).expect("an expression"), "{not}");
        }
    }

    #[test]
    fn what_is_no_expression_is_an_error() {
        assert!(is_allowed("as you like").is_err());
    }
}
