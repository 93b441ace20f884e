//! `evse twc open-contactors` and `close-contactors`: cutting the power under load, and giving it back.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use evse::GuardedTwc;
use evse::guard::Policy;
use evse::state_store::StateStore;
use evse::twc::Peripheral;

use super::{on_bus, once};
use crate::cli::{Bus, TwcTarget};
use crate::connect::twc::{self as connect, Opening};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};
use crate::signals::outcome;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Switch {
    Open,
    Close {
        /// Although the guard says to wait.
        force: bool,
    },
}

impl Switch {
    /// The command's name.
    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open-contactors",
            Self::Close { .. } => "close-contactors",
        }
    }

    /// What a person should know before.
    pub(crate) fn question(self, whose: &str) -> String {
        match self {
            Self::Open => format!(
                "open the contactors of {whose}? Cuts the power under load; a Tesla shows an error until replugged"
            ),
            Self::Close { .. } => {
                format!("close the contactors of {whose}? Those of an idle unit close too")
            }
        }
    }

    /// Does it, through the guard.
    pub(super) async fn carry_out(
        self,
        unit: Peripheral,
        store: StateStore,
    ) -> Result<Switched, Failure> {
        let id = unit.address();
        let guarded = GuardedTwc::new(unit, PATIENCE, store, Policy::default()).await;
        let (text, result, warnings) = match self {
            Self::Open => {
                let done = outcome(self.name(), guarded.open_contactors()).await?;
                match done.completion {
                    Some(()) => ("open, confirmed by the unit", "confirmed", done.warnings),
                    None => (
                        "opened a moment ago already, not sent again",
                        "merged",
                        done.warnings,
                    ),
                }
            }
            Self::Close { force } => {
                let done = outcome(self.name(), guarded.close_contactors(force)).await;
                let done = done.map_err(|error| {
                    let unit = guarded.identity().short();
                    Failure::from(error).about(&unit)
                })?;
                ("closed, confirmed by the unit", "confirmed", done.warnings)
            }
        };
        Ok(Switched {
            text: format!("unit {id}: contactors {text}"),
            result,
            warnings: warnings.iter().map(ToString::to_string).collect(),
        })
    }
}

/// What came of it.
pub(super) struct Switched {
    /// In words.
    pub(super) text: String,
    /// The word for JSON.
    result: &'static str,
    warnings: Vec<String>,
}

pub(super) async fn run(
    target: &TwcTarget,
    context: &Context,
    bus: &Bus,
    switch: Switch,
    yes: bool,
) -> Result<(), Failure> {
    if !yes && !can_ask(context) {
        return Err(
            Failure::usage(format!("{} asks first, and nobody is here", switch.name()))
                .try_this("--yes if you are sure"),
        );
    }
    let opening = Opening {
        starts_none: true,
        ..once(target, bus)
    };
    let wanted = opening.unit()?;
    on_bus(&opening, context, async |director| {
        let unit = connect::find(director, wanted, context).await?;
        if !yes && !agreed(&unit, switch).await? {
            return Err(Failure::failed("declined", "nothing was switched"));
        }
        let Switched {
            text,
            result,
            warnings,
        } = switch.carry_out(unit.clone(), context.store()?).await?;
        for warning in &warnings {
            context.warn(warning);
        }
        if !context.json {
            return output::line(&text);
        }
        let done = json::twc::DoneJson::switched(switch.name(), &unit, result, &text, warnings);
        output::object(&done)
    })
    .await
}

fn can_ask(context: &Context) -> bool {
    !context.json && std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks on the terminal.
async fn agreed(unit: &Peripheral, switch: Switch) -> Result<bool, Failure> {
    let state = unit.read(table::twc::state).unwrap_or_default();
    let question = format!(
        "It is {state}. {} y/n: ",
        capital(&switch.question(&format!("unit {}", unit.address())))
    );
    let asked = tokio::task::spawn_blocking(move || -> std::io::Result<String> {
        let mut stderr = std::io::stderr();
        stderr.write_all(question.as_bytes())?;
        stderr.flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        Ok(answer)
    });
    let answer = asked
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))??;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// For its serial number, which new firmware tells within a few seconds.
const PATIENCE: Duration = Duration::from_secs(10);
