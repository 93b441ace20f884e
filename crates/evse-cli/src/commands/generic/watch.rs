//! `evse watch`.

use std::collections::HashMap;
use std::time::Duration;

use evse::{Charger, EventKind, Fleet, MemberEvent, Snapshot};
use futures_util::StreamExt as _;
use tokio::time::sleep;

use crate::cli::Watch;
use crate::connect::{generic as connect, session};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

pub(in crate::commands) async fn run(arguments: &Watch, context: &Context) -> Result<(), Failure> {
    let (names, config) = connect::several(arguments, false, context).await?;
    let fleet = Fleet::from_config(&config, session::options(context)?);
    let duration = arguments.duration.map(Duration::from_secs_f64);
    let result = session::until_told(true, async {
        tokio::select! {
            result = follow(&fleet, &names, context) => result,
            () = sleep(duration.unwrap_or_default()), if duration.is_some() => Ok(()),
        }
    })
    .await;
    let left = session::let_go(fleet.shutdown()).await;
    session::tell(&left, &config, context)?;
    result
}

async fn follow(fleet: &Fleet, names: &[String], context: &Context) -> Result<(), Failure> {
    let mut events = fleet.events();
    let mut told = Told::new(context, names);
    while let Some(happened) = events.next().await {
        if !names.iter().any(|name| **name == *happened.name) {
            continue;
        }
        let now = || {
            let all = fleet.snapshot();
            all.into_iter().find(|now| *now.name == *happened.name)
        };
        match &happened.event {
            MemberEvent::Connected => {
                told.text(&happened.name, "connected", "online")?;
                if let Some(now) = now() {
                    told.readings(&now)?;
                }
            }
            MemberEvent::NotConnected(error) => {
                told.text(&happened.name, "not_connected", &error.text)?;
            }
            MemberEvent::Missed { count } => {
                context.warn(&format!("{count} events are not shown"));
            }
            MemberEvent::Charger(event) => {
                if let Some(now) = now() {
                    told.event(&event.kind, &now)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Shows what happens at one charger that is connected, for ever.
pub(super) async fn one(name: &str, charger: &Charger, context: &Context) -> Result<(), Failure> {
    let mut events = charger.events();
    let mut told = Told::new(context, &[name.to_owned()]);
    while let Some(event) = events.next().await {
        let mut now = charger.snapshot();
        name.clone_into(&mut now.name);
        told.event(&event.kind, &now)?;
    }
    Ok(())
}

/// Prints what happens, and readings when they are others.
struct Told<'a> {
    context: &'a Context,
    /// How wide the longest name is.
    columns: usize,
    /// What was printed last of each charger.
    last: HashMap<String, String>,
}

impl<'a> Told<'a> {
    fn new(context: &'a Context, names: &[String]) -> Self {
        let widths = names.iter().map(|name| output::width(name));
        Self {
            context,
            columns: widths.max().unwrap_or_default(),
            last: HashMap::new(),
        }
    }

    fn event(&mut self, kind: &EventKind, now: &Snapshot) -> Result<(), Failure> {
        match kind {
            EventKind::Telemetry => self.readings(now),
            EventKind::Missed { count } => {
                self.context.warn(&format!("{count} events are not shown"));
                Ok(())
            }
            _ => {
                if let Some(text) = table::generic::event(kind) {
                    self.text(&now.name, kind.name(), &text)?;
                }
                if matches!(kind, EventKind::State { .. }) {
                    self.readings(now)?;
                }
                Ok(())
            }
        }
    }

    fn readings(&mut self, now: &Snapshot) -> Result<(), Failure> {
        let readings = table::generic::readings(now);
        if self.last.get(&now.name) == Some(&readings) {
            return Ok(());
        }
        if self.context.json {
            output::object(&json::generic::EventJson::readings(now))?;
        } else {
            self.line(&now.name, &readings)?;
        }
        self.last.insert(now.name.clone(), readings);
        Ok(())
    }

    fn text(&self, name: &str, event: &'static str, text: &str) -> Result<(), Failure> {
        if self.context.json {
            return output::object(&json::generic::EventJson::text(name, event, text));
        }
        self.line(name, text)
    }

    fn line(&self, name: &str, text: &str) -> Result<(), Failure> {
        let name = output::padded(name, self.columns);
        output::timed_line(&format!("{name} {text}"))
    }
}
