//! Reading the ring of records, slot by slot.

use std::boxed::Box;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use std::vec::Vec;

use super::{ASK_AGAIN, Outcome, Signal, Work};
use crate::Command;
use crate::message::{ChargeRecord, HistorySlot, HistorySlotRequest, Message};
use crate::session::{Event, History, Reply};

#[derive(Debug, Default)]
pub(super) struct HistoryJob {
    /// As the charger claims; `None` until it has answered.
    capacity: Option<u32>,
    total: u32,
    /// To be asked for in this pass.
    queue: VecDeque<u32>,
    missing: BTreeSet<u32>,
    records: Vec<ChargeRecord>,
    passes: u8,
}

impl HistoryJob {
    pub(super) fn step(&mut self, work: &mut Work<'_>, signal: Signal<'_>) -> Option<Outcome> {
        match signal {
            Signal::Begin => {
                self.ask_capacity(work);
                None
            }
            Signal::Message(Message::HistoryInfo(info)) if self.capacity.is_none() => {
                self.capacity = Some(info.capacity);
                self.total = info.capacity.min(work.shared.config.max_history_slots);
                self.missing = (1..=self.total).collect();
                self.passes = 0;
                self.next_pass(work)
            }
            Signal::Message(Message::HistorySlot(slot)) => self.slot(work, slot),
            Signal::Message(_) => None,
            Signal::Due if self.capacity.is_none() && self.passes < PASSES => {
                self.ask_capacity(work);
                None
            }
            Signal::Due if self.capacity.is_none() => {
                let waited = ASK_AGAIN * u32::from(PASSES);
                let command = Command::HistoryInfoRequest;
                Some(Err(work.session.no_answer(work.now, command, waited)))
            }
            Signal::Due => self.ask_slot(work),
        }
    }

    fn ask_capacity(&mut self, work: &mut Work<'_>) {
        self.passes += 1;
        work.ask_again(Command::HistoryInfoRequest);
        work.wake_after(ASK_AGAIN);
    }

    fn next_pass(&mut self, work: &mut Work<'_>) -> Option<Outcome> {
        if self.missing.is_empty() || self.passes >= PASSES {
            return Some(Ok(Reply::History(Box::new(self.finish()))));
        }
        self.passes += 1;
        self.queue = self.missing.iter().copied().collect();
        self.ask_slot(work)
    }

    fn ask_slot(&mut self, work: &mut Work<'_>) -> Option<Outcome> {
        let Some(slot) = self.queue.pop_front() else {
            return self.next_pass(work);
        };
        work.send(&Message::HistorySlotRequest(HistorySlotRequest::new(slot)));
        work.wake_after(if self.queue.is_empty() {
            ASK_AGAIN
        } else {
            PACE
        });
        None
    }

    fn slot(&mut self, work: &mut Work<'_>, slot: &HistorySlot) -> Option<Outcome> {
        if !self.missing.remove(&slot.slot) {
            return None;
        }
        self.queue.retain(|waiting| *waiting != slot.slot);
        self.records.extend(slot.record.clone());
        let left = u32::try_from(self.missing.len()).unwrap_or(u32::MAX);
        for id in work.ids {
            let progress = Event::Progress {
                id: *id,
                done: self.total.saturating_sub(left),
                total: self.total,
            };
            work.shared.emit(work.session.serial, progress);
        }
        if self.missing.is_empty() {
            return self.next_pass(work);
        }
        None
    }

    fn finish(&mut self) -> History {
        let mut records = std::mem::take(&mut self.records);
        records.sort_by_key(|record| record.started);
        History {
            records,
            unread_slots: self.missing.iter().copied().collect(),
            capacity: self.capacity.unwrap_or_default(),
        }
    }
}

/// At most four slots a second: more get lost. Source: evsemaster's author.
const PACE: Duration = Duration::from_millis(250);
/// How often a slot is asked for.
const PASSES: u8 = 4;
