//! Live chargers behind the guard: every start and stop of this program goes through here.

#[cfg(feature = "duosida")]
mod duosida;
#[cfg(feature = "em")]
mod em;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod file;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod ledger;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod memory;
#[cfg(any(feature = "duosida", feature = "em"))]
mod resolve;
#[cfg(any(feature = "duosida", feature = "em"))]
mod setting;
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
mod stops;
#[cfg(feature = "twc")]
mod twc;

use std::time::SystemTime;

use thiserror::Error;

#[cfg(feature = "duosida")]
pub use duosida::GuardedDuosida;
#[cfg(feature = "em")]
pub use em::GuardedEm;
#[cfg(feature = "em")]
pub(crate) use em::{learned_at, place};
#[cfg(any(feature = "duosida", feature = "em", feature = "twc"))]
pub(crate) use memory::Memory;
#[cfg(any(feature = "duosida", feature = "em"))]
use resolve::{resolve, unresolved};
#[cfg(feature = "twc")]
pub use twc::GuardedTwc;

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

impl<T> Done<T> {
    /// Without warnings.
    pub const fn new(completion: T) -> Self {
        Self {
            completion,
            warnings: Vec::new(),
        }
    }

    /// The same with another word for what it came to.
    pub fn map<U>(self, of: impl FnOnce(T) -> U) -> Done<U> {
        Done {
            completion: of(self.completion),
            warnings: self.warnings,
        }
    }
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
