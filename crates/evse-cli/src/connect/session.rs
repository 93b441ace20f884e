//! The connections of one command to chargers of any kind, for as long as it lasts.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use evse::config::{ChargerConfig, Config};
use evse::em::Communicator;
use evse::em::proto::session::Session;
use evse::em::proto::{Pin, Serial};
use evse::twc::proto::session::{self, Farewell, UnitConfig};
use evse::units::Milliamps;
use evse::{Address, Charger, ConnectOptions, Connector, LetGo, Progress};

use super::em::{given_pin, load_from};
use crate::cli::PinSource;
use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED};
use crate::output;
use crate::output::json::generic::EventJson;
use crate::signals::terminated;

/// What a command does on a bus of Tesla units, whose controller this program is meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// It only looks: vehicles that wait go on waiting, for one that begins to charge and loses its controller goes to
    /// an error.
    Look,
    /// It tells one unit a current and leaves: those of the others go on waiting.
    Once(Milliamps),
    /// It stays with this current, and leaves the units at their least.
    Hold(Milliamps),
}

/// How chargers are connected to for a command.
pub(crate) fn options(context: &Context) -> Result<ConnectOptions, Failure> {
    let mut options = ConnectOptions::new(context.store()?);
    options.patience = context.time_left();
    options.duosida.tap = context.tap();
    options.em.tap = context.em_tap();
    options.twc.tap = context.twc_tap();
    let file = options.store.path().with_file_name("evses.json");
    // Who needs none of them is not to be kept back by that file.
    options.em_pins = remembered_pins(&file).unwrap_or_else(|failure| {
        context.warn(&failure.message);
        BTreeMap::new()
    });
    options.em_pin = given_pin(&PinSource::default()).ok().flatten();
    Ok(options)
}

/// The PINs that `evse em login` remembers.
fn remembered_pins(file: &Path) -> Result<BTreeMap<Serial, Pin>, Failure> {
    let communicator = Communicator::new(evse::em::Options::default());
    let known = load_from(&communicator, file)?;
    let pins = known.iter().filter_map(|evse| {
        let pin = evse.read(Session::pin).flatten()?;
        Some((evse.serial(), pin))
    });
    Ok(pins.collect())
}

/// Connects to a charger for one command, and lets go of it however that ends.
pub(crate) async fn with_charger(
    charger: &ChargerConfig,
    config: &Config,
    stay: Stay,
    context: &Context,
    work: impl AsyncFnOnce(&Charger) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut options = options(context)?;
    let mut config = config.clone();
    prepare(&mut options.twc.session, &mut config, charger, stay);
    let connector = Connector::from_config(&config, options);
    let result = until_told(matches!(stay, Stay::Hold(_)), async {
        let connected = connect(&connector, charger, context).await?;
        let result = work(&connected).await;
        connected.shutdown().await;
        result
    })
    .await;
    let left = let_go(connector.shutdown()).await;
    match stay {
        Stay::Hold(_) => tell(&left, &config, context)?,
        // An order says itself what becomes of it.
        Stay::Once(_) if result.is_ok() => (),
        _ => {
            for unit in left.iter().filter(|unit| unit.is_charging) {
                context.warn(&unit.text);
            }
        }
    }
    result
}

/// How the bus is run meanwhile.
fn prepare(bus: &mut session::Config, config: &mut Config, charger: &ChargerConfig, stay: Stay) {
    bus.keep_limits = true;
    if matches!(stay, Stay::Once(_)) {
        bus.farewell = Farewell::Leave;
    }
    let current = match stay {
        Stay::Look => return look(bus, config),
        Stay::Once(current) => {
            bus.unit.initial_a = Some(0);
            current
        }
        Stay::Hold(current) => current,
    };
    // It shall not start with more, to be told this right after.
    let initial_a = u16::try_from(current.whole_amps()).ok();
    if let Address::Twc {
        unit: Some(unit), ..
    } = charger.address
    {
        let known = UnitConfig {
            initial_a,
            ..bus.unit
        };
        bus.units.insert(unit, known);
        if !config.chargers.contains(charger) {
            // For the wiring of its bus.
            config.chargers.push(charger.clone());
        }
    } else {
        bus.unit.initial_a = initial_a;
    }
}

/// Only looks at units: none is started, none is told anything.
pub(crate) fn look(bus: &mut session::Config, config: &mut Config) {
    bus.keep_limits = true;
    bus.farewell = Farewell::Leave;
    bus.limit_a = 0;
    for bus in &mut config.buses {
        bus.limit = Some(Milliamps(0));
    }
}

/// Runs something until Ctrl-C or the word of the system, which is how something that stays ends well.
pub(crate) async fn until_told(
    stays: bool,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    tokio::select! {
        result = work => result,
        _ = tokio::signal::ctrl_c() => Err(Failure::quiet(INTERRUPTED)),
        () = terminated() => if stays { Ok(()) } else { Err(Failure::ended()) },
    }
}

/// Ends sockets and buses, and says what units will do; Ctrl-C leaves at once.
pub(crate) async fn let_go(shutdown: impl Future<Output = Vec<LetGo>>) -> Vec<LetGo> {
    tokio::select! {
        left = shutdown => left,
        _ = tokio::signal::ctrl_c() => Vec::new(),
    }
}

/// What the units of buses will do.
pub(crate) fn tell(left: &[LetGo], config: &Config, context: &Context) -> Result<(), Failure> {
    for unit in left {
        let mut known = config.chargers.iter();
        let known = known.find(|charger| charger.address == unit.address);
        let name = known.map_or_else(|| unit.address.to_string(), |known| known.name.clone());
        if context.json {
            output::object(&EventJson::text(&name, "left", &unit.text))?;
        } else {
            output::line(&unit.text)?;
        }
    }
    Ok(())
}

async fn connect(
    connector: &Connector,
    charger: &ChargerConfig,
    context: &Context,
) -> Result<Charger, Failure> {
    let mut told = String::new();
    let progress = |progress: Progress| {
        let text = match progress {
            Progress::Waiting { until, reason, .. } => {
                let wait: Duration = until.saturating_duration_since(Instant::now());
                format!("{reason}; trying again in {} s", wait.as_secs_f32().ceil())
            }
            _ => format!("connecting to {}", charger.address),
        };
        if text != told {
            context.progress(&text);
            told = text;
        }
    };
    let connected = connector.connect_with_progress(charger, progress).await;
    Ok(connected?)
}
