//! Frames on their way to the line, and the faults that strike them.
use std::time::{Duration, Instant};

use twc_proto::frame::Decoder;

use super::bus::Bus;
use super::line::Station;
use super::peripheral::Peripheral;
use crate::faults::twc::{Fault, Strike};

impl Bus {
    pub(super) fn client_sends(&mut self, now: Instant, bytes: &[u8]) {
        let owes_reply = self.peripherals.iter().any(Peripheral::owes_reply);
        self.monitor.client_sends(now, bytes, owes_reply);
        if let Some(Ok(frame)) = Decoder::new().push(bytes).next() {
            self.client = frame.sender();
        }
        self.put_on_line(now, Station::CLIENT, bytes);
    }

    /// A unit's frame goes out, now or late.
    pub(super) fn unit_sends(&mut self, now: Instant, station: Station, bytes: Vec<u8>) {
        if self.injector.strikes(now, Fault::Delay) {
            let wait = self.injector.random().between(0.1, 2.0);
            self.late
                .push((now + Duration::from_secs_f64(wait), station, bytes));
        } else {
            self.put_on_line(now, station, &bytes);
        }
    }

    pub(super) fn put_on_line(&mut self, now: Instant, station: Station, bytes: &[u8]) {
        if self.is_silent {
            return;
        }
        let injector = &mut self.injector;
        let mut bytes = bytes.to_vec();
        if injector.strikes(now, Fault::Corrupt) {
            let bit = injector.random().below(8);
            let place = injector.random().length(0, bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << bit;
            }
        }
        if injector.strikes(now, Fault::Garbage) {
            let length = injector.random().length(1, 12);
            let garbage = injector.random().bytes(length);
            bytes.splice(0..0, garbage);
        }
        let lost_for = match station {
            _ if !injector.strikes(now, Fault::Drop) => 0,
            Station::CLIENT => !Station::CLIENT.bit(),
            _ => Station::CLIENT.bit(),
        };
        self.line.send(now, station, &bytes, lost_for);
        if injector.strikes(now, Fault::Collide) {
            let length = injector.random().length(1, bytes.len());
            let noise = injector.random().bytes(length);
            self.line.send(now, Station::NOISE, &noise, 0);
        }
    }

    /// The adapter hands bytes over, at once or in two pieces.
    pub(super) fn hold(&mut self, now: Instant, mut bytes: Vec<u8>) {
        if bytes.is_empty() || !self.adapter.present {
            return;
        }
        let mut due = self.adapter.held.back().map_or(now, |(at, _)| now.max(*at));
        if bytes.len() > 1 && self.injector.strikes(now, Fault::Fragment) {
            let random = self.injector.random();
            let rest = bytes.split_off(random.length(1, bytes.len()));
            let wait = random.between(0.005, 0.09);
            self.adapter.held.push_back((due, bytes));
            due += Duration::from_secs_f64(wait);
            bytes = rest;
        }
        self.adapter.held.push_back((due, bytes));
    }

    /// What a fault does.
    pub(super) fn struck(&mut self, now: Instant, strike: Strike) {
        match strike {
            Strike::Noise(length) => {
                let noise = self.injector.random().bytes(length);
                self.line.send(now, Station::NOISE, &noise, 0);
            }
            Strike::Echo(on) => self.adapter.echoes_by_fault = on,
            Strike::Silence(on) => self.is_silent = on,
            Strike::Stall(unit) => {
                let index = self.drawn(unit);
                if let Some(stalled) = self.stalled.get_mut(index) {
                    *stalled = true;
                }
            }
            Strike::StallOver => self.stalled.fill(false),
            Strike::Restart(unit) => self.strike_unit(now, unit, Peripheral::restart),
            Strike::PowerOff(unit) => self.strike_unit(now, unit, Peripheral::switch_off),
            Strike::PowerOn => {
                let is_off = |unit: &&mut Peripheral| !unit.ground_truth().is_on;
                for unit in self.peripherals.iter_mut().filter(is_off) {
                    unit.restart(now);
                }
            }
            Strike::IdConflict(unit) => {
                if let Some(client) = self.client {
                    self.strike_unit(now, unit, |unit, now| {
                        unit.restart(now);
                        unit.set_id(client);
                    });
                }
            }
            Strike::Controller(present) => self.set_controller(now, present),
            Strike::Unplug(gone) => self.set_adapter(!gone),
        }
    }

    fn strike_unit(&mut self, now: Instant, unit: u64, act: impl FnOnce(&mut Peripheral, Instant)) {
        let index = self.drawn(unit);
        if let Some(peripheral) = self.peripherals.get_mut(index) {
            act(peripheral, now);
        }
    }

    fn drawn(&self, number: u64) -> usize {
        let count = self.peripherals.len().max(1) as u64;
        usize::try_from(number % count).unwrap_or_default()
    }
}
