//! What becomes of requests.

use std::time::{Duration, Instant};

use evse_sharing::Why;

use super::announce::Phase;
use super::controller::Controller;
use super::step::STEP_A;
use super::{Event, Reply, Request, RequestError, RequestFailure, RequestId, Silence};
use crate::Address;
use crate::message::{Action, PeripheralHeartbeat, PeripheralState};

/// A request that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub(super) id: RequestId,
    pub(super) unit: Address,
    pub(super) request: Request,
    pub(super) since: Instant,
    pub(super) sent: Option<Sent>,
}

/// What is known of a request that was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    pub(super) tries: u8,
    /// Heartbeats of the unit since.
    pub(super) answers: u8,
    /// The limit that the unit reported before, 0.01 A.
    pub(super) before_ca: u16,
}

impl Pending {
    pub(super) const fn step(&self) -> Option<Action> {
        match self.request {
            Request::Increase => Some(Action::Increase),
            Request::Decrease => Some(Action::Decrease),
            _ => None,
        }
    }

    pub(super) const fn opens(&self) -> Option<bool> {
        match self.request {
            Request::OpenContactors => Some(true),
            Request::CloseContactors { .. } => Some(false),
            _ => None,
        }
    }

    pub(super) const fn is_for_session(&self) -> bool {
        matches!(self.request, Request::SetSessionCurrent { .. })
    }
}

impl Controller {
    /// Takes a request.
    pub(super) fn enqueue(
        &mut self,
        now: Instant,
        unit: Address,
        request: Request,
    ) -> Result<RequestId, RequestError> {
        self.check_state()?;
        self.check_unit(now, unit, request)?;
        let is_stop = request == Request::OpenContactors && !self.is_opening(unit);
        if self.pending.len() >= MAX_REQUESTS && !is_stop {
            return Err(RequestError::QueueFull(MAX_REQUESTS));
        }
        let id = RequestId(self.next_request);
        self.next_request += 1;
        let time = self.time(now);
        match request {
            Request::SetInitialCurrent { current_a } => {
                self.set_initial(now, unit, current_a);
                let granted_a = current_a.unwrap_or(u16::MAX).min(self.cap_a(unit));
                let reply = Reply::Stored {
                    asked_a: current_a,
                    granted_a,
                };
                self.records.emit(Event::Done {
                    id,
                    result: Ok(reply),
                });
                return Ok(id);
            }
            Request::SetSessionCurrent { current_a } => {
                let same = |pending: &Pending| pending.unit == unit && pending.is_for_session();
                self.fail_some(same, |_| RequestFailure::Superseded);
                if let Some(plan) = self.plans.get_mut(&unit) {
                    plan.session_asked_a = current_a;
                }
                self.ledger.request(unit, time, current_a);
            }
            Request::Increase => self.raise(now, unit)?,
            Request::Decrease => {}
            Request::OpenContactors => self.take_contactors(now, unit, true),
            Request::CloseContactors { .. } => self.take_contactors(now, unit, false),
        }
        self.pending.push(Pending {
            id,
            unit,
            request,
            since: now,
            sent: self.sent_already(unit, request),
        });
        Ok(id)
    }

    fn check_state(&self) -> Result<(), RequestError> {
        match self.phase {
            Phase::Silent { why, .. } => Err(match why {
                Silence::Configured => RequestError::ListenOnly,
                Silence::ForeignController(address) => RequestError::ForeignController(address),
                Silence::IdInUse(address) => RequestError::IdInUse(address),
            }),
            Phase::Leaving { .. } | Phase::Stopped => Err(RequestError::Stopped),
            _ if !self.line.is_open() => Err(RequestError::Closed),
            _ => Ok(()),
        }
    }

    fn check_unit(
        &self,
        now: Instant,
        unit: Address,
        request: Request,
    ) -> Result<(), RequestError> {
        let peripheral = self
            .records
            .get(unit)
            .ok_or(RequestError::UnknownUnit(unit))?;
        let plan = self
            .plans
            .get(&unit)
            .ok_or(RequestError::UnknownUnit(unit))?;
        let floor_a = peripheral.floor_a();
        match request {
            Request::SetInitialCurrent { current_a } | Request::SetSessionCurrent { current_a } => {
                if let Some(asked_a) = current_a.filter(|asked_a| (1..floor_a).contains(asked_a)) {
                    return Err(RequestError::BelowFloor { asked_a, floor_a });
                }
            }
            _ => {}
        }
        if let Request::SetInitialCurrent { .. } | Request::OpenContactors = request {
            return Ok(());
        }
        if !plan.linked {
            return Err(RequestError::NotLinked(unit));
        }
        match request {
            Request::SetSessionCurrent { .. } if !plan.plugged => {
                Err(RequestError::NoVehicle(unit))
            }
            Request::SetSessionCurrent { .. }
                if !peripheral.is_charging() && peripheral.has_opened_contactors() =>
            {
                Err(RequestError::ContactorsOpen(unit))
            }
            Request::Increase | Request::Decrease if !peripheral.is_charging() => {
                Err(RequestError::NotCharging(unit))
            }
            Request::CloseContactors { force: false } => self.check_close(now, unit),
            _ => Ok(()),
        }
    }

