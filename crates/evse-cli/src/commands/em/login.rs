//! `evse em login`.

use std::time::Duration;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};

pub(super) async fn run(target: &EmTarget, context: &Context) -> Result<(), Failure> {
    let communicator = connect::for_commands(target, context)?;
    let guarded = connect::find(&communicator, target, context).await?;
    let evse = guarded.evse();
    evse.login(None).await?;
    // Its name, for --charger; and its versions.
    if let Err(error) = evse.fetch_config(Duration::ZERO).await {
        context.progress(&format!("not all settings: {error}"));
    }
    let file = connect::evses_file(target, context)?;
    communicator.save(&file)?;
    communicator.stop().await;
    if context.json {
        return output::object(&json::em::LoginJson::new(evse, &file));
    }
    output::line(&format!(
        "{} takes the PIN; remembered in {}",
        evse.label(),
        file.display()
    ))
}
