//! The terminal while a screen of ours is on it, and as it was after that, whatever happens.

use std::io;
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use crate::context;

/// A screen of our own. Dropping it gives the old one back, and so does a panic of any thread or task.
pub(crate) struct Screen(());

impl Screen {
    /// Log lines do not reach the terminal meanwhile.
    pub(crate) fn enter() -> io::Result<Self> {
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
        let screen = Self(());
        IS_THERE.store(true, Ordering::Relaxed);
        context::hush(true);
        execute!(io::stdout(), EnterAlternateScreen, Hide)?;
        Ok(screen)
    }

    /// Whether it was not taken away by a panic somewhere.
    pub(crate) fn is_there(&self) -> bool {
        let Self(()) = self;
        IS_THERE.load(Ordering::Relaxed)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    if IS_THERE.swap(false, Ordering::Relaxed) {
        context::hush(false);
        // There is nobody to tell if this fails.
        let _ = execute!(io::stdout(), Show, LeaveAlternateScreen);
    }
    let _ = disable_raw_mode();
}

static IS_THERE: AtomicBool = AtomicBool::new(false);
