//! The session that a charger reports.

use std::time::Instant;

use super::{ClockReading, OwnClock};
use crate::message::{ChargerState, ChargingStatus};
use crate::time::RawTime;

/// The session that runs, else the one that is planned, else the last one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentCharge {
    /// As the charger reports it.
    pub report: ChargingStatus,
    /// When it came.
    pub at: Instant,
    /// When it began, or the reservation was taken, Unix seconds; corrected when the charger's clock is known to be
    /// wrong.
    pub started_unix_s: Option<i64>,
    /// When it is to start, Unix seconds, corrected likewise. Only while it is pending or runs: chargers go on
    /// reporting old ones.
    pub reserved_for_unix_s: Option<i64>,
}

impl CurrentCharge {
    pub(super) fn new(
        report: ChargingStatus,
        at: Instant,
        own: &OwnClock,
        clock: Option<ClockReading>,
        has_ended: bool,
    ) -> Self {
        let delta_s = clock.filter(ClockReading::is_wrong);
        let delta_s = delta_s.map_or(0, |clock| clock.delta_s);
        let unix = |raw: RawTime| {
            raw.checked_add_s(delta_s.saturating_neg())
                .filter(|_| raw.is_some())?
                .to_unix(|unix_s| own.offset_s(unix_s))
        };
        let is_current = is_current(&report)
            && !has_ended
            && !report.charge_id.is_empty()
            && report.started.is_some();
        Self {
            at,
            started_unix_s: unix(report.started),
            reserved_for_unix_s: unix(report.reservation).filter(|_| is_current),
            report,
        }
    }

    /// Energy of the session, hundredths of kWh; never negative, whatever the counters do.
    pub const fn energy_centikwh(&self) -> u32 {
        let report = &self.report;
        match (report.session_energy_centikwh, report.start_energy_centikwh) {
            (0, 0) => 0,
            (0, start) => report.current_energy_centikwh.saturating_sub(start),
            (energy, _) => energy,
        }
    }

    /// Whether it runs or is pending, and not over.
    pub fn is_current(&self) -> bool {
        is_current(&self.report)
    }
}

/// By its state: 14 runs, 20 is pending.
pub(super) fn is_current(report: &ChargingStatus) -> bool {
    matches!(
        report.current_state(),
        ChargerState::Charging | ChargerState::Reserved
    )
}
