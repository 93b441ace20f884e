//! From the command line to an EM charger: which one, its PIN, and a socket.

use std::io::{ErrorKind, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use evse::em::proto::session::Known;
use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, DiscoverOptions, Evse, Options};
use evse::guard::Policy;
use evse::{Address, GuardedEm};

use super::limit;
use crate::cli::{EmTarget, PinSource};
use crate::context::Context;
use crate::failure::{Failure, GIVE_A_PIN, INTERRUPTED, NAMES};
use crate::output::{self, table};

/// How long to wait for a sign of life: some announcements of a slow charger.
const PATIENCE: Duration = Duration::from_secs(12);

/// How long a search lasts: one announcement of a slow charger.
const SEARCH: Duration = Duration::from_secs(6);

/// A communicator that knows no charger, and has no socket yet.
fn new(target: &EmTarget, context: &Context, mut options: Options) -> Communicator {
    options.bind.set_port(target.client_port);
    options.broadcasts.clone_from(&target.broadcast);
    options.tap = context.em_tap();
    Communicator::new(options)
}

/// A communicator with the chargers of the file, and no socket yet.
pub(crate) fn load(
    target: &EmTarget,
    context: &Context,
    options: Options,
) -> Result<Communicator, Failure> {
    let communicator = new(target, context, options);
    load_from(&communicator, &evses_file(target, context)?)?;
    Ok(communicator)
}

/// The chargers of a file, which is named in errors.
pub(crate) fn load_from(communicator: &Communicator, file: &Path) -> Result<Vec<Evse>, Failure> {
    communicator.load(file).map_err(|error| match error {
        evse::em::Error::Json { .. } => Failure::usage(format!("{}: {error}", file.display())),
        other => other.into(),
    })
}

/// A communicator for commands: it never logs in by itself, so the vendor's app keeps its registration.
pub(crate) fn for_commands(target: &EmTarget, context: &Context) -> Result<Communicator, Failure> {
    let communicator = load(target, context, GuardedEm::one_shot(Options::default()))?;
    communicator.start()?;
    Ok(communicator)
}

/// The file of known chargers.
pub(crate) fn evses_file(target: &EmTarget, context: &Context) -> Result<PathBuf, Failure> {
    match &target.evses {
        Some(file) => Ok(file.clone()),
        None => Ok(context.store()?.path().with_file_name("evses.json")),
    }
}

/// The charger that is meant, with a PIN, for one command.
pub(crate) async fn once(target: &EmTarget, context: &Context) -> Result<GuardedEm, Failure> {
    let communicator = new(target, context, GuardedEm::one_shot(Options::default()));
    let loaded = load_from(&communicator, &evses_file(target, context)?);
    let is_named = target.host.is_some() || target.serial.is_some();
    match loaded {
        // Nothing of it is needed, least of all by a stop.
        Err(failure) if is_named && given_pin(&target.pin)?.is_some() => {
            context.warn(&failure.message);
        }
        loaded => drop(loaded?),
    }
    communicator.start()?;
    find(&communicator, target, context).await
}

/// The charger that is meant, with a PIN.
pub(crate) async fn find(
    communicator: &Communicator,
    target: &EmTarget,
    context: &Context,
) -> Result<GuardedEm, Failure> {
    let pin = given_pin(&target.pin)?;
    let address = address(communicator, target, context).await?;
    context.progress(&format!("asking {address} for a sign of life"));
    let patience = PATIENCE.min(context.time_left());
    let guarded = GuardedEm::find(
        communicator,
        &address,
        pin,
        patience,
        context.store()?,
        Policy::default(),
    )
    .await?;
    let evse = guarded.evse();
    if target.serial.is_some_and(|serial| serial != evse.serial()) {
        return Err(Failure::failed(
            "not_found",
            format!("the charger at {address} has another serial number"),
        )
        .try_this("leave --host or --serial out"));
    }
    if !evse.has_password() {
        let known = Known {
            pin: Some(ask_for_pin(evse, context).await?),
            ..Known::default()
        };
        communicator.add(evse.serial(), known);
    }
    Ok(guarded)
}

/// Where the charger is that is meant.
async fn address(
    communicator: &Communicator,
    target: &EmTarget,
    context: &Context,
) -> Result<Address, Failure> {
    if let Some(host) = &target.host {
        return given(host);
    }
    if let Some(serial) = target.serial {
        return Ok(Address::EmSerial(serial));
    }
    let mut candidates = known(communicator, target);
    if candidates.is_empty() {
        context.progress("searching for chargers");
        candidates = search(communicator, target, SEARCH.min(context.time_left())).await?;
        candidates.retain(|evse| {
            let filter = target.charger.as_deref().unwrap_or_default();
            communicator.matching(filter).contains(evse)
        });
    }
    match candidates.as_slice() {
        [] => Err(nothing_found(target)),
        [evse] => Ok(Address::EmSerial(evse.serial())),
        several => Err(choose(several, context)),
    }
}

/// The chargers of the file that may be meant: those that match, else those with a PIN.
pub(crate) fn known(communicator: &Communicator, target: &EmTarget) -> Vec<Evse> {
    let mut known = match &target.charger {
        Some(filter) => communicator.matching(filter),
        None => communicator.evses(),
    };
    known.retain(|evse| target.charger.is_some() || evse.has_password());
    known
}

