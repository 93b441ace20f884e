//! What a check found.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// As it should be.
    Ok,
    /// Good to know.
    Note,
    /// It works, but should not stay so.
    Warning,
    /// Something does not work.
    Problem,
}

impl Severity {
    /// The word in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A name that stays, for programs: of the check when all is well, else of what is wrong.
    pub(crate) code: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What was looked at: a file, a port, a charger.
    pub(crate) about: String,
    /// What was found: a piece of a sentence, without a full stop.
    pub(crate) what: String,
    /// What to do; commands in backticks.
    pub(crate) fix: Option<String>,
}

impl Finding {
    /// As it should be.
    pub(super) fn ok(
        code: &'static str,
        about: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity: Severity::Ok,
            about: about.into(),
            what: what.into(),
            fix: None,
        }
    }

    /// Good to know.
    pub(super) fn note(
        code: &'static str,
        about: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::ok(code, about, what).with(Severity::Note, fix)
    }

    /// It works, but should not stay so.
    pub(super) fn warning(
        code: &'static str,
        about: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::ok(code, about, what).with(Severity::Warning, fix)
    }

    /// Something does not work.
    pub(super) fn problem(
        code: &'static str,
        about: impl Into<String>,
        what: impl Into<String>,
        fix: impl Into<String>,
    ) -> Self {
        Self::ok(code, about, what).with(Severity::Problem, fix)
    }

    fn with(self, severity: Severity, fix: impl Into<String>) -> Self {
        Self {
            severity,
            fix: Some(fix.into()),
            ..self
        }
    }
}
