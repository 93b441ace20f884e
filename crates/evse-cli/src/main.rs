//! The `evse` command. Here: exit codes and the runtime, nothing else.

mod cli;
mod commands;
mod connect;
mod context;
mod failure;
mod output;

use std::process::ExitCode;

use clap::Parser as _;

use cli::Cli;
use context::Context;
use failure::{Failure, INTERRUPTED};

fn main() -> ExitCode {
    let cli = Cli::parse();
    context::log_to_stderr(cli.common.verbose);
    let json = cli.common.json;
    let result = run(cli);
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::report(&failure, json);
            ExitCode::from(failure.exit)
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    let context = Context::new(cli.common);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = commands::run(cli.command, &context) => result,
            _ = tokio::signal::ctrl_c() => Err(Failure::quiet(INTERRUPTED)),
        }
    });
    // A name server that never answers must not hold the exit up.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    result
}
