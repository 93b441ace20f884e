//! The commands for chargers of any kind, with a configuration of their own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Output;

/// A folder with `evse.toml`, the state file and what lies beside it.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new(config: &str) -> Self {
        let home = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        fs::write(home.file("evse.toml"), config).expect("written");
        home
    }

    /// Nothing is configured.
    pub(crate) fn empty() -> Self {
        Self::new("")
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs `evse` to its end.
    pub(crate) fn run(&self, arguments: &str) -> Output {
        Self::output(&mut self.command(arguments))
    }

    /// Runs one of its commands to its end.
    pub(crate) fn output(command: &mut Command) -> Output {
        let output = command.output().expect("the binary runs");
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// `evse`, to be spawned.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut process = Command::new(env!("CARGO_BIN_EXE_evse"));
        process
            .args(arguments.split(' '))
            .env_remove("RUST_LOG")
            .env_remove("RUST_BACKTRACE")
            .env_remove("EVSE_PIN")
            .env("TZ", "UTC")
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.file("xdg"))
            .env("EVSE_CONFIG", self.file("evse.toml"))
            .env("EVSE_STATE_FILE", self.file("state.json"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        process
    }

    /// The one JSON object of a command that does it.
    #[track_caller]
    pub(crate) fn done(&self, arguments: &str) -> serde_json::Value {
        let output = self.run(arguments);
        assert_eq!(output.code, 0, "{output:?}");
        output.json()
    }

    /// The error of a command that does not, and its one line.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &str, code: i32, kind: &str) -> serde_json::Value {
        let output = self.run(&format!("{arguments} --json"));
        assert_eq!(output.code, code, "{output:?}");
        let error = output.json()["error"].clone();
        assert_eq!(error["kind"], kind, "{output:?}");
        let lines = output.stderr.lines();
        let lines = lines.filter(|line| line.starts_with("error: ")).count();
        assert_eq!(lines, 1, "{output:?}");
        error
    }
}
