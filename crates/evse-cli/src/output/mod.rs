//! What people and programs read: tables, trees, and JSON with structs of its own.

pub(crate) mod json;
pub(crate) mod table;
pub(crate) mod tree;

use std::io::Write as _;

use ratatui::text::Span;
use serde::Serialize;

use crate::failure::{FAILED, Failure};

/// A text that may be a charger's own, without what would move the cursor, change colours or begin another line.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            shown.extend(character.escape_debug());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Lines on standard output.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    let lines: Vec<String> = text.split('\n').map(shown).collect();
    plain(&lines.join("\n"))
}

fn plain(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(())
}

/// One line on standard output that begins with the time of day.
pub(crate) fn timed_line(text: &str) -> Result<(), Failure> {
    line(&format!("{} {text}", time()))
}

/// The time of day.
pub(crate) fn time() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
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
    plain(&text)
}

/// Says why a command did not do it: one line on standard error, and an object on standard output for programs.
pub(crate) fn report(failure: &Failure, json: bool) {
    let Some(kind) = failure.kind else { return };
    if json {
        // Nobody may be reading any more.
        let _ = object(&json::Failed::new(kind, failure));
    }
    let mut stderr = std::io::stderr().lock();
    let message = shown(&failure.message);
    let _ = match &failure.hint {
        Some(hint) => writeln!(stderr, "error: {message}; {hint}"),
        None => writeln!(stderr, "error: {message}"),
    };
    debug_assert!(
        failure.exit >= FAILED,
        "a failure with a kind has an exit code"
    );
}

/// How many columns of a terminal a text takes.
pub(crate) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// A text, and blanks until it takes so many columns.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    text.to_owned() + &" ".repeat(columns.saturating_sub(width(text)))
}

/// A text in lines of so many columns, broken between words; all but the first are indented by
/// so many.
pub(crate) fn wrapped(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split(' ') {
        let length = width(&current) + 1 + width(word);
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

#[cfg(test)]
mod tests {
    use super::{padded, wrapped};

    #[test]
    fn letters_that_take_two_columns_count_twice() {
        assert_eq!(padded("車庫", 6), "車庫  ");
        assert_eq!(wrapped("車庫 充電 x", 6, 2), ["車庫", "  充電", "  x"]);
    }
}
