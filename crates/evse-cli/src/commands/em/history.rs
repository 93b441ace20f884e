//! `evse em history`.

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::EmTarget;
use crate::connect::em as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &EmTarget,
    context: &Context,
    last: Option<usize>,
) -> Result<(), Failure> {
    let guarded = connect::once(target, context).await?;
    let evse = guarded.evse();
    // Draws on a terminal only.
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template(BAR) {
        bar.set_style(style);
    }
    let history = evse.history(|done, total| {
        bar.set_length(total.into());
        bar.set_position(done.into());
    });
    let history = history.await;
    bar.finish_and_clear();
    let history = history?;
    if !history.unread_slots.is_empty() {
        context.warn(&format!(
            "{} of {} places were not answered; try again",
            history.unread_slots.len(),
            history.capacity
        ));
    }
    let skip = last.map_or(0, |last| history.records.len().saturating_sub(last));
    let records = history.records.get(skip..).unwrap_or_default();
    if !context.json {
        return output::line(&table::em::history(records));
    }
    for record in records {
        output::object(&json::em::RecordJson::new(evse.serial(), record))?;
    }
    Ok(())
}

const BAR: &str = "reading past charges {bar:30} {pos} of {len}, {eta} left";
