//! A bus that somebody else controls, heard only.

use std::collections::BTreeMap;
use std::time::Instant;

use super::records::Records;
use super::{Counters, Event, ForeignController, Peripheral, PortState};
use crate::Address;
use crate::frame::{Frame, FrameErrorKind};

/// Hears and reports everything, and has no way to send. The contract is that of a [`Controller`](super::Controller);
/// its events are the same but for those of a controller's own doing.
#[derive(Debug, Default)]
pub struct Listener {
    records: Records,
    is_closed: bool,
    energy_divisors: BTreeMap<Address, u32>,
}

impl Listener {
    /// A listener on a line that was just opened.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many counts of a unit's energy meter are 1 kWh, for units to be found.
    pub fn set_energy_divisor(&mut self, unit: Address, divisor: u32) {
        self.energy_divisors.insert(unit, divisor);
    }

    /// Takes a frame that [`Decoder`](crate::frame::Decoder) cut out.
    pub fn handle_input(&mut self, now: Instant, frame: &Frame) {
        let divisor = |unit| self.energy_divisors.get(&unit).copied().unwrap_or(1);
        self.records.take(now, frame, divisor);
    }

    /// Bytes arrived that are no frame.
    pub fn handle_line_error(&mut self, _now: Instant, kind: FrameErrorKind) {
        self.records.counters.errors += 1;
        let collision = false;
        self.records.emit(Event::LineError { kind, collision });
    }

    /// The serial line, or the gateway, went away or came back.
    pub fn handle_port(&mut self, now: Instant, port: PortState) {
        self.is_closed = port == PortState::Closed;
        self.records.port(now, !self.is_closed);
    }

    /// Does what is due. Early calls change nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.records.age(now, !self.is_closed);
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.records.next_age(!self.is_closed)
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.records.poll_event()
    }

    /// All peripherals, in the order of their ids.
    pub fn peripherals(&self) -> impl Iterator<Item = &Peripheral> {
        self.records.peripherals.iter()
    }

    /// One peripheral.
    pub fn peripheral(&self, unit: Address) -> Option<&Peripheral> {
        self.records.get(unit)
    }

    /// The controllers that were heard.
    pub fn controllers(&self) -> impl Iterator<Item = &ForeignController> {
        self.records.controllers.iter()
    }

    /// What came in so far.
    pub const fn counters(&self) -> Counters {
        self.records.counters
    }
}
