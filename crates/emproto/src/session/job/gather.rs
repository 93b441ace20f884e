//! Reading: questions that go out together, and one answer when all are answered.

use std::boxed::Box;
use std::time::Duration;
use std::vec::Vec;

use super::{ASK_AGAIN, Job, Kind, Outcome, Signal, Work};
use crate::Command;
use crate::message::Message;
use crate::session::{
    Event, REPLY_WAIT, Reply, RequestError, RequestFailure, RequestId, Session, Shared,
};

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Configuration,
    WeeklyPlan,
    Readings,
}

#[derive(Debug)]
pub(super) struct Gather {
    what: What,
    missing: Vec<Command>,
    is_repeated: bool,
}

impl Gather {
    pub(super) fn new(what: What) -> Self {
        Self {
            what,
            missing: what.questions().into(),
            is_repeated: false,
        }
    }

    pub(super) const fn lane(&self) -> Option<Command> {
        match self.what {
            What::Configuration => Some(Command::VersionRequest),
            What::WeeklyPlan | What::Readings => None,
        }
    }

    pub(super) fn step(&mut self, work: &mut Work<'_>, signal: Signal<'_>) -> Option<Outcome> {
        match signal {
            Signal::Begin => {
                for command in &self.missing {
                    work.ask(*command);
                }
                work.wake_after(ASK_AGAIN);
                None
            }
            Signal::Message(message) => {
                let question = message.command().request()?;
                self.missing.retain(|missing| *missing != question);
                self.missing
                    .is_empty()
                    .then(|| Ok(self.reply(work, message)))
            }
            Signal::Due if self.is_repeated => Some(Err(self.unanswered(work))),
            Signal::Due => {
                self.is_repeated = true;
                for command in &self.missing {
                    work.ask_again(*command);
                }
                work.wake_after(self.what.wait_again());
                None
            }
        }
    }

    fn reply(&self, work: &mut Work<'_>, last: &Message) -> Reply {
        match (self.what, last) {
            (
                What::WeeklyPlan,
                Message::WeeklyPlanReply(crate::message::Setting {
                    value: Some(plan), ..
                }),
            ) => Reply::WeeklyPlan(Box::new(*plan)),
            (What::Configuration, _) => {
                let session = &mut *work.session;
                session.configuration_at = Some(work.now);
                session.configuration_unix_s = Some(work.shared.clock.unix_s(work.now));
                Reply::Configuration(Box::new(session.configuration.clone()))
            }
            _ => Reply::Refreshed,
        }
    }

    fn unanswered(&self, work: &Work<'_>) -> RequestFailure {
        match *self.missing.as_slice() {
            [command, ..] if self.what != What::Configuration => {
                work.session.no_answer(work.now, command, self.what.wait())
            }
            _ => RequestFailure::Incomplete {
                missing: self.missing.clone(),
            },
        }
    }
}

impl What {
    const fn questions(self) -> &'static [Command] {
        match self {
            Self::Configuration => &[
                Command::Nickname,
                Command::Language,
                Command::StartMethod,
                Command::OutputAmps,
                Command::TemperatureUnit,
                Command::VersionRequest,
            ],
            Self::WeeklyPlan => &[Command::WeeklyPlan],
            Self::Readings => &[Command::StatusRequest, Command::ChargingRequest],
        }
    }

    /// In all. Source: emproto.
    const fn wait(self) -> Duration {
        match self {
            Self::Configuration => Duration::from_secs(6),
            Self::WeeklyPlan | Self::Readings => REPLY_WAIT,
        }
    }

    /// After the questions were repeated.
    const fn wait_again(self) -> Duration {
        self.wait().saturating_sub(ASK_AGAIN)
    }
}

impl Session {
    /// The configuration from memory if it is young enough, else from the charger.
    pub(super) fn request_configuration(
        &mut self,
        now: std::time::Instant,
        shared: &mut Shared,
        max_age: Duration,
    ) -> Result<RequestId, RequestError> {
        if let Some(id) = self.join(shared, is_configuration) {
            return Ok(id);
        }
        let young = |at| now.saturating_duration_since(at) < max_age;
        if self.configuration_at.is_some_and(young) {
            let id = shared.request_id();
            let known = Box::new(self.configuration.clone());
            let result = Ok(Reply::Configuration(known));
            shared.emit(self.serial, Event::Done { id, result });
            return Ok(id);
        }
        self.enqueue(shared, Kind::Gather(Gather::new(What::Configuration)))
    }

    /// Reads the configuration without being asked to.
    pub(in crate::session) fn fetch_by_itself(&mut self) {
        if !self.jobs.iter().any(|job| is_configuration(&job.kind)) {
            let kind = Kind::Gather(Gather::new(What::Configuration));
            self.jobs.push(Job::new(Vec::new(), kind));
        }
    }
}

fn is_configuration(kind: &Kind) -> bool {
    matches!(kind, Kind::Gather(gather) if gather.what == What::Configuration)
}
