//! `evse start`, `stop`, `toggle` and `set-current`.

use std::time::{Duration, SystemTime};

use evse::config::{ChargerConfig, Config};
use evse::guard::Requester;
use evse::units::WattHours;
use evse::{Charger, Command, Done, Effect, Protocol, StartOptions};

use super::super::held_back_already;
use super::super::twc::order::{LIVES_ON, charging};
use super::watch;
use crate::cli::{Choice, SetCurrent, Start};
use crate::connect::generic as connect;
use crate::connect::session::{Stay, with_charger};
use crate::context::Context;
use crate::failure::{FAILED, Failure};
use crate::output::{self, json, table};
use crate::signals::outcome;

pub(in crate::commands) async fn start(start: &Start, context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let meant = connect::choose(&start.choice, &config, context).await?;
    let mut options = StartOptions::default();
    options.current = start.amps;
    options.at = start.at_unix_s.and_then(|unix_s| {
        let since = Duration::from_secs(u64::try_from(unix_s).ok()?);
        SystemTime::UNIX_EPOCH.checked_add(since)
    });
    options.max_duration = start
        .duration_min
        .map(|minutes| Duration::from_secs(60 * u64::from(minutes)));
    options.max_energy = start
        .energy_centikwh
        .map(|centikwh| WattHours(10 * u64::from(centikwh)));
    options.user.clone_from(&start.user);
    options.id.clone_from(&start.id);
    options.single_phase = start.single_phase;
    options.replace = start.replace;
    options.force = start.force;
    if !start.force {
        let checked = held_back_already(&config.guard, context, |file| {
            let known = file.find_by_address(&meant.address.to_string())?;
            Some(known.1)
        });
        checked.map_err(|failure| failure.about(&meant.name))?;
    }
    switch(&meant, &config, context, Command::Start(options)).await
}

pub(in crate::commands) async fn stop(choice: &Choice, context: &Context) -> Result<(), Failure> {
    let names_address = choice.charger.as_ref();
    let names_address = names_address.is_some_and(|text| text.contains("://"));
    let config = match context.config() {
        // Nothing of it is needed.
        Err(error) if names_address => {
            context.warn(&error.to_string());
            Config::default()
        }
        config => config?,
    };
    let meant = connect::choose(choice, &config, context).await?;
    switch(&meant, &config, context, Command::Stop).await
}

pub(in crate::commands) async fn toggle(choice: &Choice, context: &Context) -> Result<(), Failure> {
    let config = context.config()?;
    let meant = connect::choose(choice, &config, context).await?;
    switch(&meant, &config, context, Command::Toggle).await
}

async fn switch(
    meant: &ChargerConfig,
    config: &Config,
    context: &Context,
    command: Command,
) -> Result<(), Failure> {
    if meant.address.protocol() == Protocol::Twc {
        return Err(no_clean_one(&command, meant));
    }
    let is_toggle = command == Command::Toggle;
    let result = with_charger(meant, config, Stay::Look, context, async |charger| {
        let word = command.name();
        let done = outcome(word, charger.execute(command)).await?;
        conclude(word, word, charger, &done, Vec::new(), context)
    })
    .await;
    result.map_err(|failure| match failure.held_back {
        Some(_) if is_toggle => failure
            .about(&meant.name)
            .try_this("wait, or use `evse start --force` if you know that nothing was switched"),
        _ => failure.about(&meant.name),
    })
}

/// A bus has no start and no stop; to open the contactors under load leaves many vehicles in an error.
fn no_clean_one(command: &Command, meant: &ChargerConfig) -> Failure {
    let why = match command {
        Command::Start(_) => {
            "is not started by command: its vehicle begins by itself while a current is offered"
        }
        Command::Stop => "has no clean stop",
        _ => "has no clean stop and no start",
    };
    Failure::failed(
        "unsupported",
        format!("the Tesla unit {} {why}; nothing was sent", meant.name),
    )
    .try_this(format!(
        "hold it at its minimum with `evse set-current 6 {} --hold`",
        meant.name
    ))
}

pub(in crate::commands) async fn set_current(
    set: &SetCurrent,
    context: &Context,
) -> Result<(), Failure> {
    let config = context.config()?;
    let meant = connect::choose(&set.choice, &config, context).await?;
    let is_on_bus = meant.address.protocol() == Protocol::Twc;
    if set.hold && !is_on_bus {
        return Err(Failure::usage(
            "--hold is for Tesla units; other chargers keep what they are told",
        ));
    }
    let stay = if set.hold {
        Stay::Hold(set.amps)
    } else {
        Stay::Once(set.amps)
    };
    with_charger(&meant, &config, stay, context, async |charger| {
        if let Some(unit) = charger.as_twc() {
            charging(unit.unit(), context).await;
        }
        let told = charger.set_current(set.amps, Requester::Person);
        let done = outcome("set-current", told).await?;
        let what = format!("current {}", set.amps);
        let warning = (is_on_bus && !set.hold).then(|| LIVES_ON.to_owned());
        conclude(
            "set_current",
            &what,
            charger,
            &done,
            warning.into_iter().collect(),
            context,
        )?;
        if set.hold {
            return watch::one(&meant.name, charger, context).await;
        }
        match done.completion {
            Effect::Shared { granted } if granted.0 == 0 => Err(Failure::quiet(FAILED)),
            _ => Ok(()),
        }
    })
    .await
}

/// Says how far a command was carried out, and what someone should know.
fn conclude(
    command: &str,
    what: &str,
    charger: &Charger,
    done: &Done<Effect>,
    mut warnings: Vec<String>,
    context: &Context,
) -> Result<(), Failure> {
    warnings.extend(done.warnings.iter().map(ToString::to_string));
    for warning in &warnings {
        context.warn(warning);
    }
    if context.json {
        let identity = charger.identity();
        let done = json::generic::DoneJson::new(command, &identity, done.completion, warnings);
        output::object(&done)
    } else {
        let completion = table::generic::completion(done.completion);
        output::line(&format!("{what}: {completion}"))
    }
}
