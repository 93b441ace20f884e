//! One moment of virtual time: what the bus brings, what the controller makes of it, until nothing more is due.
use std::time::Instant;

use twc_proto::frame::Decoder;
use twc_proto::message::Message;
use twc_proto::session::{Event, PortState, Transmit};

use super::{Pair, TraceEvent};

impl Pair {
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.bus.poll_timeout(),
            self.controller.poll_timeout(),
            self.incomplete_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Does everything that is due now, until nothing more is.
    pub(super) fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            self.bus.handle_timeout(self.now);
            self.plug();
            self.receive();
            self.controller.handle_timeout(self.now);
            let mut quiet = !self.drain_events();
            while let Some(transmit) = self.controller.poll_transmit() {
                quiet = false;
                self.send(&transmit);
            }
            if quiet && self.poll_timeout().is_none_or(|next| next > self.now) {
                self.inspect();
                return;
            }
        }
        self.checks.stuck(self.now);
    }

    /// The adapter comes or goes.
    fn plug(&mut self) {
        let is_open = self.bus.has_adapter();
        if is_open != self.is_open {
            self.is_open = is_open;
            self.decoder = Decoder::new();
            self.incomplete_at = None;
            self.checks.closed();
            let port = if is_open {
                PortState::Open
            } else {
                PortState::Closed
            };
            self.controller.handle_port(self.now, port);
        }
    }

    /// Bytes for the controller, cut into frames.
    fn receive(&mut self) {
        let at = self.elapsed();
        if self.incomplete_at.is_some_and(|due| due <= self.now) {
            self.incomplete_at = None;
            if let Some(error) = self.decoder.silence() {
                self.controller.handle_line_error(self.now, error.kind());
            }
        }
        while let Some(bytes) = self.bus.poll_transmit() {
            self.controller.handle_activity(self.now);
            for item in self.decoder.push(&bytes) {
                match item {
                    Ok(frame) => {
                        let message = Message::decode(&frame);
                        if self.checks.problems().is_empty() {
                            self.trace.push(at, TraceEvent::Heard(message));
                        }
                        self.checks.heard(&frame);
                        self.controller.handle_input(self.now, &frame);
                    }
                    Err(error) => self.controller.handle_line_error(self.now, error.kind()),
                }
            }
            let is_incomplete = !self.decoder.held().is_empty();
            self.incomplete_at = is_incomplete.then(|| self.now + INCOMPLETE);
        }
    }

    fn send(&mut self, transmit: &Transmit) {
        if let Some(Ok(frame)) = Decoder::new().push(&transmit.wire).next() {
            let message = Message::decode(&frame);
            self.note(TraceEvent::Sent(message));
            self.checks
                .sent(self.now, transmit, &message, &self.controller);
        } else {
            self.checks
                .problem(self.now, "sent bytes that are no frame");
        }
        self.bus.handle_input(self.now, &transmit.wire);
    }

    /// Returns whether there was anything.
    fn drain_events(&mut self) -> bool {
        let at = self.elapsed();
        let mut any = false;
        while let Some(event) = self.bus.poll_event() {
            any = true;
            self.note(TraceEvent::Bus(event));
            self.checks.bus_event(self.now, event);
        }
        while let Some(event) = self.controller.poll_event() {
            any = true;
            if matches!(event, Event::Frame { .. }) {
                continue;
            }
            self.note(TraceEvent::Controller(event));
            if let Event::Done { id, .. } = event {
                self.checks.done(self.now, id);
            }
            if self.events.len() == MAX_EVENTS {
                self.events.pop_front();
            }
            self.events.push_back((at, event));
        }
        any
    }

    /// Keeps what happened up to the first problem.
    fn note(&mut self, event: TraceEvent) {
        if self.checks.problems().is_empty() {
            self.trace.push(self.elapsed(), event);
        }
    }

    fn inspect(&mut self) {
        self.checks.observe(self.now, &self.bus, &self.controller);
        let at = self.elapsed();
        if let Some(hook) = self.hook.as_mut()
            && let Err(problem) = hook(at, &self.bus, &self.controller)
        {
            self.checks.problem(self.now, &problem);
        }
    }
}

/// More rounds at one instant mean that the two ends keep each other busy for ever.
const MAX_ROUNDS: usize = 1_000;
/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 10_000;
/// A frame does not pause for so long.
const INCOMPLETE: std::time::Duration = std::time::Duration::from_millis(100);
