//! `evse discover`.

use std::time::Duration;

use evse::{Address, Config, DiscoverOptions, FoundKind};

use crate::cli::Discover;
use crate::connect::generic as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(in crate::commands) async fn run(
    arguments: &Discover,
    context: &Context,
) -> Result<(), Failure> {
    let options = options(arguments, &context.config()?);
    let found = connect::search(options, context).await?;
    if found.is_empty() {
        return Err(connect::nothing_found());
    }
    if !context.json {
        output::line(&table::generic::found(&found))?;
        if found.iter().all(|item| item.kind == FoundKind::SerialPort) {
            context.progress("no charger answers; `evse doctor` looks for the reason");
        }
        return Ok(());
    }
    for item in &found {
        output::object(&json::generic::FoundJson::new(item))?;
    }
    Ok(())
}

/// How to search, by the command line and the configuration.
pub(super) fn options(arguments: &Discover, config: &Config) -> DiscoverOptions {
    let mut options = DiscoverOptions::from_config(config);
    options.duration = Duration::from_secs_f64(arguments.duration);
    if !arguments.protocol.is_empty() {
        options.protocols.clone_from(&arguments.protocol);
    }
    if !arguments.broadcast.is_empty() {
        options.broadcasts.clone_from(&arguments.broadcast);
    }
    for bus in &arguments.bus {
        if let Address::Twc { port, .. } = bus {
            options.ports.push(port.clone());
        }
    }
    options
}
