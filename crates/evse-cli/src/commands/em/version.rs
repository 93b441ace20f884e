//! `evse em version`.

use std::time::Duration;

use evse::em::Evse;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(target: &EmTarget, context: &Context) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    let told = evse.fetch_config(Duration::ZERO).await;
    if let Err(error) = told
        && is_unknown(evse)
    {
        return Err(error.into());
    }
    if context.json {
        output::object(&json::em::VersionJson::new(evse))
    } else {
        output::line(&table::em::version(evse))
    }
}

fn is_unknown(evse: &Evse) -> bool {
    evse.info().software_version.is_empty()
}
