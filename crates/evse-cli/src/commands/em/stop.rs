//! `evse em stop`.

use evse::em::proto::message::Identifier;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json};
use crate::signals::outcome;

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    user: Option<Identifier>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let done = outcome("stop", guarded.stop(user)).await?;
    let warnings = super::warn(&done.warnings, context);
    let (result, text) = match &done.completion {
        None => ("merged", "stopped a moment ago already, not sent again"),
        Some(stopped) if stopped.reply.is_some() => ("confirmed", "done, confirmed by the charger"),
        Some(_) => ("confirmed", "done: the charger shows that nothing runs"),
    };
    if context.json {
        let serial = guarded.evse().serial();
        return output::object(&json::em::DoneJson::new(
            "stop", serial, result, text, warnings,
        ));
    }
    output::line(&format!("stop: {text}"))
}
