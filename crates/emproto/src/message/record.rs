//! Records of past sessions, their acknowledgement, and the ring that keeps them.

use alloc::vec::Vec;

use nom::Parser;
use nom::combinator::opt;
use nom::number::complete::{be_u8, be_u16, be_u32};

use super::parse::{Parsed, Payload, bytes, field};
use super::{ChargeType, Identifier, Limit, RawBytes, Reading, SlotFlag, StartType, StopReason};
use crate::time::RawTime;

/// A past session: [`Command::RecordCurrent`](crate::Command::RecordCurrent),
/// [`Command::RecordLocal`](crate::Command::RecordLocal) and the end of
/// [`Command::HistorySlot`](crate::Command::HistorySlot).
///
/// | bytes | field | scale |
/// | --- | --- | --- |
/// | 0 | line | |
/// | 1..17, 17..33, 33..49 | started by, stopped by, charge id | |
/// | 49, 50, 51 | has reservation, start type, charge type | |
/// | 52..54, 54..56, 56..58 | limits of time, energy, fee | min, 0.01 kWh, 0.01 |
/// | 58, 59 | stop reason, has stop | |
/// | 60..64, 64..68, 68..72 | reservation, start, stop | see [`crate::time`] |
/// | 72..76 | duration | s |
/// | 76..80, 80..84, 84..88 | counter at the start, at the stop, energy | 0.01 kWh |
/// | 88..92, 92, 93..95 | price, fee type, fee per kWh | 0.01; from 95 bytes on |
/// | 95..97 | number of log entries | from 97 bytes on |
/// | 97..157 | 30 values of power | from 157 bytes on |
/// | 157..253, 253..349, 349..445 | energy, fee, service fee, 48 half hours each | each if complete |
///
/// Source: several implementations; a capture of 155 bytes. Confidence: high up to byte 97, then low.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeRecord {
    /// The charger's own line number.
    pub line_id: u8,
    /// A user id; `Clock` for the weekly plan, `PAP` for plug and charge.
    pub started_by: Identifier,
    /// A user id, or a reason such as `Fix Time`.
    pub stopped_by: Identifier,
    /// Identifies the session; goes back in the acknowledgement.
    pub charge_id: Identifier,
    /// 1 when it was reserved.
    pub has_reservation: u8,
    /// What began it.
    pub start_type: StartType,
    /// Its kind.
    pub charge_type: ChargeType,
    /// Longest duration, minutes of charging.
    pub max_duration_min: Limit<u16>,
    /// Most energy, hundredths of kWh.
    pub max_energy_centikwh: Reading<u16>,
    /// A fee limit by its position, hundredths.
    pub parameter_3: Reading<u16>,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// 1 in captures.
    pub has_stop: u8,
    /// When it was to start.
    pub reservation: RawTime,
    /// When it started.
    pub started: RawTime,
    /// When it stopped.
    pub stopped: RawTime,
    /// How long it lasted, s.
    pub duration_s: u32,
    /// Energy counter at the start, hundredths of kWh.
    pub start_energy_centikwh: u32,
    /// Energy counter at the stop, hundredths of kWh.
    pub stop_energy_centikwh: u32,
    /// Energy of the session, hundredths of kWh.
    pub session_energy_centikwh: u32,
    /// What it cost.
    pub price: Option<Price>,
    /// How many entries the log has.
    pub log_count: Option<u16>,
    /// What follows; see [`ChargeRecord::power_log`].
    pub extra: RawBytes,
}

/// What a session cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Hundredths.
    pub price_cents: u32,
    /// Unknown.
    pub fee_type: u8,
    /// Price of a kWh, hundredths.
    pub fee_cents: u16,
}

impl ChargeRecord {
    /// 30 raw values of power, of which [`ChargeRecord::log_count`] are used; `None` for short records.
    pub fn power_log(&self) -> Option<impl Iterator<Item = Reading<u16>>> {
        self.block(0, 30)
    }

    /// Energy in each half hour of the day, raw; `None` for short records.
    pub fn energy_by_half_hour(&self) -> Option<impl Iterator<Item = Reading<u16>>> {
        self.block(60, 48)
    }

    /// Fee of each half hour of the day, raw; `None` for short records.
    pub fn fee_by_half_hour(&self) -> Option<impl Iterator<Item = Reading<u16>>> {
        self.block(156, 48)
    }

