//! What was so in a charger, and when.
use std::collections::VecDeque;
use std::time::Instant;

use emproto::Pin;
use emproto::message::{Identifier, WeeklyPlan};
use emproto::time::RawTime;

use crate::em::Device;

/// What of a charger's truth results may be about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Facts {
    pub(super) charge_id: Option<Identifier>,
    pub(super) reserved_for: Option<RawTime>,
    pub(super) nickname: String,
    pub(super) output_a: u8,
    pub(super) language: u8,
    pub(super) temperature_unit: u8,
    pub(super) start_method: u8,
    pub(super) plan: WeeklyPlan,
    pub(super) clock_skew_s: i64,
    pub(super) pin: Pin,
    pub(super) starts: u64,
    pub(super) contactor_cycles: u64,
}

impl Facts {
    pub(super) fn of(device: &Device) -> Self {
        let truth = device.ground_truth();
        Self {
            charge_id: truth.charge_id,
            reserved_for: truth.reserved_for,
            nickname: truth.nickname,
            output_a: truth.output_a,
            language: truth.language,
            temperature_unit: truth.temperature_unit,
            start_method: truth.start_method,
            plan: truth.plan,
            clock_skew_s: truth.clock_skew_s,
            pin: device.config().pin,
            starts: truth.starts,
            contactor_cycles: truth.contactor_cycles,
        }
    }
}

/// The facts with the time they began.
#[derive(Debug)]
pub(super) struct History(VecDeque<(Instant, Facts)>);

impl History {
    pub(super) fn new(start: Instant, facts: Facts) -> Self {
        Self(VecDeque::from([(start, facts)]))
    }

    /// Says whether anything is new.
    pub(super) fn push(&mut self, now: Instant, facts: Facts) -> bool {
        if self.0.back().is_some_and(|(_, last)| *last == facts) {
            return false;
        }
        if self.0.len() == MAX_FACTS {
            self.0.pop_front();
        }
        self.0.push_back((now, facts));
        true
    }

    /// Whether it is so, or was since then.
    pub(super) fn was(&self, since: Instant, wanted: impl Fn(&Facts) -> bool) -> bool {
        let before = self.0.iter().rev().find(|(began, _)| *began <= since);
        let after = self.0.iter().filter(|(began, _)| *began > since);
        before
            .into_iter()
            .chain(after)
            .any(|(_, facts)| wanted(facts))
    }
}

/// More changes than any run has within one request.
const MAX_FACTS: usize = 256;
