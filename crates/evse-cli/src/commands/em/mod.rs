//! `evse em …`: one file per command, or per group of commands that are alike.

mod clock;
mod discover;
mod dump;
mod file;
mod history;
mod login;
mod setting;
mod start;
mod status;
mod stop;
mod version;
mod watch;
mod weekly_plan;

use evse::Warning;

use crate::cli::{Em, EmCommand};
use crate::context::Context;
use crate::failure::Failure;

/// Does what the command line asks for.
pub(super) async fn run(em: Em, context: &Context) -> Result<(), Failure> {
    use EmCommand as C;
    let Em {
        target, command, ..
    } = em;
    match command {
        C::Discover { duration } => discover::run(&target, context, duration).await,
        C::Status => status::run(&target, context).await,
        C::Watch { duration } => watch::run(&target, context, duration).await,
        C::Login => login::run(&target, context).await,
        C::Start(arguments) => start::run(&target, context, arguments).await,
        C::Stop { user } => stop::run(&target, context, user).await,
        C::GetTime => clock::get(&target, context).await,
        C::SetTime { time } => clock::set(&target, context, time).await,
        C::WeeklyPlan { days } => weekly_plan::run(&target, context, &days).await,
        C::History { last } => history::run(&target, context, last).await,
        C::Version => version::run(&target, context).await,
        C::Dump { duration, listen } => dump::run(&target, context, duration, listen).await,
        C::Import { file } => file::import(&target, context, &file),
        C::Export { file } => file::export(&target, context, &file),
        C::SetCurrent { amps } => setting::current(&target, context, amps).await,
        C::Name { name } => setting::name(&target, context, name).await,
        C::Language { language } => setting::language(&target, context, language).await,
        C::TemperatureUnit { unit } => setting::temperature_unit(&target, context, unit).await,
        C::OfflineCharge { mode } => setting::offline_charge(&target, context, mode).await,
    }
}

/// Says what someone should know of a command that was carried out.
fn warn(warnings: &[Warning], context: &Context) -> Vec<String> {
    let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    for text in &texts {
        context.warn(text);
    }
    texts
}
