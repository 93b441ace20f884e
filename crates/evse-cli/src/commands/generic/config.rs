//! `evse config`.

use evse::config::{Config, Loaded};

use super::init;
use crate::cli::ConfigCommand;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};

pub(in crate::commands) async fn run(
    command: &ConfigCommand,
    context: &Context,
) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show => show(context),
        ConfigCommand::Check => check(context),
        ConfigCommand::Init(arguments) => init::run(arguments, context).await,
    }
}

fn show(context: &Context) -> Result<(), Failure> {
    let loaded = load(context)?;
    for warning in &loaded.warnings {
        context.warn(&warning.to_string());
    }
    if context.json {
        return output::object(&json::config::ConfigJson::new(&loaded));
    }
    output::line(loaded.config.to_toml(false).trim_end())
}

fn check(context: &Context) -> Result<(), Failure> {
    let loaded = load(context)?;
    let warnings: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    for warning in &warnings {
        context.warn(warning);
    }
    if context.json {
        return output::object(&json::config::CheckedJson::new(&loaded, warnings));
    }
    let path = loaded.path.unwrap_or_default();
    let count = loaded.config.chargers.len();
    let s = if count == 1 { "" } else { "s" };
    let verdict = if warnings.is_empty() {
        "nothing is wrong"
    } else {
        "see the warning"
    };
    output::line(&format!(
        "{}: {count} charger{s}, {verdict}",
        path.display()
    ))
}

/// The configuration, which must be there.
fn load(context: &Context) -> Result<Loaded, Failure> {
    let loaded = Config::load(context.config_file())?;
    if loaded.path.is_none() {
        let path = Config::locate(context.config_file())?;
        return Err(Failure::failed(
            "not_found",
            format!("there is no configuration at {}", path.display()),
        )
        .try_this("begin one with `evse config init --discover`"));
    }
    Ok(loaded)
}
