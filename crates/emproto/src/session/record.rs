//! Records of sessions: told once, acknowledged when they are safe.

use std::boxed::Box;
use std::collections::VecDeque;

use super::{Event, RecordKey, Session, Shared};
use crate::message::{ChargeRecord, Message, RecordAck};

/// The records that came lately.
#[derive(Debug, Default)]
pub(crate) struct Records {
    seen: VecDeque<Seen>,
}

#[derive(Debug)]
struct Seen {
    key: RecordKey,
    is_replay: bool,
    is_safe: bool,
}

impl Session {
    /// A record came: tells it if it is new, acknowledges it if it is safe.
    pub(super) fn record(&mut self, shared: &mut Shared, record: &ChargeRecord, is_replay: bool) {
        let key = RecordKey {
            charge_id: record.charge_id,
            started: record.started,
        };
        let records = self.records.get_or_insert_default();
        if let Some(seen) = records.seen.iter_mut().find(|seen| seen.key == key) {
            seen.is_replay = is_replay;
            if seen.is_safe {
                self.acknowledge(shared, key, is_replay);
            }
            return;
        }
        if records.seen.len() >= REMEMBERED {
            records.seen.pop_front();
        }
        records.seen.push_back(Seen {
            key,
            is_replay,
            is_safe: false,
        });
        let event = Event::Record {
            key,
            record: Box::new(record.clone()),
            is_replay,
            is_time_doubtful: self.clock.reading.is_some_and(|clock| clock.is_wrong()),
        };
        shared.emit(self.serial, event);
    }

    /// The owner has the record.
    pub(crate) fn record_taken(&mut self, shared: &mut Shared, key: RecordKey) {
        let records = self.records.as_mut();
        let seen = records.and_then(|records| records.seen.iter_mut().find(|seen| seen.key == key));
        if let Some(seen) = seen {
            seen.is_safe = true;
            let is_replay = seen.is_replay;
            self.acknowledge(shared, key, is_replay);
        }
    }

    /// Whether a record of this session came.
    pub(super) fn has_record(&self, key: RecordKey) -> bool {
        let records = self.records.as_ref();
        records.is_some_and(|records| records.seen.iter().any(|seen| seen.key == key))
    }

    fn acknowledge(&mut self, shared: &mut Shared, key: RecordKey, is_replay: bool) {
        if !shared.config.acknowledge_records || self.authorised == Some(false) {
            return;
        }
        let ack = RecordAck::new(key.charge_id);
        self.send(
            shared,
            &if is_replay {
                Message::RecordLocalAck(ack)
            } else {
                Message::RecordCurrentAck(ack)
            },
        );
    }
}

/// A charger repeats its oldest record until it is acknowledged, so few are on the way at a time.
const REMEMBERED: usize = 256;