    /// Service fee of each half hour of the day, raw; `None` for short records.
    pub fn service_fee_by_half_hour(&self) -> Option<impl Iterator<Item = Reading<u16>>> {
        self.block(252, 48)
    }

    fn block(&self, at: usize, count: usize) -> Option<impl Iterator<Item = Reading<u16>>> {
        self.log_count?;
        let block = self.extra.get(at..at + 2 * count)?;
        let values = block.chunks_exact(2).filter_map(|pair| pair.first_chunk());
        Some(values.map(|pair| Reading(u16::from_be_bytes(*pair))))
    }
}

impl Payload for ChargeRecord {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, line_id) = field("line", be_u8, input)?;
        let (input, started_by) = bytes("started by", input)?;
        let (input, stopped_by) = bytes("stopped by", input)?;
        let (input, charge_id) = bytes("charge id", input)?;
        let (input, has_reservation) = field("reservation flag", be_u8, input)?;
        let (input, start_type) = field("start type", be_u8, input)?;
        let (input, charge_type) = field("charge type", be_u8, input)?;
        let (input, max_duration) = field("maximum duration", be_u16, input)?;
        let (input, max_energy) = field("maximum energy", be_u16, input)?;
        let (input, parameter_3) = field("parameter 3", be_u16, input)?;
        let (input, stop_reason) = field("stop reason", be_u8, input)?;
        let (input, has_stop) = field("stop flag", be_u8, input)?;
        let (input, reservation) = field("reservation", be_u32, input)?;
        let (input, started) = field("start", be_u32, input)?;
        let (input, stopped) = field("stop", be_u32, input)?;
        let (input, duration_s) = field("duration", be_u32, input)?;
        let (input, start_energy_centikwh) = field("counter at the start", be_u32, input)?;
        let (input, stop_energy_centikwh) = field("counter at the stop", be_u32, input)?;
        let (input, session_energy_centikwh) = field("energy", be_u32, input)?;
        let (input, price) = field("price", opt((be_u32, be_u8, be_u16)), input)?;
        let (extra, log_count) = match price {
            Some(_) => opt(be_u16).parse(input)?,
            None => (input, None),
        };
        let record = Self {
            line_id,
            started_by: Identifier(started_by),
            stopped_by: Identifier(stopped_by),
            charge_id: Identifier(charge_id),
            has_reservation,
            start_type: start_type.into(),
            charge_type: charge_type.into(),
            max_duration_min: Limit(max_duration),
            max_energy_centikwh: Reading(max_energy),
            parameter_3: Reading(parameter_3),
            stop_reason: stop_reason.into(),
            has_stop,
            reservation: RawTime(reservation),
            started: RawTime(started),
            stopped: RawTime(stopped),
            duration_s,
            start_energy_centikwh,
            stop_energy_centikwh,
            session_energy_centikwh,
            price: price.map(|(price_cents, fee_type, fee_cents)| Price {
                price_cents,
                fee_type,
                fee_cents,
            }),
            log_count,
            extra: extra.into(),
        };
        Ok((&[], record))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.line_id);
        for id in [&self.started_by, &self.stopped_by, &self.charge_id] {
            out.extend_from_slice(&id.0);
        }
        out.push(self.has_reservation);
        out.extend_from_slice(&[self.start_type.code(), self.charge_type.code()]);
        out.extend_from_slice(&self.max_duration_min.0.to_be_bytes());
        out.extend_from_slice(&self.max_energy_centikwh.0.to_be_bytes());
        out.extend_from_slice(&self.parameter_3.0.to_be_bytes());
        out.extend_from_slice(&[self.stop_reason.code(), self.has_stop]);
        for word in [
            self.reservation.0,
            self.started.0,
            self.stopped.0,
            self.duration_s,
            self.start_energy_centikwh,
            self.stop_energy_centikwh,
            self.session_energy_centikwh,
        ] {
            out.extend_from_slice(&word.to_be_bytes());
        }
        if let Some(price) = self.price {
            out.extend_from_slice(&price.price_cents.to_be_bytes());
            out.push(price.fee_type);
            out.extend_from_slice(&price.fee_cents.to_be_bytes());
        }
        out.extend(self.log_count.iter().flat_map(|count| count.to_be_bytes()));
        out.extend_from_slice(&self.extra);
    }
}

