//! What units answer, and what becomes of requests.

use std::time::{Duration, Instant};

use evse_sharing::Why;

use super::announce::Phase;
use super::content::Content;
use super::controller::Controller;
use super::line::Awaited;
use super::records::Heard;
use super::schedule::Step;
use super::{
    Contactors, Event, Reply, Request, RequestError, RequestFailure, RequestId, Sender, Silence,
};
use crate::Address;
use crate::frame::Frame;
use crate::message::{
    Action, Message, PeripheralHeartbeat, PeripheralState, ProtocolVersion, Query,
};

/// A request that has not ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    id: RequestId,
    unit: Address,
    request: Request,
    since: Instant,
    sent: Option<Sent>,
}

/// What is known of a request that was sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    tries: u8,
    /// Heartbeats of the unit since.
    answers: u8,
    /// The limit that the unit reported before, 0.01 A.
    before_ca: u16,
}

impl Pending {
    const fn step(&self) -> Option<Action> {
        match self.request {
            Request::Increase => Some(Action::Increase),
            Request::Decrease => Some(Action::Decrease),
            _ => None,
        }
    }

    const fn opens(&self) -> Option<bool> {
        match self.request {
            Request::OpenContactors { .. } => Some(true),
            Request::CloseContactors { .. } => Some(false),
            _ => None,
        }
    }

    const fn is_for_session(&self) -> bool {
        matches!(self.request, Request::SetSessionCurrent { .. })
    }
}

impl Controller {
    /// A frame of somebody else.
    pub(super) fn take_frame(&mut self, now: Instant, frame: &Frame) {
        if self.has_our_id(now, frame) {
            return;
        }
        let (units, default) = (&self.config.units, self.config.unit);
        let divisor = |unit| units.get(&unit).copied().unwrap_or(default).energy_divisor;
        let heard = self.records.take(now, frame, divisor);
        match heard.from {
            Sender::Controller(controller) => self.foreign(now, controller),
            Sender::Peripheral(unit) if !matches!(self.phase, Phase::Silent { .. }) => {
                self.heard(now, unit, &heard);
            }
            _ => {}
        }
    }

    fn heard(&mut self, now: Instant, unit: Address, heard: &Heard) {
        self.take_in(now, unit);
        let (_, command) = heard.message.code();
        if heard.restarted {
            self.fail_all(Some(unit), |sent| RequestFailure::UnitLost { sent });
        }
        let wait = self.random.millis(100, 400);
        if let Some(plan) = self.plans.get_mut(&unit) {
            if heard.restarted {
                plan.restarted();
            }
            plan.resend |= heard.returned;
            if heard.vehicle_changed {
                plan.queries.ask_plug();
            }
            if heard.came {
                plan.came_at = Some(now);
            }
            match heard.message {
                Message::PeripheralPresence(_) => plan.presence(now, wait),
                _ if heard.returned && !plan.linked => plan.claim_now(now + wait),
                _ => {}
            }
        }
        match heard.message {
            Message::PeripheralPresence(_) => self.join(now, unit),
            Message::PeripheralHeartbeat(heartbeat) if heartbeat.recipient == self.address => {
                let answers = self.line.answered(unit, command);
                self.heartbeat(now, &heartbeat, answers, heard.vehicle_changed);
            }
            Message::OpenContactorsAck { .. } | Message::CloseContactorsAck { .. } => {
                self.line.answered(unit, command);
                let opens = matches!(heard.message, Message::OpenContactorsAck { .. });
                self.acknowledged(unit, opens);
            }
            _ => {
                let is_answer = self.line.answered(unit, command);
                let query = Query::from_command(command).filter(|_| is_answer);
                if let (Some(query), Some(plan)) = (query, self.plans.get_mut(&unit)) {
                    plan.queries.answered(query);
                }
                self.records.counters.ignored += u64::from(!is_answer);
                self.look_at_plug(now, unit);
            }
        }
    }

    fn heartbeat(
        &mut self,
        now: Instant,
        heartbeat: &PeripheralHeartbeat,
        answers: bool,
        vehicle_changed: bool,
    ) {
        let unit = heartbeat.sender;
        let Some(plan) = self.plans.get_mut(&unit) else {
            return;
        };
        let was_linked = plan.linked;
        plan.linked();
        plan.resend |= vehicle_changed
            && matches!(
                heartbeat.state,
                PeripheralState::Charging
                    | PeripheralState::PluggedReady
                    | PeripheralState::Starting
            );
        let reported_ca = heartbeat.current_available_ca;
        let refused = plan.reported(reported_ca).filter(|_| answers);
        if !was_linked {
            self.join(now, unit);
        }
        self.report(now, heartbeat, answers);
        if let Some(limit_a) = refused {
            self.records.emit(Event::LimitNotAccepted {
                unit,
                limit_a,
                reported_ca,
            });
        }
        if answers {
            self.follow_requests(now, heartbeat);
        }
    }

