//! Changing a setting: sent once, verified by value. A lost answer is resolved by reading, not by setting again.

use std::time::Duration;

use super::{ASK_AGAIN, Outcome, Signal, Work};
use crate::Command;
use crate::session::{
    LiveLimit, REPLY_WAIT, Reply, RequestError, RequestFailure, Session, Setting, readings,
};

#[derive(Debug)]
pub(super) struct SetJob {
    setting: Setting,
    command: Command,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Set; the answer may be one to an earlier question.
    Set,
    /// Set, and answered rightly; some chargers forget it again at once.
    Settling,
    /// Asked, and perhaps asked again: what comes now counts.
    Asked { again: bool },
}

impl SetJob {
    pub(super) fn new(setting: Setting) -> Self {
        Self {
            command: setting.order().command(),
            setting,
            step: Step::Set,
        }
    }

    pub(super) const fn command(&self) -> Command {
        self.command
    }

    pub(super) fn step(&mut self, work: &mut Work<'_>, signal: Signal<'_>) -> Option<Outcome> {
        match (signal, self.step) {
            (Signal::Begin, _) => {
                work.send(&self.setting.order());
                work.wake_after(REPLY_WAIT);
                None
            }
            (Signal::Message(message), step) => {
                let verdict = self.setting.compare(message)?;
                match (step, verdict) {
                    (Step::Settling, _) => None,
                    (Step::Set, Ok(())) if self.needs_reading() => {
                        self.step = Step::Settling;
                        work.wake_after(SETTLING);
                        None
                    }
                    (Step::Set | Step::Asked { .. }, Ok(())) => Some(Ok(Reply::Set)),
                    (Step::Set, Err(_)) => {
                        self.ask(work, false);
                        None
                    }
                    (Step::Asked { .. }, Err((wanted, got))) => {
                        Some(Err(RequestFailure::EchoMismatch {
                            what: self.setting.what(),
                            wanted,
                            got,
                        }))
                    }
                }
            }
            (Signal::Due, Step::Set | Step::Settling) => {
                self.ask(work, false);
                None
            }
            (Signal::Due, Step::Asked { again: false }) => {
                self.ask(work, true);
                None
            }
            (Signal::Due, Step::Asked { again: true }) => {
                Some(Err(work.session.no_answer(work.now, self.command, WAITED)))
            }
        }
    }

    fn ask(&mut self, work: &mut Work<'_>, again: bool) {
        self.step = Step::Asked { again };
        work.ask_again(self.command);
        work.wake_after(ASK_AGAIN);
    }

    /// Source: evsemaster reads these two again.
    const fn needs_reading(&self) -> bool {
        matches!(self.setting, Setting::Language(_) | Setting::WeeklyPlan(_))
    }
}

impl Session {
    /// A current that is set during a charge makes one model fault.
    pub(super) fn check_live_limit(&self, setting: &Setting) -> Result<(), RequestError> {
        let is_open = || {
            self.status
                .as_ref()
                .is_some_and(|report| readings::is_open(&report.status))
        };
        let is_refused = matches!(setting, Setting::OutputCurrent(_))
            && self.capabilities().live_limit == LiveLimit::No
            && is_open();
        if is_refused {
            return Err(RequestError::NotWhileCharging);
        }
        Ok(())
    }
}

/// Before reading again. Source: evsemaster.
const SETTLING: Duration = Duration::from_secs(2);
/// From the set to giving up.
const WAITED: Duration = Duration::from_secs(9);
