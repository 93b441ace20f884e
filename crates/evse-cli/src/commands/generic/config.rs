//! `evse config`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use evse::config::{Config, ConfigError, Loaded};

use crate::cli::ConfigCommand;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};

/// What `evse config init` writes: nothing that counts until somebody takes the comments away.
const TEMPLATE: &str = include_str!("template.toml");

pub(in crate::commands) fn run(command: &ConfigCommand, context: &Context) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show => show(context),
        ConfigCommand::Check => check(context),
        ConfigCommand::Init => init(context),
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
        .try_this("begin one with `evse config init`"));
    }
    Ok(loaded)
}

fn init(context: &Context) -> Result<(), Failure> {
    let path = Config::locate(context.config_file())?;
    write_new(&path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("there is a configuration at {}", path.display()))
                .try_this("see it with `evse config show`, or name another file with --config")
        }
        _ => Failure::from(ConfigError::Read {
            path: path.clone(),
            source,
        }),
    })?;
    if context.json {
        return output::object(&json::config::InitJson::new(&path));
    }
    output::line(&format!(
        "wrote {}; `evse discover` tells the addresses to put there",
        path.display()
    ))
}

/// Readable by this user alone: PINs may come to stand in it.
fn write_new(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(TEMPLATE.as_bytes())
}

#[cfg(test)]
mod tests {
    use evse::Config;

    use super::TEMPLATE;

    #[test]
    fn the_template_is_empty_until_its_comments_are_taken_away() {
        let parsed = Config::parse(TEMPLATE, "evse.toml").expect("it is valid");
        assert_eq!(parsed, Config::default());
        let lines = TEMPLATE.lines();
        let lines: Vec<&str> = lines
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect();
        let parsed = Config::parse(&lines.join("\n"), "evse.toml").expect("it is valid");
        let names: Vec<&str> = parsed
            .chargers
            .iter()
            .map(|charger| &*charger.name)
            .collect();
        assert_eq!(names, ["garage", "carport", "left"]);
        assert_eq!(parsed.defaults.charger.as_deref(), Some("garage"));
        assert_eq!(parsed.buses.len(), 1);
    }
}
