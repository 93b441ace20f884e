//! `evse duosida discover`.

use std::time::Duration;

use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &Target,
    context: &Context,
    duration: f64,
    identify: bool,
    scan: bool,
) -> Result<(), Failure> {
    let found = connect::search(
        target,
        context,
        Duration::from_secs_f64(duration),
        identify,
        scan,
    )
    .await?;
    if found.is_empty() {
        return Err(connect::nothing_found());
    }
    if !context.json {
        return output::line(&table::chargers(&found));
    }
    for charger in &found {
        output::object(&json::FoundJson::new(charger, target.port))?;
    }
    Ok(())
}
