//! `evse twc watch` and `share`: a controller that stays.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::time::Duration;

use evse::twc::proto::Address as Unit;
use evse::twc::proto::session::{self, Farewell, Sender};
use evse::twc::{Director, Event};
use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until};

use super::{on_bus, screen};
use crate::cli::{Bus, Stay, TwcTarget};
use crate::connect::twc::{self as connect, Opening};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(super) async fn run(
    target: &TwcTarget,
    context: &Context,
    bus: &Bus,
    listen_only: bool,
    stay: &Stay,
) -> Result<(), Failure> {
    let is_seen = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let opening = to_stay(target, bus, listen_only, stay);
    let wanted = opening.unit()?;
    on_bus(&opening, context, async |director| {
        if is_seen && !context.json {
            screen::run(director, context, wanted, stay.duration).await
        } else {
            follow(director, context, stay.duration).await
        }
    })
    .await
}

pub(super) async fn share(
    target: &TwcTarget,
    context: &Context,
    bus: &Bus,
    stay: &Stay,
) -> Result<(), Failure> {
    let opening = to_stay(target, bus, false, stay);
    on_bus(&opening, context, async |director| {
        keep(director, context, stay.duration).await
    })
    .await
}

/// Stays, and tells what happens; fails when another controller takes over.
pub(super) async fn keep(
    director: &Director,
    context: &Context,
    duration: Option<f64>,
) -> Result<(), Failure> {
    tokio::select! {
        result = follow(director, context, duration) => result,
        failure = connect::silenced(director) => Err(failure),
    }
}

fn to_stay<'a>(
    target: &'a TwcTarget,
    bus: &'a Bus,
    listen_only: bool,
    stay: &'a Stay,
) -> Opening<'a> {
    Opening {
        address: &bus.port,
        target,
        listen_only,
        starts_none: false,
        keeps_limits: false,
        initial_a: None,
        farewell: Farewell::Floor,
        log: stay.log.as_deref(),
    }
}

/// Prints what happens, a line for each change, until the time is up.
async fn follow(
    director: &Director,
    context: &Context,
    duration: Option<f64>,
) -> Result<(), Failure> {
    let end = duration.map(|seconds| Instant::now() + Duration::from_secs_f64(seconds));
    let mut events = director.events();
    let mut teller = Teller {
        director,
        context,
        last: BTreeMap::new(),
    };
    teller.event("state", None, &director.state().to_string())?;
    for unit in director.peripherals() {
        teller.readings(unit.address())?;
    }
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => return Ok(()),
        };
        let Some(event) = event else { return Ok(()) };
        teller.tell(&event)?;
    }
}

/// Prints what happens.
struct Teller<'a> {
    director: &'a Director,
    context: &'a Context,
    /// What was printed last of each unit.
    last: BTreeMap<Unit, String>,
}

impl Teller<'_> {
    fn tell(&mut self, event: &Event) -> Result<(), Failure> {
        if let Event::Bus(session::Event::Frame {
            from: Sender::Peripheral(unit),
            ..
        }) = event
        {
            return self.readings(*unit);
        }
        match table::twc::event(event) {
            Some(text) => {
                let (kind, unit) = json::twc::kind(event);
                self.event(kind, unit, &text)
            }
            None => Ok(()),
        }
    }

    /// When they have changed.
    fn readings(&mut self, id: Unit) -> Result<(), Failure> {
        let unit = self.director.peripheral(id);
        let unit = unit.and_then(|unit| unit.read(Clone::clone));
        // Before its first heartbeat there is nothing to read.
        let Some(unit) = unit.filter(|unit| unit.state.is_some()) else {
            return Ok(());
        };
        let readings = table::twc::readings(&unit);
        if self.last.get(&id) == Some(&readings) {
            return Ok(());
        }
        if self.context.json {
            output::object(&json::twc::EventJson::status(&unit))?;
        } else {
            output::timed_line(&readings)?;
        }
        self.last.insert(id, readings);
        Ok(())
    }

    fn event(&self, kind: &str, unit: Option<Unit>, text: &str) -> Result<(), Failure> {
        if self.context.json {
            return output::object(&json::twc::EventJson::text(unit, kind, text));
        }
        output::timed_line(text)
    }
}
