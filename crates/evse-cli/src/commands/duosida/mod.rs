//! `evse duosida …`: one file per command.

mod discover;
mod get_config;
mod monitor;
mod set;
mod start;
mod status;
mod stop;

use evse::duosida::proto::session::Completion;
use evse::{Done, GuardedDuosida};

use crate::cli::{Duosida, DuosidaCommand};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

/// Does what the command line asks for.
pub(super) async fn run(duosida: Duosida, context: &Context) -> Result<(), Failure> {
    let Duosida {
        target, command, ..
    } = duosida;
    match command {
        DuosidaCommand::Discover {
            duration,
            identify,
            scan,
        } => discover::run(&target, context, duration, identify, scan).await,
        DuosidaCommand::Status => status::run(&target, context).await,
        DuosidaCommand::Monitor { interval, duration } => {
            monitor::run(&target, context, interval, duration).await
        }
        DuosidaCommand::Start { id_tag, force } => {
            start::run(&target, context, id_tag, force).await
        }
        DuosidaCommand::Stop { transaction } => stop::run(&target, context, transaction).await,
        DuosidaCommand::GetConfig => get_config::run(&target, context).await,
        other => set::run(&target, context, other).await,
    }
}

/// Says how far a command was carried out, then what could not be remembered; ends the session.
async fn conclude(
    command: &str,
    what: &str,
    charger: GuardedDuosida,
    result: Result<Done<Option<Completion>>, evse::Error>,
    context: &Context,
) -> Result<(), Failure> {
    let identity = charger.identity().clone();
    let serial = identity.serial().to_owned();
    charger.shutdown().await;
    let done = result.map_err(|error| Failure::from(error).about(&identity.short()))?;
    for warning in &done.warnings {
        context.warn(&format!("{warning}; other commands cannot see this one"));
    }
    if context.json {
        output::object(&json::DoneJson::new(command, &serial, &done))
    } else {
        output::line(&format!("{what}: {}", table::completion(done.completion)))
    }
}
