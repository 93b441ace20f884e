//! Records of sessions: those that nobody acknowledged, and the ring that keeps the last ones.
use std::collections::VecDeque;
use std::time::Instant;

use emproto::message::{
    ChargeRecord, ChargeType, HistorySlot, Identifier, Limit, Message, Price, RawBytes, Reading,
    SlotFlag, StartType, StopReason,
};
use emproto::time::RawTime;

use super::charge::{Charge, Phase};
use super::charging::text;
use super::config::DeviceConfig;
use super::device::Device;
use super::event::Event;
use super::orders::LINE;
use super::timer::Timer;
use super::violation::ViolationKind;
use crate::number::centi_kwh;

/// What survives a reboot.
#[derive(Clone, Debug)]
pub(super) struct Records {
    capacity: u32,
    record_len: usize,
    ring: Vec<ChargeRecord>,
    /// Index of the slot that is written next.
    next: usize,
    pending: VecDeque<ChargeRecord>,
}

impl Records {
    pub(super) fn new(config: &DeviceConfig, clock: RawTime) -> Self {
        let mut records = Self {
            capacity: config.history_capacity,
            record_len: config.record_len,
            ring: Vec::new(),
            next: 0,
            pending: VecDeque::new(),
        };
        for age in (1..=config.history_records.min(config.history_capacity)).rev() {
            let record = records.past(age, clock);
            records.remember(record);
        }
        records
    }

    /// A session so many days ago.
    fn past(&self, age_days: u32, clock: RawTime) -> ChargeRecord {
        let started = RawTime(clock.0.saturating_sub(age_days * 86_400));
        let energy = 500 + age_days % 7 * 150;
        let mut record = ChargeRecord {
            line_id: LINE,
            started_by: text("simulated"),
            stopped_by: text("simulated"),
            charge_id: text(&format!("{}{age_days:05}", started.0)),
            has_reservation: 0,
            start_type: StartType::App,
            charge_type: ChargeType::Normal,
            max_duration_min: Limit::<u16>::NONE,
            max_energy_centikwh: Reading::<u16>::NONE,
            parameter_3: Reading::<u16>::NONE,
            stop_reason: StopReason::App,
            has_stop: 1,
            reservation: RawTime::NONE,
            started,
            stopped: RawTime(started.0 + 7_200),
            duration_s: 7_200,
            start_energy_centikwh: 100_000,
            stop_energy_centikwh: 100_000 + energy,
            session_energy_centikwh: energy,
            price: None,
            log_count: None,
            extra: RawBytes::EMPTY,
        };
        lengthen(&mut record, self.record_len);
        record
    }

    fn remember(&mut self, record: ChargeRecord) {
        let capacity = usize::try_from(self.capacity).unwrap_or(usize::MAX);
        if let Some(slot) = self.ring.get_mut(self.next) {
            *slot = record;
        } else if self.ring.len() < capacity {
            self.ring.push(record);
        }
        self.next = if self.next + 1 >= capacity {
            0
        } else {
            self.next + 1
        };
    }

    fn keep(&mut self, record: ChargeRecord) {
        self.remember(record.clone());
        if self.pending.len() == MAX_PENDING {
            self.pending.pop_front();
        }
        self.pending.push_back(record);
    }

    /// Slots count from 1.
    pub(super) fn slot(&self, slot: u32) -> HistorySlot {
        let index = usize::try_from(slot).unwrap_or(usize::MAX).wrapping_sub(1);
        let record = self.ring.get(index).cloned();
        HistorySlot {
            capacity: self.capacity,
            slot,
            flag: if record.is_some() {
                SlotFlag::Record
            } else {
                SlotFlag::Empty
            },
            record,
            extra: RawBytes::EMPTY,
        }
    }

    pub(super) fn pending_count(&self) -> usize {
        self.pending.len()
    }

