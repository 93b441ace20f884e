//! `evse duosida status`.

use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(target: &Target, context: &Context) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let charger = guarded.charger();
    let refreshed = charger.refresh().await;
    // For the current limit; a charger that does not tell its settings still has a status.
    let settings = charger.configuration().await;
    let status = charger.status();
    let identity = charger.identity();
    guarded.shutdown().await;
    refreshed?;
    if let Err(error) = settings {
        context.progress(&format!("no settings: {error}"));
    }
    if context.json {
        output::object(&json::StatusJson::new(&status, identity.as_ref()))
    } else {
        output::line(&table::status(&status, identity.as_ref()))
    }
}
