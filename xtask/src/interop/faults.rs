//! What is wrong with a peer.

use std::collections::BTreeSet;

use super::table::{Row, THEIRS_OURS};

/// What a charger would complain of.
pub(super) struct KnownFault {
    /// Part of the violation's text.
    pub(super) text: &'static str,
    /// Why the peer does it.
    pub(super) reason: &'static str,
}

/// What came up in a run.
#[derive(Default)]
pub(super) struct Found {
    /// Texts of known faults.
    pub(super) known: BTreeSet<&'static str>,
    /// Something else.
    pub(super) other: Option<String>,
}

impl Found {
    /// Tells the known ones from others.
    pub(super) fn sort(known: &[KnownFault], faults: impl Iterator<Item = String>) -> Self {
        let mut found = Self::default();
        for fault in faults {
            match known.iter().find(|known| fault.contains(known.text)) {
                Some(known) => {
                    found.known.insert(known.text);
                }
                None => found.other = Some(fault),
            }
        }
        found
    }
}

/// For the table: the numbers of those found, in the list below it.
pub(super) fn note(known: &[KnownFault], found: &BTreeSet<&'static str>) -> String {
    let numbered = (1..).zip(known);
    let found = numbered.filter(|(_, known)| found.contains(known.text));
    let numbers: Vec<String> = found
        .map(|(number, _): (usize, _)| number.to_string())
        .collect();
    if numbers.is_empty() {
        return String::new();
    }
    format!("known faults {}", numbers.join(", "))
}

/// A row for each known fault that no run found.
pub(super) fn gone(known: &[KnownFault], found: &BTreeSet<&'static str>) -> Vec<Row> {
    let gone = known.iter().filter(|known| !found.contains(known.text));
    let row = |known: &KnownFault| {
        let error = anyhow::anyhow!("a known fault is gone: {}", known.text);
        Row::failed(THEIRS_OURS, "all", &error)
    };
    gone.map(row).collect()
}