    /// Nothing came in the window.
    pub(super) fn unanswered(&mut self, now: Instant, missed: Awaited) {
        self.records.counters.missed += 1;
        let Some(plan) = self.plans.get_mut(&missed.unit) else {
            return;
        };
        match (missed.command, Query::from_command(missed.command)) {
            (HEARTBEAT, _) => plan.missed_beats = plan.missed_beats.saturating_add(1),
            // A unit that is silent altogether says nothing about the question.
            (_, Some(query)) if plan.missed_beats == 0 => plan.queries.missed(query),
            (_, Some(_)) => {}
            _ => self.contactors_missed(now, missed.unit),
        }
    }

    pub(super) fn unit_lost(&mut self, unit: Address) {
        if let Some(plan) = self.plans.get_mut(&unit) {
            plan.lost();
        }
        self.ledger.lost(unit);
        self.fail_all(Some(unit), |sent| RequestFailure::UnitLost { sent });
    }

    /// Takes a request.
    pub(super) fn enqueue(
        &mut self,
        now: Instant,
        unit: Address,
        request: Request,
    ) -> Result<RequestId, RequestError> {
        self.check_state()?;
        self.check_unit(now, unit, request)?;
        if self.pending.len() >= MAX_REQUESTS {
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
            _ => {}
        }
        self.pending.push(Pending {
            id,
            unit,
            request,
            since: now,
            sent: None,
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
        if matches!(request, Request::SetInitialCurrent { .. }) {
            return Ok(());
        }
        if !plan.linked {
            return Err(RequestError::NotLinked(unit));
        }
        match request {
            Request::SetSessionCurrent { .. } if !plan.plugged => {
                Err(RequestError::NoVehicle(unit))
            }
            Request::Increase | Request::Decrease if !peripheral.is_charging() => {
                Err(RequestError::NotCharging(unit))
            }
            Request::OpenContactors { force: false }
            | Request::CloseContactors { force: false } => self.check_contactors(now, unit),
            _ => Ok(()),
        }
    }

    fn check_contactors(&self, now: Instant, unit: Address) -> Result<(), RequestError> {
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

    /// A person wants 2 A more: then that is the wish for the session.
    fn raise(&mut self, now: Instant, unit: Address) -> Result<(), RequestError> {
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
        let held_a = held_a.or(available_ca.map(|available_ca| available_ca / 100));
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
        if !self
            .records
            .get(unit)
            .is_some_and(super::Peripheral::is_charging)
        {
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

    /// A unit answered a heartbeat: what it shows of requests.
    fn follow_requests(&mut self, now: Instant, heartbeat: &PeripheralHeartbeat) {
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

    fn limited(&self, pending: &Pending) -> Reply {
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

    fn contactors_missed(&mut self, _now: Instant, unit: Address) {
        let place = self.pending.iter().position(|pending| {
            let tries = pending.sent.map_or(0, |sent| sent.tries);
            pending.unit == unit && pending.opens().is_some() && tries >= CONTACTOR_TRIES
        });
        if let Some(place) = place {
            self.end(place, Err(RequestFailure::OutcomeUnknown));
        }
    }

    fn acknowledged(&mut self, unit: Address, opens: bool) {
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

    fn end(&mut self, place: usize, result: Result<Reply, RequestFailure>) {
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

    fn fail_some(
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

const HEARTBEAT: u8 = 0xE0;
/// A person does not give more at once.
const MAX_REQUESTS: usize = 16;
/// A request that was not carried out in this time ends.
const PATIENCE: Duration = Duration::from_secs(15);
/// Of actions 06 and 07. Source: Chris Dragon.
const STEP_A: u16 = 2;
/// So many heartbeats may show that a step was taken.
const STEP_ANSWERS: u8 = 3;
const CONTACTOR_TRIES: u8 = 3;
/// Commands to the contactors of one unit. Switching under load wears them.
const BETWEEN_CONTACTORS: Duration = Duration::from_mins(1);
