//! What people and programs read: tables, trees, and JSON with structs of its own.

pub(crate) mod json;
pub(crate) mod table;
pub(crate) mod tree;

use std::io::Write as _;

use serde::Serialize;

use crate::failure::{FAILED, Failure};

/// One line on standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(())
}

/// Text with colours on standard output; without them where nobody sees colours, or `NO_COLOR` or `CLICOLOR` say so.
pub(crate) fn coloured(text: &str) -> Result<(), Failure> {
    let mut stdout = anstream::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(())
}

/// One JSON object on one line.
pub(crate) fn object(value: &impl Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string(value).map_err(|error| Failure::failed("io", error.to_string()))?;
    line(&text)
}

/// Says why a command did not do it: one line on standard error, and an object on standard output for programs.
pub(crate) fn report(failure: &Failure, json: bool) {
    let Some(kind) = failure.kind else { return };
    if json {
        // Nobody may be reading any more.
        let _ = object(&json::Failed::new(kind, failure));
    }
    let mut stderr = std::io::stderr().lock();
    let _ = match &failure.hint {
        Some(hint) => writeln!(stderr, "error: {}; {hint}", failure.message),
        None => writeln!(stderr, "error: {}", failure.message),
    };
    debug_assert!(
        failure.exit >= FAILED,
        "a failure with a kind has an exit code"
    );
}

/// A text in lines of so many columns, broken between words; all but the first are indented by
/// so many.
pub(crate) fn wrapped(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split(' ') {
        let length = current.chars().count() + 1 + word.chars().count();
        if length > columns && !current.trim().is_empty() {
            lines.push(std::mem::replace(&mut current, " ".repeat(indent)));
        } else if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}
