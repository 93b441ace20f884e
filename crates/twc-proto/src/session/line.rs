//! The line: one at a time, silence before speaking, echoes, collisions.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::Address;
use crate::frame::Frame;

/// What is happening on the line.
#[derive(Debug)]
pub(super) struct Line {
    is_open: bool,
    /// Nothing may be sent before.
    quiet_until: Option<Instant>,
    /// Nor before this, after a collision.
    back_off_until: Option<Instant>,
    awaited: Option<Awaited>,
    /// What was sent in the last two seconds.
    sent: VecDeque<(Instant, Frame)>,
}

/// An answer that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Awaited {
    pub(super) unit: Address,
    /// Of the question and of its answer.
    pub(super) command: u8,
    until: Instant,
    /// Bytes that arrive hold the window open until then.
    latest: Instant,
}

impl Line {
    pub(super) const fn new() -> Self {
        Self {
            is_open: true,
            quiet_until: None,
            back_off_until: None,
            awaited: None,
            sent: VecDeque::new(),
        }
    }

    pub(super) const fn is_open(&self) -> bool {
        self.is_open
    }

    /// The line is there, or gone. Tells whether that is new.
    pub(super) fn port(&mut self, is_open: bool) -> bool {
        let is_new = self.is_open != is_open;
        if is_new {
            *self = Self::new();
            self.is_open = is_open;
        }
        is_new
    }

    /// Bytes arrive.
    pub(super) fn active(&mut self, now: Instant) {
        let quiet = now + SILENCE;
        self.quiet_until = self.quiet_until.max(Some(quiet));
        if let Some(awaited) = &mut self.awaited {
            awaited.until = awaited.until.max(quiet).min(awaited.latest);
        }
    }

    /// Something is broken: others may be speaking at once.
    pub(super) fn back_off(&mut self, until: Instant) {
        self.back_off_until = self.back_off_until.max(Some(until));
    }

    /// A frame begins to leave. Its end, and the end of the window for its answer.
    pub(super) fn sent(&mut self, now: Instant, frame: Frame, leaves: Duration) {
        self.sent
            .retain(|(at, _)| now.saturating_duration_since(*at) <= ECHO);
        if self.sent.len() >= MAX_SENT {
            self.sent.pop_front();
        }
        self.sent.push_back((now, frame));
        self.quiet_until = self.quiet_until.max(Some(now + leaves));
    }

    pub(super) fn await_answer(&mut self, unit: Address, command: u8, until: Instant) {
        self.awaited = Some(Awaited {
            unit,
            command,
            until,
            latest: until + LONGEST_ANSWER,
        });
    }

    /// Whether this is what an adapter brings back of our own.
    pub(super) fn is_echo(&self, now: Instant, frame: &Frame) -> bool {
        self.sent
            .iter()
            .any(|(at, sent)| sent == frame && now.saturating_duration_since(*at) <= ECHO)
    }

    pub(super) const fn await_nothing(&mut self) {
        self.awaited = None;
    }

    pub(super) const fn is_awaiting(&self) -> bool {
        self.awaited.is_some()
    }

    /// Ends the wait if the frame is what was awaited.
    pub(super) fn answered(&mut self, unit: Address, command: u8) -> bool {
        let is_answer = self
            .awaited
            .is_some_and(|awaited| awaited.unit == unit && awaited.command == command);
        if is_answer {
            self.awaited = None;
        }
        is_answer
    }

    /// Ends the wait when its window is over.
    pub(super) fn missed(&mut self, now: Instant) -> Option<Awaited> {
        self.awaited.take_if(|awaited| awaited.until <= now)
    }

    /// When the wait ends by itself.
    pub(super) fn awaited_until(&self) -> Option<Instant> {
        self.awaited.map(|awaited| awaited.until)
    }

    /// From when on something may be sent, answers that are due apart.
    pub(super) fn free_at(&self) -> Option<Instant> {
        self.quiet_until.max(self.back_off_until)
    }
}

/// Before anything is sent. Real controllers keep 200 ms or more.
const SILENCE: Duration = Duration::from_millis(50);
/// An echo comes within this time.
const ECHO: Duration = Duration::from_secs(2);
/// More than leave in that time.
const MAX_SENT: usize = 16;
/// An answer that has begun within its window ends within this time: 43 bytes and some delay on the way.
const LONGEST_ANSWER: Duration = Duration::from_millis(100);
