//! What a controller has in mind for one peripheral.

use std::time::{Duration, Instant};

use super::query::Queries;

/// What a controller has in mind for one peripheral.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Plan {
    /// It answers our heartbeats.
    pub(super) linked: bool,
    pub(super) claim: Option<Claim>,
    last_presence: Option<Instant>,
    /// Heartbeats in a row without an answer.
    pub(super) missed_beats: u8,
    /// When it was last asked for a sign of life although it does not answer.
    pub(super) polled_at: Option<Instant>,
    pub(super) queries: Queries,
    pub(super) told: Option<Told>,
    /// The last heartbeat had a limit.
    had_limit: bool,
    /// It is to be told its limit again.
    pub(super) resend: bool,
    /// A vehicle is plugged in.
    pub(super) plugged: bool,
    /// It has a limit, or wants one.
    pub(super) takes_part: bool,
    /// When it went from idle to state 03.
    pub(super) came_at: Option<Instant>,
    /// When contactors were last commanded.
    pub(super) contactors_at: Option<Instant>,
    pub(super) session_asked_a: Option<u16>,
    pub(super) initial_asked_a: Option<u16>,
}

/// A claim on the way: heartbeats without content until one is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) due: Instant,
    tries: u8,
}

/// The limit that a peripheral was told last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) limit_a: u16,
    /// Answers to heartbeats with it that did not show it.
    refused: u8,
}

impl Plan {
    pub(super) fn new(initial_asked_a: Option<u16>) -> Self {
        Self {
            initial_asked_a,
            ..Self::default()
        }
    }

    /// It has no controller and says so. A burst of presences is answered once.
    pub(super) fn presence(&mut self, now: Instant, wait: Duration) {
        let before = self.last_presence.replace(now);
        let is_new = before.is_none_or(|before| now.saturating_duration_since(before) > BURST);
        if is_new && !self.linked && self.claim.is_none() {
            self.claim = Some(Claim {
                due: now + wait,
                tries: 0,
            });
        }
    }

    pub(super) fn claim_now(&mut self, now: Instant) {
        self.claim.get_or_insert(Claim { due: now, tries: 0 });
    }

    /// Whether a unit that does not answer is to be asked for a sign of life.
    pub(super) fn poll_is_due(&self, now: Instant) -> bool {
        self.polled_at
            .is_none_or(|at| now.saturating_duration_since(at) >= POLL)
    }

    /// A claim leaves.
    pub(super) fn claimed(&mut self, now: Instant) {
        if let Some(claim) = &mut self.claim {
            claim.due = now + CLAIM_PERIOD;
            claim.tries += 1;
        }
        if self.claim.take_if(|claim| claim.tries >= CLAIMS).is_some() {
            self.polled_at = Some(now);
        }
    }

    /// It answered a heartbeat.
    pub(super) fn linked(&mut self) {
        self.linked = true;
        self.claim = None;
        self.missed_beats = 0;
    }

    pub(super) fn lost(&mut self) {
        self.linked = false;
        self.claim = None;
        self.resend = true;
        self.polled_at = None;
    }

    /// It drew another session number: nothing that was learned holds any more.
    pub(super) fn restarted(&mut self) {
        self.queries = Queries::default();
        self.told = None;
        self.resend = true;
    }

    /// A heartbeat leaves.
    pub(super) fn tell(&mut self, limit_a: Option<u16>) {
        self.had_limit = limit_a.is_some();
        let Some(limit_a) = limit_a else { return };
        if self.told.is_none_or(|told| told.limit_a != limit_a) {
            self.told = Some(Told {
                limit_a,
                refused: 0,
            });
        }
    }

    /// It answers a heartbeat and reports a limit; tells whether it has refused one often enough to say so.
    pub(super) fn reported(&mut self, available_ca: u16) -> Option<u16> {
        let told = self.told.as_mut()?;
        if available_ca == told.limit_a.saturating_mul(100) {
            told.refused = 0;
            self.resend &= !self.had_limit;
            return None;
        }
        if !self.had_limit {
            return None;
        }
        told.refused = told.refused.saturating_add(1);
        (told.refused == PATIENCE).then_some(told.limit_a)
    }

    pub(super) fn just_plugged(&self, now: Instant) -> bool {
        self.came_at
            .is_some_and(|at| now.saturating_duration_since(at) <= JUST_PLUGGED)
    }
}

/// Presences of one burst are closer together. Source: capture, 0.4 to 1.0 s.
const BURST: Duration = Duration::from_millis(1_200);
const CLAIM_PERIOD: Duration = Duration::from_millis(320);
const CLAIMS: u8 = 3;
const POLL: Duration = Duration::from_secs(10);
/// Heartbeats with a limit that the unit does not show, before somebody is told.
const PATIENCE: u8 = 5;
/// In state 03 a unit wants a limit only shortly after plugging in; later the vehicle has stopped or is full.
const JUST_PLUGGED: Duration = Duration::from_secs(10);
