//! A pty under a name of our own: the client opens it like a serial port.
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{self, OptionalActions, QueueSelector};
use tokio::net::unix::pipe;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::port::Input;

/// Our end of a pty, and the link to the other one. Dropping it removes the link.
#[derive(Debug)]
pub(super) struct Pty {
    link: PathBuf,
    device: PathBuf,
    end: OwnedFd,
    /// Reads the same end while a client has the other one open: tokio waits for any descriptor by this type. Once the
    /// client has closed its end, tokio takes this one for closed for ever.
    reader: Option<pipe::Receiver>,
    look: Interval,
}

impl Pty {
    pub(super) fn open(link: &Path) -> io::Result<Self> {
        let end = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        grantpt(&end)?;
        unlockpt(&end)?;
        rustix::io::ioctl_fionbio(&end, true)?;
        let name = ptsname(&end, Vec::new())?;
        let device = PathBuf::from(name.to_string_lossy().into_owned());
        prepare(&device)?;
        // A simulator that was killed leaves its link behind.
        if link.is_symlink() && !link.exists() {
            fs::remove_file(link)?;
        }
        symlink(&device, link)?;
        let mut look = interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            link: link.to_owned(),
            device,
            end,
            reader: None,
            look,
        })
    }

    /// What the client does next. Losing the future loses nothing.
    pub(super) async fn next(&mut self, buffer: &mut [u8]) -> Input {
        loop {
            let Some(reader) = &self.reader else {
                self.look.tick().await;
                if self.is_open()
                    && let Ok(end) = self.end.try_clone()
                    && let Ok(reader) = pipe::Receiver::from_owned_fd_unchecked(end)
                {
                    self.reader = Some(reader);
                    return Input::Opened;
                }
                continue;
            };
            let read = match reader.readable().await {
                Ok(()) => reader.try_read(buffer),
                Err(error) => Err(error),
            };
            match read {
                Ok(length) if length > 0 => return Input::Bytes(length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                _ => return self.closed(),
            }
        }
    }

    /// Hands bytes over, if a client is there to take them. Nobody waits for one that does not read.
    pub(super) fn write(&self, bytes: &[u8]) {
        if self.reader.is_some()
            && let Err(error) = rustix::io::write(&self.end, bytes)
        {
            tracing::debug!(%error, "the client does not read");
        }
    }

    fn closed(&mut self) -> Input {
        self.reader = None;
        // What the client has not read must not wait for the next one.
        if let Err(error) = prepare(&self.device) {
            tracing::debug!(%error, "the pty was left as it is");
        }
        Input::Closed
    }

    /// Whether a client has the other end open, or had it and left something to read.
    fn is_open(&self) -> bool {
        let mut ends = [PollFd::new(&self.end, PollFlags::IN)];
        let found = poll(&mut ends, Some(&Timespec::default()));
        let flags = ends[0].revents();
        found.is_ok() && (flags.contains(PollFlags::IN) || !flags.contains(PollFlags::HUP))
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let is_ours = fs::read_link(&self.link).is_ok_and(|target| target == self.device);
        if is_ours && let Err(error) = fs::remove_file(&self.link) {
            tracing::debug!(%error, "the link to the pty was left behind");
        }
    }
}

/// Makes the client's end a line for bytes, and drops what nobody has read. Having been opened and closed, it counts as
/// closed.
fn prepare(device: &Path) -> Result<(), Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let end = rustix::fs::open(device, flags, Mode::empty())?;
    let mut settings = termios::tcgetattr(&end)?;
    settings.make_raw();
    termios::tcsetattr(&end, OptionalActions::Now, &settings)?;
    termios::tcflush(&end, QueueSelector::IFlush)
}

/// How often to look for a client; the system does not tell.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);
