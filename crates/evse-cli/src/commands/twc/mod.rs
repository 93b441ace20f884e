//! `evse twc …`: a controller on a bus, for as long as a command lasts.

pub(crate) mod contactors;
mod list;
pub(crate) mod order;
mod screen;
mod watch;

use evse::twc::proto::session::{Farewell, State};
use evse::twc::{Director, Parting};

use crate::cli::{Bus, Twc, TwcCommand, TwcTarget};
use crate::connect::twc::Opening;
use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED};
use crate::output::{self, json};
use crate::signals::terminated;

pub(crate) use screen::keys;

use contactors::Switch;
use order::Order;

/// Does what the command line asks for.
pub(super) async fn run(twc: Twc, context: &Context) -> Result<(), Failure> {
    use TwcCommand as C;
    let Twc {
        mut target,
        command,
        ..
    } = twc;
    let (order, bus, hold) = match command {
        C::Watch { bus, listen, stay } => {
            return watch::run(&target, context, &bus, listen.only, &stay).await;
        }
        C::Share { limit, bus, stay } => {
            target.max_current = limit;
            return watch::share(&target, context, &bus, &stay).await;
        }
        C::List { bus, listen } => return list::run(&target, context, &bus, listen.only).await,
        C::OpenContactors { bus, yes } => {
            return contactors::run(&target, context, &bus, Switch::Open, yes).await;
        }
        C::CloseContactors { bus, yes, force } => {
            return contactors::run(&target, context, &bus, Switch::Close { force }, yes).await;
        }
        C::DefaultCurrent { amps, bus, hold } => (Order::DefaultCurrent(amps), bus, hold),
        C::SessionCurrent { amps, bus, hold } => (Order::SessionCurrent(amps), bus, hold),
        C::Increase { bus, hold } => (Order::Increase, bus, hold),
        C::Decrease { bus, hold } => (Order::Decrease, bus, hold),
    };
    order::run(&target, context, &bus, order, hold.hold).await
}

/// A command that ends by itself: silence follows what it did.
fn once<'a>(target: &'a TwcTarget, bus: &'a Bus) -> Opening<'a> {
    Opening {
        address: &bus.port,
        target,
        listen_only: false,
        starts_none: false,
        keeps_limits: true,
        initial_a: None,
        farewell: Farewell::Leave,
        log: None,
    }
}

/// Runs something on a bus, and lets go of the units in the end, however it ends.
async fn on_bus(
    opening: &Opening<'_>,
    context: &Context,
    work: impl AsyncFnOnce(&Director) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let end = terminated();
    let director = opening.open(context).await?;
    let result = tokio::select! {
        result = work(&director) => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::quiet(INTERRUPTED)),
        () = end => match opening.farewell {
            Farewell::Floor => Ok(()),
            Farewell::Leave => Err(Failure::ended()),
        },
    };
    if opening.farewell == Farewell::Floor && director.state() == State::Running {
        context.progress("leaving the units at their least, 10 s at most; Ctrl-C leaves at once");
    }
    let parting = tokio::select! {
        parting = director.shutdown() => parting,
        _ = tokio::signal::ctrl_c() => return Err(Failure::quiet(INTERRUPTED)),
    };
    // An order says itself what becomes of it.
    let is_told = result.is_ok() && !opening.starts_none;
    match opening.farewell {
        Farewell::Floor => tell(&parting, context)?,
        Farewell::Leave if is_told => (),
        Farewell::Leave => {
            for left in parting.units.iter().filter(|left| left.charges) {
                context.warn(&left.to_string());
            }
        }
    }
    result
}

/// What the units will do.
fn tell(parting: &Parting, context: &Context) -> Result<(), Failure> {
    for left in &parting.units {
        let text = left.to_string();
        if context.json {
            output::object(&json::twc::EventJson::text(Some(left.unit), "left", &text))?;
        } else {
            output::line(&text)?;
        }
    }
    Ok(())
}
