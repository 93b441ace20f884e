//! From the command line to a charger of any kind: which one, and its PIN.

use evse::config::{ChargerConfig, Config};
use evse::{Address, DiscoverOptions, Found, FoundKind, Protocol, Secret, SecretSource, discover};
use futures_util::StreamExt as _;

use super::em::given_pin;
use crate::cli::{Choice, PinSource, Watch};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, table};

/// The charger that is meant: by name, by address, or the only one.
pub(crate) async fn choose(
    choice: &Choice,
    config: &Config,
    context: &Context,
) -> Result<ChargerConfig, Failure> {
    let charger = match (&choice.charger, &config.defaults.charger) {
        (Some(text), _) => named(text, config)?,
        (None, Some(default)) => config.charger(default)?.clone(),
        (None, None) => match config.chargers.as_slice() {
            [] => found(config, context).await?,
            [only] => only.clone(),
            several => return Err(name_one(several)),
        },
    };
    with_pin(charger, &choice.pin)
}

/// The names of several chargers that are meant, and the configuration with them: the other units on their buses stay,
/// for the limits of those are this program's to keep too. Who keeps circuits has all their chargers.
pub(crate) async fn several(
    arguments: &Watch,
    has_circuits: bool,
    context: &Context,
) -> Result<(Vec<String>, Config), Failure> {
    let mut config = context.config()?;
    let mut meant = if !arguments.chargers.is_empty() {
        let texts = arguments.chargers.iter();
        let meant = texts.map(|text| named(text, &config));
        meant.collect::<Result<Vec<_>, _>>()?
    } else if config.chargers.is_empty() {
        let found = search_all(&config, context).await?;
        found.iter().map(of_found).collect()
    } else {
        config.chargers.clone()
    };
    if meant.is_empty() {
        return Err(nothing_found());
    }
    let of_em = |charger: &&mut ChargerConfig| charger.address.protocol() == Protocol::Em;
    let mut of_em = meant.iter_mut().filter(of_em);
    match (of_em.next(), of_em.next()) {
        (Some(only), None) => *only = with_pin(only.clone(), &arguments.pin)?,
        (Some(_), Some(_)) if arguments.pin.is_given() => {
            return Err(
                Failure::usage("a PIN is that of one charger, and several are meant").try_this(
                    "put the PINs into the configuration, or let `evse em login` remember them",
                ),
            );
        }
        _ => {}
    }
    let mut names = Vec::new();
    let shares_bus = |other: &ChargerConfig| {
        let mut meant = meant.iter();
        meant.any(|one| one.address.shares_bus_with(&other.address))
    };
    if !has_circuits || config.circuits.is_empty() {
        config.chargers.retain(shares_bus);
    }
    for charger in meant {
        if !names.contains(&charger.name) {
            names.push(charger.name.clone());
            config.chargers.retain(|other| other.name != charger.name);
            config.chargers.push(charger);
        }
    }
    Ok((names, config))
}

/// A name of the configuration or an address; what the configuration says of that counts too.
pub(crate) fn named(text: &str, config: &Config) -> Result<ChargerConfig, Failure> {
    if !text.contains("://") {
        return Ok(config.charger(text)?.clone());
    }
    let address: Address = text.parse().map_err(evse::Error::from)?;
    let mut known = config.chargers.iter();
    let known = known.find(|charger| charger.address == address);
    Ok(known.map_or_else(|| ChargerConfig::new(text, address), Clone::clone))
}

fn name_one(several: &[ChargerConfig]) -> Failure {
    let names: Vec<&str> = several.iter().map(|charger| &*charger.name).collect();
    let mut failure =
        Failure::usage(format!("{} chargers are configured", names.len())).try_this(format!(
            "name one of {}, or set `charger` in [defaults]",
            names.join(", ")
        ));
    failure.choices = names.into_iter().map(str::to_owned).collect();
    failure
}

/// The only charger that a search finds.
async fn found(config: &Config, context: &Context) -> Result<ChargerConfig, Failure> {
    let found = search_all(config, context).await?;
    match found.as_slice() {
        [] => Err(nothing_found()),
        [only] => Ok(of_found(only)),
        several => {
            if !context.json {
                // The error below says the same; a closed pipe changes nothing.
                let _ = output::line(&table::generic::found(several));
            }
            let addresses = several.iter().map(|found| found.address.to_string());
            let mut failure = Failure::usage(format!("{} chargers answer", several.len()))
                .try_this(format!("say which, such as {}", several[0].address));
            failure.choices = addresses.collect();
            Err(failure)
        }
    }
}

/// Everybody that a search finds, and no mere ports.
async fn search_all(config: &Config, context: &Context) -> Result<Vec<Found>, Failure> {
    let mut options = DiscoverOptions::from_config(config);
    options.duration = options.duration.min(context.time_left());
    let mut found = search(options, context).await?;
    found.retain(|found| found.kind == FoundKind::Charger);
    Ok(found)
}

/// Searches, and tells how it goes: one entry for each address, in their order.
pub(crate) async fn search(
    mut options: DiscoverOptions,
    context: &Context,
) -> Result<Vec<Found>, Failure> {
    let seconds = options.duration.as_secs_f32();
    context.progress(&format!("searching for chargers, {seconds} s"));
    options.duosida.tap = context.tap();
    options.em.tap = context.em_tap();
    options.twc.tap = context.twc_tap();
    let mut found: Vec<Found> = Vec::new();
    let mut issues = Vec::new();
    let mut items = discover(&options);
    while let Some(item) = items.next().await {
        match item {
            Ok(item) => {
                if item.kind == FoundKind::Charger {
                    context.progress(&format!("found {}", item.address));
                }
                found.retain(|known| known.address != item.address);
                found.push(item);
            }
            Err(issue) => issues.push(issue),
        }
    }
    for issue in &issues {
        context.progress(&format!("note: {}: {issue}", issue.protocol));
    }
    if let (true, [issue, ..]) = (found.is_empty(), issues.as_slice()) {
        let mut failure = nothing_found();
        failure.message = format!("{} ({issue})", failure.message);
        return Err(failure);
    }
    found.sort_by(|one, other| one.address.cmp(&other.address));
    Ok(found)
}

fn of_found(found: &Found) -> ChargerConfig {
    let mut charger = ChargerConfig::new(found.address.to_string(), found.address.clone());
    charger.identity.clone_from(&found.identity);
    charger
}

/// What to say when nobody answers.
pub(crate) fn nothing_found() -> Failure {
    Failure::failed("not_found", "no charger answers on this network").try_this(
        "check that it is powered and on the same Wi-Fi (broadcasts do not cross VLANs), or give its address, such as \
         duosida://192.0.2.7, em://SERIAL or twc:///dev/ttyUSB0; `evse doctor` looks for the reason",
    )
}

/// Adds the PIN of the one EM charger that is meant: the command line's, or where the configuration has none that of the
/// environment. Without, the one counts that `evse em login` remembers, once it is known who the charger is.
pub(crate) fn with_pin(
    mut charger: ChargerConfig,
    source: &PinSource,
) -> Result<ChargerConfig, Failure> {
    let is_em = charger.address.protocol() == Protocol::Em;
    if is_em && (charger.pin.is_none() || source.is_given()) {
        let pin = given_pin(source)?;
        charger.pin = pin.map(|pin| SecretSource::Text(Secret::new(pin.expose())));
    }
    Ok(charger)
}
