//! Commands to contactors.

use std::time::{Duration, Instant};

use super::controller::Controller;
use super::pending::{Pending, Sent};
use super::{Contactors, Reply, RequestError, RequestFailure};
use crate::Address;
use crate::message::{Message, ProtocolVersion};

impl Controller {
    pub(super) fn check_contactors(&self, now: Instant, unit: Address) -> Result<(), RequestError> {
        let waiting = self.pending.iter().filter(|pending| pending.unit == unit);
        let waiting = waiting
            .filter(|pending| pending.opens().is_some())
            .map(|pending| pending.since);
        let sent = self
            .records
            .get(unit)
            .and_then(|peripheral| peripheral.contactors);
        let last = sent
            .map(|contactors| contactors.at)
            .into_iter()
            .chain(waiting)
            .max();
        let passed = last.map_or(BETWEEN_CONTACTORS, |at| now.saturating_duration_since(at));
        let retry_after = BETWEEN_CONTACTORS.saturating_sub(passed);
        if retry_after.is_zero() {
            Ok(())
        } else {
            Err(RequestError::TooSoon { unit, retry_after })
        }
    }

    /// A contactor command that is to be sent, or sent again.
    pub(super) fn next_contactors(&self) -> Option<usize> {
        self.pending
            .iter()
            .position(|pending| pending.opens().is_some())
    }

    pub(super) fn send_contactors(&mut self, now: Instant, place: usize) {
        let Some(pending) = self.pending.get_mut(place) else {
            return;
        };
        let (unit, open) = (pending.unit, pending.opens() == Some(true));
        let tries = pending.sent.map_or(0, |sent| sent.tries) + 1;
        pending.sent = Some(Sent {
            tries,
            answers: 0,
            before_ca: 0,
        });
        let (sender, recipient) = (self.address, unit);
        let message = if open {
            Message::OpenContactors { sender, recipient }
        } else {
            Message::CloseContactors { sender, recipient }
        };
        let mut protocol = ProtocolVersion::V2;
        if let Some(peripheral) = self.records.get_mut(unit) {
            protocol = peripheral.protocol.unwrap_or(protocol);
            peripheral.contactors = Some(Contactors {
                open,
                at: now,
                acknowledged: false,
            });
        }
        self.ask_for(now, unit, &message, protocol);
    }

    pub(super) fn contactors_missed(&mut self, unit: Address) {
        let place = self.pending.iter().position(|pending| {
            let tries = pending.sent.map_or(0, |sent| sent.tries);
            pending.unit == unit && pending.opens().is_some() && tries >= CONTACTOR_TRIES
        });
        if let Some(place) = place {
            self.end(place, Err(RequestFailure::OutcomeUnknown));
        }
    }

    pub(super) fn acknowledged(&mut self, unit: Address, opens: bool) {
        let of_unit = |pending: &Pending| {
            pending.unit == unit && pending.opens() == Some(opens) && pending.sent.is_some()
        };
        let Some(place) = self.pending.iter().position(of_unit) else {
            return;
        };
        let contactors = self
            .records
            .get_mut(unit)
            .and_then(|unit| unit.contactors.as_mut());
        if let Some(contactors) = contactors {
            contactors.acknowledged = true;
        }
        self.end(place, Ok(Reply::Acknowledged));
    }
}

/// Until a unit has acknowledged.
const CONTACTOR_TRIES: u8 = 3;
/// Between commands to the contactors of one unit: switching under load wears them.
const BETWEEN_CONTACTORS: Duration = Duration::from_mins(1);
