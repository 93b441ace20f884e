//! One file per command, in a folder for each family.

mod completions;
mod decode;
mod demo;
pub(crate) mod doctor;
mod duosida;
mod em;
mod generic;
mod man;
mod sim;
pub(crate) mod twc;

pub(crate) use generic::settings;
pub(crate) use sim::spare_the_capture;

use std::time::SystemTime;

use evse::guard::Policy;
use evse::state_store::{ChargerState, StateFile};

use crate::cli::Command;
use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED};

/// Does what the command line asks for, until Ctrl-C.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    // Those that may be on a bus let go of its units first.
    let ends_at_once = !matches!(
        command,
        Command::Twc(_)
            | Command::Status(_)
            | Command::Watch(_)
            | Command::Tui(_)
            | Command::Start(_)
            | Command::Stop(_)
            | Command::Toggle(_)
            | Command::SetCurrent(_)
            | Command::Circuits(_)
    );
    tokio::select! {
        // First, so that the command does nothing that a signal could cut short.
        biased;
        _ = tokio::signal::ctrl_c(), if ends_at_once => Err(Failure::quiet(INTERRUPTED)),
        result = carry_out(command, context) => result,
    }
}

/// Says no before a charger's one session is taken for nothing, when the state file knows who is meant. The guard
/// itself asks again, with the file locked.
fn held_back_already(
    guard: &Policy,
    context: &Context,
    known: impl FnOnce(&StateFile) -> Option<&ChargerState>,
) -> Result<(), Failure> {
    let file = context.store()?.read()?;
    if let Some(known) = known(&file) {
        let checked = guard.check_start(SystemTime::now(), &known.history(), false);
        checked.map_err(evse::Error::from)?;
    }
    Ok(())
}

async fn carry_out(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Discover(discover) => generic::discover(&discover, context).await,
        Command::Status(choice) => generic::status(&choice, context).await,
        Command::Watch(watch) => generic::watch(&watch, context).await,
        Command::Tui(watch) => generic::tui(&watch, context).await,
        Command::Start(start) => generic::start(&start, context).await,
        Command::Stop(choice) => generic::stop(&choice, context).await,
        Command::Toggle(choice) => generic::toggle(&choice, context).await,
        Command::SetCurrent(set) => generic::set_current(&set, context).await,
        Command::Circuits(circuits) => generic::circuits(&circuits, context).await,
        Command::Config(command) => generic::config(&command, context).await,
        Command::Doctor(arguments) => doctor::run(&arguments, context).await,
        Command::Duosida(duosida) => duosida::run(duosida, context).await,
        Command::Em(em) => em::run(em, context).await,
        Command::Twc(twc) => twc::run(twc, context).await,
        Command::Decode(decode) => decode::run(&decode, context),
        Command::Sim(sim) => sim::run(sim, context).await,
        Command::Demo(demo) => demo::run(&demo, context).await,
        Command::Completions { shell } => completions::run(shell),
        Command::Man { folder } => man::run(folder.as_deref()),
    }
}
