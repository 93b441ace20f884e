//! Lines of text on the terminal.

use std::io::{self, Write as _};

use crossterm::cursor::MoveTo;
use crossterm::queue;
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};

use super::view::{Line, Look};

/// Columns and rows; of a common terminal where it does not tell.
pub(super) fn size() -> (usize, usize) {
    let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
    match (columns, rows) {
        (0, _) | (_, 0) => (80, 24),
        _ => (columns.into(), rows.into()),
    }
}

/// Puts lines over those that are there.
pub(super) fn draw(lines: &[Line]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    queue!(out, BeginSynchronizedUpdate)?;
    for (row, line) in (0..).zip(lines) {
        let look = match line.look {
            Look::Plain => Attribute::Reset,
            Look::Title => Attribute::Bold,
            Look::Selected => Attribute::Reverse,
            Look::Quiet => Attribute::Dim,
        };
        queue!(
            out,
            MoveTo(0, row),
            SetAttribute(look),
            Print(&line.text),
            SetAttribute(Attribute::Reset),
            Clear(ClearType::UntilNewLine)
        )?;
    }
    queue!(out, Clear(ClearType::FromCursorDown), EndSynchronizedUpdate)?;
    out.flush()
}
