//! Which transaction a stop names, and what is tried when the charger does not accept it: stopping is the safe
//! direction, so a stop gives up late.

use std::time::{Duration, Instant};

use super::answer::rejected;
use super::outgoing::{remote_stop, trigger};
use super::request::{Active, Step};
use super::{Command, Paced, Session, Timer};
use crate::proto::MessageTrigger;

impl Session {
    /// The id that is known, else asks for it.
    pub(super) fn begin_stop(&mut self, now: Instant, transaction_id: Option<i64>) {
        let known = transaction_id.or_else(|| self.transaction.id());
        match known {
            Some(id) => self.send_stop(id),
            None => self.ask_for_transaction(now, TRANSACTION_TIMEOUT),
        }
    }

    /// A report or a start came: does it name the transaction that a stop waits for?
    pub(super) fn stop_reported(&mut self) {
        let Some(Active {
            command: Command::Stop { .. },
            step: Step::Transaction,
            tried_transaction,
            ..
        }) = &self.requests.active
        else {
            return;
        };
        if let Some(id) = self.transaction.id_other_than(*tried_transaction) {
            self.send_stop(id);
        }
    }

    /// No report named a transaction in time. At first the time of day is sent, and the result decides (source:
    /// duosida-ev); after a rejection it was the last hope.
    pub(super) fn stop_without_transaction(&mut self, now: Instant) {
        if self
            .requests
            .active
            .as_ref()
            .is_some_and(|active| active.retried)
        {
            self.finish(Err(rejected("the stop", REJECTED)));
        } else {
            self.send_stop((self.clock.unix_s(now) * 1000).rem_euclid(0xFFFF_FFFF));
        }
    }

    /// The charger did not accept the id: once more with the one that it reports, unless the caller named it.
    pub(super) fn stop_rejected(&mut self, now: Instant, status: i32) {
        match &mut self.requests.active {
            Some(Active {
                command: Command::Stop {
                    transaction_id: None,
                },
                retried: retried @ false,
                ..
            }) => {
                *retried = true;
                self.ask_for_transaction(now, REPORT_TIMEOUT);
                self.stop_reported();
            }
            _ => self.finish(Err(rejected("the stop", status))),
        }
    }

    fn ask_for_transaction(&mut self, now: Instant, timeout: Duration) {
        self.timers.stop(Timer::Answer);
        self.timers.set(Timer::Verify, now, timeout);
        let message_id = self.message_id();
        self.paced.push_front(Paced {
            message_id,
            body: trigger(MessageTrigger::MeterValues, 1),
        });
        self.set_step(Step::Transaction);
    }

    fn send_stop(&mut self, id: i64) {
        self.timers.stop(Timer::Verify);
        if let Some(active) = &mut self.requests.active {
            active.tried_transaction = Some(id);
        }
        self.send(remote_stop(id));
    }
}

const REJECTED: i32 = 1;
/// For meter values that name the transaction.
const TRANSACTION_TIMEOUT: Duration = Duration::from_secs(3);
/// For a pushed vendor status that names it: one comes every 10 s or so.
const REPORT_TIMEOUT: Duration = Duration::from_secs(20);
