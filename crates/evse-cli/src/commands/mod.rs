//! One file per command, in a folder for each family.

mod completions;
mod decode;
mod demo;
mod duosida;
mod em;
mod sim;

pub(crate) use sim::spare_the_capture;

use crate::cli::Command;
use crate::context::Context;
use crate::failure::Failure;

/// Does what the command line asks for.
pub(crate) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Duosida(duosida) => duosida::run(duosida, context).await,
        Command::Em(em) => em::run(em, context).await,
        Command::Decode(decode) => decode::run(&decode, context),
        Command::Sim(sim) => sim::run(sim, context).await,
        Command::Demo(demo) => demo::run(&demo, context).await,
        Command::Completions { shell } => completions::run(shell),
    }
}
