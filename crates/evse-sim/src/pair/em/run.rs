//! One moment of virtual time: faults, packets and events, until nothing more is due.
use std::time::Instant;

use emproto::CHARGER_PORT;
use emproto::endpoint::EndpointEvent;
use emproto::session::{Event, Transmit};

use super::trace::first_command;
use super::{CLIENT, Pair, TraceEvent};

impl Pair {
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let chargers = self
            .chargers
            .iter()
            .filter_map(super::Charger::poll_timeout);
        chargers.chain(self.endpoint.poll_timeout()).min()
    }

    /// Does everything that is due now, until nothing more is.
    pub(super) fn settle(&mut self) {
        for _ in 0..MAX_ROUNDS {
            self.run_chargers();
            self.endpoint.handle_timeout(self.now);
            self.receive();
            let quiet = !self.drain_events();
            while let Some(transmit) = self.endpoint.poll_transmit() {
                self.send(&transmit);
            }
            if quiet && self.poll_timeout().is_none_or(|next| next > self.now) {
                self.inspect();
                return;
            }
        }
        self.checks.stuck(self.elapsed());
    }

    /// Faults, packets to the chargers, their time, and what they send.
    fn run_chargers(&mut self) {
        let at = self.elapsed();
        for (index, charger) in self.chargers.iter_mut().enumerate() {
            if charger.poll_timeout().is_none_or(|next| next > self.now) {
                continue;
            }
            charger.strike(self.now);
            while let Some((from, packet)) = charger.inbound.poll_packet(self.now) {
                self.trace
                    .push(at, TraceEvent::ToCharger(index, first_command(&packet)));
                charger.device.handle_input(self.now, from, &packet);
            }
            charger.device.handle_timeout(self.now);
        }
    }

    /// Packets that leave the chargers, and those that reach the client.
    fn receive(&mut self) {
        let at = self.now.duration_since(self.start);
        for (index, charger) in self.chargers.iter_mut().enumerate() {
            while let Some(transmit) = charger.device.poll_transmit() {
                // Anybody else is out of sight.
                if transmit.to.port() == CLIENT.port()
                    && (transmit.to == CLIENT || transmit.to.ip().is_broadcast())
                {
                    let from = charger.address;
                    charger
                        .outbound
                        .send(self.now, from, transmit.bytes, &mut charger.injector);
                }
            }
            while let Some((from, packet)) = charger.outbound.poll_packet(self.now) {
                self.trace
                    .push(at, TraceEvent::ToClient(index, first_command(&packet)));
                self.endpoint.handle_input(self.now, from, &packet);
            }
        }
    }

    /// A packet of the client: to the port of a charger, or to the one on which it also hears probes.
    fn send(&mut self, transmit: &Transmit) {
        for charger in &mut self.chargers {
            let same_ip = charger.address.ip() == transmit.to.ip();
            let same_port = [charger.address.port(), CHARGER_PORT].contains(&transmit.to.port());
            if same_port && (same_ip || transmit.to.ip().is_broadcast()) {
                let bytes = transmit.bytes.clone();
                charger
                    .inbound
                    .send(self.now, CLIENT, bytes, &mut charger.injector);
            }
        }
    }

    /// Returns whether there was anything.
    fn drain_events(&mut self) -> bool {
        let at = self.elapsed();
        let mut any = false;
        for (index, charger) in self.chargers.iter_mut().enumerate() {
            while let Some(event) = charger.device.poll_event() {
                any = true;
                self.checks.device_event(at, index, &event);
                self.trace.push(at, TraceEvent::Charger(index, event));
            }
            self.checks.observe(self.now, index, charger);
        }
        while let Some(event) = self.endpoint.poll_event() {
            any = true;
            self.trace.push(at, TraceEvent::Client(event.clone()));
            if let EndpointEvent::Evse { serial, event } = &event {
                match event {
                    Event::Done { id, result } => self.checks.done(self.now, at, *id, result),
                    Event::Record { key, .. } if self.takes_records => {
                        self.endpoint.record_taken(*serial, *key);
                    }
                    _ => {}
                }
            }
            if self.events.len() == MAX_EVENTS {
                self.events.pop_front();
            }
            self.events.push_back((at, event));
        }
        any
    }

    fn inspect(&mut self) {
        for (index, charger) in self.chargers.iter_mut().enumerate() {
            for (at, fault) in charger.injector.log().iter().skip(charger.faults_seen) {
                let at = at.duration_since(self.start);
                self.trace.push(at, TraceEvent::Fault(index, *fault));
            }
            charger.faults_seen = charger.injector.log().len();
        }
        let at = self.elapsed();
        if let Some(hook) = self.hook.as_mut()
            && let Err(problem) = hook(at, &self.endpoint)
        {
            self.checks.problem(at, &problem);
        }
    }
}

/// More rounds at one instant mean that the two ends keep each other busy for ever.
const MAX_ROUNDS: usize = 1_000;
/// Events that nobody polls are not kept for ever.
const MAX_EVENTS: usize = 10_000;
