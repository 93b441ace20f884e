//! What is done at chargers, and what came of it in words.

use std::fmt;
use std::iter::once;
use std::time::Duration;

use evse::guard::Requester;
use evse::units::Milliamps;
use evse::{Command, Error, Fleet};

use crate::commands::twc::contactors::Switch;
use crate::commands::twc::order::Order;

/// Something to do at a charger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// What all kinds have a word for.
    Common(Box<Command>),
    /// What only Tesla units know.
    Unit(Order),
}

impl Task {
    pub(super) fn of(command: Command) -> Self {
        Self::Common(Box::new(command))
    }

    /// A person's wish for a current.
    pub(super) fn set(current: Milliamps) -> Self {
        Self::of(Command::SetCurrent {
            current,
            requester: Requester::Person,
        })
    }

    pub(super) fn switch(switch: Switch) -> Self {
        Self::of(match switch {
            Switch::Open => Command::OpenContactors,
            Switch::Close { .. } => Command::CloseContactors,
        })
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(order) => order.fmt(f),
            Self::Common(command) => match &**command {
                Command::SetCurrent { current, .. } => write!(f, "current {current}"),
                command => f.write_str(&command.name().replace('_', " ")),
            },
        }
    }
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) text: String,
    pub(super) is_bad: bool,
}

/// Does it.
pub(super) async fn carry_out(fleet: Fleet, name: String, task: Task) -> Outcome {
    let result = match &task {
        Task::Common(command) => common(&fleet, &name, command)
            .await
            .map(|text| format!("{task}: {text}"))
            .map_err(|error| format!("{task}: {error}")),
        Task::Unit(order) => unit(&fleet, &name, *order).await,
    };
    let is_bad = result.is_err();
    let (Ok(text) | Err(text)) = result;
    Outcome { text, is_bad }
}

async fn common(fleet: &Fleet, name: &str, command: &Command) -> Result<String, Error> {
    if matches!(command, Command::Stop) {
        fleet.wait_for(name, STOP_WAITS).await?;
    }
    let done = fleet.execute(name, command.clone()).await?;
    let warnings = done.warnings.iter().map(ToString::to_string);
    let texts: Vec<String> = once(done.completion.to_string()).chain(warnings).collect();
    Ok(texts.join("; "))
}

async fn unit(fleet: &Fleet, name: &str, order: Order) -> Result<String, String> {
    let charger = fleet
        .charger(name)
        .map_err(|error| format!("{order}: {error}"))?;
    match charger.as_twc() {
        Some(guarded) => order.send_and_tell(guarded.unit()).await,
        None => Err(format!("{order}: only Tesla units know this")),
    }
}

/// A stop waits so long for the first connection. Source: ours; the slot of a Duosida is free again after 31 s.
const STOP_WAITS: Duration = Duration::from_mins(1);
