//! The state file: what separate commands must remember together.
//!
//! `$XDG_STATE_HOME/evse/state.json`, which is `~/.local/state/evse/state.json` unless set; another path by argument or
//! by the environment variable `EVSE_STATE_FILE`. Processes take turns by a lock on `state.json.lock` beside it; the file
//! is replaced whole, so a reader never sees half of it; mode 0600. It holds no PIN and no password.
//!
//! ```json
//! {
//!   "version": 1,
//!   "chargers": {
//!     "duosida:0310107112122360374": {
//!       "last_start_unix_ms": 1763401418000,
//!       "last_stop_unix_ms": 1763404418000,
//!       "last_stop_confirmed": true,
//!       "last_flash_write_unix_ms": 1763401400000,
//!       "transaction_id": 1763401418,
//!       "live_limit": "unknown",
//!       "midnight": { "day": 20778, "energy_wh": 250325 },
//!       "quirks": { "limit_format": "integer", "tag_form": "nested" },
//!       "address": "duosida://192.0.2.7"
//!     },
//!     "em:9181102751219513": {
//!       "last_start_unix_ms": 1763401418000,
//!       "last_start_unconfirmed": true,
//!       "live_limit": "no",
//!       "address": "em://192.0.2.8:7248"
//!     }
//!   }
//! }
//! ```
//!
//! Every key of a charger may be absent; an absent one of the kind yes or no means no. `live_limit` is `unknown`, `yes` or `no`; `limit_format` is `integer` or
//! `two_decimals`; `tag_form` is `nested` or `plain`; `midnight` is the charger's counter when a local day began, counted
//! from 1970. Keys that a reader does not know are kept. A file of a newer
//! version is left alone and reported.

mod lock;
mod schema;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use thiserror::Error;

use lock::Lock;
pub use schema::{
    ChargerState, Device, LimitFormat, LiveLimit, Midnight, Quirks, StateFile, TagForm, VERSION,
};

/// The environment variable that names another state file.
pub const PATH_VARIABLE: &str = "EVSE_STATE_FILE";

/// How long to wait for another process that holds the lock; each holds it for milliseconds.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(2);

/// Why the state file cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// No home directory, and no path given.
    #[error("there is no home directory for the state file, name one with {PATH_VARIABLE}")]
    NoHome,
    /// The content is not what this program writes.
    #[error("the state file {} is damaged ({detail}), move it away to begin anew", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// It was written by a newer version.
    #[error("the state file {} is of version {version}, this program knows up to {VERSION}: update it", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// Another process holds the lock for too long.
    #[error("another process holds the state file {}, try again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read or written.
    #[error("the state file {} cannot be used: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// The state file at one path. Cheap to clone; nothing stays open between calls.
///
/// Calls block for milliseconds, for two seconds at most when another process holds the lock, and for as long as the file
/// system does when that hangs. The guarded chargers call it elsewhere, and wait 2.5 s at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateStore {
    path: PathBuf,
}

impl StateStore {
    /// The state file at this path. It is created by the first change.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The state file of this user: `path` when given, else [`PATH_VARIABLE`], else the place that XDG names.
    ///
    /// # Errors
    /// [`StateError::NoHome`] when none of them is known.
    pub fn locate(path: Option<PathBuf>) -> Result<Self, StateError> {
        if let Some(path) = path {
            return Ok(Self::at(path));
        }
        if let Some(path) = std::env::var_os(PATH_VARIABLE).filter(|path| !path.is_empty()) {
            return Ok(Self::at(path));
        }
        let base = etcetera::choose_base_strategy().map_err(|_| StateError::NoHome)?;
        let folder = base.state_dir().unwrap_or_else(|| base.data_dir());
        Ok(Self::at(folder.join("evse").join("state.json")))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The present content; an absent file is an empty one.
    ///
    /// # Errors
    /// Every [`StateError`] but the lock: reading needs none, since the file is replaced whole.
    pub fn read(&self) -> Result<StateFile, StateError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(StateFile::default());
            }
            Err(error) => return Err(self.io(error)),
        };
        self.parse(&bytes)
    }

    /// Reads, changes and writes while no other process does. Nothing is written when `change` fails or changes nothing.
    ///
    /// # Errors
    /// The error of `change`, or any [`StateError`].
    pub fn update<T, E>(&self, change: impl FnOnce(&mut StateFile) -> Result<T, E>) -> Result<T, E>
    where
        E: From<StateError>,
    {
        self.make_folder().map_err(|error| self.io(error))?;
        let _lock = Lock::take(&self.path, LOCK_WAIT)?;
        let before = self.read()?;
        let mut after = before.clone();
        let result = change(&mut after)?;
        if after != before {
            self.write(&after)?;
        }
        Ok(result)
    }

    fn parse(&self, bytes: &[u8]) -> Result<StateFile, StateError> {
        let corrupt = |detail: String| StateError::Corrupt {
            path: self.path.clone(),
            detail,
        };
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => {
                return Err(StateError::Newer {
                    path: self.path.clone(),
                    version,
                });
            }
            Some(0) | None => return Err(corrupt("no version".to_owned())),
            Some(_) => {}
        }
        serde_json::from_value(value).map_err(|error| corrupt(error.to_string()))
    }

    fn write(&self, content: &StateFile) -> Result<(), StateError> {
        let mut bytes =
            serde_json::to_vec_pretty(content).map_err(|error| self.io(error.into()))?;
        bytes.push(b'\n');
        // A temporary file is born with mode 0600.
        let mut file =
            tempfile::NamedTempFile::new_in(self.folder()).map_err(|error| self.io(error))?;
        file.write_all(&bytes)
            .and_then(|()| file.as_file().sync_all())
            .map_err(|error| self.io(error))?;
        file.persist(&self.path)
            .map_err(|error| self.io(error.error))?;
        Ok(())
    }

    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    fn make_folder(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(self.folder())
    }

    fn io(&self, source: io::Error) -> StateError {
        StateError::Io {
            path: self.path.clone(),
            source,
        }
    }
}
