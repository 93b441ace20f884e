//! Commands to contactors. To open them is the only stop of this bus, and is never refused for being too soon or too
//! many.

use std::time::{Duration, Instant};

use super::controller::Controller;
use super::pending::{Pending, Sent};
use super::{Contactors, Reply, Request, RequestError, RequestFailure};
use crate::Address;
use crate::message::{Message, ProtocolVersion};

impl Controller {
    /// Whether contactors may be closed again.
    pub(super) fn check_close(&self, now: Instant, unit: Address) -> Result<(), RequestError> {
        let last = self.plans.get(&unit).and_then(|plan| plan.contactors_at);
        let passed = last.map_or(BETWEEN, |at| now.saturating_duration_since(at));
        let retry_after = BETWEEN.saturating_sub(passed);
        if retry_after.is_zero() {
            Ok(())
        } else {
            Err(RequestError::TooSoon { unit, retry_after })
        }
    }

    /// A command is taken. One to open replaces one to close, and shares the answer of one that is on its way.
    pub(super) fn take_contactors(&mut self, now: Instant, unit: Address, opens: bool) {
        if let Some(plan) = self.plans.get_mut(&unit) {
            plan.contactors_at = Some(now);
        }
        if opens {
            let closes = |pending: &Pending| pending.unit == unit && pending.opens() == Some(false);
            self.fail_some(closes, |_| RequestFailure::Superseded);
        }
    }

    /// Whether a command to open is under way.
    pub(super) fn is_opening(&self, unit: Address) -> bool {
        let opens = |pending: &Pending| pending.unit == unit && pending.opens() == Some(true);
        self.pending.iter().any(opens)
    }

    /// How a command to open that is under way stands.
    pub(super) fn sent_already(&self, unit: Address, request: Request) -> Option<Sent> {
        let same = |pending: &&Pending| pending.unit == unit && pending.request == request;
        let first = self.pending.iter().find(same)?;
        first.sent.filter(|_| request == Request::OpenContactors)
    }

    /// The command that is to be sent, or sent again.
    pub(super) fn next_contactors(&self) -> Option<usize> {
        let first = |opens| {
            let is_next = |pending: &Pending| pending.opens() == Some(opens);
            self.pending.iter().position(is_next)
        };
        first(true).or_else(|| first(false))
    }

    pub(super) fn send_contactors(&mut self, now: Instant, place: usize) {
        let Some(pending) = self.pending.get(place) else {
            return;
        };
        let (unit, opens) = (pending.unit, pending.opens());
        let tries = pending.sent.map_or(0, |sent| sent.tries) + 1;
        let sent = Sent {
            tries,
            answers: 0,
            before_ca: 0,
        };
        for pending in &mut self.pending {
            if pending.unit == unit && pending.opens() == opens {
                pending.sent = Some(sent);
            }
        }
        let (sender, recipient) = (self.address, unit);
        let open = opens == Some(true);
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

    pub(super) fn contactors_missed(&mut self, unit: Address, opens: bool) {
        let is_over = |pending: &Pending| {
            let tries = pending.sent.map_or(0, |sent| sent.tries);
            pending.unit == unit && pending.opens() == Some(opens) && tries >= TRIES
        };
        self.fail_some(is_over, |_| RequestFailure::OutcomeUnknown);
    }

    pub(super) fn acknowledged(&mut self, unit: Address, opens: bool) {
        let of_unit = |pending: &Pending| {
            pending.unit == unit && pending.opens() == Some(opens) && pending.sent.is_some()
        };
        let contactors = self.records.get_mut(unit);
        let contactors = contactors.and_then(|peripheral| peripheral.contactors.as_mut());
        if let Some(contactors) = contactors.filter(|contactors| contactors.open == opens) {
            contactors.acknowledged = true;
        }
        while let Some(place) = self.pending.iter().position(of_unit) {
            self.end(place, Ok(Reply::Acknowledged));
        }
    }
}

/// How often a command is sent until the unit acknowledges it.
const TRIES: u8 = 3;
/// Between any command to the contactors of one unit and one to close them: switching wears them.
const BETWEEN: Duration = Duration::from_mins(1);
