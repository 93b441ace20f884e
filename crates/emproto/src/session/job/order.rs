//! The start itself: what is sent, and what became of it.

use std::boxed::Box;
use std::format;
use std::time::Instant;

use super::{Outcome, Signal, Work};
use crate::message::{
    ChargeStart, ChargeType, ChargerState, Identifier, Message, ReservationResult, StartOrder,
    StartReply,
};
use crate::session::watch::{FOLLOW, Watch};
use crate::session::{REPLY_WAIT, Reply, RequestFailure, Shared, StartRequest, Started, readings};
use crate::{Command, InvalidArgument};

/// What was asked for.
#[derive(Debug)]
pub(super) struct Order {
    request: StartRequest,
    charge_id: Identifier,
    user_id: Identifier,
    /// Seconds by which a reservation is moved, once the charger's clock is known.
    pub(super) correction_s: Option<i64>,
}

/// A start that was sent.
#[derive(Debug)]
pub(super) struct Sent {
    current_a: u8,
    /// When it was meant to start, if later.
    reserved_for_unix_s: Option<i64>,
    wait: Wait,
}

#[derive(Debug)]
enum Wait {
    /// For the answer.
    Answer,
    /// For a late answer, or the session to show.
    LateAnswer { since: Instant },
    /// For the state to follow.
    Follow(StartReply),
}

impl Order {
    /// Checks the limits and names the session.
    pub(super) fn new(
        now: Instant,
        shared: &mut Shared,
        request: StartRequest,
    ) -> Result<Self, InvalidArgument> {
        let charge_id = match request.charge_id {
            Some(id) => id,
            None => charge_id(now, shared)?,
        };
        let order = Self {
            charge_id,
            user_id: request.user_id.unwrap_or(shared.config.user_id),
            request,
            correction_s: None,
        };
        let least_a = crate::MIN_CURRENT_A;
        ChargeStart::try_from(order.start_order(now, shared, 1, ChargeType::Normal, least_a))?;
        Ok(order)
    }

    /// When it is to start, if that is later.
    pub(super) fn start_unix_s(&self, work: &Work<'_>) -> Option<i64> {
        self.later(work.now, work.shared)
    }

    fn later(&self, now: Instant, shared: &Shared) -> Option<i64> {
        let start = self.request.start_at_unix_s;
        start.filter(|start| *start > shared.clock.unix_s(now))
    }

    /// Sends it, once and for all.
    pub(super) fn send(&self, work: &mut Work<'_>, current_a: u8) -> Result<Sent, InvalidArgument> {
        let is_three_phase = work.session.phases() == Some(3);
        let forced = self.request.single_phase
            && is_three_phase
            && work.session.capabilities().can_force_single_phase;
        let kind = if forced {
            ChargeType::SinglePhase
        } else {
            ChargeType::Normal
        };
        let line = if is_three_phase && !self.request.single_phase {
            2
        } else {
            1
        };
        let order = self.start_order(work.now, work.shared, line, kind, current_a);
        work.send(&Message::ChargeStart(ChargeStart::try_from(order)?));
        work.wake_after(REPLY_WAIT);
        let reserved_for_unix_s = self.start_unix_s(work);
        work.session.watch = reserved_for_unix_s.map(|start_unix_s| {
            Box::new(Watch {
                charge_id: self.charge_id,
                start_unix_s,
                since: work.now,
                has_fired: false,
            })
        });
        Ok(Sent {
            current_a,
            reserved_for_unix_s,
            wait: Wait::Answer,
        })
    }

    fn start_order(
        &self,
        now: Instant,
        shared: &Shared,
        line: u8,
        charge_type: ChargeType,
        current_a: u8,
    ) -> StartOrder {
        let later = self.later(now, shared);
        let start = match (later, self.correction_s) {
            (None, _) => shared.clock.raw_now(now),
            (Some(later), None | Some(0)) => shared.clock.raw(later),
            (Some(later), Some(correction_s)) => {
                let corrected = shared.clock.raw(later).checked_add_s(correction_s);
                let corrected = corrected.unwrap_or_default();
                let past_minute = i64::from(corrected.0 % MINUTE_S);
                let to_minute = (i64::from(MINUTE_S) - past_minute) % i64::from(MINUTE_S);
                corrected.checked_add_s(to_minute).unwrap_or_default()
            }
        };
        StartOrder {
            line_id: self.request.line_id.unwrap_or(line),
            user_id: self.user_id,
            charge_id: self.charge_id,
            is_reservation: later.is_some(),
            start,
            charge_type,
            max_duration_min: self.request.max_duration_min,
            max_energy_centikwh: self.request.max_energy_centikwh,
            current_a,
        }
    }
}

