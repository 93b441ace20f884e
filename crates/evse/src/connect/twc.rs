//! The buses of Tesla Gen2 units: one director each, shared by their units.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex as Lock, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::Mutex;
use tokio::time::sleep;
use twc_director::proto::Address as Unit;
use twc_director::proto::session::{LifeCycle, UnitConfig};
use twc_director::{Config as BusOptions, Director, Left};

use super::{ConnectOptions, Connector, LetGo};
use crate::address::{Address, bus_key};
use crate::config::{ChargerConfig, Config};
use crate::error::Error;
use crate::guarded::GuardedTwc;
use crate::units::Milliamps;

/// How long the serial number of a unit may take after its first answer; old firmware never tells.
const INTRODUCTION: Duration = Duration::from_secs(15);
/// How long after the first unit the others answer: two rounds of the controller.
const ANSWERS: Duration = Duration::from_secs(3);

/// The director of a port, once it is open.
type Slot = Arc<Mutex<Option<Director>>>;

/// All buses.
pub(super) struct Buses {
    config: Config,
    options: ConnectOptions,
    /// By what their names lead to.
    open: Lock<BTreeMap<PathBuf, Slot>>,
}

impl Buses {
    pub(super) fn new(config: &Config, options: &ConnectOptions) -> Self {
        Self {
            config: config.clone(),
            options: options.clone(),
            open: Lock::default(),
        }
    }

    /// The director of a port, opened if need be. Two chargers that want the same one wait for one another; others do
    /// not.
    async fn director(&self, port: &str) -> Result<Director, Error> {
        let slot = {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.entry(bus_key(port)).or_default().clone()
        };
        let mut slot = slot.lock().await;
        if let Some(director) = slot.as_ref().filter(|director| director.is_running()) {
            return Ok(director.clone());
        }
        let options = bus(&self.config, &self.options, port);
        let director = Director::open(port, options).await?;
        *slot = Some(director.clone());
        Ok(director)
    }

    pub(super) async fn shutdown(&self) -> Vec<LetGo> {
        let slots: Vec<_> = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.values().cloned().collect()
        };
        let all = join_all(slots.into_iter().map(|slot| async move {
            let Some(director) = slot.lock().await.take() else {
                return Vec::new();
            };
            let port = director.port().to_string();
            let parting = director.shutdown().await;
            let let_go = |left: &Left| LetGo {
                address: Address::twc(port.clone(), Some(left.unit)),
                is_charging: left.charges,
                text: left.to_string(),
            };
            parting.units.iter().map(let_go).collect()
        }))
        .await;
        all.concat()
    }
}

/// What a configuration says of a bus and its units, over the options.
fn bus(config: &Config, options: &ConnectOptions, port: &str) -> BusOptions {
    let max_current = options.policy.max_current;
    let mut options = options.twc.clone();
    let session = &mut options.session;
    if let Some(bus) = config.bus(port) {
        session.limit_a = bus.limit.map_or(session.limit_a, whole_amps);
        session.unit.wiring_a = bus.wiring.map_or(session.unit.wiring_a, whole_amps);
        session.listen_only |= bus.listen_only;
    }
    session.unit.max_a = max_current.map(whole_amps).or(session.unit.max_a);
    let usual = session.unit;
    let here = bus_key(port);
    for (charger, unit) in config.chargers.iter().filter_map(|charger| {
        let (at, unit) = place(&charger.address)?;
        (bus_key(at) == here).then_some((charger, unit))
    }) {
        let mut known = unit_config(charger, usual);
        if let Some(given) = unit.and_then(|unit| session.units.get(&unit)) {
            known.initial_a = given.initial_a;
        }
        match unit {
            Some(unit) => drop(session.units.insert(unit, known)),
            None => session.unit = known,
        }
    }
    options
}

fn unit_config(charger: &ChargerConfig, usual: UnitConfig) -> UnitConfig {
    UnitConfig {
        wiring_a: charger.wiring.map_or(usual.wiring_a, whole_amps),
        max_a: charger.max_current.map(whole_amps).or(usual.max_a),
        ..usual
    }
}

/// Rounded down: a limit must not grow.
fn whole_amps(current: Milliamps) -> u16 {
    u16::try_from(current.whole_amps()).unwrap_or(u16::MAX)
}

fn place(address: &Address) -> Option<(&str, Option<Unit>)> {
    match address {
        Address::Twc { port, unit } => Some((port, *unit)),
        _ => None,
    }
}

impl Connector {
    /// The director of a bus by its port as it stands in an address, opened if need be: to list its units, or for what
    /// only this protocol has.
    ///
    /// # Errors
    /// [`Error::Twc`] when it cannot be opened.
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O enabled.
    pub async fn director(&self, port: &str) -> Result<Director, Error> {
        self.inner.buses.director(port).await
    }

    pub(super) async fn twc(&self, charger: &ChargerConfig) -> Result<GuardedTwc, Error> {
        let began = Instant::now();
        let options = &self.inner.options;
        let left = || options.patience.saturating_sub(began.elapsed());
        let address = &charger.address;
        let (port, unit) = place(address).unwrap_or_default();
        let director = self.director(port).await?;
        let found = director.wait_for(unit, left()).await?;
        if unit.is_none() {
            sleep(ANSWERS.min(left())).await;
            let units = director.peripherals();
            let count = units
                .iter()
                .filter(|unit| unit.life() != Some(LifeCycle::Lost))
                .count();
            if count > 1 {
                let address = address.clone();
                return Err(Error::SeveralChargers { address, count });
            }
        }
        let patience = INTRODUCTION.min(left());
        let (store, policy) = (options.store.clone(), self.policy(charger));
        Ok(GuardedTwc::new(found, patience, store, policy).await)
    }
}
