//! Watching a reservation: one that begins at once is stopped at once.

use std::time::{Duration, Instant};

use super::{Alarm, Event, Session, Shared};
use crate::message::{ChargerState, Identifier, OutputState};

/// A reservation of ours.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(super) charge_id: Identifier,
    pub(super) start_unix_s: i64,
    pub(super) since: Instant,
    /// It began at once and is being stopped.
    pub(super) has_fired: bool,
}

impl Session {
    /// A status came: does the reservation charge before its time?
    pub(super) fn watch_status(&mut self, now: Instant, shared: &mut Shared) {
        let Some(watch) = self.watch.as_ref().filter(|watch| !watch.has_fired) else {
            return;
        };
        if shared.clock.unix_s(now) >= watch.start_unix_s - EARLY_S || self.is_foreign_charge(watch)
        {
            self.watch = None;
            return;
        }
        let status = self.status.as_ref().map(|report| &report.status);
        if status.is_some_and(|status| status.output == OutputState::On) {
            self.started_early(shared);
        }
    }

    /// Our reservation charges now: stop it, whatever else is going on, and say so.
    pub(super) fn started_early(&mut self, shared: &mut Shared) {
        if let Some(watch) = &mut self.watch {
            watch.has_fired = true;
        }
        let alarm = Alarm::ReservationStartedAtOnce {
            clock_delta_s: self.clock.reading.map(|clock| clock.delta_s),
        };
        shared.emit(self.serial, Event::Alarm(alarm));
        self.stop_by_itself(shared);
    }

    /// Another session was started since: it is not ours to stop.
    fn is_foreign_charge(&self, watch: &Watch) -> bool {
        self.charge.as_ref().is_some_and(|charge| {
            charge.at >= watch.since
                && charge.report.current_state() == ChargerState::Charging
                && charge.report.charge_id != watch.charge_id
        })
    }
}

/// A minute early is early.
const EARLY_S: i64 = 60;
/// How long a start may take to show.
pub(super) const FOLLOW: Duration = Duration::from_secs(5);
