//! The one socket of all EVSEMaster chargers.

use std::time::Duration;

use em_client::Communicator;
use em_client::proto::session::Known;
use tracing::warn;

use super::{ConnectOptions, Connector};
use crate::config::{self, ChargerConfig, Config};
use crate::error::Error;
use crate::guarded::GuardedEm;
use crate::model::Identity;

/// How long to wait for a sign of life: some announcements of a slow charger.
const PATIENCE: Duration = Duration::from_secs(12);

/// A communicator without a socket yet.
pub(super) fn communicator(config: &Config, options: &ConnectOptions) -> Communicator {
    let mut em = options.em.clone();
    if let Some(port) = config.em.port {
        em.bind.set_port(port);
    }
    if !config.em.broadcast.is_empty() {
        em.broadcasts.clone_from(&config.em.broadcast);
    }
    if !options.stay {
        em = GuardedEm::one_shot(em);
    }
    Communicator::new(em)
}

impl Connector {
    /// The socket of EVSEMaster chargers, opened if need be: for a search, or what only this protocol has.
    ///
    /// # Errors
    /// [`Error::Em`] when it cannot be opened.
    ///
    /// # Panics
    /// Outside a tokio runtime with time and I/O enabled.
    pub fn communicator(&self) -> Result<&Communicator, Error> {
        let communicator = &self.inner.communicator;
        communicator.start()?;
        Ok(communicator)
    }

    pub(super) async fn em(&self, charger: &ChargerConfig) -> Result<GuardedEm, Error> {
        let pin = config::pin(charger).await?;
        let communicator = self.communicator()?;
        let options = &self.inner.options;
        let patience = PATIENCE.min(options.patience);
        let (store, policy) = (options.store.clone(), self.policy(charger));
        let address = &charger.address;
        let found = GuardedEm::find(communicator, address, None, patience, store, policy).await?;
        // Nobody else is told the PIN.
        let is_other = |wanted: &Identity| wanted != found.identity();
        if charger.identity.as_ref().is_some_and(is_other) {
            return Err(Error::OtherCharger {
                address: address.clone(),
            });
        }
        let serial = found.evse().serial();
        let options = &self.inner.options;
        let remembered = || options.em_pins.get(&serial).copied().or(options.em_pin);
        let known = Known {
            pin: pin.or_else(remembered),
            ..Known::default()
        };
        communicator.add(serial, known);
        if let Some(live_limit) = charger.live_limit
            && let Err(error) = found.set_live_limit(live_limit).await
        {
            warn!(%error, "whether it takes another current while it charges is not kept");
        }
        Ok(found)
    }
}
