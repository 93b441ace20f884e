//! `evse em start`.

use evse::em::proto::session::StartRequest;

use crate::cli::{EmTarget, StartArguments};
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};
use crate::signals::outcome;

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    arguments: StartArguments,
) -> Result<(), Failure> {
    let force = arguments.force;
    let request = StartRequest {
        current_a: arguments.amps,
        user_id: arguments.user,
        charge_id: arguments.id,
        start_at_unix_s: arguments.start_at_unix_s,
        max_duration_min: arguments.duration_min,
        max_energy_centikwh: arguments.energy_centikwh,
        single_phase: arguments.single_phase,
        line_id: None,
        replace: arguments.replace,
    };
    let guarded = connect::once(target, context).await?;
    if let Some(amps) = arguments.amps {
        connect::check_limit(amps, &guarded, context)?;
    }
    let done = outcome("start", guarded.start(request, force)).await;
    let done = done.map_err(|error| Failure::from(error).about(&guarded.identity().short()))?;
    let warnings = super::warn(&done.warnings, context);
    if context.json {
        let serial = guarded.evse().serial();
        return output::object(&json::em::StartedJson::new(
            serial,
            &done.completion,
            warnings,
        ));
    }
    output::line(&table::em::started(&done.completion))
}
