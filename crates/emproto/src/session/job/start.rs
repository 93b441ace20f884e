//! Starting: looking, asking, checking the clock, clearing the way; the start itself is in [`super::order`].
//!
//! A start moves contactors and may charge at the wrong time, so it is sent once and never again by itself.

use std::time::{Duration, Instant};

use super::order::{Order, Sent};
use super::{ASK_AGAIN, Outcome, Signal, Work, clock, stop};
use crate::Command;
use crate::InvalidArgument;
use crate::message::{ChargerState, Message, Status};
use crate::session::request::check_current;
use crate::session::{
    ClockReading, REPLY_WAIT, RequestError, RequestFailure, Session, Shared, StartRequest, readings,
};

#[derive(Debug)]
pub(super) struct StartJob {
    order: Order,
    /// As asked for or configured.
    current_a: Option<u8>,
    replace: bool,
    has_looked: bool,
    clock_was_set: bool,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// Waits for readings.
    Look { again: bool },
    /// Waits for the configured current.
    Current { again: bool },
    /// Waits for the charger's clock.
    Clock { again: bool },
    /// Waits for the echo of a set clock.
    ClockSet,
    /// Waits for what stands in the way to go.
    Clear {
        state: ChargerState,
        until: Option<Instant>,
    },
    /// The start is sent.
    Sent(Sent),
}

/// What stands in the way of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    Running,
    Reserved,
    /// A session that is over and rejects an immediate start until it gets a stop. Source: besen.
    Finished,
}

impl StartJob {
    pub(super) fn new(
        session: &Session,
        now: Instant,
        shared: &mut Shared,
        request: StartRequest,
    ) -> Result<Self, RequestError> {
        if let Some(current_a) = request.current_a {
            check_current(current_a, session.info.max_current_a)?;
        }
        if let Some(start) = request.start_at_unix_s {
            let ahead = start.saturating_sub(shared.clock.unix_s(now)).max(0);
            let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
            InvalidArgument::check("the seconds until the start", ahead, 0, DAY_S)?;
        }
        let (current_a, replace) = (request.current_a, request.replace);
        Ok(Self {
            order: Order::new(now, shared, request)?,
            current_a,
            replace,
            has_looked: false,
            clock_was_set: false,
            step: Step::Look { again: false },
        })
    }

    pub(super) const fn is_sent(&self) -> bool {
        matches!(self.step, Step::Sent(_))
    }

    pub(super) fn step(&mut self, work: &mut Work<'_>, signal: Signal<'_>) -> Option<Outcome> {
        if let Step::Sent(sent) = &mut self.step {
            return sent.step(work, &self.order, signal);
        }
        match signal {
            Signal::Begin => self.advance(work),
            Signal::Message(message) => self.told(work, message),
            Signal::Due => self.overdue(work),
        }
    }

    /// Does what is missing, in order; in the end sends the start.
    fn advance(&mut self, work: &mut Work<'_>) -> Option<Outcome> {
        let Some(status) = work.session.fresh_status(work.now).cloned() else {
            if self.has_looked {
                return Some(Err(no_answer(work, Command::StatusRequest)));
            }
            self.has_looked = true;
            return self.ask(work, Step::Look { again: false }, Command::StatusRequest);
        };
        let is_reservation = self.order.start_unix_s(work).is_some();
        let obstacle = obstacle(&status, is_reservation);
        if let Err(failure) = self.check(work, &status, obstacle, is_reservation) {
            if self.has_looked {
                return Some(Err(failure));
            }
            // The car may have been plugged in since.
            self.has_looked = true;
            return self.ask(work, Step::Look { again: false }, Command::StatusRequest);
        }
        let configured_a = work.session.configuration.output_current_a;
        let Some(current_a) = self.current_a.or(configured_a) else {
            return self.ask(work, Step::Current { again: false }, Command::OutputAmps);
        };
        if let Err(error) = check_current(current_a, work.session.info.max_current_a) {
            return Some(Err(error.into()));
        }
        if is_reservation && self.order.correction_s.is_none() {
            return match work.session.clock.fresh(work.now) {
                Some(reading) if !self.clock_was_set => self.judge_clock(work, reading),
                _ => self.ask(work, Step::Clock { again: false }, Command::SystemTime),
            };
        }
        if obstacle.is_some() {
            stop::send(work, work.shared.config.user_id);
            work.session.watch = None;
            self.step = Step::Clear {
                state: status.current_state(),
                until: None,
            };
            return None;
        }
        match self.order.send(work, current_a) {
            Ok(sent) => {
                self.step = Step::Sent(sent);
                None
            }
            Err(error) => Some(Err(error.into())),
        }
    }

    fn check(
        &self,
        work: &Work<'_>,
        status: &Status,
        obstacle: Option<Obstacle>,
        is_reservation: bool,
    ) -> Result<(), RequestFailure> {
        let state = status.current_state();
        let is_faulty = matches!(
            state,
            ChargerState::Fault | ChargerState::ChargingFault2 | ChargerState::ChargingFault3
        );
        if is_faulty || !status.faults.is_empty() || status.emergency_stop() {
            return Err(RequestFailure::Faulty {
                faults: status.faults,
                emergency_stop: status.emergency_stop(),
            });
        }
        match obstacle {
            Some(Obstacle::Running) if !self.replace => Err(RequestFailure::AlreadyCharging),
            Some(Obstacle::Reserved) if !self.replace => {
                let charge = work.session.charge.as_ref();
                let start = charge.and_then(|charge| charge.reserved_for_unix_s);
                let start = start.and_then(|start| work.shared.clock.raw(start).civil());
                Err(RequestFailure::ReservationPending { start })
            }
            _ if !is_reservation && !status.plug.is_connected() => {
                Err(RequestFailure::NotPluggedIn)
            }
            _ => Ok(()),
        }
    }

