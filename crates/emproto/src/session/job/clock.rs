//! The charger's clock: reading it, setting it, keeping it right.

use std::string::{String, ToString};
use std::vec::Vec;

use super::{ASK_AGAIN, Job, Kind, Outcome, Signal, Work};
use crate::Command;
use crate::message::{Message, Setting};
use crate::session::{ClockPolicy, ClockReading, REPLY_WAIT, Reply, RequestFailure, Session};
use crate::time::{CivilTime, RawTime};

#[derive(Debug)]
pub(super) struct ClockJob {
    aim: Aim,
    step: Step,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aim {
    Read,
    Set {
        civil: Option<CivilTime>,
    },
    /// Read, and set it if it is wrong and the owner wants that.
    Keep {
        at_login: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Asked {
        again: bool,
    },
    /// Set; seconds by which it is meant to be ahead then.
    Set {
        wanted_s: i64,
    },
    /// Set and asked: what comes now counts.
    Check {
        wanted_s: i64,
        again: bool,
    },
}

impl ClockJob {
    pub(super) const fn read() -> Self {
        Self::new(Aim::Read)
    }

    pub(super) const fn set(civil: Option<CivilTime>) -> Self {
        Self::new(Aim::Set { civil })
    }

    const fn new(aim: Aim) -> Self {
        Self {
            aim,
            step: Step::Asked { again: false },
        }
    }

    pub(super) fn step(&mut self, work: &mut Work<'_>, signal: Signal<'_>) -> Option<Outcome> {
        match signal {
            Signal::Begin => {
                match self.aim {
                    Aim::Set { civil } => self.set_clock(work, civil),
                    Aim::Read | Aim::Keep { .. } => self.ask(work, Step::Asked { again: false }),
                }
                None
            }
            Signal::Message(Message::SystemTimeReply(_)) => self.reported(work),
            Signal::Message(_) => None,
            Signal::Due => match self.step {
                Step::Asked { again: false } => {
                    self.ask(work, Step::Asked { again: true });
                    None
                }
                Step::Set { wanted_s } => {
                    self.ask(
                        work,
                        Step::Check {
                            wanted_s,
                            again: false,
                        },
                    );
                    None
                }
                Step::Check {
                    wanted_s,
                    again: false,
                } => {
                    self.ask(
                        work,
                        Step::Check {
                            wanted_s,
                            again: true,
                        },
                    );
                    None
                }
                Step::Asked { again: true } | Step::Check { again: true, .. } => {
                    let waited = REPLY_WAIT;
                    Some(Err(work.session.no_answer(
                        work.now,
                        Command::SystemTime,
                        waited,
                    )))
                }
            },
        }
    }

    fn reported(&mut self, work: &mut Work<'_>) -> Option<Outcome> {
        let reading = work
            .session
            .clock
            .reading
            .filter(|reading| reading.at == work.now);
        let Some(reading) = reading else {
            return Some(Err(RequestFailure::ClockUnknown));
        };
        match (self.step, self.aim) {
            (Step::Asked { .. }, Aim::Keep { at_login }) => {
                let policy = work.shared.config.clock;
                let wanted = reading.is_wrong() || (at_login && policy == ClockPolicy::EveryLogin);
                if wanted && work.session.clock.may_set(work.now, policy, false) {
                    self.set_clock(work, None);
                    return None;
                }
                Some(Ok(Reply::Clock(reading)))
            }
            (Step::Asked { .. }, _) => Some(Ok(Reply::Clock(reading))),
            // The echo of a set says nothing: some firmware ignores it.
            (Step::Set { wanted_s }, _) => {
                self.ask(
                    work,
                    Step::Check {
                        wanted_s,
                        again: false,
                    },
                );
                None
            }
            (Step::Check { wanted_s, .. }, _) => Some(verdict(work, reading, wanted_s)),
        }
    }

    fn ask(&mut self, work: &mut Work<'_>, step: Step) {
        self.step = step;
        work.ask_again(Command::SystemTime);
        work.wake_after(ASK_AGAIN);
    }

    fn set_clock(&mut self, work: &mut Work<'_>, civil: Option<CivilTime>) {
        let right = work.shared.clock.raw_now(work.now);
        let wanted = civil.and_then(RawTime::from_civil).unwrap_or(right);
        let wanted_s = wanted.seconds_since(right);
        send_set(work, wanted);
        if civil.is_some() {
            work.session.clock.was_set_otherwise();
        }
        self.step = Step::Set { wanted_s };
        work.wake_after(ASK_AGAIN);
    }
}

/// Sets the clock.
pub(super) fn send_set(work: &mut Work<'_>, time: RawTime) {
    work.send(&Message::SystemTime(Setting::<RawTime>::set(time)));
    work.session.clock.was_set(work.now);
}

fn verdict(work: &Work<'_>, reading: ClockReading, wanted_s: i64) -> Outcome {
    if (reading.delta_s - wanted_s).unsigned_abs() <= TOLERANCE_S {
        return Ok(Reply::Clock(reading));
    }
    let text = |raw: RawTime| {
        raw.civil()
            .map_or_else(String::new, |civil| civil.to_string())
    };
    let wanted = work.shared.clock.raw_now(work.now).checked_add_s(wanted_s);
    Err(RequestFailure::EchoMismatch {
        what: "the clock",
        wanted: text(wanted.unwrap_or_default()),
        got: text(reading.raw),
    })
}

impl Session {
    /// Reads the clock and sets it if need be, without being asked to.
    pub(in crate::session) fn keep_clock(&mut self, at_login: bool) {
        let is_clock = |job: &Job| matches!(job.kind, Kind::Clock(_));
        if !self.jobs.iter().any(is_clock) {
            let kind = Kind::Clock(ClockJob::new(Aim::Keep { at_login }));
            self.jobs.push(Job::new(Vec::new(), kind));
        }
    }
}

const TOLERANCE_S: u64 = 60;
