//! One process at a time: a lock on a file beside the state file, which itself is replaced at every change.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::StateError;

/// How long to sleep between two attempts.
const PAUSE: Duration = Duration::from_millis(5);

/// The lock, held until dropped; the operating system releases it when a process dies.
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the state file at `path`, waiting for at most `patience`.
    pub(super) fn take(path: &Path, patience: Duration) -> Result<Self, StateError> {
        let failed = |source: io::Error| StateError::Io {
            path: path.to_owned(),
            source,
        };
        let file = open(&beside(path)).map_err(failed)?;
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) if began.elapsed() < patience => {
                    std::thread::sleep(PAUSE);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(StateError::Locked {
                        path: path.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
