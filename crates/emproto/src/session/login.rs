//! Logging in, staying registered, and what a refused PIN means.

use std::time::{Duration, Instant};

use super::{Alarm, Changes, Event, Reply, RequestFailure, Session, Shared, Timer};
use crate::message::{LoginInfo, Message};
use crate::{Command, Pin};

/// The registration and the way there.
#[derive(Debug, Default)]
pub(crate) struct Link {
    registered: bool,
    attempt: Option<Attempt>,
    /// The last login that was sent, for an answer that comes late.
    sent: Option<(Instant, Pin)>,
    /// The last heading, or the login.
    heading: Option<Instant>,
    /// The last announcement while registered.
    announced: Option<Instant>,
    /// No login by itself before this.
    not_before: Option<Instant>,
    unanswered: u8,
    refused: u8,
    /// Refusals that answered nothing of ours: the first of them, and how many.
    stray: Option<(Instant, u8)>,
    /// The last probe whose answer came.
    pub(crate) probe_answered: u64,
}

/// A login on its way.
#[derive(Debug)]
struct Attempt {
    pin: Pin,
    sent: u8,
    by_itself: bool,
}

impl Link {
    pub(crate) const fn is_registered(&self) -> bool {
        self.registered
    }

    pub(crate) const fn is_logging_in(&self) -> bool {
        self.attempt.is_some()
    }

    pub(crate) fn is_logging_in_with_other(&self, pin: Pin) -> bool {
        self.attempt
            .as_ref()
            .is_some_and(|attempt| attempt.pin != pin)
    }

    pub(crate) const fn gave_up(&self) -> bool {
        self.unanswered > 0
    }
}

impl Session {
    /// Logs in at once, for a person.
    pub(super) fn log_in(&mut self, now: Instant, shared: &mut Shared, pin: Pin) {
        if self
            .link
            .attempt
            .as_ref()
            .is_some_and(|attempt| attempt.pin == pin && attempt.sent > 0)
        {
            return;
        }
        self.begin_attempt(pin, false);
        self.login_due(now, shared);
    }

    /// Logs in when that is due, allowed and useful.
    pub(super) fn log_in_by_itself(&mut self, now: Instant, shared: &mut Shared) {
        let Some(pin) = self
            .pin
            .filter(|_| shared.config.auto_login && self.address.is_some())
        else {
            return;
        };
        if self.link.registered || self.link.attempt.is_some() {
            return;
        }
        if let Some(due) = self.link.not_before.filter(|due| *due > now) {
            self.timers.set(Timer::Login, due);
            return;
        }
        self.begin_attempt(pin, true);
        match shared.login_turn(now) {
            turn if turn > now => self.timers.set(Timer::Login, turn),
            _ => self.login_due(now, shared),
        }
    }

    fn begin_attempt(&mut self, pin: Pin, by_itself: bool) {
        self.link.attempt = Some(Attempt {
            pin,
            sent: 0,
            by_itself,
        });
        self.changes.add(Changes::LOGIN);
    }

    /// Sends the next attempt, or gives up; without one, begins one.
    pub(super) fn login_due(&mut self, now: Instant, shared: &mut Shared) {
        let Some(attempt) = &mut self.link.attempt else {
            self.log_in_by_itself(now, shared);
            return;
        };
        let Some(address) = self.address.filter(|_| attempt.sent < ATTEMPTS) else {
            self.login_unanswered(now, shared);
            return;
        };
        attempt.sent += 1;
        let (pin, by_itself) = (attempt.pin, attempt.by_itself);
        self.link.sent = Some((now, pin));
        if let Some(login) = Message::signal(Command::LoginRequest) {
            shared.send(address, self.serial, Some(pin), &login);
        }
        let spread = if by_itself {
            shared.jitter(JITTER)
        } else {
            Duration::ZERO
        };
        self.timers.set(Timer::Login, now + LOGIN_WAIT + spread);
    }

    /// Drops a login that a person asked for. The timer stays: by itself the session logs in with the PIN that it has.
    pub(super) fn abandon_login(&mut self) {
        let asked = |attempt: &mut Attempt| !attempt.by_itself;
        if self.link.attempt.take_if(asked).is_some() {
            self.changes.add(Changes::LOGIN);
        }
    }