/// Acknowledges a record: [`Command::RecordCurrentAck`](crate::Command::RecordCurrentAck) and
/// [`Command::RecordLocalAck`](crate::Command::RecordLocalAck).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordAck {
    /// 1.
    pub line_id: u8,
    /// The record's, byte for byte.
    pub charge_id: Identifier,
    /// 1.
    pub status: u8,
    /// What follows.
    pub extra: RawBytes,
}

impl RecordAck {
    /// Acknowledges the record with this charge id.
    pub const fn new(charge_id: Identifier) -> Self {
        Self {
            line_id: 1,
            charge_id,
            status: 1,
            extra: RawBytes::EMPTY,
        }
    }
}

impl Payload for RecordAck {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, line_id) = field("line", be_u8, input)?;
        let (input, charge_id) = bytes("charge id", input)?;
        let (extra, status) = field("status", be_u8, input)?;
        let ack = Self {
            line_id,
            charge_id: Identifier(charge_id),
            status,
            extra: extra.into(),
        };
        Ok((&[], ack))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.line_id);
        out.extend_from_slice(&self.charge_id.0);
        out.push(self.status);
        out.extend_from_slice(&self.extra);
    }
}

/// The ring of records: [`Command::HistoryInfo`](crate::Command::HistoryInfo).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryInfo {
    /// Unknown.
    pub byte_0: u8,
    /// How many records the ring can hold, not how many it holds.
    pub capacity: u32,
    /// What follows: 8 bytes were seen.
    pub extra: RawBytes,
}

impl Payload for HistoryInfo {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, byte_0) = field("byte 0", be_u8, input)?;
        let (extra, capacity) = field("capacity", be_u32, input)?;
        let info = Self {
            byte_0,
            capacity,
            extra: extra.into(),
        };
        Ok((&[], info))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.byte_0);
        out.extend_from_slice(&self.capacity.to_be_bytes());
        out.extend_from_slice(&self.extra);
    }
}

/// One slot of the ring: [`Command::HistorySlot`](crate::Command::HistorySlot).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySlot {
    /// How many slots there are.
    pub capacity: u32,
    /// Which it is, from 1 on.
    pub slot: u32,
    /// What it holds.
    pub flag: SlotFlag,
    /// The record, when the flag says so.
    pub record: Option<ChargeRecord>,
    /// What follows when there is no record.
    pub extra: RawBytes,
}

impl Payload for HistorySlot {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, capacity) = field("capacity", be_u32, input)?;
        let (input, slot) = field("slot", be_u32, input)?;
        let (input, flag) = field("flag", be_u8, input)?;
        let flag = SlotFlag::from(flag);
        let (extra, record) = match flag {
            SlotFlag::Record => {
                let (rest, record) = ChargeRecord::parse(input)?;
                (rest, Some(record))
            }
            SlotFlag::Empty | SlotFlag::Unknown(_) => (input, None),
        };
        let slot = Self {
            capacity,
            slot,
            flag,
            record,
            extra: extra.into(),
        };
        Ok((&[], slot))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.capacity.to_be_bytes());
        out.extend_from_slice(&self.slot.to_be_bytes());
        out.push(self.flag.code());
        if let Some(record) = &self.record {
            record.put(out);
        }
        out.extend_from_slice(&self.extra);
    }
}

/// Asks for a slot: [`Command::HistorySlotRequest`](crate::Command::HistorySlotRequest).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySlotRequest {
    /// 1.
    pub line_id: u8,
    /// From 1 to the capacity.
    pub slot: u32,
    /// What follows.
    pub extra: RawBytes,
}

impl HistorySlotRequest {
    /// Asks for a slot, counted from 1.
    pub const fn new(slot: u32) -> Self {
        Self {
            line_id: 1,
            slot,
            extra: RawBytes::EMPTY,
        }
    }
}

impl Payload for HistorySlotRequest {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, line_id) = field("line", be_u8, input)?;
        let (extra, slot) = field("slot", be_u32, input)?;
        let request = Self {
            line_id,
            slot,
            extra: extra.into(),
        };
        Ok((&[], request))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.line_id);
        out.extend_from_slice(&self.slot.to_be_bytes());
        out.extend_from_slice(&self.extra);
    }
}