    /// The current for sessions to come, and for one that is about to begin.
    fn set_initial(&mut self, now: Instant, unit: Address, current_a: Option<u16>) {
        let time = self.time(now);
        let runs = self.records.get(unit).is_some_and(|peripheral| {
            use PeripheralState::{Charging, Starting};
            matches!(peripheral.vehicle_state, Some(Charging | Starting))
        });
        let Some(plan) = self.plans.get_mut(&unit) else {
            return;
        };
        plan.initial_asked_a = current_a;
        if !runs && plan.session_asked_a.is_none() {
            self.ledger.request(unit, time, current_a);
        }
    }

    /// A unit answered a heartbeat: what it shows of requests.
    pub(super) fn follow_requests(&mut self, now: Instant, heartbeat: &PeripheralHeartbeat) {
        let unit = heartbeat.sender;
        for pending in self
            .pending
            .iter_mut()
            .filter(|pending| pending.unit == unit)
        {
            if let Some(sent) = &mut pending.sent {
                sent.answers = sent.answers.saturating_add(1);
            }
        }
        let mut place = 0;
        while let Some(pending) = self.pending.get(place).copied() {
            let result = (pending.unit == unit).then(|| self.result(now, &pending, heartbeat));
            match result.flatten() {
                Some(result) => self.end(place, result),
                None => place += 1,
            }
        }
    }

    fn result(
        &mut self,
        now: Instant,
        pending: &Pending,
        heartbeat: &PeripheralHeartbeat,
    ) -> Option<Result<Reply, RequestFailure>> {
        let now_ca = heartbeat.current_available_ca;
        match pending.request {
            Request::SetSessionCurrent { .. } => {
                let time = self.time(now);
                self.ledger.update(time);
                let reply = self.limited(pending);
                let is_final = self.ledger.member(pending.unit)?.target_a.unwrap_or(0);
                let Reply::Limited {
                    granted_a,
                    accepted,
                    ..
                } = reply
                else {
                    return None;
                };
                (accepted && granted_a == is_final).then_some(Ok(reply))
            }
            Request::Increase | Request::Decrease => {
                let sent = pending.sent?;
                let state = match pending.request {
                    Request::Increase => PeripheralState::Increasing,
                    _ => PeripheralState::Decreasing,
                };
                let is_raised = pending.request == Request::Increase
                    && now_ca >= sent.before_ca.saturating_add(STEP_A * 100);
                let accepted = heartbeat.state == state || is_raised;
                (accepted || sent.answers >= STEP_ANSWERS).then_some(Ok(Reply::Stepped {
                    before_ca: sent.before_ca,
                    now_ca,
                    accepted,
                }))
            }
            _ => None,
        }
    }

    pub(super) fn limited(&self, pending: &Pending) -> Reply {
        let member = self.ledger.member(pending.unit);
        let peripheral = self.records.get(pending.unit);
        let granted_a = member.and_then(|member| member.sent_a).unwrap_or(0);
        let available_ca = peripheral.and_then(|peripheral| peripheral.available_ca);
        let asked_a = match pending.request {
            Request::SetSessionCurrent { current_a } => current_a,
            _ => None,
        };
        Reply::Limited {
            asked_a,
            granted_a,
            accepted: available_ca == Some(granted_a.saturating_mul(100)),
            why: member.map_or(Why::Unknown, |member| member.why),
        }
    }

    pub(super) fn next_request_due(&self) -> Option<Instant> {
        self.pending
            .iter()
            .map(|pending| pending.since + PATIENCE)
            .min()
    }

    /// Ends the requests that wait too long.
    pub(super) fn requests_due(&mut self, now: Instant) {
        while let Some(place) =
            (self.pending.iter()).position(|pending| pending.since + PATIENCE <= now)
        {
            let Some(pending) = self.pending.get(place).copied() else {
                return;
            };
            let result = match pending.sent {
                _ if pending.is_for_session()
                    && pending.sent.is_none_or(|sent| sent.answers > 0) =>
                {
                    Ok(self.limited(&pending))
                }
                Some(_) => Err(RequestFailure::OutcomeUnknown),
                None => Err(RequestFailure::NotSent),
            };
            self.end(place, result);
        }
    }

    pub(super) fn end(&mut self, place: usize, result: Result<Reply, RequestFailure>) {
        let id = self.pending.remove(place).id;
        self.records.emit(Event::Done { id, result });
    }

    /// Ends the requests to one unit, or to all.
    pub(super) fn fail_all(
        &mut self,
        unit: Option<Address>,
        failure: impl Fn(bool) -> RequestFailure,
    ) {
        self.fail_some(
            |pending| unit.is_none_or(|unit| pending.unit == unit),
            failure,
        );
    }

    pub(super) fn fail_some(
        &mut self,
        which: impl Fn(&Pending) -> bool,
        failure: impl Fn(bool) -> RequestFailure,
    ) {
        while let Some(place) = self.pending.iter().position(&which) {
            let sent = self
                .pending
                .get(place)
                .is_some_and(|pending| pending.sent.is_some());
            self.end(place, Err(failure(sent)));
        }
    }
}

/// A person does not give more at once.
const MAX_REQUESTS: usize = 16;
/// A request that was not carried out in this time ends.
const PATIENCE: Duration = Duration::from_secs(15);
/// So many heartbeats may show that a step was taken.
const STEP_ANSWERS: u8 = 3;
