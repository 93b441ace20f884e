//! `evse em get-time` and `set-time`.

use evse::em::Evse;
use evse::em::proto::session::ClockReading;
use evse::em::proto::time::CivilTime;

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};
use crate::signals::outcome;

pub(super) async fn get(target: &EmTarget, context: &Context) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let reading = guarded.evse().system_time().await?;
    show("get-time", guarded.evse(), &reading, context)
}

pub(super) async fn set(
    target: &EmTarget,
    context: &Context,
    time: Option<CivilTime>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let reading = outcome("set-time", guarded.evse().set_system_time(time)).await?;
    if time.is_none() && reading.is_wrong() {
        context.warn("the charger keeps another time: its firmware may ignore this");
    }
    show("set-time", guarded.evse(), &reading, context)
}

fn show(
    command: &str,
    evse: &Evse,
    reading: &ClockReading,
    context: &Context,
) -> Result<(), Failure> {
    if context.json {
        return output::object(&json::em::ClockJson::new(command, evse.serial(), reading));
    }
    output::line(&table::em::clock(reading))
}