    fn login_unanswered(&mut self, now: Instant, shared: &mut Shared) {
        self.link.attempt = None;
        self.link.registered = false;
        self.changes.add(Changes::LOGIN);
        let rounds = u32::from(self.link.unanswered);
        self.link.unanswered = self.link.unanswered.saturating_add(1);
        let pause = (BETWEEN_ROUNDS * 2_u32.saturating_pow(rounds)).min(LONGEST_BETWEEN_ROUNDS);
        self.link.not_before = Some(now + pause + shared.jitter(JITTER));
        let failure = self.no_answer(now, Command::LoginRequest, LOGIN_WAIT * u32::from(ATTEMPTS));
        self.end_logins(shared, &Err(failure));
        self.log_in_by_itself(now, shared);
    }

    /// The charger takes the PIN: confirms, and reads what there is to know.
    pub(super) fn login_ok(&mut self, now: Instant, shared: &mut Shared, info: &LoginInfo) {
        self.take_info(info);
        let late = self
            .link
            .sent
            .filter(|(at, _)| now.saturating_duration_since(*at) <= LATE);
        let attempt = self.link.attempt.take().map(|attempt| attempt.pin);
        let Some(pin) = attempt.or_else(|| late.map(|(_, pin)| pin)) else {
            return;
        };
        self.link.sent = Some((now, pin));
        self.pin = Some(pin);
        let was_registered = std::mem::replace(&mut self.link.registered, true);
        if let Some(confirm) = Message::signal(Command::LoginConfirm) {
            self.send(shared, &confirm);
        }
        let is_repeated = was_registered && attempt.is_none();
        self.accepted();
        self.link.heading = Some(now);
        self.link.announced = None;
        self.link.not_before = Some(now + COOLDOWN);
        self.timers.stop(Timer::Login);
        if is_repeated {
            return;
        }
        self.changes.add(Changes::LOGIN);
        self.end_logins(shared, &Ok(Reply::LoggedIn));
        self.timers.set(Timer::Heading, now + HEADING_WINDOW);
        self.timers.set(Timer::Poll, now + super::QUIET);
        self.timers.set(Timer::Clock, now + super::CLOCK_CHECK);
        if let Some(interval) = shared.config.refresh_configuration {
            let due = now.checked_add(interval.max(super::MIN_INTERVAL));
            self.timers.set(Timer::Configuration, due);
        }
        self.ask(now, shared, Command::StatusRequest);
        self.ask(now, shared, Command::ChargingRequest);
        self.fetch_by_itself();
        self.keep_clock(true);
    }

    /// The charger answered something that carried the PIN.
    pub(super) fn accepted(&mut self) {
        if self.authorised != Some(true) {
            self.authorised = Some(true);
            self.changes.add(Changes::LOGIN);
        }
        self.link.unanswered = 0;
        self.link.refused = 0;
        self.link.stray = None;
    }

    /// An announcement: the charger has no client, or it is of a model that always announces itself.
    pub(super) fn announced(&mut self, now: Instant, shared: &mut Shared, info: &LoginInfo) {
        self.take_info(info);
        if self.link.registered {
            let before = self.link.announced.replace(now);
            let since = |at: Option<Instant>| at.map(|at| now.saturating_duration_since(at));
            let sustained = since(before).is_some_and(|since| since <= ANNOUNCED_TWICE);
            let silent = since(self.link.heading).is_none_or(|since| since >= HEADING_MISSED);
            if !(sustained && silent) {
                return;
            }
            self.registration_lost();
        }
        self.log_in_by_itself(now, shared);
    }

    /// A heading, or a push: answered only while registered; else the charger still counts us as its client after a
    /// restart of ours, and will not announce itself.
    pub(super) fn pushed(&mut self, now: Instant, shared: &mut Shared, message: &Message) {
        if !self.link.registered {
            self.log_in_by_itself(now, shared);
            return;
        }
        if message.command() == Command::Heading {
            self.link.heading = Some(now);
        }
        if let Some(ack) = message.command().ack().and_then(Message::signal) {
            self.send(shared, &ack);
        }
    }

