//! `evse duosida get-config`.

use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(target: &Target, context: &Context) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let configuration = guarded.charger().configuration().await;
    guarded.shutdown().await;
    let configuration = configuration?;
    if context.json {
        output::object(&json::ConfigJson::new(&configuration))
    } else {
        output::line(&table::configuration(&configuration))
    }
}