/// `--host`: a name or an IP address, with a port if wanted, or a whole `em://` address.
fn given(host: &str) -> Result<Address, Failure> {
    let text = if host.contains("://") {
        host.to_owned()
    } else {
        Address::em(host, None).to_string()
    };
    let address = text.parse().or_else(|error| {
        // A port of the charger's own.
        format!("em://{host}").parse().map_err(|_| error)
    });
    address.map_err(|error| Failure::from(evse::Error::from(error)))
}

/// Chargers that were heard.
pub(crate) async fn search(
    communicator: &Communicator,
    target: &EmTarget,
    duration: Duration,
) -> Result<Vec<Evse>, Failure> {
    let mut options = DiscoverOptions {
        duration,
        ..DiscoverOptions::default()
    };
    let address = target.host.as_deref().map(given).transpose()?;
    if let Some(address @ Address::Em { host, .. }) = &address {
        let found = tokio::net::lookup_host((host.as_str(), 0)).await;
        let found = found.map_err(|error| evse::Error::Resolve {
            address: address.clone(),
            reason: error.to_string(),
        })?;
        let targets = found.filter_map(|found| match found.ip() {
            std::net::IpAddr::V4(ip) => Some(evse::em::proto::endpoint::Target::Address(ip)),
            std::net::IpAddr::V6(_) => None,
        });
        options.targets = targets.collect();
    }
    let mut found = communicator.discover(options).await?;
    found.sort_by_key(Evse::serial);
    Ok(found)
}

fn choose(several: &[Evse], context: &Context) -> Failure {
    if !context.json {
        // The error below says the same; a closed pipe changes nothing.
        let _ = output::line(&table::em::chargers(several));
    }
    let serial = several.first().map_or(Serial::ZERO, Evse::serial);
    let mut failure = Failure::usage(format!("{} chargers may be meant", several.len())).try_this(
        format!("say which with --charger, --serial or --host, such as --serial {serial}"),
    );
    failure.choices = several
        .iter()
        .map(|evse| Address::EmSerial(evse.serial()).to_string())
        .collect();
    failure
}

/// What to say when nobody is heard.
pub(crate) fn nothing_found(target: &EmTarget) -> Failure {
    let whom = target.charger.as_ref().map_or_else(
        || "no charger is heard on this network".to_owned(),
        |filter| {
            format!(
                "no charger with {filter:?} in its serial, brand, model or name is known or heard"
            )
        },
    );
    Failure::failed("not_found", whom).try_this(format!(
        "check that it is powered and on the same Wi-Fi (broadcasts do not cross VLANs and container bridges) and that \
         the firewall lets UDP port {} in, or give its address with --host; `evse doctor` looks for the reason; {NAMES}",
        target.client_port
    ))
}

/// Refuses more than the configuration allows this charger.
pub(crate) fn check_limit(amps: u8, guarded: &GuardedEm, context: &Context) -> Result<(), Failure> {
    let evse = guarded.evse();
    let mut addresses = vec![Address::EmSerial(evse.serial())];
    if let Some(at) = evse.address() {
        addresses.push(Address::em(at.ip().to_string(), None));
        addresses.push(evse::adapter::em::address(at));
    }
    limit::check(amps, guarded.identity(), &addresses, context)
}

/// The PIN of the command line, the environment or a file.
pub(crate) fn given_pin(source: &PinSource) -> Result<Option<Pin>, Failure> {
    let (text, from) = if let Some(pin) = &source.pin {
        (pin.expose().to_owned(), "--pin".to_owned())
    } else if let Some(file) = &source.pin_file {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        (text, file.display().to_string())
    } else if let Ok(pin) = std::env::var("EVSE_PIN") {
        (pin, "EVSE_PIN".to_owned())
    } else {
        return Ok(None);
    };
    // What was given stays unsaid: it may be the PIN but for a typing error.
    let pin = text.trim().parse().map_err(|_| {
        Failure::usage(format!("{from} holds no PIN")).try_this("a PIN has six digits")
    })?;
    Ok(Some(pin))
}

/// Asks a person, without showing what is typed.
async fn ask_for_pin(evse: &Evse, context: &Context) -> Result<Pin, Failure> {
    let no_pin = || {
        Failure::failed("no_pin", format!("no PIN is known for {}", evse.label()))
            .try_this(GIVE_A_PIN)
    };
    let is_seen = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if context.json || !is_seen {
        return Err(no_pin());
    }
    let prompt = format!("PIN of {}: ", evse.label());
    let typed = tokio::task::spawn_blocking(move || rpassword::prompt_password(prompt)).await;
    match typed {
        Ok(Ok(text)) => text
            .trim()
            .parse()
            .map_err(|_| Failure::usage("this is no PIN").try_this("a PIN has six digits")),
        Ok(Err(error)) if error.kind() == ErrorKind::Interrupted => {
            Err(Failure::quiet(INTERRUPTED))
        }
        Ok(Err(_)) | Err(_) => Err(no_pin()),
    }
}
