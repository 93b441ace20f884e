//! `evse status`.

use std::time::Duration;

use evse::{Charger, GuardedEm};

use crate::cli::Choice;
use crate::connect::generic as connect;
use crate::connect::session::{Stay, with_charger};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(in crate::commands) async fn run(choice: &Choice, context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let meant = connect::choose(choice, &config, context).await?;
    with_charger(&meant, &config, Stay::Look, context, async |charger| {
        charger.refresh().await?;
        if let Err(error) = settings(charger).await {
            context.progress(&format!("no settings: {error}"));
        }
        if let Some(guarded) = charger.as_em().filter(|guarded| is_unknown(guarded)) {
            context.progress("waiting for the charger to say its model");
            guarded.hear_model().await;
        }
        let mut now = charger.snapshot();
        if config.charger(&meant.name).is_ok() {
            now.name.clone_from(&meant.name);
        }
        if context.json {
            output::object(&json::generic::StatusJson::new(&now))
        } else {
            output::line(&table::generic::status(&now))
        }
    })
    .await
}

/// For the current limit; a charger that does not tell its settings still has a status.
pub(crate) async fn settings(charger: &Charger) -> Result<(), evse::Error> {
    if let Some(guarded) = charger.as_duosida() {
        guarded.charger().configuration().await?;
    }
    if let Some(guarded) = charger.as_em() {
        guarded.evse().fetch_config(Duration::ZERO).await?;
    }
    Ok(())
}

/// A charger that was never met before, and has not said yet what it is.
fn is_unknown(guarded: &GuardedEm) -> bool {
    guarded.is_new() && guarded.evse().info().model.is_empty()
}
