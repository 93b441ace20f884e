//! The configuration: whether it can be read, what is wrong in it, and who else may read its secrets.

use std::io;

use evse::config::{Config, ConfigError, ConfigWarning, Loaded};

use super::Finding;
use crate::context::Context;

/// What it says, unless it cannot be read.
pub(super) fn check(context: &Context) -> (Option<Config>, Vec<Finding>) {
    match Config::load(context.config_file()) {
        Ok(loaded) => {
            let findings = read(&loaded, context);
            (Some(loaded.config), findings)
        }
        Err(error) => (None, vec![unusable(&error)]),
    }
}

fn read(loaded: &Loaded, context: &Context) -> Vec<Finding> {
    let Some(path) = &loaded.path else {
        let about = Config::locate(context.config_file());
        let about = about.map_or_else(
            |_| "evse.toml".to_owned(),
            |path| path.display().to_string(),
        );
        let what = "there is no configuration, so chargers have no names here";
        let fix =
            "none is needed: addresses do as well; or begin one with `evse config init --discover`";
        return vec![Finding::note("no-config", about, what, fix)];
    };
    let about = path.display().to_string();
    let warnings = loaded.warnings.iter().map(|warning| match warning {
        ConfigWarning::Readable { path, mode } => Finding::warning(
            "config-readable",
            path.display().to_string(),
            format!("it holds a PIN, and others may read it (mode {mode:04o})"),
            format!("run `chmod 600 {}`", path.display()),
        ),
        other => Finding::warning("config", about.clone(), other.to_string(), CHECK),
    });
    let mut findings: Vec<Finding> = warnings.collect();
    if findings.is_empty() {
        let what = match loaded.config.chargers.len() {
            1 => "1 charger".to_owned(),
            count => format!("{count} chargers"),
        };
        findings.push(Finding::ok("config", about, what));
    }
    findings
}

fn unusable(error: &ConfigError) -> Finding {
    match error {
        ConfigError::Read { path, source } => {
            let about = path.display().to_string();
            let (code, what, fix) = match source.kind() {
                io::ErrorKind::NotFound => (
                    "config-missing",
                    "there is no such file".to_owned(),
                    "check --config and `$EVSE_CONFIG`; or begin one with `evse config init`"
                        .to_owned(),
                ),
                io::ErrorKind::PermissionDenied => (
                    "config-unreadable",
                    "you may not read it".to_owned(),
                    format!("run `sudo chown $USER {about}` and `chmod 600 {about}`"),
                ),
                _ => (
                    "config-unreadable",
                    format!("it cannot be read: {source}"),
                    "name a text file with --config or `$EVSE_CONFIG`".to_owned(),
                ),
            };
            Finding::problem(code, about, what, fix)
        }
        ConfigError::Wrong {
            path,
            line,
            column,
            problem,
        } => Finding::problem(
            "config-wrong",
            path.display().to_string(),
            format!("line {line}, column {column}: {problem}"),
            "mend that line; nothing else of the file counts until then",
        ),
        other => Finding::problem("config-unreadable", "evse.toml", other.to_string(), CHECK),
    }
}

/// A charger that the configuration does not name.
pub(super) fn unknown(name: &str, error: &ConfigError) -> Finding {
    Finding::problem(
        "no-such-charger",
        name,
        error.to_string(),
        "`evse config show` tells the names; or give an address such as duosida://192.0.2.7",
    )
}

const CHECK: &str = "see `evse config check`";
