//! The terminal while a table lives on it, and as it was after that, whatever happens.

use std::io::{self, Write as _};
use std::panic;
use std::sync::Once;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{execute, queue};

use super::view::{Line, Look};
use crate::context;

/// A screen of our own. Dropping it gives the old one back.
pub(super) struct Terminal(());

impl Terminal {
    pub(super) fn enter() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        // Else the words of a panic would vanish with the screen.
        HOOK.call_once(|| {
            let before = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        enable_raw_mode()?;
        let terminal = Self(());
        context::hush(true);
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(terminal)
    }

    /// Columns and rows; of a common terminal where it does not tell.
    pub(super) fn size() -> (usize, usize) {
        let (columns, rows) = size().unwrap_or((80, 24));
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
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    context::hush(false);
    // There is nobody to tell if this fails.
    let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
    let _ = disable_raw_mode();
}
