//! Carrying out one command at a time: queueing, sending, ending.

use std::time::{Duration, Instant};

use super::outgoing::{
    authorize_conf, change_configuration, pull_configuration, remote_start, transfer, trigger,
};
use super::request::{Active, Step};
use super::{
    Command, CommandError, Completion, Event, Identity, Paced, RequestError, RequestId, Session,
    Timer,
};
use crate::config::Setting;
use crate::message::Body;
use crate::proto::{self, MessageTrigger, data_transfer_req};

/// How a command ended.
pub(super) type Outcome = Result<Completion, CommandError>;

impl Session {
    /// Takes back a request that was not sent yet: it ends without an [`Event::Done`]. `false` means that it goes on,
    /// or has ended: it was sent already, or it is a stop, which is never taken back.
    pub fn cancel(&mut self, id: RequestId) -> bool {
        if self.requests.take_waiting(id) {
            return true;
        }
        let is_unsent = self.requests.active.as_ref().is_some_and(|active| {
            active.id == id && !active.sent && !matches!(active.command, Command::Stop { .. })
        });
        if is_unsent {
            self.take_active();
        }
        is_unsent
    }

    pub(super) fn enqueue(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<RequestId, RequestError> {
        match command {
            Command::AnswerCard { message_id, accept } => {
                let id = self.requests.new_id();
                self.transmit(authorize_conf(accept), message_id);
                self.events.push_back(Event::Done {
                    id,
                    result: Ok(Completion::Accepted),
                });
                return Ok(id);
            }
            Command::Stop { .. } => self.make_way_for_stop(),
            _ => {}
        }
        let id = self.requests.push(command)?;
        self.start_next_command(now);
        Ok(id)
    }

    /// A stop goes ahead of whatever runs or waits; a start that waits must not run after it.
    fn make_way_for_stop(&mut self) {
        for id in self.requests.take_waiting_starts() {
            self.events.push_back(Event::Done {
                id,
                result: Err(CommandError::Superseded { sent: false }),
            });
        }
        if let Some(Active { command, sent, .. }) = &self.requests.active
            && !matches!(command, Command::Stop { .. })
        {
            let sent = *sent;
            self.finish(Err(CommandError::Superseded { sent }));
        }
    }

    pub(super) fn start_next_command(&mut self, now: Instant) {
        if !self.is_ready() {
            return;
        }
        while let Some(command) = self.requests.activate() {
            self.begin(now, command);
        }
    }

    fn begin(&mut self, now: Instant, command: Command) {
        match command {
            Command::Set(setting) => {
                // The rating may have become known since the request was made.
                let rating = self.identity.as_ref().and_then(Identity::rating_amps);
                if let Err(error) = setting.check(rating) {
                    return self.finish(Err(error.into()));
                }
                if let Setting::MaxCurrent { amps } = setting {
                    self.limit_wanted_amps = Some(amps);
                }
                self.send(change_configuration(
                    &setting,
                    self.config.quirks.limit_format,
                ));
            }
            Command::Start { id_tag } => {
                self.send(remote_start(
                    id_tag.as_deref().unwrap_or(&self.config.id_tag),
                    self.config.quirks.tag_form,
                ));
            }
            Command::Stop { transaction_id } => self.begin_stop(now, transaction_id),
            Command::PullConfiguration => self.send(pull_configuration()),
            Command::Refresh => {
                self.send(trigger(MessageTrigger::MeterValues, 1));
                self.send(trigger(MessageTrigger::StatusNotification, 1));
                self.timers.set(Timer::Verify, now, REFRESH_TIMEOUT);
            }
            Command::UpdateToFlash { update_type } => {
                let case = proto::DataUpdateToFlashReq {
                    update_type: Some(update_type),
                };
                self.send(transfer(
                    "DataUpdateToflashReq",
                    data_transfer_req::Case::DataUpdateToFlashReq(case),
                ));
            }
            Command::Trigger(what) => self.send(trigger(what, 1)),
            // Answered at once when it was asked for.
            Command::AnswerCard { .. } => self.finish(Ok(Completion::Accepted)),
        }
    }

    /// Puts the active command's message ahead of all others of ours.
    pub(super) fn send(&mut self, body: Body) {
        let message_id = self.message_id();
        // A poll that asks the same need not be sent as well.
        self.paced.retain(|waiting| waiting.body != body);
        self.paced.push_front(Paced { message_id, body });
        self.timers.stop(Timer::Answer);
        if let Some(active) = &mut self.requests.active {
            active.message_id = message_id;
            active.step = Step::Answer;
        }
    }

    pub(super) fn set_step(&mut self, step: Step) {
        if let Some(active) = &mut self.requests.active {
            active.step = step;
        }
    }

    pub(super) fn finish(&mut self, result: Outcome) {
        if let Some(Active { id, .. }) = self.take_active() {
            self.events.push_back(Event::Done { id, result });
        }
    }

    /// Ends the active command, with what it has not sent yet and what it waits for.
    fn take_active(&mut self) -> Option<Active> {
        let active = self.requests.active.take()?;
        self.paced
            .retain(|waiting| waiting.message_id != active.message_id);
        for timer in [Timer::Answer, Timer::Check, Timer::Verify] {
            self.timers.stop(timer);
        }
        Some(active)
    }

    pub(super) fn command_sent(&mut self, now: Instant, message_id: u32) {
        if let Some(active) = &mut self.requests.active
            && active.message_id == message_id
        {
            active.sent = true;
            self.timers.set(Timer::Answer, now, ANSWER_TIMEOUT);
        }
    }
}

/// For a command's answer. Source: duosida-lan, hardware.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// A refresh that has one half of its answers waits this long for the other.
const REFRESH_TIMEOUT: Duration = Duration::from_secs(5);
