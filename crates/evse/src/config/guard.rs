//! What `[guard]` says, over the spacing that an application asks for.

use std::time::Duration;

use super::Config;
use super::error::ConfigError;
use super::reader::Section;
use crate::guard::Policy;

type Time = fn(&mut Policy) -> &mut Duration;

/// The keys of the table, and what each of them sets.
const KEYS: [(&str, Time); 3] = [
    ("start_after_stop_s", |policy| &mut policy.start_after_stop),
    ("between_flash_writes_s", |policy| {
        &mut policy.between_flash_writes
    }),
    ("between_contactors_s", |policy| {
        &mut policy.between_contactors
    }),
];

/// Which of them the table names: those hold even where they say the default.
pub(super) type Named = [bool; KEYS.len()];

pub(super) fn guard(mut section: Section<'_>) -> Result<(Policy, Named), ConfigError> {
    let mut policy = Policy::default();
    let mut named = Named::default();
    for ((key, time), named) in KEYS.iter().zip(&mut named) {
        if let Some(value) = section.take(key) {
            *time(&mut policy) = Duration::from_secs(value.number(0..=3_600)?.into());
            *named = true;
        }
    }
    section.finish()?;
    Ok((policy, named))
}

impl Config {
    /// What the guard is told here.
    pub(super) fn said_of_guard(&self) -> impl Iterator<Item = (&'static str, Time, Duration)> {
        let (mut guard, mut usual) = (self.guard, Policy::default());
        let keys = KEYS.into_iter().zip(self.guard_named);
        keys.filter_map(move |((key, time), named)| {
            let said = *time(&mut guard);
            (named || said != *time(&mut usual)).then_some((key, time, said))
        })
    }

    /// The spacing of an application, with what is said here in its place, key by key.
    pub(crate) fn guard_over(&self, mut policy: Policy) -> Policy {
        for (_, time, said) in self.said_of_guard() {
            *time(&mut policy) = said;
        }
        // No file says it, but an application may.
        let merge_stops = self.guard.merge_stops;
        if merge_stops != Policy::default().merge_stops {
            policy.merge_stops = merge_stops;
        }
        policy
    }
}
