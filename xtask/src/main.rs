//! The workspace's own tools. `cargo xtask --help` lists them.

mod ci;
mod codegen;
mod fixtures;
mod interop;
mod licences;
mod report;
mod sources;
mod tidy;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

/// Tools of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Run every check that a change must pass.
    Ci(ci::Ci),
    /// Write the Rust code of the protobuf schema.
    Codegen(codegen::Codegen),
    /// Write the captures of the vectors, and the JSON of every capture.
    Fixtures(fixtures::Fixtures),
    /// Run clients that others wrote against our simulators, and ours against theirs.
    Interop(interop::Interop),
    /// Check that all dependencies may be passed on under our licences.
    Licences,
    /// Print figures of each crate: sizes, longest function, panicking calls.
    Report(report::Report),
    /// Check the rules of the house that no compiler knows.
    Tidy,
}

fn main() -> ExitCode {
    match run(&Command::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        // One line, also where the environment asks for backtraces.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Ci(options) => ci::run(options),
        Command::Codegen(options) => codegen::run(options),
        Command::Fixtures(options) => fixtures::run(options),
        Command::Interop(options) => interop::run(options),
        Command::Licences => licences::run(),
        Command::Report(options) => report::run(options),
        Command::Tidy => tidy::run(),
    }
}
