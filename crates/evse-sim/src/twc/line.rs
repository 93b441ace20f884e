//! The pair of wires: half duplex, a byte takes its time, and two that talk at once make garbage.
use std::time::{Duration, Instant};

use crate::random::Random;

/// Who hears or talks: one bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Station(pub(super) u8);

impl Station {
    /// The client: what we test.
    pub(super) const CLIENT: Self = Self(0);
    /// The foreign controller.
    pub(super) const FOREIGN: Self = Self(1);
    /// Nobody: noise.
    pub(super) const NOISE: Self = Self(7);

    /// A peripheral by its place on the bus.
    pub(super) const fn peripheral(index: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a bus has few units")]
        let index = index as u8;
        Self(2 + index)
    }

    /// The bit of this station.
    pub(super) const fn bit(self) -> u8 {
        1 << self.0
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    byte: u8,
    /// Who sends: a station does not hear what it sends, and nobody understands two.
    by: u8,
    /// Who does not hear it, by a fault.
    lost_for: u8,
}

/// Bytes without a pause between them, whoever sent them.
#[derive(Clone, Debug, Default)]
pub(super) struct Burst {
    slots: Vec<Slot>,
}

impl Burst {
    /// What a station hears of it.
    pub(super) fn heard_by(&self, station: Station, into: &mut Vec<u8>) {
        into.clear();
        let bit = station.bit();
        let heard = |slot: &&Slot| (slot.by | slot.lost_for) & bit == 0;
        into.extend(self.slots.iter().filter(heard).map(|slot| slot.byte));
    }
}

/// The medium.
#[derive(Clone, Debug)]
pub(super) struct Line {
    random: Random,
    start: Instant,
    burst: Burst,
    /// Where each station's own bytes end in the burst.
    ends: [usize; 8],
    /// What the client's adapter has handed over of the burst.
    handed_over: usize,
    /// How many bytes the adapter hands over at once.
    chunk: usize,
}

impl Line {
    pub(super) fn new(random: Random, chunk: usize, now: Instant) -> Self {
        Self {
            random,
            start: now,
            burst: Burst::default(),
            ends: [0; 8],
            handed_over: 0,
            chunk: chunk.max(1),
        }
    }

    /// Whether anybody talks.
    pub(super) fn is_busy(&self) -> bool {
        !self.burst.slots.is_empty()
    }

    /// Puts bytes on the line, behind what the same station is sending.
    pub(super) fn send(&mut self, now: Instant, station: Station, bytes: &[u8], lost_for: u8) {
        if !self.is_busy() {
            self.start = now;
            self.ends = [0; 8];
            self.handed_over = 0;
        }
        let own_end = self
            .ends
            .get(usize::from(station.0))
            .copied()
            .unwrap_or_default();
        let first = self.slots_by(now).max(own_end);
        let end = first + bytes.len();
        if self.burst.slots.len() < end {
            self.burst.slots.resize(end, Slot::default());
        }
        for (slot, byte) in self.burst.slots.iter_mut().skip(first).zip(bytes) {
            *slot = match slot.by {
                0 => Slot {
                    byte: *byte,
                    by: station.bit(),
                    lost_for,
                },
                by => Slot {
                    byte: garbled(&mut self.random, slot.byte ^ byte),
                    by: by | station.bit(),
                    lost_for: slot.lost_for & lost_for,
                },
            };
        }
        if let Some(place) = self.ends.get_mut(usize::from(station.0)) {
            *place = end;
        }
    }

    /// When the adapter has bytes to hand over, or the line falls silent.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.is_busy()
            .then(|| self.start + BYTE * count(self.next_hand_over()))
    }

    /// When the line falls silent, as far as is known.
    pub(super) fn end(&self) -> Option<Instant> {
        self.is_busy()
            .then(|| self.start + BYTE * count(self.burst.slots.len()))
    }

    fn next_hand_over(&self) -> usize {
        (self.handed_over + self.chunk).min(self.burst.slots.len())
    }

    /// The bytes that the client's adapter hands over at `now`; `echo` adds those that the client sent itself.
    pub(super) fn hand_over(&mut self, now: Instant, echo: bool) -> Option<Vec<u8>> {
        let next = self.next_hand_over();
        if self.poll_timeout()? > now || next == self.handed_over {
            return None;
        }
        let bit = Station::CLIENT.bit();
        let slots = self.burst.slots.get(self.handed_over..next)?;
        let heard = slots
            .iter()
            .filter(|slot| slot.lost_for & bit == 0 && (echo || slot.by & bit == 0));
        let bytes = heard.map(|slot| slot.byte).collect();
        self.handed_over = next;
        Some(bytes)
    }

    /// The whole burst, once the line is silent.
    pub(super) fn take_burst(&mut self, now: Instant) -> Option<Burst> {
        let over = self.end()? <= now && self.handed_over == self.burst.slots.len();
        over.then(|| std::mem::take(&mut self.burst))
    }

    /// Gives a burst's memory back for the next.
    pub(super) fn recycle(&mut self, mut burst: Burst) {
        burst.slots.clear();
        if !self.is_busy() {
            self.burst = burst;
        }
    }

    fn slots_by(&self, now: Instant) -> usize {
        let passed = now.saturating_duration_since(self.start).as_nanos() / BYTE.as_nanos();
        usize::try_from(passed).unwrap_or(usize::MAX)
    }
}

/// What receivers make of two bytes at once.
fn garbled(random: &mut Random, difference: u8) -> u8 {
    let noise = random.bytes(1).first().copied().unwrap_or_default();
    difference | noise
}

fn count(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// A start bit, eight data bits and a stop bit at 9600 bit/s.
pub(super) const BYTE: Duration = Duration::from_nanos(1_041_667);
