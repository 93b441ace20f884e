//! `evse duosida monitor`.

use std::time::Duration;

use evse::GuardedDuosida;
use evse::duosida::proto::session::Status;
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};

use crate::cli::Target;
use crate::connect::duosida as connect;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &Target,
    context: &Context,
    interval: u64,
    duration: Option<f64>,
) -> Result<(), Failure> {
    let guarded = connect::to_stay(target, context, Duration::from_secs(interval)).await?;
    let end = duration.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let result = follow(&guarded, context, Duration::from_secs(interval), end).await;
    guarded.shutdown().await;
    result
}

/// Prints each change until the end, or until the connection is given up.
async fn follow(
    guarded: &GuardedDuosida,
    context: &Context,
    interval: Duration,
    end: Option<Instant>,
) -> Result<(), Failure> {
    let mut last: Option<(String, Instant)> = None;
    let mut statuses = guarded.charger().monitor();
    let mut links = guarded.charger().link();
    loop {
        tokio::select! {
            status = statuses.next() => match status {
                Some(status) if status.age.is_none() => {}
                Some(status) => {
                    let readings = table::readings(&status);
                    // Several messages make one report: what says the same again waits for the next poll.
                    let is_news = last.as_ref().is_none_or(|(text, at)| *text != readings || at.elapsed() >= interval);
                    if is_news {
                        show(&status, &readings, guarded, context)?;
                        last = Some((readings, Instant::now()));
                    }
                }
                None => return Err(Failure::failed("unreachable", "the connection is closed")),
            },
            Ok(()) = links.changed() => {
                if let evse::duosida::Link::Waiting { reason, .. } = &*links.borrow_and_update() {
                    context.warn(&reason.to_string());
                }
            }
            () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => return Ok(()),
        }
    }
}

fn show(
    status: &Status,
    readings: &str,
    guarded: &GuardedDuosida,
    context: &Context,
) -> Result<(), Failure> {
    if context.json {
        let identity = guarded.charger().identity();
        return output::object(&json::StatusJson::new(status, identity.as_ref()));
    }
    output::timed_line(readings)
}
