//! What to ask a peripheral next.

use std::time::{Duration, Instant};

use super::Peripheral;
use crate::message::{PlugState, Query, VinSection};

/// How the questions to one peripheral stand, in the order of [`ORDER`].
#[derive(Clone, Debug, Default)]
pub(super) struct Queries {
    slots: [Slot; ORDER.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    asked_at: Option<Instant>,
    /// At least once since the unit's start: it knows the question.
    answered: bool,
    /// In a row.
    silent: u8,
    /// To be asked again soon.
    again: bool,
}

impl Queries {
    /// The most urgent question that is due, and how urgent it is.
    pub(super) fn next(&self, now: Instant, peripheral: &Peripheral) -> Option<(Duration, Query)> {
        let mut best: Option<(Duration, Query)> = None;
        for (slot, query) in self.slots.iter().zip(ORDER) {
            let urgency = slot.urgency(now, query, peripheral);
            if urgency > best.map(|(urgency, _)| urgency) {
                best = urgency.map(|urgency| (urgency, query));
            }
        }
        best
    }

    pub(super) fn asked(&mut self, now: Instant, query: Query) {
        if let Some(slot) = self.slot(query) {
            slot.asked_at = Some(now);
            slot.again = false;
        }
    }

    pub(super) fn answered(&mut self, query: Query) {
        if let Some(slot) = self.slot(query) {
            slot.answered = true;
            slot.silent = 0;
        }
    }

    /// Silence: it is asked once more in another slot.
    pub(super) fn missed(&mut self, query: Query) {
        if let Some(slot) = self.slot(query) {
            slot.again = slot.silent == 0;
            slot.silent = slot.silent.saturating_add(1);
        }
    }

    /// The vehicle does something else: what the plug says is old.
    pub(super) fn ask_plug(&mut self) {
        if let Some(slot) = self.slot(Query::PlugState) {
            slot.again = true;
        }
    }

    fn slot(&mut self, query: Query) -> Option<&mut Slot> {
        let place = ORDER.iter().position(|one| *one == query)?;
        self.slots.get_mut(place)
    }
}

impl Slot {
    fn urgency(&self, now: Instant, query: Query, peripheral: &Peripheral) -> Option<Duration> {
        if self.silent >= TRIES && !self.answered {
            return None;
        }
        let waited = self
            .asked_at
            .map_or(NEVER, |at| now.saturating_duration_since(at));
        let is_identity = matches!(query, Query::Version | Query::Serial) && !self.answered;
        let ahead = match query {
            _ if is_identity => IDENTITY_AHEAD,
            _ if self.again => PERIOD,
            Query::Meter | Query::PlugState if is_charging(peripheral) => READINGS_AHEAD,
            Query::Vin(_) => VIN_AHEAD,
            _ => Duration::ZERO,
        };
        let is_due = is_identity || self.again || waited >= PERIOD;
        is_due.then(|| waited + ahead)
    }
}

fn is_charging(peripheral: &Peripheral) -> bool {
    peripheral.is_charging() || peripheral.plug == Some(PlugState::Charging)
}

/// Source of the order: twc-director; the plug is ours.
const ORDER: [Query; 7] = [
    Query::Meter,
    Query::Serial,
    Query::Version,
    Query::Vin(VinSection::First),
    Query::Vin(VinSection::Middle),
    Query::Vin(VinSection::Last),
    Query::PlugState,
];
/// Between two questions for the same: nine ticks, 11.7 s, late timers or not. Source: author of twc-director, 11.8 s;
/// capture, 11.5 to 11.7 s.
const PERIOD: Duration = Duration::from_millis(11_600);
/// So often a question stays unanswered before it is believed that the unit does not know it.
const TRIES: u8 = 3;
/// As if so long ago: ahead of what is only asked again.
const NEVER: Duration = Duration::from_mins(1);
/// As if it had waited longer by so much.
const IDENTITY_AHEAD: Duration = Duration::from_mins(1);
const READINGS_AHEAD: Duration = Duration::from_secs(6);
const VIN_AHEAD: Duration = Duration::from_secs(3);