    fn told(&mut self, work: &mut Work<'_>, message: &Message) -> Option<Outcome> {
        match (&mut self.step, message) {
            (Step::Look { .. }, Message::StatusReply(_) | Message::StatusPush(_))
            | (Step::Current { .. }, Message::OutputAmpsReply(_)) => self.advance(work),
            (Step::Clock { .. }, Message::SystemTimeReply(_)) => {
                let reading = work.session.clock.reading;
                match reading.filter(|reading| reading.at == work.now) {
                    Some(reading) => self.judge_clock(work, reading),
                    None => Some(Err(RequestFailure::ClockUnknown)),
                }
            }
            // The echo says nothing: some firmware ignores a set.
            (Step::ClockSet, Message::SystemTimeReply(_)) => {
                self.ask(work, Step::Clock { again: false }, Command::SystemTime)
            }
            (Step::Clear { .. }, Message::ChargeStopReply(reply)) if !reply.is_success() => {
                Some(Err(RequestFailure::StopRejected {
                    fail_reason: reply.fail_reason,
                }))
            }
            (Step::Clear { until, .. }, Message::ChargeStopReply(_)) => {
                *until = Some(work.now + CLEARING);
                work.ask_again(Command::StatusRequest);
                work.wake_after(LOOKING);
                None
            }
            (Step::Clear { .. }, Message::StatusReply(status) | Message::StatusPush(status)) => {
                let is_reservation = self.order.start_unix_s(work).is_some();
                if obstacle(status, is_reservation).is_some() {
                    return None;
                }
                self.advance(work)
            }
            _ => None,
        }
    }

    fn overdue(&mut self, work: &mut Work<'_>) -> Option<Outcome> {
        match &mut self.step {
            Step::Look { again: false } => {
                self.ask(work, Step::Look { again: true }, Command::StatusRequest)
            }
            Step::Current { again: false } => {
                self.ask(work, Step::Current { again: true }, Command::OutputAmps)
            }
            Step::Clock { again: false } => {
                self.ask(work, Step::Clock { again: true }, Command::SystemTime)
            }
            Step::ClockSet => self.ask(work, Step::Clock { again: false }, Command::SystemTime),
            Step::Look { again: true } => Some(Err(no_answer(work, Command::StatusRequest))),
            Step::Current { again: true } => Some(Err(RequestFailure::CurrentUnknown)),
            Step::Clock { again: true } => Some(Err(RequestFailure::ClockUnknown)),
            Step::Clear {
                state,
                until: Some(until),
            } if *until <= work.now => Some(Err(RequestFailure::NotCleared { state: *state })),
            Step::Clear { until, .. } => {
                until.get_or_insert(work.now + CLEARING);
                work.ask_again(Command::StatusRequest);
                work.wake_after(LOOKING);
                None
            }
            // Has its own.
            Step::Sent(_) => None,
        }
    }

    /// A clock that is right needs nothing, one that is wrong a set; if that does not help, the start is moved by as
    /// much as the clock is wrong, since the charger compares with its own clock.
    fn judge_clock(&mut self, work: &mut Work<'_>, reading: ClockReading) -> Option<Outcome> {
        let policy = work.shared.config.clock;
        let may_set = !self.clock_was_set && work.session.clock.may_set(work.now, policy, true);
        if reading.is_wrong() && may_set {
            let right = work.shared.clock.raw_now(work.now);
            clock::send_set(work, right);
            self.clock_was_set = true;
            self.step = Step::ClockSet;
            work.wake_after(ASK_AGAIN);
            return None;
        }
        self.order.correction_s = Some(if reading.is_wrong() {
            reading.delta_s
        } else {
            0
        });
        self.advance(work)
    }

    fn ask(&mut self, work: &mut Work<'_>, step: Step, command: Command) -> Option<Outcome> {
        let is_first = !matches!(
            step,
            Step::Look { again: true }
                | Step::Current { again: true }
                | Step::Clock { again: true }
        );
        self.step = step;
        work.ask_again(command);
        if command == Command::StatusRequest {
            work.ask(Command::ChargingRequest);
        }
        work.wake_after(if is_first {
            ASK_AGAIN
        } else {
            REPLY_WAIT.saturating_sub(ASK_AGAIN)
        });
        None
    }
}

fn obstacle(status: &Status, is_reservation: bool) -> Option<Obstacle> {
    match status.current_state() {
        _ if readings::is_open(status) => Some(Obstacle::Running),
        ChargerState::Reserved => Some(Obstacle::Reserved),
        ChargerState::Completed | ChargerState::Full if !is_reservation => Some(Obstacle::Finished),
        _ => None,
    }
}

fn no_answer(work: &Work<'_>, command: Command) -> RequestFailure {
    work.session.no_answer(work.now, command, REPLY_WAIT)
}

/// A reservation is at most a day ahead. Source: besen; chargers answer 3.
const DAY_S: u32 = 86_400;
/// For the state to leave what is over. Source: besen.
const CLEARING: Duration = Duration::from_secs(5);
/// Between looks whether it has.
const LOOKING: Duration = Duration::from_secs(1);
