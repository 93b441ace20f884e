//! Stopping. It is harmless to repeat, and it goes ahead of everything.

use std::time::Instant;
use std::vec::Vec;

use super::{Job, Kind, Outcome, Signal, Work};
use crate::Command;
use crate::message::{ChargeStop, ChargerState, Identifier, Message};
use crate::session::{
    REPLY_WAIT, Reply, RequestFailure, RequestId, Session, Shared, Stopped, readings,
};

#[derive(Debug)]
pub(super) struct StopJob {
    user_id: Identifier,
    /// The session stops by itself, and somebody must know if that fails.
    pub(super) is_alarm: bool,
    /// When it was sent again, because there was no answer.
    again: Option<Instant>,
}

impl StopJob {
    const fn new(user_id: Identifier, is_alarm: bool) -> Self {
        Self {
            user_id,
            is_alarm,
            again: None,
        }
    }

    pub(super) fn step(&mut self, work: &mut Work<'_>, signal: Signal<'_>) -> Option<Outcome> {
        match signal {
            Signal::Begin => {
                send(work, self.user_id);
                None
            }
            Signal::Message(Message::ChargeStopReply(reply)) => {
                work.ask_again(Command::StatusRequest);
                work.ask_again(Command::ChargingRequest);
                Some(if reply.is_success() {
                    let reply = Some(reply.clone());
                    Ok(Reply::Stopped(Stopped { reply }))
                } else {
                    Err(RequestFailure::StopRejected {
                        fail_reason: reply.fail_reason,
                    })
                })
            }
            Signal::Message(Message::StatusReply(status)) if self.again.is_some() => {
                let is_over =
                    !readings::is_open(status) && status.current_state() != ChargerState::Reserved;
                is_over.then_some(Ok(Reply::Stopped(Stopped { reply: None })))
            }
            Signal::Message(_) => None,
            Signal::Due if self.again.is_none() => {
                self.again = Some(work.now);
                send(work, self.user_id);
                work.ask_again(Command::StatusRequest);
                None
            }
            Signal::Due => {
                let waited = REPLY_WAIT * 2;
                Some(Err(work.session.no_answer(
                    work.now,
                    Command::ChargeStop,
                    waited,
                )))
            }
        }
    }
}

/// Sends a stop and waits for the answer.
pub(super) fn send(work: &mut Work<'_>, user_id: Identifier) {
    work.send(&Message::ChargeStop(ChargeStop::new(LINE, user_id)));
    work.wake_after(REPLY_WAIT);
}

impl Session {
    /// Stops at once: nothing but the lack of an address or of a PIN is in the way.
    pub(super) fn request_stop(
        &mut self,
        shared: &mut Shared,
        user_id: Option<Identifier>,
    ) -> RequestId {
        self.watch = None;
        self.end_jobs(shared, |job| match &job.kind {
            Kind::Start(start) => Some(Err(RequestFailure::Superseded {
                sent: start.is_sent(),
            })),
            _ => None,
        });
        let is_stop = |kind: &Kind| matches!(kind, Kind::Stop(_));
        if let Some(id) = self.join(shared, is_stop) {
            return id;
        }
        let user_id = user_id.unwrap_or(shared.config.user_id);
        let id = shared.request_id();
        let kind = Kind::Stop(StopJob::new(user_id, false));
        self.jobs.push(Job::new([id].into(), kind));
        id
    }

    /// Stops a reservation that began at once. [`Session::settle`] sends it.
    pub(in crate::session) fn stop_by_itself(&mut self, shared: &Shared) {
        let kind = Kind::Stop(StopJob::new(shared.config.user_id, true));
        self.jobs.push(Job::new(Vec::new(), kind));
    }
}

/// Also on three phases. Source: besen, evsemaster.
const LINE: u8 = 1;
