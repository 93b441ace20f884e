//! Live chargers behind the guard: every start and stop of this program goes through here.

mod duosida;
mod em;
mod ledger;
mod twc;

use std::net::SocketAddr;
use std::time::SystemTime;

use thiserror::Error;

pub use duosida::GuardedDuosida;
pub use em::GuardedEm;
pub use twc::GuardedTwc;

use crate::address::Address;
use crate::error::Error as FacadeError;
use crate::state_store::StateError;

/// What a guarded command came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Done<T> {
    /// What the charger said, as far as the protocol tells. For a stop, `None` says that it was merged with one
    /// confirmed a moment ago.
    pub completion: T,
    /// What the caller should know. The command itself was carried out.
    pub warnings: Vec<Warning>,
}

/// Something that did not keep a command from being carried out.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Warning {
    /// Something could not be kept in the state file.
    #[error(transparent)]
    State(#[from] StateError),
    /// Nobody knows what came of the start before, perhaps one of another process.
    #[error("it was never known what came of the start before this one")]
    EarlierStart {
        /// When that was sent.
        at: SystemTime,
    },
    /// A charge runs, and whether the charger takes another current meanwhile is not known.
    #[error(
        "whether the charger takes another current while it charges is not known: some go on as before and fault later, \
         so watch it"
    )]
    LiveLimitUnknown,
}

/// The IP addresses of a host.
async fn resolve(address: &Address, host: &str, port: u16) -> Result<Vec<SocketAddr>, FacadeError> {
    let found = tokio::net::lookup_host((host, port))
        .await
        .map_err(|error| unresolved(address, error.to_string()))?;
    Ok(found.collect())
}

fn unresolved(address: &Address, reason: String) -> FacadeError {
    FacadeError::Resolve {
        address: address.clone(),
        reason,
    }
}
