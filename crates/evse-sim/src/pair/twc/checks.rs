//! Built-in invariants: every request ends exactly once, no rule of the bus is broken, nothing is sent while an answer
//! is due, and what may flow and what flows is never more than the limit.
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use twc_proto::Address;
use twc_proto::frame::{Frame, FrameType};
use twc_proto::message::Message;
use twc_proto::session::{Config, Controller, RequestId, Transmit};

use crate::twc::{Bus, BusEvent};

/// Open requests, the answer that is due, and what was found.
#[derive(Debug)]
pub(super) struct Checks {
    start: Instant,
    reply_window: Duration,
    open: BTreeSet<RequestId>,
    due: Option<Due>,
    /// Another controller gave the units limits of its own.
    foreign: bool,
    /// What was committed after the last round, A.
    committed_a: u32,
    problems: Vec<String>,
    stuck: bool,
}

#[derive(Debug)]
struct Due {
    unit: Address,
    command: u8,
    until: Instant,
}

impl Checks {
    pub(super) fn new(start: Instant, config: &Config) -> Self {
        Self {
            start,
            reply_window: config.reply_window,
            open: BTreeSet::new(),
            due: None,
            foreign: false,
            committed_a: 0,
            problems: Vec::new(),
            stuck: false,
        }
    }

    pub(super) fn unfinished(&self) -> usize {
        self.open.len()
    }

    pub(super) fn problems(&self) -> &[String] {
        &self.problems
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.stuck
    }

    pub(super) fn stuck(&mut self, now: Instant) {
        self.stuck = true;
        self.problem(
            now,
            "the two ends keep each other busy without time passing",
        );
    }

    pub(super) fn problem(&mut self, now: Instant, text: &str) {
        let at = now.saturating_duration_since(self.start).as_secs_f64();
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(format!("at {at:.3} s: {text}"));
        }
    }

    pub(super) fn asked(&mut self, id: RequestId) {
        self.open.insert(id);
    }

    pub(super) fn done(&mut self, now: Instant, id: RequestId) {
        if !self.open.remove(&id) {
            self.problem(now, &format!("{id:?} ended without being open"));
        }
    }

    /// The controller sends: not while an answer is due, and not more than there is.
    pub(super) fn sent(
        &mut self,
        now: Instant,
        transmit: &Transmit,
        message: &Message,
        controller: &Controller,
    ) {
        if let Some(due) = self.due.as_ref().filter(|due| now < due.until) {
            let text = format!("sent {} while {} owes an answer", message.kind(), due.unit);
            self.problem(now, &text);
        }
        let (_, command) = message.code();
        self.due = message.recipient().map(|unit| Due {
            unit,
            command,
            until: now + transmit.airtime + self.reply_window,
        });
        // Units that come, and a limit that was lowered, may bring it above the limit; a heartbeat may not.
        let (committed_a, limit_a) = (controller.committed_a(), controller.limit_a());
        let is_heartbeat = matches!(message, Message::ControllerHeartbeat(_));
        if is_heartbeat && committed_a > u32::from(limit_a).max(self.committed_a) {
            let text = format!("{committed_a} A are committed of {limit_a} A by what is sent");
            self.problem(now, &text);
        }
    }

    /// A frame reaches the controller.
    pub(super) fn heard(&mut self, frame: &Frame) {
        let is_answer = self.due.as_ref().is_some_and(|due| {
            frame.frame_type() == FrameType::Data
                && frame.command() == due.command
                && frame.sender() == Some(due.unit)
        });
        if is_answer {
            self.due = None;
        }
    }

    /// The line is gone, and with it the answer.
    pub(super) fn closed(&mut self) {
        self.due = None;
    }

    pub(super) fn bus_event(&mut self, now: Instant, event: BusEvent) {
        match event {
            BusEvent::Violation(violation) => self.problem(now, &violation.kind.to_string()),
            BusEvent::Controller { present: true } => self.foreign = true,
            _ => {}
        }
    }

    /// Looks at what flows after each round.
    pub(super) fn observe(&mut self, now: Instant, bus: &Bus, controller: &Controller) {
        self.committed_a = controller.committed_a();
        let limit_a = f64::from(controller.limit_a());
        let drawn_a: f64 = bus
            .peripherals()
            .iter()
            .map(crate::twc::Peripheral::current_a)
            .sum();
        let is_within = drawn_a <= limit_a + TOLERANCE_A;
        if self.foreign {
            // Until the limits are ours again.
            let ours = |unit: &crate::twc::Peripheral| {
                unit.ground_truth()
                    .controller
                    .is_none_or(|of| of == controller.address())
            };
            self.foreign = bus.controller().is_some()
                || !is_within
                || self.committed_a > u32::from(controller.limit_a())
                || !bus.peripherals().iter().all(ours);
        } else if !is_within {
            let text = format!("{drawn_a:.2} A flow of {limit_a} A");
            self.problem(now, &text);
        }
    }
}

/// One problem is enough to fail; a hundred are enough to read.
const MAX_PROBLEMS: usize = 100;
/// What arithmetic may add, A.
const TOLERANCE_A: f64 = 1e-6;
