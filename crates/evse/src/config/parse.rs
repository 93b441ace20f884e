//! From the text of a configuration to what it says.

use std::path::Path;

use super::circuits::{circuits, sharing};
use super::error::{ConfigError, Problem, nearest};
use super::guard::guard;
use super::reader::{Section, Source, Value};
use super::{BusConfig, ChargerConfig, Config, Defaults, EmConfig, Sharing};
use crate::address::Address;
use crate::model::{Identity, Protocol};
use crate::secret::{Secret, SecretSource};
use crate::state_store::LiveLimit;
use crate::units::Milliamps;

impl Config {
    /// Reads a text; `path` only names it in errors.
    ///
    /// # Errors
    /// [`ConfigError::Wrong`] for the first thing that is wrong.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let mut root = Source { path, text }.section()?;
        let (guard, guard_named) = guard(root.section("guard")?)?;
        let mut config = Self {
            guard,
            guard_named,
            em: em(root.section("em")?)?,
            circuits: circuits(root.section("circuits")?.into_values())?,
            ..Self::default()
        };
        for value in root.section("chargers")?.into_values() {
            let charger = charger(value, &config)?;
            config.chargers.push(charger);
        }
        for value in root.section("buses")?.into_values() {
            let bus = bus(value, &config)?;
            config.buses.push(bus);
        }
        config.defaults = defaults(root.section("defaults")?, &config)?;
        root.finish()?;
        Ok(config)
    }
}

fn defaults(mut section: Section<'_>, config: &Config) -> Result<Defaults, ConfigError> {
    let names = || config.chargers.iter().map(|charger| &*charger.name);
    let mut defaults = Defaults::default();
    if let Some(value) = section.take("charger") {
        let name = value.text_ref()?;
        if !names().any(|known| known == name) {
            let hint = nearest(name, names())
                .map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
            return Err(value.wrong(format!("no charger is named `{name}`{hint}")));
        }
        defaults.charger = Some(name.to_owned());
    }
    defaults.max_current = section.get("max_current", limit)?;
    section.finish()?;
    Ok(defaults)
}

fn em(mut section: Section<'_>) -> Result<EmConfig, ConfigError> {
    let em = EmConfig {
        port: section.get("port", |value| value.number(1..=u16::MAX))?,
        broadcast: section.get("broadcast", Value::list)?.unwrap_or_default(),
    };
    section.finish()?;
    Ok(em)
}

fn charger(value: Value<'_>, config: &Config) -> Result<ChargerConfig, ConfigError> {
    value.check_name()?;
    let name = value.key.clone();
    let mut section = value.section()?;
    let address: Address = match section.take("address") {
        Some(value) => value.parsed()?,
        None => {
            return Err(section.wrong(Problem::Missing {
                key: "address",
                such: "address = \"duosida://192.0.2.7\"",
            }));
        }
    };
    let protocol = address.protocol();
    let mut charger = ChargerConfig::new(name, address);
    charger.identity = section.get("serial", |value| identity(value, protocol))?;
    charger.pin = pin(&mut section, protocol)?;
    charger.max_current = section.get("max_current", limit)?;
    charger.phases = section.get("phases", Value::parsed)?;
    charger.live_limit = of(&mut section, "live_limit", protocol, Protocol::Em)?
        .as_ref()
        .map(live_limit)
        .transpose()?;
    charger.wiring = of(&mut section, "wiring", protocol, Protocol::Twc)?
        .as_ref()
        .map(amps)
        .transpose()?;
    charger.sharing = place(&mut section, &charger, config)?;
    section.finish()?;
    Ok(charger)
}

/// Who it must be, written as a charger tells it, to be compared.
fn identity(value: &Value<'_>, protocol: Protocol) -> Result<Identity, ConfigError> {
    let text = value.text()?;
    let serial = text.trim();
    #[cfg(feature = "em")]
    if protocol == Protocol::Em {
        let serial = serial.parse::<em_client::proto::Serial>();
        let serial = serial.map_err(|error| value.wrong(error.to_string()))?;
        return Ok(crate::adapter::em::identity(serial));
    }
    Ok(Identity::new(protocol, serial))
}

