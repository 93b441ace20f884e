//! `evse em discover`.

use std::time::Duration;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    duration: f64,
) -> Result<(), Failure> {
    let communicator = connect::for_commands(target, context)?;
    context.progress("searching for chargers");
    let duration = Duration::from_secs_f64(duration);
    let found = connect::search(&communicator, target, duration).await?;
    communicator.stop().await;
    if found.is_empty() {
        return Err(connect::nothing_found(target));
    }
    if !context.json {
        return output::line(&table::em::chargers(&found));
    }
    for evse in &found {
        output::object(&json::em::FoundJson::new(evse))?;
    }
    Ok(())
}
