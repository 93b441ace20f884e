//! 2 A more or less: actions 06 and 07.

use std::time::{Duration, Instant};

use evse_sharing::Why;

use super::content::Content;
use super::controller::Controller;
use super::pending::{Pending, Sent};
use super::{Peripheral, RequestError, RequestFailure};
use crate::Address;
use crate::message::Action;

/// An action that a person wants, and what the unit may draw with it, A.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    pub(super) raised_a: Option<u16>,
}

impl Controller {
    /// A person wants 2 A more: then that is the wish for the session.
    pub(super) fn raise(&mut self, now: Instant, unit: Address) -> Result<(), RequestError> {
        let time = self.time(now);
        let (before, held_a) = self.wish(unit);
        let wish_a = Some(held_a.saturating_add(STEP_A));
        self.ledger.request(unit, time, wish_a);
        match self.ledger.may_increase(unit, time, STEP_A) {
            // It is too early, but may be right in a moment.
            Ok(_) | Err(Why::Settling) => {
                if let Some(plan) = self.plans.get_mut(&unit) {
                    plan.session_asked_a = wish_a;
                }
                Ok(())
            }
            Err(why) => {
                self.ledger.request(unit, time, before);
                Err(RequestError::NoCapacity {
                    spare_a: self.ledger.spare_a(),
                    why,
                })
            }
        }
    }

    fn wish(&self, unit: Address) -> (Option<u16>, u16) {
        let member = self.ledger.member(unit);
        let available_ca = self
            .records
            .get(unit)
            .and_then(|peripheral| peripheral.available_ca);
        let held_a = member.and_then(|member| member.sent_a);
        let held_a = held_a.or_else(|| available_ca.map(|available_ca| available_ca / 100));
        (member.and_then(|member| member.wish_a), held_a.unwrap_or(0))
    }

    /// The step that the next heartbeat of a unit takes.
    pub(super) fn next_step(&mut self, time: Duration, unit: Address) -> Option<Step> {
        let mine = |pending: &&Pending| pending.unit == unit && pending.step().is_some();
        if self
            .pending
            .iter()
            .filter(mine)
            .any(|pending| pending.sent.is_some())
        {
            return None;
        }
        let place = self.pending.iter().position(|pending| mine(&pending))?;
        let action = self.pending.get(place).and_then(Pending::step)?;
        if !self.records.get(unit).is_some_and(Peripheral::is_charging) {
            self.end(place, Err(RequestFailure::NotCharging));
            return None;
        }
        if action == Action::Decrease {
            return Some(Step {
                action,
                raised_a: None,
            });
        }
        match self.ledger.may_increase(unit, time, STEP_A) {
            Ok(raised_a) => Some(Step {
                action,
                raised_a: Some(raised_a),
            }),
            Err(Why::Settling) => None,
            Err(_) => {
                self.end(place, Err(RequestFailure::NoCapacity));
                None
            }
        }
    }

    /// A heartbeat with this content leaves: what it does for requests.
    pub(super) fn beat_sent(&mut self, unit: Address, content: Content, step: Option<Step>) {
        let before_ca = self
            .records
            .get(unit)
            .and_then(|peripheral| peripheral.available_ca);
        let sent = Sent {
            tries: 1,
            answers: 0,
            before_ca: before_ca.unwrap_or(0),
        };
        let is_step = |pending: &Pending| {
            let action = step.map(|step| step.action);
            action.is_some() && pending.step() == action
        };
        let mut stepped = false;
        for pending in self
            .pending
            .iter_mut()
            .filter(|pending| pending.unit == unit)
        {
            let is_limit = pending.is_for_session() && content.limit_a.is_some();
            let is_first_step = !stepped && is_step(pending);
            stepped |= is_first_step;
            if is_limit || is_first_step {
                pending.sent.get_or_insert(sent);
            }
        }
    }
}

/// What a step changes, A. Source: Chris Dragon.
pub(super) const STEP_A: u16 = 2;
