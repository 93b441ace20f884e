//! The configuration: which chargers there are, by what names, and what protects their wiring.
//!
//! `$XDG_CONFIG_HOME/evse/evse.toml`, which is `~/.config/evse/evse.toml` unless set; another path by argument or by the
//! environment variable `EVSE_CONFIG`. It is only read, never written; what cannot be read there is an error with line
//! and column, and so is a key that is not known.
//!
//! ```toml
#![doc = include_str!("example.toml")]
//! ```
//!
//! | table | key | value |
//! | --- | --- | --- |
//! | `defaults` | `charger` | the charger that is meant when none is named |
//! | | `max_current` | as of a charger, for those that say nothing |
//! | `guard` | `start_after_stop_s` | how long a start waits after a stop, 0 to 3600 s, default 60 |
//! | | `between_flash_writes_s` | how long automatic control waits after a setting, 0 to 3600 s, default 60 |
//! | | `between_contactors_s` | how long contactors stay as they are, 0 to 3600 s, default 60 |
//! | `em` | `port` | UDP port of this machine, default 28376; chargers answer to no other |
//! | | `broadcast` | addresses to search at, in place of those of all interfaces |
//! | `chargers.NAME` | `address` | an [`Address`]; the only key that must be there |
//! | | `serial` | the serial number that it must have, else it is refused; 16 hexadecimal digits for an `em://` charger |
//! | | `pin`, `pin_env`, `pin_command` | the PIN of an `em://` charger: as text, in an environment variable, or what a command of the shell prints first |
//! | | `max_current` | the most that it may be told, for its cable or fuse: `16` or `"16 A"` |
//! | | `phases` | the phases of the supply at its terminals, such as `"L1"` or `"L2L3L1"`: see [`PhaseWiring`] |
//! | | `live_limit` | whether an `em://` charger takes another current while it charges: `"yes"`, `"no"` or `"unknown"` |
//! | | `wiring` | what the wiring of a `twc://` unit carries for hours; default that of the bus |
//! | `buses."PORT"` | `limit` | what the common breaker of the bus carries for hours, default 6 A |
//! | | `wiring` | what the wiring of each unit carries for hours, default 6 A |
//! | | `listen_only` | whether to send nothing, for a bus that has a controller; default no |
//! | `circuits.NAME` | `limit` | what it carries for hours, on all phases or `["20 A", "20 A", "16 A"]` on L1, L2 and L3; must be there |
//! | | `within` | the circuit that feeds it |
//! | | `reserve` | what other loads take, as `limit`, while nothing measures them; default 0 |
//! | | `meter_max_age_s` | how long a measurement of other loads holds, 1 to 3600 s, default 30 |
//! | | `policy` | who comes first: `"fair"` (default), `"priority"`, `"first_come"` or `"guaranteed"`; on the topmost circuit, for all below it |
//! | `chargers.NAME`, `buses."PORT"` | `circuit` | the circuit that it is on; a `twc://` unit is on that of its bus |
//! | | `priority` | for `"priority"`: the higher, the earlier, 0 to 255, default 0 |
//! | | `guaranteed` | for `"guaranteed"`: the current that it gets before others get more |
//! | | `self_start` | whether it may start without this program, so that it counts also while idle; for a bus: whether it keeps 6 A for a vehicle that comes; default yes |
//! | `chargers.NAME` | `probe` | whether to find out, by steps upwards, if an `em://` charger takes another current while it charges; default no |
//! | `buses."PORT"` | `phases` | the phases of the supply that any of its units is on |
//!
//! Names are of a-z, A-Z, 0-9, `-` and `_`. The port of a bus is written as in an address: `/dev/ttyUSB0` or
//! `HOST:PORT`; a port and a link to it are one bus and have one table. Currents are amps. A file with a `pin` should be
//! readable by its owner only, else loading it warns.