/// Its place on a circuit; nothing may have two.
fn place(
    section: &mut Section<'_>,
    charger: &ChargerConfig,
    config: &Config,
) -> Result<Option<Sharing>, ConfigError> {
    let protocol = charger.address.protocol();
    let not_here = |section: &mut Section<'_>, reason: String| {
        section.take("circuit").map(|value| {
            let key = "circuit".to_owned();
            value.misplaced(Problem::Value { key, reason })
        })
    };
    if protocol == Protocol::Twc {
        let reason = "a unit is on the circuit of its bus, write it into [buses.\"PORT\"]";
        if let Some(error) = not_here(section, reason.to_owned()) {
            return Err(error);
        }
    }
    let same = |other: &&ChargerConfig| other.address == charger.address && other.sharing.is_some();
    if let Some(other) = config.chargers.iter().find(same) {
        let reason = format!("`{}` is the same charger and on one already", other.name);
        if let Some(error) = not_here(section, reason) {
            return Err(error);
        }
    }
    let Some(mut sharing) = sharing(section, &config.circuits)? else {
        return Ok(None);
    };
    if let Some(value) = of(section, "probe", protocol, Protocol::Em)? {
        sharing.probe = value.yes()?;
    }
    Ok(Some(sharing))
}

/// A key that only one protocol has.
fn of<'a>(
    section: &mut Section<'a>,
    key: &'static str,
    protocol: Protocol,
    wanted: Protocol,
) -> Result<Option<Value<'a>>, ConfigError> {
    let Some(value) = section.take(key) else {
        return Ok(None);
    };
    if protocol != wanted {
        let of = if wanted == Protocol::Em {
            "em://"
        } else {
            "twc://"
        };
        return Err(value.misplaced(Problem::NotForThis { key, of }));
    }
    Ok(Some(value))
}

fn pin(section: &mut Section<'_>, protocol: Protocol) -> Result<Option<SecretSource>, ConfigError> {
    let mut pin: Option<(&'static str, SecretSource)> = None;
    for (key, source) in [
        ("pin", text_pin as fn(&Value<'_>) -> _),
        ("pin_env", |value| Ok(SecretSource::Variable(value.text()?))),
        ("pin_command", |value| {
            Ok(SecretSource::Command(value.text()?))
        }),
    ] {
        let Some(value) = of(section, key, protocol, Protocol::Em)? else {
            continue;
        };
        if let Some((other, _)) = pin {
            return Err(value.misplaced(Problem::Both { key, other }));
        }
        pin = Some((key, source(&value)?));
    }
    Ok(pin.map(|(_, source)| source))
}

fn text_pin(value: &Value<'_>) -> Result<SecretSource, ConfigError> {
    let text = value.text_ref()?;
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(value.wrong("a PIN is six digits in quotes".to_owned()));
    }
    Ok(SecretSource::Text(Secret::new(text)))
}

fn live_limit(value: &Value<'_>) -> Result<LiveLimit, ConfigError> {
    match value.text_ref()? {
        "yes" => Ok(LiveLimit::Yes),
        "no" => Ok(LiveLimit::No),
        "unknown" => Ok(LiveLimit::Unknown),
        _ => Err(value.wrong("expected \"yes\", \"no\" or \"unknown\"".to_owned())),
    }
}

fn bus(value: Value<'_>, config: &Config) -> Result<BusConfig, ConfigError> {
    let mut bus = BusConfig::new(value.key.clone());
    if bus.port.starts_with("twc://") || bus.port.contains('#') {
        let reason = "write the port alone, such as \"/dev/ttyUSB0\" or \"192.0.2.9:4001\"";
        return Err(value.misplaced(Problem::Value {
            key: bus.port,
            reason: reason.to_owned(),
        }));
    }
    // One of two would say nothing, with its limit.
    #[cfg(feature = "twc")]
    if let Some(other) = config.bus(&bus.port) {
        let reason = format!("`{}` is the same bus, keep one of them", other.port);
        let key = bus.port;
        return Err(value.misplaced(Problem::Value { key, reason }));
    }
    let mut section = value.section()?;
    bus.limit = section.get("limit", amps)?;
    bus.wiring = section.get("wiring", amps)?;
    if let Some(value) = section.take("listen_only") {
        bus.listen_only = value.yes()?;
    }
    bus.phases = section.get("phases", Value::parsed)?;
    bus.sharing = sharing(&mut section, &config.circuits)?;
    section.finish()?;
    Ok(bus)
}

/// A current that a charger can be told: 6 A or more, or it could be told none.
fn limit(value: &Value<'_>) -> Result<Milliamps, ConfigError> {
    value.bounded(6)
}

/// What something carries.
fn amps(value: &Value<'_>) -> Result<Milliamps, ConfigError> {
    value.bounded(1)
}
