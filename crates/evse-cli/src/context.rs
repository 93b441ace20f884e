//! What every command is given: the common options, made ready.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use evse::config::{Config, ConfigError};
use evse::duosida::Tap;
use evse::recording::Recording;
use evse::state_store::{StateError, StateStore};
use tracing_subscriber::EnvFilter;

use crate::cli::{Common, Traffic};
use crate::failure::Failure;
use crate::output;

/// The common options, and when the command began.
pub(crate) struct Context {
    /// Print JSON.
    pub(crate) json: bool,
    options: Common,
    recording: Option<Recording>,
    began: Instant,
}

impl Context {
    /// Creates the file of a recording too.
    pub(crate) fn new(options: Common, record: Option<(&Path, Traffic)>) -> Result<Self, Failure> {
        let create = |(path, traffic): (&Path, _)| match traffic {
            Traffic::Network => Recording::create(path),
            Traffic::Line => Recording::create_line(path),
            Traffic::Any => Recording::create_for_all(path),
        };
        Ok(Self {
            json: options.json,
            options,
            recording: record.map(create).transpose()?,
            began: Instant::now(),
        })
    }

    /// Where all traffic goes beside the wire.
    pub(crate) const fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }

    /// What Duosida clients take as their tap.
    pub(crate) fn tap(&self) -> Option<Tap> {
        self.recording.as_ref().map(Recording::duosida_tap)
    }

    /// What EM clients take as their tap.
    pub(crate) fn em_tap(&self) -> Option<evse::em::Tap> {
        self.recording.as_ref().map(Recording::em_tap)
    }

    /// What directors of a bus take as their tap.
    pub(crate) fn twc_tap(&self) -> Option<evse::twc::Tap> {
        self.recording.as_ref().map(Recording::twc_tap)
    }

    /// Ends the recording, when nothing happens any more.
    pub(crate) fn finish(&self) -> Result<(), Failure> {
        if let Some(recording) = &self.recording {
            recording.finish()?;
        }
        Ok(())
    }

    /// What is left of `--timeout`.
    pub(crate) fn time_left(&self) -> Duration {
        Duration::from_secs_f64(self.options.timeout).saturating_sub(self.began.elapsed())
    }

    /// Whether more is wanted than the usual.
    pub(crate) const fn is_verbose(&self) -> bool {
        self.options.verbose > 0
    }

    /// The configuration; says what the user should know of it.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let loaded = Config::load(self.config_file())?;
        for warning in &loaded.warnings {
            self.warn(&warning.to_string());
        }
        Ok(loaded.config)
    }

    /// The file of `--config`.
    pub(crate) fn config_file(&self) -> Option<PathBuf> {
        self.options.config_file.clone()
    }

    /// The state file.
    pub(crate) fn store(&self) -> Result<StateStore, StateError> {
        StateStore::locate(self.options.state_file.clone())
    }

    /// Tells people how it goes: on standard error, when someone looks or asked for it.
    pub(crate) fn progress(&self, text: &str) {
        let mut stderr = std::io::stderr();
        if self.is_verbose() || stderr.is_terminal() {
            // Progress that cannot be shown is no reason to stop.
            let _ = writeln!(stderr, "{}", output::shown(text));
        }
    }

    /// Says what someone should know in any case.
    #[expect(clippy::unused_self, reason = "beside progress, for the same callers")]
    pub(crate) fn warn(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "warning: {}", output::shown(text));
    }
}

/// Whether log lines would spoil a screen that someone looks at.
static HUSHED: AtomicBool = AtomicBool::new(false);

/// Keeps log lines from the terminal, or lets them there again.
pub(crate) fn hush(is_hushed: bool) {
    HUSHED.store(is_hushed, Ordering::Relaxed);
}

/// Where log lines go.
fn log_writer() -> Box<dyn std::io::Write> {
    let stderr = std::io::stderr();
    if HUSHED.load(Ordering::Relaxed) && stderr.is_terminal() {
        return Box::new(std::io::sink());
    }
    Box::new(stderr)
}

/// Log lines of the libraries on standard error: warnings, more with `-v`, or what `RUST_LOG` says.
pub(crate) fn log_to_stderr(verbose: u8) {
    let level = match verbose {
        // The commands say themselves what happens on a bus.
        0 => "warn,twc_director=error",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(log_writer)
        .with_target(false)
        .init();
}