impl Sent {
    pub(super) fn step(
        &mut self,
        work: &mut Work<'_>,
        order: &Order,
        signal: Signal<'_>,
    ) -> Option<Outcome> {
        if started_early(work, order) {
            return Some(Err(at_once(work)));
        }
        match (signal, &self.wait) {
            (
                Signal::Message(Message::ChargeStartReply(reply)),
                Wait::Answer | Wait::LateAnswer { .. },
            ) => self.answered(work, reply),
            (
                Signal::Message(Message::StatusPush(_) | Message::StatusReply(_)),
                Wait::Follow(reply),
            ) if self.shows(work) => Some(Ok(self.started(work, order, Some(reply.clone()), true))),
            (Signal::Message(_), Wait::LateAnswer { .. }) | (Signal::Due, Wait::Answer)
                if is_ours(work, order) =>
            {
                Some(Ok(self.started(work, order, None, true)))
            }
            (Signal::Due, Wait::Answer) => {
                self.wait = Wait::LateAnswer { since: work.now };
                ask_readings(work);
                work.wake_after(REPLY_WAIT);
                None
            }
            (Signal::Due, Wait::LateAnswer { since }) => {
                let status = work.session.status.as_ref();
                let shows_none = status.is_some_and(|report| {
                    let state = report.status.current_state();
                    report.at >= *since
                        && !readings::is_open(&report.status)
                        && state != ChargerState::Reserved
                });
                Some(Err(RequestFailure::OutcomeUnknown { shows_none }))
            }
            (Signal::Due, Wait::Follow(reply)) => {
                Some(Ok(self.started(work, order, Some(reply.clone()), false)))
            }
            (Signal::Begin | Signal::Message(_), _) => None,
        }
    }

    fn answered(&mut self, work: &mut Work<'_>, reply: &StartReply) -> Option<Outcome> {
        if !reply.is_success() {
            work.session.watch = None;
            return Some(Err(RequestFailure::StartRejected {
                reservation: reply.reservation_result,
                error: reply.error,
            }));
        }
        let began_now = reply.reservation_result == ReservationResult::InThePast;
        if self.reserved_for_unix_s.is_some() && began_now {
            work.session.started_early(work.shared);
            return Some(Err(at_once(work)));
        }
        self.wait = Wait::Follow(reply.clone());
        ask_readings(work);
        work.wake_after(FOLLOW);
        None
    }

    /// Whether the last status is what the start leads to.
    fn shows(&self, work: &Work<'_>) -> bool {
        work.session.status.as_ref().is_some_and(|report| {
            let is_reserved = report.status.current_state() == ChargerState::Reserved;
            readings::is_open(&report.status) || (self.reserved_for_unix_s.is_some() && is_reserved)
        })
    }

    /// A start stores its current, so that is read again.
    fn started(
        &self,
        work: &mut Work<'_>,
        order: &Order,
        reply: Option<StartReply>,
        is_confirmed: bool,
    ) -> Reply {
        work.ask(Command::OutputAmps);
        Reply::Started(Box::new(Started {
            reply,
            charge_id: order.charge_id,
            current_a: self.current_a,
            reserved_for_unix_s: self.reserved_for_unix_s,
            is_confirmed,
        }))
    }
}

fn ask_readings(work: &mut Work<'_>) {
    work.ask_again(Command::StatusRequest);
    work.ask_again(Command::ChargingRequest);
}

fn started_early(work: &Work<'_>, order: &Order) -> bool {
    let watch = work.session.watch.as_ref();
    watch.is_some_and(|watch| watch.has_fired && watch.charge_id == order.charge_id)
}

fn at_once(work: &Work<'_>) -> RequestFailure {
    RequestFailure::StartedAtOnce {
        clock_delta_s: work.session.clock.reading.map(|clock| clock.delta_s),
    }
}

/// Whether the session that the charger reports is the one that was to start.
fn is_ours(work: &Work<'_>, order: &Order) -> bool {
    let charge = work.session.charge.as_ref();
    charge.is_some_and(|charge| charge.report.charge_id == order.charge_id)
}

/// Local date and time to the minute, and four random digits. Source: the habit of several clients.
fn charge_id(now: Instant, shared: &mut Shared) -> Result<Identifier, InvalidArgument> {
    let digits = shared.random() % 10_000;
    let time = shared.clock.raw_now(now).civil();
    let ((year, month, day), (hour, minute, _)) =
        time.map_or(((1970, 1, 1), (0, 0, 0)), |time| (time.date(), time.time()));
    Identifier::new(&format!(
        "{year:04}{month:02}{day:02}{hour:02}{minute:02}{digits:04}"
    ))
}

const MINUTE_S: u32 = 60;
