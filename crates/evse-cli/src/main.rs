//! The `evse` command. Here: exit codes and the runtime, nothing else.

mod cli;
mod commands;
mod connect;
mod context;
mod failure;
mod output;
mod signals;
mod terminal;
mod tui;

use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;

use cli::Cli;
use context::Context;
use failure::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
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

/// Help and version as they are; what is wrong with the command line on one line.
fn usage(error: &clap::Error) -> ExitCode {
    let shows_help = matches!(
        error.kind(),
        ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    if shows_help {
        // A closed pipe has seen enough.
        let _ = error.print();
    } else {
        let text = error.render().to_string();
        let parts = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let parts: Vec<&str> = parts
            .take_while(|line| {
                !line.starts_with("Usage:") && !line.starts_with("For more information")
            })
            .collect();
        let text = parts.join("; ").replace(":; ", ": ");
        let text = text.strip_prefix("error: ").unwrap_or(&text);
        let json = std::env::args_os().any(|argument| argument == "--json");
        output::report(&Failure::usage(text).try_this("see --help"), json);
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(failure::USAGE))
}

fn run(cli: Cli) -> Result<(), Failure> {
    commands::spare_the_capture(&cli.command)?;
    let context = Context::new(cli.common, cli.command.record())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(commands::run(cli.command, &context));
    // A name server that never answers must not hold the exit up.
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    // Tasks that were still running have closed their connections only now.
    let recorded = context.finish();
    result.and(recorded)
}
