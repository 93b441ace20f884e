//! A Tesla Gen2 unit behind the guard.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tracing::debug;
use twc_director::Peripheral;
use twc_director::proto::session::RequestError;

use super::Done;
use super::file::look;
use super::ledger::Ledger;
use crate::adapter::twc;
use crate::error::Error;
use crate::guard::{Policy, StopDecision};
use crate::model::{Identity, State};
use crate::state_store::StateStore;

/// A Tesla Gen2 unit whose contactors pass the guard and the state file.
///
/// Everything that needs no guard is on [`GuardedTwc::unit`]; its currents go through the sharing of the director. Clones
/// share the bus.
///
/// The bus offers no clean stop. [`open_contactors`](Self::open_contactors) cuts the power under load: many Teslas go to
/// an error then and have to be plugged in again.
#[derive(Clone)]
pub struct GuardedTwc {
    unit: Peripheral,
    ledger: Ledger,
}

impl GuardedTwc {
    /// Guards a unit. Its record in the state file goes by its serial number, which is waited for `patience` at most: old
    /// firmware does not tell it, then the record goes by the id on the bus.
    pub async fn new(
        unit: Peripheral,
        patience: Duration,
        store: StateStore,
        policy: Policy,
    ) -> Self {
        let told = async {
            loop {
                if let Some(serial) = unit.serial() {
                    return twc::identity(&serial);
                }
                sleep(LOOK).await;
            }
        };
        let identity = timeout(patience, told).await.unwrap_or_else(|_| {
            debug!(unit = %unit.address(), "the unit does not tell its serial number");
            twc::nameless(unit.address())
        });
        let file = look(&store).await;
        Self {
            unit,
            ledger: Ledger::new(identity, store, policy, &file),
        }
    }

    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The unit itself: readings, and currents. Its own `open_contactors` and `close_contactors` pass no guard.
    pub const fn unit(&self) -> &Peripheral {
        &self.unit
    }

    /// Who it is.
    pub const fn identity(&self) -> &Identity {
        self.ledger.identity()
    }

    /// What it is doing.
    pub fn state(&self) -> State {
        // Without its port a unit cannot even be missed.
        let is_open = self.unit.is_port_open();
        self.unit
            .read(|unit| twc::state(twc::known(unit)))
            .filter(|_| is_open)
            .unwrap_or(State::Offline)
    }

    /// Waits for the next words of the unit, which come every 1.3 s; nothing has to be asked.
    ///
    /// # Errors
    /// Of the kind [`Unreachable`](crate::ErrorKind::Unreachable) after 5 s without any.
    pub async fn refresh(&self) -> Result<(), Error> {
        let seen = self.unit.read(|unit| unit.last_seen);
        let heard = async {
            while self.unit.read(|unit| unit.last_seen) == seen {
                sleep(LOOK).await;
            }
        };
        timeout(REFRESH, heard).await.map_err(|_| {
            let source = RequestError::NotLinked(self.unit.address());
            Error::from(twc_director::Error::NotSent { source })
        })
    }

    /// Cuts the power, without a word to the vehicle. This is the only stop on this bus, so it is **never refused**: a
    /// state file that cannot be used is a warning in the result. Within two seconds after one that the unit confirmed it
    /// is done already, and not sent again; then the result is `None`.
    ///
    /// # Errors
    /// What the unit says.
    pub async fn open_contactors(&self) -> Result<Done<Option<()>>, Error> {
        let _one_after_the_other = self.ledger.one_stop().await;
        let mut warnings = Vec::new();
        if self.ledger.begin_stop(true, &mut warnings).await == StopDecision::Merge {
            return Ok(Done {
                completion: None,
                warnings,
            });
        }
        self.unit.open_contactors().await?;
        self.ledger
            .end_stop(true, true, &mut warnings, |_| {})
            .await;
        Ok(Done {
            completion: Some(()),
            warnings,
        })
    }

    /// Closes the relay, that of an idle unit too, unless the contactors were switched less than a minute ago; `force`
    /// passes in any case.
    ///
    /// The attempt is written down before a byte is sent, so that other processes see it.
    ///
    /// # Errors
    /// [`Error::HeldBack`] says when it may be retried; [`Error::State`] when the guard cannot tell (`force` passes); else
    /// what the unit says.
    pub async fn close_contactors(&self, force: bool) -> Result<Done<()>, Error> {
        let mut warnings = Vec::new();
        let before = self.ledger.begin_close(force, &mut warnings).await?;
        // The guard has decided, over all processes.
        let result = self.unit.close_contactors(true).await;
        if let (Err(twc_director::Error::NotSent { .. }), Some(before)) = (&result, before) {
            self.ledger.take_back_close(before, &mut warnings).await;
        } else {
            let failure = result.as_ref().err().map(twc::error_kind);
            self.ledger.end_start(failure, &mut warnings).await;
        }
        result?;
        Ok(Done {
            completion: (),
            warnings,
        })
    }
}

const LOOK: Duration = Duration::from_millis(50);
/// A unit that is not heard for that long is stale.
const REFRESH: Duration = Duration::from_secs(5);
