//! A command on a terminal that we hold the other end of.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZeroU16;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};
use vt100::Parser;

pub(crate) struct Terminal {
    keyboard: File,
    child: Child,
    seen: Arc<Mutex<Seen>>,
    reader: JoinHandle<()>,
}

struct Seen {
    /// All that was printed, escapes too.
    printed: Vec<u8>,
    /// What it looks like.
    screen: Parser,
}

impl Terminal {
    /// Runs it on 80 columns and 24 rows.
    pub(crate) fn run(command: &mut Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pty");
        grantpt(&ours).expect("ours");
        unlockpt(&ours).expect("ours");
        tcsetwinsize(&ours, size(80, 24)).expect("a terminal");
        let name = ptsname(&ours, Vec::new()).expect("a name");
        let name = name.to_str().expect("ASCII");
        let theirs = || {
            let mut options = File::options();
            options.read(true).write(true).open(name).expect("theirs")
        };
        command.stdin(theirs()).stdout(theirs()).stderr(theirs());
        let child = command.spawn().expect("runs");
        // Else the command would keep it open, and there would be no end to read.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let keyboard = File::from(ours);
        let mut screen = keyboard.try_clone().expect("a descriptor");
        let seen = Arc::new(Mutex::new(Seen {
            printed: Vec::new(),
            screen: Parser::new(number(24), number(80), 0),
        }));
        let eyes = Arc::clone(&seen);
        let reader = spawn(move || {
            let mut bytes = [0; 4_096];
            // Until nobody has the other end.
            while let Ok(length) = screen.read(&mut bytes) {
                let mut seen = eyes.lock().expect("no panic");
                seen.printed.extend(&bytes[..length]);
                seen.screen.process(&bytes[..length]);
            }
        });
        Self {
            keyboard,
            child,
            seen,
            reader,
        }
    }

    /// Gives it another size.
    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        // Nothing of the new size is to be read as one of the old.
        let mut seen = self.seen();
        tcsetwinsize(&self.keyboard, size(columns, rows)).expect("a terminal");
        seen.screen.set_size(number(rows), number(columns));
        drop(seen);
        // The system tells a terminal's session only, and the child is in ours.
        let child = Pid::from_child(&self.child);
        kill_process(child, Signal::WINCH).expect("our child");
    }

    pub(crate) fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let status = kill.args([name, &self.child.id().to_string()]).status();
        assert!(status.expect("kill runs").success());
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("written");
    }

    /// Waits until it shows this, after what it showed when this was called.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        let before = self.seen().printed.len();
        self.shows_after(before, text);
    }

    /// Waits until this stands on the screen.
    #[track_caller]
    pub(crate) fn has(&self, text: &str) {
        let began = Instant::now();
        while !self.screen().contains(text) {
            let screen = || self.screen();
            assert!(began.elapsed() < PATIENCE, "no {text:?} in\n{}", screen());
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits until this is gone from the screen.
    #[track_caller]
    pub(crate) fn has_no(&self, text: &str) {
        let began = Instant::now();
        while self.screen().contains(text) {
            let screen = || self.screen();
            assert!(began.elapsed() < PATIENCE, "{text:?} in\n{}", screen());
            sleep(Duration::from_millis(20));
        }
    }

    /// What it looks like.
    pub(crate) fn screen(&self) -> String {
        self.seen().screen.screen().contents()
    }

    /// The same, for what a key brings: pressed here, so that nothing is missed.
    #[track_caller]
    pub(crate) fn press_for(&mut self, keys: &str, text: &str) {
        let before = self.seen().printed.len();
        self.press(keys);
        self.shows_after(before, text);
    }

    #[track_caller]
    fn shows_after(&self, start: usize, text: &str) {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if self.printed_after(start).contains(text) {
                return;
            }
            sleep(Duration::from_millis(20));
        }
        panic!("no {text:?} in {:?}", self.printed_after(start));
    }

    fn printed_after(&self, start: usize) -> String {
        String::from_utf8_lossy(&self.seen().printed[start..]).into_owned()
    }

    /// Waits for its end: the exit code, and all that it printed. The terminal must be as it was.
    #[track_caller]
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.ended();
        // What was printed last may be on its way.
        let began = Instant::now();
        while !self.reader.is_finished() && began.elapsed() < PATIENCE {
            sleep(Duration::from_millis(20));
        }
        let modes = tcgetattr(&self.keyboard).expect("a terminal").local_modes;
        assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO));
        let is_ours = {
            let seen = self.seen();
            let screen = seen.screen.screen();
            screen.alternate_screen() || screen.hide_cursor()
        };
        assert!(!is_ours, "the old screen is back, with its cursor");
        (code, self.printed_after(0))
    }

    fn ended(&mut self) -> Option<i32> {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("our child") {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "it goes on:\n{}", self.screen());
            sleep(Duration::from_millis(20));
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().expect("no panic")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It has ended, unless the test has failed.
        let _ = self.child.kill();
    }
}

fn number(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("not 0")
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}

const PATIENCE: Duration = Duration::from_secs(30);
