//! What a charger drew in the last minutes.

use std::collections::VecDeque;
use std::time::Duration;

use evse::Snapshot;
use evse::units::{Milliamps, Watts};

/// Power and current at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Sample {
    /// Since the screen is there.
    pub(in crate::tui) at: Duration,
    pub(in crate::tui) power: Option<Watts>,
    pub(in crate::tui) current: Option<Milliamps>,
}

/// One sample a second, for ten minutes.
#[derive(Debug, Default)]
pub(in crate::tui) struct History {
    samples: VecDeque<Sample>,
}

impl History {
    /// Takes a sample, if the last one is a second old. Who is not heard draws nobody knows what.
    pub(super) fn note(&mut self, at: Duration, now: &Snapshot) {
        let last = self.samples.back();
        if last.is_some_and(|last| at < last.at + PACE) {
            return;
        }
        let heard = now.is_connected().then_some(&now.telemetry);
        self.samples.push_back(Sample {
            at,
            power: heard.and_then(|heard| heard.power),
            current: heard.and_then(evse::Telemetry::highest_current),
        });
        while self
            .samples
            .front()
            .is_some_and(|first| first.at + LONGEST < at)
        {
            self.samples.pop_front();
        }
    }

    /// The oldest first.
    pub(in crate::tui) fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.samples.iter()
    }

    /// How long a time a chart of it is of: whole minutes, grown with what there is.
    pub(in crate::tui) fn span(&self) -> Duration {
        let (first, last) = (self.samples.front(), self.samples.back());
        let length = first
            .zip(last)
            .map(|(first, last)| last.at.saturating_sub(first.at));
        let spans = SPANS_MIN.map(Duration::from_mins);
        let fitting = spans
            .into_iter()
            .find(|span| length.unwrap_or_default() <= *span);
        fitting.unwrap_or(LONGEST)
    }
}

/// Between two samples.
const PACE: Duration = Duration::from_secs(1);
/// What is older is forgotten.
const LONGEST: Duration = Duration::from_mins(10);
const SPANS_MIN: [u64; 4] = [1, 2, 5, 10];
