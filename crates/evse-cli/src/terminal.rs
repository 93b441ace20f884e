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

#[cfg(all(test, unix))]
#[expect(dead_code, reason = "the tests of commands need more of it")]
#[path = "../tests/command/common/terminal.rs"]
mod pty;

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::{Screen, pty};

    /// What a child of the test below does on its terminal.
    #[test]
    fn child() {
        let Ok(end) = std::env::var("EVSE_TEST_SCREEN") else {
            return;
        };
        let screen = Screen::enter().expect("a terminal");
        print!("ours");
        match end.as_str() {
            "panic" => panic!("a bug"),
            "panic elsewhere" => {
                let other = std::thread::spawn(|| panic!("a bug"));
                other.join().expect_err("it panicked");
                assert!(!screen.is_there());
                std::process::exit(7);
            }
            _ => assert!(screen.is_there()),
        }
    }

    #[test]
    fn a_panic_gives_the_terminal_back_before_it_says_what_happened() {
        for (end, code) in [("return", 0), ("panic", 101), ("panic elsewhere", 7)] {
            let program = std::env::current_exe().expect("this program");
            let mut command = Command::new(program);
            command
                .args(["--exact", "terminal::tests::child", "--nocapture"])
                .env("EVSE_TEST_SCREEN", end)
                .env("TERM", "xterm");
            let (ended, printed) = pty::Terminal::run(&mut command).end();
            assert_eq!(ended, Some(code), "{end}: {printed}");
            let ours = printed.find("ours").expect("it was drawn");
            let left = printed.find("\x1b[?1049l").expect("it was left");
            assert!(ours < left, "{printed:?}");
            if let Some(said) = printed.find("a bug") {
                assert!(left < said, "{printed:?}");
            }
            assert_eq!(printed.contains("a bug"), end != "return", "{end}");
        }
    }
}