    /// Whether the record waited for it, or was acknowledged before.
    fn acknowledge(&mut self, id: &Identifier) -> Option<bool> {
        let place = self
            .pending
            .iter()
            .position(|record| record.charge_id == *id);
        match place {
            Some(place) => self.pending.remove(place).map(|_| true),
            None => self
                .ring
                .iter()
                .any(|record| record.charge_id == *id)
                .then_some(false),
        }
    }
}

impl Device {
    /// The record of a session that ends now.
    pub(super) fn record(
        &self,
        now: Instant,
        charge: &Charge,
        stop_reason: StopReason,
        by: Identifier,
    ) -> ChargeRecord {
        let reserved = charge.phase == Phase::Reserved;
        let stop = self.electrics.meter.register_wh();
        let start = if reserved { stop } else { charge.start_wh };
        let lasted = now.saturating_duration_since(charge.begun).as_secs();
        let mut record = ChargeRecord {
            line_id: LINE,
            started_by: charge.user,
            stopped_by: by,
            charge_id: charge.id,
            has_reservation: charge.is_reservation.into(),
            start_type: charge.start_type,
            charge_type: charge.charge_type,
            max_duration_min: charge.max_duration_min,
            max_energy_centikwh: charge.max_energy_centikwh,
            parameter_3: charge.parameter_3,
            stop_reason,
            has_stop: 1,
            reservation: if charge.is_reservation {
                charge.reservation
            } else {
                RawTime::NONE
            },
            started: charge.started,
            stopped: self.clock.time(now),
            duration_s: if reserved {
                0
            } else {
                u32::try_from(lasted).unwrap_or(u32::MAX)
            },
            start_energy_centikwh: centi_kwh(start),
            stop_energy_centikwh: centi_kwh(stop),
            session_energy_centikwh: centi_kwh(stop - start),
            price: None,
            log_count: None,
            extra: RawBytes::EMPTY,
        };
        lengthen(&mut record, self.config.record_len);
        record
    }

    /// Keeps a record and shows it to the client.
    pub(super) fn keep_record(&mut self, now: Instant, record: ChargeRecord) {
        self.records.keep(record.clone());
        self.push(now, &Message::RecordCurrent(record));
        self.schedule_replay(now);
    }

    /// Adds so many old records that nobody acknowledged.
    pub fn add_unacknowledged_records(&mut self, now: Instant, count: u32) {
        self.handle_timeout(now);
        for age in (1..=count).rev() {
            let record = self.records.past(age, self.clock.time(now));
            self.records.keep(record);
        }
        self.schedule_replay(now);
    }

    pub(super) fn schedule_replay(&mut self, now: Instant) {
        if self.records.pending.is_empty() {
            self.timers.clear(Timer::Replay);
        } else if !self.timers.is_set(Timer::Replay) {
            self.timers
                .set(Timer::Replay, now + self.config.replay_interval);
        }
    }

    /// Shows the oldest record again.
    pub(super) fn replay_record(&mut self, now: Instant) {
        if let Some(record) = self.records.pending.front().cloned() {
            self.push(now, &Message::RecordLocal(record));
        }
        self.schedule_replay(now);
    }

    pub(super) fn record_acknowledged(&mut self, now: Instant, id: &Identifier) {
        match self.records.acknowledge(id) {
            Some(true) => self.notify(Event::RecordAcknowledged),
            Some(false) => {}
            None => self.violate(now, ViolationKind::UnknownRecord),
        }
        self.schedule_replay(now);
    }
}

/// Gives a record its length: price, number of log entries, and unused entries.
fn lengthen(record: &mut ChargeRecord, len: usize) {
    record.price = (len >= 95).then(Price::default);
    record.log_count = (len >= 97).then_some(0);
    let known = match len {
        97.. => 97,
        95.. => 95,
        _ => 88,
    };
    record.extra = vec![0xFF; len.saturating_sub(known)].as_slice().into();
}

/// "A charger may hold thousands"; so many are kept here.
const MAX_PENDING: usize = 10_000;
