//! One file per command, in a folder for each family.

mod completions;
mod decode;
mod demo;
mod duosida;
mod em;
mod sim;
mod twc;

pub(crate) use sim::spare_the_capture;

use crate::cli::Command;
use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED};

/// Does what the command line asks for, until Ctrl-C.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    // Those of a bus let go of their units first.
    let ends_at_once = !matches!(command, Command::Twc(_));
    tokio::select! {
        result = carry_out(command, context) => result,
        _ = tokio::signal::ctrl_c(), if ends_at_once => Err(Failure::quiet(INTERRUPTED)),
    }
}

async fn carry_out(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Duosida(duosida) => duosida::run(duosida, context).await,
        Command::Em(em) => em::run(em, context).await,
        Command::Twc(twc) => twc::run(twc, context).await,
        Command::Decode(decode) => decode::run(&decode, context),
        Command::Sim(sim) => sim::run(sim, context).await,
        Command::Demo(demo) => demo::run(&demo, context).await,
        Command::Completions { shell } => completions::run(shell),
    }
}
