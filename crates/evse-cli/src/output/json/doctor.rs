//! JSON of `evse doctor`.

use serde::Serialize;

use crate::commands::doctor::{Finding, Severity};

/// `evse doctor --json`.
#[derive(Debug, Serialize)]
pub(crate) struct DoctorJson<'a> {
    /// Whether nothing keeps anything from working.
    ok: bool,
    problems: usize,
    warnings: usize,
    notes: usize,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Debug, Serialize)]
struct FindingJson<'a> {
    code: &'static str,
    /// `ok`, `note`, `warning` or `problem`.
    severity: &'static str,
    about: &'a str,
    what: &'a str,
    fix: Option<&'a str>,
}

impl<'a> DoctorJson<'a> {
    pub(crate) fn new(findings: &'a [Finding]) -> Self {
        let count = |severity| {
            let findings = findings.iter();
            findings
                .filter(|finding| finding.severity == severity)
                .count()
        };
        Self {
            ok: count(Severity::Problem) == 0,
            problems: count(Severity::Problem),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            findings: findings.iter().map(FindingJson::new).collect(),
        }
    }
}

impl<'a> FindingJson<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity.name(),
            about: &finding.about,
            what: &finding.what,
            fix: finding.fix.as_deref(),
        }
    }
}
