//! `evse em import` and `export`: the file of known chargers.

use std::path::Path;

use evse::em::Options;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};

pub(super) fn import(target: &EmTarget, context: &Context, file: &Path) -> Result<(), Failure> {
    // A file that is not there holds no chargers elsewhere; here it is a typing error.
    std::fs::metadata(file)
        .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    let communicator = connect::load(target, context, Options::default())?;
    let count = connect::load_from(&communicator, file)?.len();
    if count == 0 {
        return Err(
            Failure::usage(format!("{} holds no charger", file.display()))
                .try_this("give an `evses.json` of emproto, or of `evse em export`"),
        );
    }
    let own = connect::evses_file(target, context)?;
    communicator.save(&own)?;
    tell("import", "taken over into", count, &own, context)
}

pub(super) fn export(target: &EmTarget, context: &Context, file: &Path) -> Result<(), Failure> {
    let communicator = connect::load(target, context, Options::default())?;
    let count = communicator.evses().len();
    if count == 0 {
        return Err(Failure::failed("not_found", "no charger is known")
            .try_this("`evse em login` remembers one"));
    }
    communicator.save(file)?;
    tell("export", "written to", count, file, context)
}

fn tell(
    command: &str,
    done: &str,
    count: usize,
    file: &Path,
    context: &Context,
) -> Result<(), Failure> {
    if context.json {
        return output::object(&json::em::FileJson::new(command, count, file));
    }
    let chargers = if count == 1 { "charger" } else { "chargers" };
    output::line(&format!("{count} {chargers} {done} {}", file.display()))
}
