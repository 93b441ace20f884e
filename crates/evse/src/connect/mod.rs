//! From an address to a charger of any family, over transports that chargers share.

#[cfg(feature = "duosida")]
mod duosida;
#[cfg(feature = "em")]
mod em;
#[cfg(feature = "twc")]
mod twc;

#[cfg(feature = "em")]
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[cfg(feature = "em")]
use em_client::proto::{Pin, Serial};

use crate::address::Address;
use crate::charger::Charger;
use crate::config::{ChargerConfig, Config};
use crate::error::{Error, ErrorKind};
use crate::guard::Policy;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
use crate::model::Protocol;
use crate::secret::{Secret, SecretSource};
use crate::state_store::StateStore;

/// How chargers are connected to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnectOptions {
    /// The state file, for the guard.
    pub store: StateStore,
    /// The guard's spacing; what a configuration says of it goes before, key by key.
    pub policy: Policy,
    /// How long it may take to connect, all in all. Default 40 s: a busy Duosida charger is free again after 31 s. A unit
    /// on a bus takes up to 15 s, an EVSEMaster charger that is silent is given up after 12 s.
    pub patience: Duration,
    /// Whether to stay: a session that is lost comes back by itself, and an EVSEMaster charger is logged in to, so that it
    /// tells what happens; the vendor's app is logged out by that. Default no, for a command or two. A
    /// [`Fleet`](crate::Fleet) stays.
    pub stay: bool,
    /// How Duosida chargers are spoken to.
    #[cfg(feature = "duosida")]
    pub duosida: duosida_client::Options,
    /// How EVSEMaster chargers are spoken to.
    #[cfg(feature = "em")]
    pub em: em_client::Options,
    /// PINs of EVSEMaster chargers by serial number, such as those of emproto's `evses.json`, where the configuration has
    /// none.
    #[cfg(feature = "em")]
    pub em_pins: BTreeMap<Serial, Pin>,
    /// The PIN of an EVSEMaster charger that has none in either.
    #[cfg(feature = "em")]
    pub em_pin: Option<Pin>,
    /// How buses of Tesla Gen2 units are run, unless a configuration has limits for one.
    #[cfg(feature = "twc")]
    pub twc: twc_director::Config,
}

impl ConnectOptions {
    /// The defaults, with this state file.
    pub fn new(store: StateStore) -> Self {
        Self {
            store,
            policy: Policy::default(),
            patience: Duration::from_secs(40),
            stay: false,
            #[cfg(feature = "duosida")]
            duosida: duosida_client::Options::default(),
            #[cfg(feature = "em")]
            em: em_client::Options::default(),
            #[cfg(feature = "em")]
            em_pins: BTreeMap::new(),
            #[cfg(feature = "em")]
            em_pin: None,
            #[cfg(feature = "twc")]
            twc: twc_director::Config::default(),
        }
    }
}

/// How it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// An attempt is made.
    Trying,
    /// It failed, and is tried again.
    Waiting {
        /// When.
        until: Instant,
        /// What kind of error it was.
        kind: ErrorKind,
        /// What happened.
        reason: String,
    },
}

/// A unit on a bus that was let go of, and what it does now that nobody speaks to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LetGo {
    /// Where it is.
    pub address: Address,
    /// Whether a vehicle charges.
    pub is_charging: bool,
    /// What it will do, for a person.
    pub text: String,
}

/// Connects to the charger at an address, and waits until it can be told something.
///
/// For more than one charger use a [`Connector`]: on a machine there is one socket for all EVSEMaster chargers, and one
/// program for each bus.
///
/// # Errors
/// Everything that [`Connector::connect`] says.
pub async fn connect(
    address: &Address,
    pin: Option<Secret>,
    options: ConnectOptions,
) -> Result<Charger, Error> {
    let mut charger = ChargerConfig::new(String::new(), address.clone());
    charger.pin = pin.map(SecretSource::Text);
    Connector::new(options).connect(&charger).await
}

/// Connects to chargers, and shares what they share: one socket for all EVSEMaster chargers, one director for each bus.
/// Both are opened when they are first needed, and stay open as long as this, a clone of it, or a charger on them lives.
///
/// ```no_run
/// use evse::config::Config;
/// use evse::state_store::StateStore;
/// use evse::{ConnectOptions, Connector};
///
/// # async fn example() -> Result<(), evse::Error> {
/// let loaded = Config::load(None)?;
/// let connector = Connector::from_config(&loaded.config, ConnectOptions::new(StateStore::locate(None)?));
/// let charger = connector.connect(loaded.config.charger("garage")?).await?;
/// println!("{}", charger.snapshot().status_text());
/// charger.shutdown().await;
/// connector.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Connector {
    inner: Arc<Inner>,
}

struct Inner {
    options: ConnectOptions,
    #[cfg(feature = "em")]
    communicator: em_client::Communicator,
    #[cfg(feature = "twc")]
    buses: twc::Buses,
}

