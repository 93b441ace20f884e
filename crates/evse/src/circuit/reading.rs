//! What a planner hears of members.

use std::time::{Duration, SystemTime};

use crate::model::{Capabilities, CurrentLimit, Snapshot, State, Telemetry};
use crate::units::Milliamps;

/// What a charger tells at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// How long ago it told it; `None`: never.
    pub age: Option<Duration>,
    /// What it is doing.
    pub state: State,
    /// Whether a vehicle is plugged in.
    pub vehicle_connected: Option<bool>,
    /// What it reports as its limit, and what counts.
    pub limit: CurrentLimit,
    /// How old the reported limit is at most; `None`: it was never told in this run.
    pub limit_age: Option<Duration>,
    /// What its own phases draw.
    pub current: [Option<Milliamps>; 3],
    /// What it can do.
    pub capabilities: Capabilities,
}

impl Reading {
    /// Of readings of this age, the limit among them.
    pub fn new(
        age: Option<Duration>,
        state: State,
        telemetry: &Telemetry,
        capabilities: Capabilities,
    ) -> Self {
        Self {
            age,
            state,
            vehicle_connected: telemetry.vehicle_connected,
            limit: telemetry.limit,
            limit_age: age,
            current: telemetry.current,
            capabilities,
        }
    }

    /// Of a snapshot that was taken now.
    pub fn of(snapshot: &Snapshot, now: SystemTime) -> Self {
        let since = |at| age(now, at);
        let age = snapshot.last_update.and_then(since);
        let Snapshot {
            state,
            telemetry,
            capabilities,
            ..
        } = snapshot;
        Self {
            limit_age: snapshot.limit_update.and_then(since),
            ..Self::new(age, *state, telemetry, *capabilities)
        }
    }

    /// What its own phases draw, mA; what is not told is nothing, unless it tells one figure for all.
    pub(super) fn delivered_ma(&self) -> [u32; 3] {
        if self.current == [None; 3] {
            return [self.limit.delivered.map_or(0, |current| current.0); 3];
        }
        self.current
            .map(|current| current.map_or(0, |current| current.0))
    }

    pub(super) fn tells_current(&self) -> bool {
        self.current != [None; 3] || self.limit.delivered.is_some()
    }

    /// What it may draw by its own word.
    pub(super) fn effective(&self) -> Option<Milliamps> {
        let CurrentLimit {
            effective,
            reported,
            ..
        } = self.limit;
        if self.state.is_session_open() {
            effective.or(reported)
        } else {
            // A charge that is over may still be told of.
            effective.max(reported)
        }
    }

    pub(super) fn is_vehicle_gone(&self) -> bool {
        self.vehicle_connected == Some(false) || self.state == State::Available
    }
}

/// A clock that was set back makes what was told before it as good as never told: nobody knows how old it is.
fn age(now: SystemTime, at: SystemTime) -> Option<Duration> {
    match now.duration_since(at) {
        Ok(age) => Some(age),
        Err(ahead) => (ahead.duration() < CORRECTED).then_some(Duration::ZERO),
    }
}

/// Clocks are corrected by so little all the time. Source: ours.
const CORRECTED: Duration = Duration::from_secs(1);

/// What a bus of Tesla Gen2 units tells at one moment; all its units together, A.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BusReading {
    /// Whether its port is open.
    pub is_open: bool,
    /// Who decides on it.
    pub control: BusControl,
    /// What it shares now: its breaker or its budget.
    pub limit_a: u16,
    /// The most that its units may draw right now.
    pub committed_a: u16,
    /// The least that its units can be brought to, for those that hold a limit cannot be stopped.
    pub floor_a: u16,
    /// The most that its breaker and its units carry.
    pub cap_a: u16,
    /// What its vehicles would take; 0 when none asks for current.
    pub wanted_a: u16,
    /// What its units draw, mA.
    pub delivered_ma: u32,
}

impl BusReading {
    /// None of its vehicles takes anything, or would.
    pub(super) const fn is_idle(&self) -> bool {
        self.wanted_a == 0 && self.committed_a == 0
    }
}

/// Who decides on a bus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BusControl {
    /// Nobody yet: it is listened to.
    #[default]
    Nobody,
    /// This program.
    Ours,
    /// Another controller, or nothing may be sent: what its units draw is not ours to say.
    Foreign,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_before_the_clock_was_set_back_is_of_an_unknown_age() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(1);
        for (later_ms, expected) in [
            (-2_000, Some(2_000)),
            (0, Some(0)),
            (999, Some(0)),
            (1_000, None),
        ] {
            let by = Duration::from_millis(i64::unsigned_abs(later_ms));
            let at = if later_ms < 0 { now - by } else { now + by };
            let expected = expected.map(Duration::from_millis);
            assert_eq!(age(now, at), expected, "{later_ms}");
        }
    }
}
