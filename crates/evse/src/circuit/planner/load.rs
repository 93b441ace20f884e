//! One circuit: its limit, and what other loads take of it.

use std::sync::Arc;
use std::time::Duration;

use evse_sharing::{CircuitId, Ledger};

use crate::circuit::event::CircuitEvent;
use crate::circuit::standing::House;
use crate::config::CircuitConfig;
use crate::units::Milliamps;

#[derive(Debug)]
pub(super) struct Circuit {
    pub(super) name: Arc<str>,
    pub(super) within: Option<Arc<str>>,
    pub(super) tree: usize,
    pub(super) id: CircuitId,
    pub(super) limit_a: [u16; 3],
    pub(super) reserve_a: [u16; 3],
    max_age: Duration,
    measured: Option<(Duration, [u16; 3])>,
    /// As of the last tick, for [`house`](Self::house).
    is_fresh: bool,
    /// The alarms that are on.
    pub(super) overloads: [bool; 3],
    applied: Option<([u16; 3], [u16; 3])>,
}

impl Circuit {
    pub(super) fn new(config: &CircuitConfig, tree: usize, id: CircuitId) -> Self {
        Self {
            name: config.name.as_str().into(),
            within: None,
            tree,
            id,
            limit_a: config.limit.map(rounded_down),
            reserve_a: config.reserve.map(rounded_up),
            max_age: config.meter_max_age,
            measured: None,
            is_fresh: false,
            overloads: [false; 3],
            applied: None,
        }
    }

    pub(super) fn measured(
        &mut self,
        now: Duration,
        loads: [Milliamps; 3],
    ) -> Option<CircuitEvent> {
        let is_back = self.measured.is_some() && !self.is_fresh;
        self.measured = Some((now, loads.map(rounded_up)));
        self.is_fresh = true;
        let circuit = self.name.clone();
        is_back.then_some(CircuitEvent::MeterBack { circuit })
    }

    /// Brings limit and other loads into the ledger.
    pub(super) fn apply(
        &mut self,
        now: Duration,
        ledger: &mut Ledger<usize>,
    ) -> Option<CircuitEvent> {
        let measured = self.measured;
        let is_fresh = measured.is_some_and(|(at, _)| now.saturating_sub(at) <= self.max_age);
        let is_lost = self.is_fresh && !is_fresh;
        self.is_fresh = is_fresh;
        let now = (self.limit_a, self.house_a());
        if self.applied.replace(now) != Some(now) {
            let (limit_a, house_a) = now;
            ledger.set_circuit_rated_a(self.id, limit_a);
            let mut left_a = limit_a;
            for (left_a, house_a) in left_a.iter_mut().zip(house_a) {
                *left_a = left_a.saturating_sub(house_a);
            }
            ledger.set_circuit_budget_a(self.id, Some(left_a));
        }
        let circuit = self.name.clone();
        is_lost.then_some(CircuitEvent::MeterStale { circuit })
    }

    /// What counts as other loads, A.
    pub(super) fn house_a(&self) -> [u16; 3] {
        match self.measured {
            Some((_, loads_a)) if self.is_fresh => loads_a,
            _ => self.reserve_a,
        }
    }

    pub(super) const fn house(&self) -> House {
        match self.measured {
            None => House::Reserve,
            Some(_) if self.is_fresh => House::Measured,
            Some(_) => House::Stale,
        }
    }
}

/// Whole amps: a limit must not grow.
pub(super) fn rounded_down(current: Milliamps) -> u16 {
    u16::try_from(current.whole_amps()).unwrap_or(u16::MAX)
}

/// Whole amps: a load must not shrink.
pub(super) fn rounded_up(current: Milliamps) -> u16 {
    u16::try_from(current.0.div_ceil(1_000)).unwrap_or(u16::MAX)
}