mod circuits;
mod error;
#[cfg(feature = "em")]
mod evses;
mod guard;
mod parse;
mod phases;
mod reader;
mod text;

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

pub use circuits::{CircuitConfig, Sharing, SharingPolicy};
pub use error::{ConfigError, ConfigWarning, Problem};
#[cfg(feature = "em")]
pub(crate) use evses::pin;
#[cfg(feature = "em")]
pub use evses::{Exported, Imported};
pub use phases::{ParsePhasesError, Phase, PhaseWiring};

use crate::address::Address;
#[cfg(feature = "twc")]
use crate::address::bus_key;
use crate::guard::Policy;
use crate::model::Identity;
use crate::secret::SecretSource;
use crate::state_store::LiveLimit;
use crate::units::Milliamps;

/// The environment variable that names another configuration.
pub const PATH_VARIABLE: &str = "EVSE_CONFIG";

/// What `evse.toml` says. The default is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What holds where nothing else is said.
    pub defaults: Defaults,
    /// The spacing that the guard keeps; the default where nothing is said.
    pub guard: Policy,
    guard_named: guard::Named,
    /// The socket of EVSEMaster chargers.
    pub em: EmConfig,
    /// The chargers, in the order of the file.
    pub chargers: Vec<ChargerConfig>,
    /// The buses of Tesla Gen2 units.
    pub buses: Vec<BusConfig>,
    /// The circuits that chargers share.
    pub circuits: Vec<CircuitConfig>,
}

/// What holds where nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Defaults {
    /// The charger that is meant when none is named.
    pub charger: Option<String>,
    /// The most that a charger may be told that says nothing else.
    pub max_current: Option<Milliamps>,
}

/// The socket of EVSEMaster chargers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmConfig {
    /// UDP port of this machine.
    pub port: Option<u16>,
    /// Where to search; empty for all networks of this machine.
    pub broadcast: Vec<Ipv4Addr>,
}

/// One charger.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChargerConfig {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub address: Address,
    /// Who it must be: its protocol and serial number.
    pub identity: Option<Identity>,
    /// Where its PIN comes from.
    pub pin: Option<SecretSource>,
    /// The most that it may be told.
    pub max_current: Option<Milliamps>,
    /// How it is wired to the supply; unknown counts on every phase.
    pub phases: Option<PhaseWiring>,
    /// Whether it takes another current while it charges, if the owner knows.
    pub live_limit: Option<LiveLimit>,
    /// What the wiring of a unit on a bus carries for hours.
    pub wiring: Option<Milliamps>,
    /// Its place on a circuit; that of a unit on a bus is the bus's.
    pub sharing: Option<Sharing>,
}

impl ChargerConfig {
    /// A charger of which nothing is known but where it is.
    pub fn new(name: impl Into<String>, address: Address) -> Self {
        Self {
            name: name.into(),
            address,
            identity: None,
            pin: None,
            max_current: None,
            phases: None,
            live_limit: None,
            wiring: None,
            sharing: None,
        }
    }
}

/// One bus of Tesla Gen2 units.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusConfig {
    /// The port, as in an address: a path, or `HOST:PORT`.
    pub port: String,
    /// What the common breaker carries for hours.
    pub limit: Option<Milliamps>,
    /// What the wiring of each unit carries for hours.
    pub wiring: Option<Milliamps>,
    /// Whether to send nothing.
    pub listen_only: bool,
    /// Its place on a circuit.
    pub sharing: Option<Sharing>,
    /// The phases of the supply that any of its units is on; unknown counts on every phase.
    pub phases: Option<PhaseWiring>,
}

impl BusConfig {
    /// A bus of which nothing is known but its port: no more than 6 A flow.
    pub fn new(port: impl Into<String>) -> Self {
        Self {
            port: port.into(),
            limit: None,
            wiring: None,
            listen_only: false,
            sharing: None,
            phases: None,
        }
    }
}