impl Connector {
    /// Nothing is opened yet.
    pub fn new(options: ConnectOptions) -> Self {
        Self::from_config(&Config::default(), options)
    }

    /// With what a configuration says of the guard, of sockets and of buses. Nothing is opened yet.
    pub fn from_config(config: &Config, mut options: ConnectOptions) -> Self {
        let max_current = config.defaults.max_current.or(options.policy.max_current);
        options.policy = config.guard_over(options.policy);
        options.policy.max_current = max_current;
        Self {
            inner: Arc::new(Inner {
                #[cfg(feature = "em")]
                communicator: em::communicator(config, &options),
                #[cfg(feature = "twc")]
                buses: twc::Buses::new(config, &options),
                options,
            }),
        }
    }

    /// Connects to a charger, and waits until it can be told something, for the [patience](ConnectOptions::patience) of
    /// the options at most; a command that prints its PIN has a minute more.
    ///
    /// # Errors
    /// A PIN that cannot be read; a name that cannot be resolved; [`Error::OtherCharger`]; [`Error::SeveralChargers`];
    /// [`Error::NotBuilt`]; else what the protocol says, mostly of the kind [`Unreachable`](ErrorKind::Unreachable). A
    /// wrong PIN is no error here: the charger is [`Unauthenticated`](crate::State::Unauthenticated) then.
    pub async fn connect(&self, charger: &ChargerConfig) -> Result<Charger, Error> {
        self.connect_with_progress(charger, |_| {}).await
    }

    /// [`connect`](Self::connect) that tells how it goes, such as the wait for a busy charger.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with_progress(
        &self,
        charger: &ChargerConfig,
        progress: impl FnMut(Progress) + Send,
    ) -> Result<Charger, Error> {
        let patience = self.inner.options.patience;
        self.attempt(charger, Some(patience), progress).await
    }

    /// Without a limit, a protocol that tries again by itself does so for ever; the others make one attempt.
    #[cfg_attr(
        not(feature = "duosida"),
        expect(unused_variables, reason = "a limit is for who tries again by himself")
    )]
    pub(crate) async fn attempt(
        &self,
        charger: &ChargerConfig,
        limit: Option<Duration>,
        mut progress: impl FnMut(Progress) + Send,
    ) -> Result<Charger, Error> {
        progress(Progress::Trying);
        let connected = match charger.address.protocol() {
            #[cfg(feature = "duosida")]
            Protocol::Duosida => Ok(self.duosida(charger, limit, progress).await?.into()),
            #[cfg(feature = "em")]
            Protocol::Em => Ok(self.em(charger).await?.into()),
            #[cfg(feature = "twc")]
            Protocol::Twc => Ok(self.twc(charger).await?.into()),
            protocol => Err(Error::NotBuilt {
                address: charger.address.clone(),
                protocol,
            }),
        };
        let connected: Charger = connected?;
        let wanted = charger.identity.as_ref();
        if wanted.is_some_and(|wanted| *wanted != connected.identity()) {
            connected.shutdown().await;
            return Err(Error::OtherCharger {
                address: charger.address.clone(),
            });
        }
        Ok(connected)
    }

    /// Lets the units of all buses down to their least, which takes 10 s at most, and closes sockets and ports; chargers
    /// on them end. Shut chargers down before. Returns what those units do that a controller has to keep.
    #[cfg_attr(
        not(any(feature = "em", feature = "twc")),
        expect(clippy::unused_async, reason = "nothing is shared then")
    )]
    pub async fn shutdown(&self) -> Vec<LetGo> {
        #[cfg(feature = "em")]
        self.inner.communicator.stop().await;
        #[cfg(feature = "twc")]
        return self.inner.buses.shutdown().await;
        #[cfg(not(feature = "twc"))]
        Vec::new()
    }

    /// The guard's rules for a charger.
    #[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
    fn policy(&self, charger: &ChargerConfig) -> Policy {
        let policy = self.inner.options.policy;
        Policy {
            max_current: charger.max_current.or(policy.max_current),
            ..policy
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_says_of_the_guard_goes_before_key_by_key() {
        let spacing = |of_application: u16, text: &str| {
            let mut options = ConnectOptions::new(StateStore::at("state.json"));
            options.policy.start_after_stop = Duration::from_secs(of_application.into());
            let config = Config::parse(text, "evse.toml").expect(text);
            let policy = Connector::from_config(&config, options)
                .inner
                .options
                .policy;
            let seconds = [policy.start_after_stop, policy.between_contactors];
            seconds.map(|time| time.as_secs())
        };
        for (of_application, text, expected) in [
            (300, "", [300, 60]),
            (300, "between_contactors_s = 90", [300, 90]),
            (0, "start_after_stop_s = 60", [60, 60]),
            (300, "start_after_stop_s = 0", [0, 60]),
        ] {
            let text = format!("[guard]\n{text}\n");
            assert_eq!(spacing(of_application, &text), expected, "{text}");
        }
    }
}
