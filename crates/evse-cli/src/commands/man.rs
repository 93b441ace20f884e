//! `evse man`.

use std::path::Path;

use clap::CommandFactory as _;

use crate::cli::Cli;
use crate::failure::Failure;
use crate::output;

pub(super) fn run(folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Cli::command()).render(&mut page)?;
        return output::line(String::from_utf8_lossy(&page).trim_end());
    };
    clap_mangen::generate_to(Cli::command(), folder)
        .map_err(|error| Failure::usage(format!("{}: {error}", folder.display())))
}
