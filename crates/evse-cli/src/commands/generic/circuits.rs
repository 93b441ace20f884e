//! `evse circuits`.

use std::collections::HashMap;
use std::time::Duration;

use evse::circuit::{Circuits, Standing};
use evse::config::Config;
use evse::{Fleet, MemberEvent, Protocol};
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use tokio::time::sleep;

use super::status::settings;
use crate::cli;
use crate::connect::session;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, json, table};

/// How long after all are heard their standing is that of all: two rounds.
const ROUNDS: Duration = Duration::from_millis(2_500);

pub(in crate::commands) async fn run(
    arguments: &cli::Circuits,
    context: &Context,
) -> Result<(), Failure> {
    let config = context.config()?;
    if config.circuits.is_empty() {
        return Err(Failure::usage("no circuit is configured").try_this(
            "add [circuits.NAME] to evse.toml and `circuit = \"NAME\"` to its chargers",
        ));
    }
    let mut options = session::options(context)?;
    let mut at_buses = config.clone();
    if !arguments.keep {
        session::look(&mut options.twc.session, &mut at_buses);
    }
    let fleet = Fleet::from_config(&at_buses, options);
    let circuits = if arguments.keep {
        Circuits::start(&fleet, &config)
    } else {
        Circuits::look(&fleet, &config)
    };
    let duration = arguments.duration.map(Duration::from_secs_f64);
    let stays = arguments.keep || arguments.watch;
    let result = session::until_told(stays, async {
        if !stays {
            return once(&fleet, &circuits, &config, context).await;
        }
        tokio::select! {
            result = follow(&circuits, context) => result,
            () = say_who_is_not_reached(&fleet, context) => Ok(()),
            () = sleep(duration.unwrap_or_default()), if duration.is_some() => Ok(()),
        }
    })
    .await;
    circuits.shutdown().await;
    let left = session::let_go(fleet.shutdown()).await;
    if arguments.keep {
        session::tell(&left, &config, context)?;
    }
    result
}

/// Shows how all stand as soon as all are heard, or when the time is up.
async fn once(
    fleet: &Fleet,
    circuits: &Circuits,
    config: &Config,
    context: &Context,
) -> Result<(), Failure> {
    let has_bus = config.buses.iter().any(|bus| bus.sharing.is_some());
    let members = config.chargers.iter().filter(|charger| {
        charger.sharing.is_some() || has_bus && charger.address.protocol() == Protocol::Twc
    });
    let heard = members.map(async |charger| {
        context.progress(&format!("waiting for {}", charger.name));
        match fleet.wait_for(&charger.name, context.time_left()).await {
            Ok(charger) => drop(settings(&charger).await),
            Err(error) => context.warn(&error.to_string()),
        }
    });
    join_all(heard).await;
    sleep(ROUNDS).await;
    show(&circuits.standing().borrow(), context)
}

/// Says for ever why members are not connected, each reason once.
async fn say_who_is_not_reached(fleet: &Fleet, context: &Context) {
    let mut events = fleet.events();
    let mut told = HashMap::new();
    while let Some(happened) = events.next().await {
        if let MemberEvent::NotConnected(error) = happened.event {
            let last = told.insert(happened.name.clone(), error.text.clone());
            if last.as_ref() != Some(&error.text) {
                context.warn(&format!("{}: {}", happened.name, error.text));
            }
        }
    }
}

/// Shows how all stand whenever that changes, and what happens.
async fn follow(circuits: &Circuits, context: &Context) -> Result<(), Failure> {
    let mut standing = circuits.standing();
    let mut events = circuits.events();
    let mut last = String::new();
    loop {
        tokio::select! {
            event = events.next() => {
                let Some(event) = event else { return Ok(()) };
                if context.json {
                    output::object(&json::circuits::EventJson::new(&event))?;
                } else {
                    output::timed_line(&event.to_string())?;
                }
            }
            changed = standing.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let now = standing.borrow_and_update().clone();
                let text = table::circuits::standing(&now);
                if text == last {
                    continue;
                }
                if context.json {
                    show(&now, context)?;
                } else {
                    output::line(&format!("{}\n{text}\n", output::time()))?;
                }
                last = text;
            }
        }
    }
}

fn show(standing: &Standing, context: &Context) -> Result<(), Failure> {
    if context.json {
        output::object(&json::circuits::StandingJson::new(standing))
    } else {
        output::line(&table::circuits::standing(standing))
    }
}
