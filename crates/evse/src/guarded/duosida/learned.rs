//! What a session leaves in the state file, and finds there.

use std::time::Duration;

use duosida_client::Options;
use duosida_client::proto::message::ChargePointStatus;
use duosida_client::proto::session::Event;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::timeout;
use tracing::debug;

use super::GuardedDuosida;
use crate::adapter::duosida::remembered_quirks;
use crate::address::Address;
use crate::guarded::Warning;
use crate::model::{Identity, Protocol};
use crate::state_store::{ChargerState, StateError, StateFile};

/// How long to wait for the transaction's announcement after a start: it comes at once, unless its message was lost.
const TRANSACTION_WAIT: Duration = Duration::from_secs(3);

impl GuardedDuosida {
    /// Keeps what the events so far teach for later sessions.
    pub(super) async fn learn(&self, warnings: &mut Vec<Warning>) {
        let mut events = self.events.lock().await;
        while let Some(Some(event)) = events.next().now_or_never() {
            if let Err(error) = self.learn_from(&event).await {
                warnings.push(error.into());
            }
        }
    }

    /// A start is followed by the charger's word on the transaction, which wants an answer: without one it can be
    /// stopped by nobody. So a session does not end before, within reason.
    pub(super) async fn await_transaction(&self) {
        let mut events = self.events.lock().await;
        let begun = async {
            while let Some(event) = events.next().await {
                if let Err(error) = self.learn_from(&event).await {
                    debug!(%error, "not kept");
                }
                if matches!(event, Event::TransactionStarted { .. }) {
                    return;
                }
            }
        };
        if timeout(TRANSACTION_WAIT, begun).await.is_err() {
            debug!("the charger did not announce its transaction");
        }
    }

    async fn learn_from(&self, event: &Event) -> Result<(), StateError> {
        match event {
            Event::Learned(quirks) => {
                let quirks = remembered_quirks(*quirks);
                self.ledger
                    .remember(move |state| state.quirks = Some(quirks))
                    .await
            }
            Event::TransactionStarted { transaction_id } => {
                let id = *transaction_id;
                self.ledger
                    .remember(move |state| state.transaction_id = Some(id))
                    .await
            }
            Event::TransactionStopped { .. } => {
                self.ledger
                    .remember(|state| state.transaction_id = None)
                    .await
            }
            _ => Ok(()),
        }
    }

    /// Keeps the id of the running transaction, since the next session may have no way to learn it.
    pub(super) async fn keep_transaction(&self) {
        self.learn(&mut Vec::new()).await;
        let status = self.charger.status();
        let none = matches!(
            status.state,
            Some(ChargePointStatus::Available | ChargePointStatus::Finishing)
        );
        let kept = self
            .ledger
            .remember(move |state| match status.transaction_id {
                _ if none => state.transaction_id = None,
                Some(id) => state.transaction_id = Some(id),
                None => {}
            });
        if let Err(error) = kept.await {
            debug!(%error, "the transaction is not kept");
        }
    }

    /// The transaction that an earlier session saw.
    pub(super) async fn earlier_transaction(&self) -> Option<i64> {
        self.ledger.read().await?.transaction_id
    }
}

/// What the file knows of the charger that is about to be connected to.
pub(super) fn remembered<'a>(
    file: &'a StateFile,
    options: &Options,
    address: &Address,
) -> Option<&'a ChargerState> {
    match &options.session.expected_identity {
        Some(serial) => file.charger(&Identity::new(Protocol::Duosida, serial.as_str())),
        None => file
            .find_by_address(&address.to_string())
            .map(|(_, charger)| charger),
    }
}
