//! One moment of virtual time: faults, connections, bytes and events, until nothing more is due.
use std::time::Instant;

use duosida_proto::session::{Event, Session};

use super::link::Link;
use super::{Pair, TraceEvent, reconnect_delay};
use crate::duosida::Admission;
use crate::faults::LinkAction;

impl Pair {
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let session = self
            .session
            .as_ref()
            .filter(|_| self.link.is_some())
            .and_then(Session::poll_timeout);
        let link = self.link.as_ref().and_then(Link::poll_timeout);
        [
            session,
            link,
            self.device.poll_timeout(),
            self.injector.poll_timeout(),
            self.connect_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Does everything that is due now, until nothing more is.
    pub(super) fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            self.strike();
            if self.connect_at.is_some_and(|at| at <= self.now) {
                self.connect();
            }
            self.device.handle_timeout(self.now);
            if let Some(session) = self.session.as_mut().filter(|_| self.link.is_some()) {
                session.handle_timeout(self.now);
            }
            self.receive();
            let quiet = !self.drain_events();
            self.transmit();
            if quiet && self.poll_timeout().is_none_or(|next| next > self.now) {
                self.inspect();
                return;
            }
        }
        self.checks.stuck(self.elapsed());
    }

    fn strike(&mut self) {
        if self.injector.poll_timeout().is_none_or(|at| at > self.now) {
            return;
        }
        let actions = self.injector.handle_timeout(self.now, &mut self.device);
        if self.injector.is_over(self.now)
            && let Some(link) = self.link.as_mut()
        {
            link.resume();
        }
        for action in actions {
            match action {
                LinkAction::Drop => self.lose("dropped"),
                LinkAction::StallUntil(until) => {
                    if let Some(link) = self.link.as_mut() {
                        link.stall_until(until);
                    }
                }
                LinkAction::Vanish => {
                    if let Some(link) = self.link.as_mut() {
                        link.vanish();
                        self.device.handle_closed(self.now);
                    }
                }
            }
        }
    }

    fn connect(&mut self) {
        self.connect_at = None;
        let admission = self.device.handle_connect(self.now);
        self.note(TraceEvent::Connect(admission));
        if admission == Admission::Refuse {
            self.retry();
            return;
        }
        self.connections += 1;
        if let Some(session) = self.session.as_mut() {
            session.reopen(self.now);
        } else {
            let unix = self.unix_time_s;
            self.session = Some(Session::new(self.session_config.clone(), self.now, unix));
        }
        self.link = Some(Link::new(self.seed, self.connections, self.latency));
        if admission == Admission::AcceptAndClose {
            if let Some(link) = self.link.as_mut() {
                link.vanish();
            }
            self.lose("closed at once");
        }
    }

    fn retry(&mut self) {
        self.connect_at = Some(self.now + reconnect_delay(self.losses));
        self.losses += 1;
    }

    /// The connection ends, at both ends that still know of it.
    fn lose(&mut self, why: &'static str) {
        let Some(link) = self.link.take() else { return };
        self.note(TraceEvent::Closed(why));
        if link.is_known_to_charger() {
            self.device.handle_closed(self.now);
        }
        if let Some(session) = self.session.as_mut() {
            session.handle_closed(self.now);
        }
        self.retry();
    }

    fn transmit(&mut self) {
        while let Some(message) = self.device.poll_transmit() {
            if let Some(link) = self.link.as_mut().filter(|link| link.is_known_to_charger()) {
                self.trace.push(
                    self.now.duration_since(self.start),
                    TraceEvent::to_client(&message),
                );
                link.send_to_client(self.now, &message, &mut self.injector);
            }
        }
        let Some(session) = self.session.as_mut() else {
            return;
        };
        while let Some(message) = session.poll_transmit() {
            if let Some(link) = self.link.as_mut() {
                self.trace.push(
                    self.now.duration_since(self.start),
                    TraceEvent::to_charger(&message),
                );
                link.send_to_charger(self.now, &message);
            }
        }
    }

    fn receive(&mut self) {
        while let Some(frame) = self
            .link
            .as_mut()
            .and_then(|link| link.poll_charger(self.now))
        {
            self.device.handle_input(self.now, &frame);
        }
        while let Some(frame) = self
            .link
            .as_mut()
            .and_then(|link| link.poll_client(self.now))
        {
            if let Some(session) = self.session.as_mut() {
                session.handle_input(self.now, &frame);
            }
        }
        if self.link.as_ref().is_some_and(Link::is_broken) {
            self.lose("broken within a message");
        }
    }

    /// Returns whether there was anything.
    fn drain_events(&mut self) -> bool {
        let mut any = false;
        while let Some(event) = self.device.poll_event() {
            any = true;
            if event == crate::duosida::Event::CloseConnection {
                if let Some(link) = self.link.as_mut() {
                    link.vanish();
                }
                self.lose("closed by the charger");
            }
            self.checks.device_event(self.now, &event);
            self.note(TraceEvent::Charger(event));
        }
        while let Some(event) = self.session.as_mut().and_then(Session::poll_event) {
            any = true;
            match &event {
                Event::Ready(_) => self.losses = 0,
                Event::Failed(_) => self.lose("given up by the client"),
                Event::Done { id, result } => {
                    self.checks.done(
                        self.now,
                        self.now.duration_since(self.start),
                        *id,
                        result,
                        &self.device,
                    );
                }
                _ => {}
            }
            let at = self.elapsed();
            self.note(TraceEvent::Client(event.clone()));
            if self.events.len() == MAX_EVENTS {
                self.events.pop_front();
            }
            self.events.push_back((at, event));
        }
        any
    }

    fn inspect(&mut self) {
        for (at, fault) in self.injector.log().iter().skip(self.faults_seen) {
            self.trace
                .push(at.duration_since(self.start), TraceEvent::Fault(*fault));
        }
        self.faults_seen = self.injector.log().len();
        if let Some(hook) = self.hook.as_mut()
            && let Err(problem) = hook(
                self.now.duration_since(self.start),
                self.session.as_ref(),
                &self.device,
            )
        {
            self.checks
                .problem(self.now.duration_since(self.start), &problem);
        }
    }

    fn note(&mut self, event: TraceEvent) {
        self.trace.push(self.now.duration_since(self.start), event);
    }
}

/// More rounds at one instant mean that the two ends keep each other busy for ever.
const MAX_ROUNDS: usize = 1_000;
/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 10_000;