/// A configuration that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// What it says; empty when there is no file.
    pub config: Config,
    /// The file, if there is one.
    pub path: Option<PathBuf>,
    /// What the user should know.
    pub warnings: Vec<ConfigWarning>,
}

impl Config {
    /// Where the configuration of this user is: `path` when given, else [`PATH_VARIABLE`], else the place that XDG names.
    ///
    /// # Errors
    /// [`ConfigError::NoHome`] when none of them is known.
    pub fn locate(path: Option<PathBuf>) -> Result<PathBuf, ConfigError> {
        if let Some(path) = path.or_else(named) {
            return Ok(path);
        }
        let base = etcetera::choose_base_strategy().map_err(|_| ConfigError::NoHome)?;
        Ok(base.config_dir().join("evse").join("evse.toml"))
    }

    /// Reads the file at `path` when given, else that of [`PATH_VARIABLE`], else the one at the place that XDG names,
    /// which may be absent. Short, but blocking.
    ///
    /// # Errors
    /// [`ConfigError`], with the place in the file.
    pub fn load(path: Option<PathBuf>) -> Result<Loaded, ConfigError> {
        let given = path.or_else(named);
        let may_be_absent = given.is_none();
        let path = match Self::locate(given) {
            Err(ConfigError::NoHome) => return Ok(Loaded::default()),
            other => other?,
        };
        let text = match fs::read_to_string(&path) {
            Err(error) if may_be_absent && error.kind() == io::ErrorKind::NotFound => {
                return Ok(Loaded::default());
            }
            Err(source) => return Err(ConfigError::Read { path, source }),
            Ok(text) => text,
        };
        let config = Self::parse(&text, &path)?;
        let warnings = readable_by_others(&config, &path).into_iter().collect();
        Ok(Loaded {
            config,
            path: Some(path),
            warnings,
        })
    }

    /// The charger of this name.
    ///
    /// # Errors
    /// [`ConfigError::NoSuchCharger`], with the nearest name.
    pub fn charger(&self, name: &str) -> Result<&ChargerConfig, ConfigError> {
        let found = self.chargers.iter().find(|charger| charger.name == name);
        found.ok_or_else(|| no_such_charger(name, self.chargers.iter().map(|known| &*known.name)))
    }

    /// What is said of a bus, by any name of its port as in an address.
    #[cfg(feature = "twc")]
    pub fn bus(&self, port: &str) -> Option<&BusConfig> {
        let here = bus_key(port);
        self.buses.iter().find(|bus| bus_key(&bus.port) == here)
    }
}

/// The path in the environment.
fn named() -> Option<PathBuf> {
    let path = std::env::var_os(PATH_VARIABLE)?;
    (!path.is_empty()).then(|| path.into())
}

/// The error that nobody has this name.
pub(crate) fn no_such_charger<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> ConfigError {
    ConfigError::NoSuchCharger {
        name: name.to_owned(),
        nearest: error::nearest(name, known.clone()).map(str::to_owned),
        known: known.map(str::to_owned).collect(),
    }
}

/// The error that no circuit has this name.
pub(crate) fn no_such_circuit<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> ConfigError {
    ConfigError::NoSuchCircuit {
        name: name.to_owned(),
        nearest: error::nearest(name, known.clone()).map(str::to_owned),
        known: known.map(str::to_owned).collect(),
    }
}

#[cfg(unix)]
fn readable_by_others(config: &Config, path: &Path) -> Option<ConfigWarning> {
    use std::os::unix::fs::PermissionsExt as _;

    let is_secret = |charger: &ChargerConfig| matches!(charger.pin, Some(SecretSource::Text(_)));
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let path = path.to_owned();
    let is_open = mode & 0o077 != 0 && config.chargers.iter().any(is_secret);
    is_open.then_some(ConfigWarning::Readable { path, mode })
}

#[cfg(not(unix))]
fn readable_by_others(_config: &Config, _path: &Path) -> Option<ConfigWarning> {
    None
}
