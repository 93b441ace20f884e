//! Settings of a guarded charger: the currents that it may be told, those that it has already, and the wear of its flash
//! memory.

use std::time::{Duration, SystemTime};

use super::Warning;
use super::ledger::Ledger;
use crate::error::{Error, ErrorKind};
use crate::guard::Requester;
use crate::model::CurrentRange;
use crate::units::Milliamps;

/// Older than this, what a charger reported is no reason to leave out a current that protects a circuit.
const RECENT: Duration = Duration::from_secs(5);

/// A write to flash memory that was written down before it was sent, by the marks of the state file.
#[derive(Clone, Copy)]
pub(super) struct FlashWrite {
    noted: Option<u64>,
    before: Option<u64>,
}

impl Ledger {
    /// Refuses a current above the owner's limit. `range` is what the charger takes, within that limit.
    pub(super) fn check_current(&self, amps: u8, range: Option<CurrentRange>) -> Result<(), Error> {
        let wanted = Milliamps::from_amps(amps.into());
        let Some(max) = self.policy().max_current.filter(|max| wanted > *max) else {
            return Ok(());
        };
        let range = range.unwrap_or(CurrentRange {
            max,
            ..CurrentRange::from_six_to(0)
        });
        Err(Error::CurrentOutOfRange {
            charger: self.identity().short(),
            wanted,
            min: range.min,
            max: range.max,
        })
    }

    /// What a start that names no current is to name, A: the owner's limit, if the charger might start with more.
    pub(super) fn start_current(
        &self,
        reported: Option<Milliamps>,
        range: Option<CurrentRange>,
    ) -> Option<u8> {
        let max = self.policy().max_current?;
        if reported.is_some_and(|reported| reported <= max) {
            return None;
        }
        let most = range.map_or(max, |range| range.max);
        Some(u8::try_from(most.whole_amps()).unwrap_or(u8::MAX))
    }

    /// Whether what the charger reported, that old, is what it has: unless a current was sent since. For a current that
    /// protects it must be young as well, for others may set currents too.
    pub(super) fn believes(&self, reported: Option<Duration>, requester: Requester) -> bool {
        let needs_young = requester == Requester::Protection;
        reported.is_some_and(|age| !needs_young || age <= RECENT) && !self.doubts(reported)
    }

    /// Whether a current was sent since the charger reported the one that it has.
    pub(super) fn doubts(&self, reported: Option<Duration>) -> bool {
        let sent = self.memory().setting_age();
        sent.is_some_and(|sent| reported.is_none_or(|reported| reported >= sent))
    }

    /// Passes a setting and writes it down as a write to flash memory, in one step and before a byte is sent: other
    /// processes see it, and it counts whatever comes of it. Automatic control waits since the last one, of any process.
    /// For others a state file that cannot be used is a warning.
    pub(super) async fn begin_setting(
        &self,
        requester: Requester,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<FlashWrite>, Error> {
        let now = SystemTime::now();
        let (policy, charger) = (self.policy(), self.identity().short());
        let written = self
            .update(move |state| {
                let before = state.last_flash_write_unix_ms;
                if requester.spares_flash() {
                    policy
                        .check_flash_write(now, state.last_flash_write())
                        .map_err(|source| Error::FlashWear { charger, source })?;
                }
                state.note_flash_write(now);
                let noted = state.last_flash_write_unix_ms;
                Ok(FlashWrite { noted, before })
            })
            .await;
        let written = match written {
            Ok(written) => Some(written),
            Err(Error::State(error)) if !requester.spares_flash() => {
                warnings.push(error.into());
                None
            }
            Err(error) => return Err(error),
        };
        self.memory().note_setting();
        Ok(written)
    }

    /// What came of a setting: one that was never sent wore nothing, and until one `shows`, nobody knows what the charger
    /// has.
    pub(super) async fn end_setting(
        &self,
        written: Option<FlashWrite>,
        shows: bool,
        failure: Option<&Error>,
        warnings: &mut Vec<Warning>,
    ) {
        if !shows {
            self.memory().note_setting();
        }
        if let Some(FlashWrite { noted, before }) = written
            && failure.is_some_and(was_not_sent)
        {
            let restored = self.remember(move |state| {
                // Another process may have written since.
                if state.last_flash_write_unix_ms == noted {
                    state.last_flash_write_unix_ms = before;
                }
            });
            self.warn(restored, warnings).await;
        }
    }
}

/// Whether an error says that not a byte of a setting was sent.
fn was_not_sent(error: &Error) -> bool {
    match error {
        #[cfg(feature = "duosida")]
        Error::Duosida(duosida_client::Error::NotConnected { .. }) => true,
        #[cfg(feature = "em")]
        Error::Em(em_client::Error::NotSent { .. }) => true,
        _ => matches!(error.kind(), ErrorKind::BadInput | ErrorKind::NotSent),
    }
}
