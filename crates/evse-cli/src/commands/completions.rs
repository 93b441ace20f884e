//! `evse completions`.

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output;

pub(super) fn run(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "evse", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end())
}
