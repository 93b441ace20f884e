//! A command on a terminal that we hold the other end of.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

pub(crate) struct Terminal {
    keyboard: File,
    child: Child,
    /// All that was printed, escapes too.
    printed: Arc<Mutex<String>>,
}

impl Terminal {
    /// Runs it on 80 columns and 24 rows.
    pub(crate) fn run(command: &mut Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        grantpt(&ours).expect("ours");
        unlockpt(&ours).expect("ours");
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&ours, size).expect("a terminal");
        let name = ptsname(&ours, Vec::new()).expect("a name");
        let name = name.to_str().expect("ASCII");
        let theirs = || {
            let mut options = File::options();
            options.read(true).write(true).open(name).expect("theirs")
        };
        command.stdin(theirs()).stdout(theirs()).stderr(theirs());
        let child = command.spawn().expect("runs");
        let keyboard = File::from(ours);
        let mut screen = keyboard.try_clone().expect("a descriptor");
        let printed = Arc::new(Mutex::new(String::new()));
        let seen = Arc::clone(&printed);
        spawn(move || {
            let mut bytes = [0; 4_096];
            // Until nobody has the other end.
            while let Ok(length) = screen.read(&mut bytes) {
                let text = String::from_utf8_lossy(&bytes[..length]);
                seen.lock().expect("no panic").push_str(&text);
            }
        });
        Self {
            keyboard,
            child,
            printed,
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("written");
    }

    /// Waits until it shows this, after what it showed when this was called.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        self.shows_after(self.printed().len(), text);
    }

    /// The same, for what a key brings: pressed here, so that nothing is missed.
    #[track_caller]
    pub(crate) fn press_for(&mut self, keys: &str, text: &str) {
        let before = self.printed().len();
        self.press(keys);
        self.shows_after(before, text);
    }

    #[track_caller]
    fn shows_after(&self, start: usize, text: &str) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if self.printed()[start..].contains(text) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("no {text:?} in {:?}", &self.printed()[start..]);
    }

    pub(crate) fn printed(&self) -> String {
        self.printed.lock().expect("no panic").clone()
    }

    /// Waits for its end: the exit code, and all that it printed.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().expect("ends").code();
        // What was printed last may be on its way.
        sleep(Duration::from_millis(200));
        (code, self.printed())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.child.kill();
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