    pub(super) fn heading_due(&mut self, now: Instant, shared: &mut Shared) {
        let Some(heading) = self.link.heading.filter(|_| self.link.registered) else {
            return;
        };
        let due = heading + HEADING_WINDOW;
        if due > now {
            self.timers.set(Timer::Heading, due);
            return;
        }
        self.registration_lost();
        self.log_in_by_itself(now, shared);
    }

    fn registration_lost(&mut self) {
        self.link.registered = false;
        self.link.announced = None;
        self.changes.add(Changes::LOGIN);
    }

    /// The charger said that a PIN was wrong, and it was no answer to a probe.
    pub(super) fn refused(&mut self, now: Instant, shared: &mut Shared) {
        if let Some(attempt) = self.link.attempt.take() {
            self.timers.stop(Timer::Login);
            if self.pin.is_none_or(|pin| pin == attempt.pin) {
                self.lose_authorisation(now, shared);
                self.end_all(shared, &RequestFailure::WrongPin);
            } else {
                self.end_logins(shared, &Err(RequestFailure::WrongPin));
            }
            self.changes.add(Changes::LOGIN);
        } else if self.awaits_answer(now) {
            self.lose_authorisation(now, shared);
            self.end_all(shared, &RequestFailure::WrongPin);
        } else {
            self.stray_refusal(now, shared);
        }
        self.log_in_by_itself(now, shared);
    }

    /// It may answer somebody else's probe. Several in a row while we acknowledge are meant for us.
    fn stray_refusal(&mut self, now: Instant, shared: &mut Shared) {
        let (first, count) = self
            .link
            .stray
            .filter(|(first, _)| now.saturating_duration_since(*first) <= STRAY_WINDOW)
            .unwrap_or((now, 0));
        self.link.stray = Some((first, count + 1));
        if count + 1 >= STRAY_LIMIT && self.link.registered {
            self.lose_authorisation(now, shared);
            shared.emit(self.serial, Event::Alarm(Alarm::PinChanged));
        }
    }

    fn lose_authorisation(&mut self, now: Instant, shared: &mut Shared) {
        self.authorised = Some(false);
        self.link.registered = false;
        self.link.stray = None;
        self.asked.clear();
        self.changes.add(Changes::LOGIN);
        let times = u32::from(self.link.refused);
        self.link.refused = self.link.refused.saturating_add(1);
        let pause = (AFTER_REFUSAL * 2_u32.saturating_pow(times)).min(LONGEST_AFTER_REFUSAL);
        self.link.not_before = Some(now + pause + shared.jitter(JITTER));
    }

    fn take_info(&mut self, info: &LoginInfo) {
        if self.info.announce(info) {
            self.changes.add(Changes::INFO);
        }
    }
}

/// For the answer to a login. Source: emproto, evsemaster, besen.
const LOGIN_WAIT: Duration = Duration::from_secs(3);
/// Source: evsemaster, besen.
const ATTEMPTS: u8 = 4;
/// From a login to the next by itself. Source: evsemaster.
const COOLDOWN: Duration = Duration::from_secs(15);
/// Between rounds of attempts without an answer, doubling. Source of the first: besen.
const BETWEEN_ROUNDS: Duration = Duration::from_secs(5);
const LONGEST_BETWEEN_ROUNDS: Duration = Duration::from_mins(1);
/// After a refused PIN, doubling. Chargers may refuse logins for a while. Source of the first: an Indigo plugin.
const AFTER_REFUSAL: Duration = Duration::from_secs(30);
const LONGEST_AFTER_REFUSAL: Duration = Duration::from_mins(10);
/// Keeps thousands of retries apart.
const JITTER: Duration = Duration::from_millis(500);
/// How late an accepted login may come.
const LATE: Duration = Duration::from_secs(30);
/// Three missed headings. Source: evsemaster, besen.
const HEADING_WINDOW: Duration = Duration::from_secs(35);
/// A heading is missing; they come every 10.09 s.
const HEADING_MISSED: Duration = Duration::from_secs(12);
/// Two announcements within this are no accident.
const ANNOUNCED_TWICE: Duration = Duration::from_secs(10);
const STRAY_WINDOW: Duration = Duration::from_secs(30);
const STRAY_LIMIT: u8 = 3;
