//! `evse em status`.

use std::time::Duration;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(target: &EmTarget, context: &Context) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    evse.refresh().await?;
    // A charger that does not tell its settings still has a status.
    if let Err(error) = evse.fetch_config(Duration::ZERO).await {
        context.progress(&format!("not all settings: {error}"));
    }
    if context.json {
        output::object(&json::em::StatusJson::new(evse))
    } else {
        output::line(&table::em::status(evse))
    }
}
