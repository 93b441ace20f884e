//! A start, from the guard to the moment at which it is sent.

use std::time::{Duration, SystemTime};

use super::Ledger;
use crate::error::Error;
use crate::guard::{Held, History, Policy, Refusal};
use crate::guarded::Warning;
use crate::state_store::ChargerState;

/// A start that the guard has passed, and that is not sent yet.
pub(in crate::guarded) struct PassedStart {
    force: bool,
    /// How many stops of this program had begun.
    stops: u64,
    /// What the file had before; `None` when that could not be used.
    before: Option<ChargerState>,
}

impl Ledger {
    /// Passes a start that takes effect at `at`, and writes the attempt down, so that other processes see it before a
    /// byte is sent. Directly before it goes out, [`send_start`](Self::send_start) has the last word.
    pub(in crate::guarded) async fn begin_start(
        &self,
        at: SystemTime,
        force: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<PassedStart, Error> {
        let policy = self.policy;
        let stops = self.stops.begun();
        let check = move |now, history: &History| {
            policy
                .check_start(at, history, force)
                .or_else(|_| policy.check_start(now, history, force))
        };
        let before = self.begin(check, force, warnings).await?;
        Ok(PassedStart {
            force,
            stops,
            before,
        })
    }

    /// Writes a start down again, with the time at which it goes out, unless a stop came since it was passed. The last
    /// button counts, so a stop overtakes a forced start too.
    pub(in crate::guarded) async fn send_start(
        &self,
        start: &PassedStart,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Error> {
        if let Some(before) = &start.before {
            let last_stop = before.last_stop_unix_ms;
            let now = SystemTime::now();
            let policy = self.policy;
            let noted = self.update(move |state| {
                if state.last_stop_unix_ms != last_stop {
                    return Err(Error::from(overtaken(&policy, now, &state.history())));
                }
                state.note_start(now);
                Ok(())
            });
            match noted.await {
                Err(Error::State(error)) if start.force => warnings.push(error.into()),
                noted => noted?,
            }
        }
        self.check_overtaken(start)
    }

    /// Whether a stop of this program came since a start was passed.
    pub(in crate::guarded) fn check_overtaken(&self, start: &PassedStart) -> Result<(), Error> {
        if self.stops.begun() == start.stops {
            return Ok(());
        }
        let now = SystemTime::now();
        let own = History {
            last_start: None,
            last_stop: self.stops.last(now),
        };
        Err(overtaken(&self.policy, now, &own).into())
    }
}

/// The refusal of a start that a stop overtook: it waits as any other would.
fn overtaken(policy: &Policy, now: SystemTime, history: &History) -> Refusal {
    let refusal = policy.check_start(now, history, false).err();
    Refusal {
        held: Held::Overtaken,
        wait: refusal.map_or(Duration::ZERO, |refusal| refusal.wait),
        retry_at: refusal.map_or(now, |refusal| refusal.retry_at),
    }
}
