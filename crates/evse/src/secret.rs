//! Secrets by reference: from a text, an environment variable, or a command such as a password manager.

use std::fmt;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::process::Command;
use tokio::time::timeout;

/// How long a command may take: time to unlock a password manager by hand.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);

/// A text that nobody should see, such as a PIN. `Debug` hides it, and only [`Secret::expose`] gives it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself. Keep it out of logs.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where a secret comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretSource {
    /// It is written down.
    Text(Secret),
    /// The environment variable of this name.
    Variable(String),
    /// The first line that this command of the shell prints. It may ask on the terminal, and has a minute for it.
    Command(String),
}

impl SecretSource {
    /// Reads the secret. Waits for a command.
    ///
    /// # Errors
    /// What keeps it from being read; never the secret itself, nor what a command printed.
    pub async fn read(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::Text(secret) => return Ok(secret.clone()),
            Self::Variable(name) => {
                let variable = || name.clone();
                std::env::var(name).map_err(|_| SecretError::Variable(variable()))?
            }
            Self::Command(command) => printed(command).await?,
        };
        let line = text.lines().next().unwrap_or_default().trim();
        if line.is_empty() {
            return Err(SecretError::Empty(self.to_string()));
        }
        Ok(Secret::new(line))
    }
}

/// Where it comes from, without the secret.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_) => f.write_str("the text given"),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
            Self::Command(command) => write!(f, "the command `{command}`"),
        }
    }
}

/// Why a secret cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SecretError {
    /// There is no such variable, or it is no text.
    #[error(
        "the environment variable {0}, which holds a secret, is not set; set it for this program"
    )]
    Variable(String),
    /// Nothing stands there.
    #[error("{0} holds no secret, its first line is empty; check it")]
    Empty(String),
    /// The command cannot be run.
    #[error("the command `{command}`, which prints a secret, cannot be run: {source}")]
    Run {
        /// The command.
        command: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// The command failed.
    #[error(
        "the command `{command}`, which prints a secret, ended with {status}; run it by hand to see why"
    )]
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The command takes too long, and was ended.
    #[error(
        "the command `{command}`, which prints a secret, took longer than {} s; run it by hand to see why",
        COMMAND_LIMIT.as_secs()
    )]
    Slow {
        /// The command.
        command: String,
    },
}

/// What a command prints.
async fn printed(command: &str) -> Result<String, SecretError> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let output = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let run = |source| SecretError::Run {
        command: command.to_owned(),
        source,
    };
    let output = timeout(COMMAND_LIMIT, output.map_err(run)?.wait_with_output())
        .await
        .map_err(|_| SecretError::Slow {
            command: command.to_owned(),
        })?
        .map_err(run)?;
    if !output.status.success() {
        return Err(SecretError::Failed {
            command: command.to_owned(),
            status: output.status,
        });
    }
    // What is no text is no PIN either.
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn hidden(shown: &impl fmt::Debug) {
        let shown = format!("{shown:?}");
        assert!(!shown.contains("123456"), "{shown}");
    }

    #[tokio::test]
    async fn secrets_are_read_from_where_they_are() {
        let text = SecretSource::Text(Secret::new("123456"));
        assert_eq!(text.read().await.expect("it is there").expose(), "123456");
        hidden(&text);
        let path = std::env::var("PATH").expect("every process has one");
        let variable = SecretSource::Variable("PATH".to_owned()).read().await;
        assert_eq!(variable.expect("it is set").expose(), path);
    }

    #[tokio::test]
    async fn a_variable_that_is_not_set_is_named() {
        let source = SecretSource::Variable("EVSE_NO_SUCH_PIN".to_owned());
        let error = source.read().await.expect_err("not set").to_string();
        assert!(error.contains("EVSE_NO_SUCH_PIN"), "{error}");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_command_prints_a_secret_and_errors_do_not() {
        let run = |command: &str| {
            let source = SecretSource::Command(command.to_owned());
            async move { source.read().await }
        };
        let secret = run("printf ' 123456 \\nuser: me\\n'").await;
        let secret = secret.expect("printed");
        assert_eq!(secret.expose(), "123456");
        hidden(&secret);
        let error = run("cat /dev/null").await.expect_err("nothing");
        assert!(matches!(error, SecretError::Empty(_)), "{error}");
        let error = run("echo 123456; exit 3").await.expect_err("failed");
        assert!(matches!(error, SecretError::Failed { .. }), "{error}");
    }
}
