//! `evse em weekly-plan`.

use crate::cli::{DayPlan, EmTarget};
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};
use crate::signals::outcome;

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    days: &[DayPlan],
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    let mut plan = evse.weekly_plan().await?;
    for change in days {
        let chosen = plan.0.iter_mut().zip(change.days);
        for (slot, _) in chosen.filter(|(_, is_chosen)| *is_chosen) {
            // What nobody knows the meaning of stays.
            let limit = slot.limit;
            *slot = change.slot;
            slot.limit = limit;
        }
    }
    if !days.is_empty() {
        outcome("weekly-plan", evse.set_weekly_plan(plan)).await?;
    }
    // It runs by the charger's clock, so a wrong one matters.
    if let Ok(clock) = evse.system_time().await
        && clock.is_wrong()
    {
        context.warn(&format!(
            "the plan runs by the charger's clock, which is wrong: {}; set it with `evse em set-time`",
            table::em::clock(&clock)
        ));
    }
    if context.json {
        output::object(&json::em::PlanJson::new(evse.serial(), &plan))
    } else {
        output::line(&table::em::plan(&plan))
    }
}
