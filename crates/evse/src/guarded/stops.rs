//! The stops of this program, by a clock that nobody sets.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

use crate::guard::LastStop;

/// Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Stops(Arc<Mutex<Content>>);

#[derive(Default)]
struct Content {
    begun: u64,
    last: Option<Instant>,
}

impl Stops {
    /// Notes a stop that is about to be sent. One that `counts` may move a contactor.
    pub(super) fn begin(&self, counts: bool) {
        self.lock().begun += 1;
        if counts {
            self.end();
        }
    }

    /// Notes that a stop that counts has come to its end.
    pub(super) fn end(&self) {
        self.lock().last = Some(Instant::now());
    }

    /// How many there were.
    #[cfg(any(feature = "duosida", feature = "em"))]
    pub(super) fn begun(&self) -> u64 {
        self.lock().begun
    }

    /// The last one that counts, by the clock as it is at `now`.
    pub(super) fn last(&self, now: SystemTime) -> Option<LastStop> {
        let at = now.checked_sub(self.lock().last?.elapsed())?;
        Some(LastStop {
            at,
            confirmed: false,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
