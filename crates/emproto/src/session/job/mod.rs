//! Requests on their way: each is a small state machine that is told what comes in and what time it is.

mod clock;
mod gather;
mod history;
mod order;
mod set;
mod start;
mod stop;

use std::boxed::Box;
use std::time::{Duration, Instant};
use std::vec::Vec;

use super::{
    Alarm, Event, Reply, Request, RequestError, RequestFailure, RequestId, Session, Shared,
};
use crate::message::{
    Amps, Language, Message, Nickname, Setting, StartMethod, TemperatureUnit, WeeklyPlan,
};
use crate::time::RawTime;
use crate::{Command, Pin};
use clock::ClockJob;
use gather::{Gather, What};
use history::HistoryJob;
use set::SetJob;
use start::StartJob;
use stop::StopJob;

/// What a request ends with.
pub(super) type Outcome = Result<Reply, RequestFailure>;

/// One request, or several that share the answer; none when the session asks by itself.
#[derive(Debug)]
pub(super) struct Job {
    ids: Vec<RequestId>,
    begun: bool,
    pub(super) due: Option<Instant>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// Waits for the login, which has a state of its own.
    Login,
    Gather(Gather),
    Set(Box<SetJob>),
    Clock(ClockJob),
    Start(Box<StartJob>),
    Stop(StopJob),
    History(Box<HistoryJob>),
}

/// What a job is told.
#[derive(Clone, Copy)]
enum Signal<'a> {
    /// It is its turn.
    Begin,
    /// This came in, and the session has taken it already.
    Message(&'a Message),
    /// What it waits for did not come in time.
    Due,
}

/// A job at work: its session, the surroundings, and when it wants to be woken.
struct Work<'a> {
    session: &'a mut Session,
    shared: &'a mut Shared,
    now: Instant,
    due: &'a mut Option<Instant>,
    ids: &'a [RequestId],
}

impl Work<'_> {
    fn wake_after(&mut self, time: Duration) {
        *self.due = Some(self.now + time);
    }

    fn send(&mut self, message: &Message) {
        self.session.send_request(self.now, self.shared, message);
    }

    fn ask(&mut self, command: Command) {
        self.session.ask(self.now, self.shared, command);
    }

    fn ask_again(&mut self, command: Command) {
        self.session.ask_again(self.now, self.shared, command);
    }
}

impl Job {
    const fn new(ids: Vec<RequestId>, kind: Kind) -> Self {
        Self {
            ids,
            begun: false,
            due: None,
            kind,
        }
    }

    /// Jobs of one lane run one after the other.
    const fn lane(&self) -> Option<Command> {
        match &self.kind {
            Kind::Login | Kind::Stop(_) => None,
            Kind::Gather(gather) => gather.lane(),
            Kind::Set(set) => Some(set.command()),
            Kind::Clock(_) => Some(Command::SystemTime),
            Kind::Start(_) => Some(Command::ChargeStart),
            Kind::History(_) => Some(Command::HistorySlotRequest),
        }
    }

    fn step(
        &mut self,
        session: &mut Session,
        now: Instant,
        shared: &mut Shared,
        signal: Signal<'_>,
    ) -> Option<Outcome> {
        let mut work = Work {
            session,
            shared,
            now,
            due: &mut self.due,
            ids: &self.ids,
        };
        match &mut self.kind {
            Kind::Login => None,
            Kind::Gather(job) => job.step(&mut work, signal),
            Kind::Set(job) => job.step(&mut work, signal),
            Kind::Clock(job) => job.step(&mut work, signal),
            Kind::Start(job) => job.step(&mut work, signal),
            Kind::Stop(job) => job.step(&mut work, signal),
            Kind::History(job) => job.step(&mut work, signal),
        }
    }

    fn end(self, session: &Session, shared: &mut Shared, outcome: &Outcome) {
        if let (Kind::Stop(StopJob { is_alarm: true, .. }), Err(_)) = (&self.kind, outcome) {
            shared.emit(session.serial, Event::Alarm(Alarm::ReservationNotStopped));
        }
        for id in self.ids {
            let result = outcome.clone();
            shared.emit(session.serial, Event::Done { id, result });
        }
    }
}

impl Session {
    /// Takes a request, or says at once why not. What is out of range is refused before anything is sent.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        shared: &mut Shared,
        request: Request,
    ) -> Result<RequestId, RequestError> {
        if self.address.is_none() {
            return Err(RequestError::NoAddress);
        }
        if !matches!(request, Request::Login { .. }) {
            self.check_pin_state()?;
        }
        let id = self.take_request(now, shared, request)?;
        self.settle(now, shared);
        Ok(id)
    }

    const fn check_pin_state(&self) -> Result<(), RequestError> {
        match (self.pin, self.authorised) {
            (None, _) => Err(RequestError::NoPin),
            (Some(_), Some(false)) => Err(RequestError::WrongPin),
            (Some(_), _) => Ok(()),
        }
    }

    fn request_login(
        &mut self,
        now: Instant,
        shared: &mut Shared,
        pin: Option<Pin>,
    ) -> Result<RequestId, RequestError> {
        let pin = pin.or(self.pin).ok_or(RequestError::NoPin)?;
        if self.link.is_logging_in_with_other(pin) {
            self.end_logins(shared, &Err(RequestFailure::Superseded { sent: true }));
        }
        let id = self.enqueue(shared, Kind::Login)?;
        self.log_in(now, shared, pin);
        Ok(id)
    }

    fn take_request(
        &mut self,
        now: Instant,
        shared: &mut Shared,
        request: Request,
    ) -> Result<RequestId, RequestError> {
        let kind = match request {
            Request::Login { pin } => return self.request_login(now, shared, pin),
            Request::FetchConfiguration { max_age } => {
                return self.request_configuration(now, shared, max_age);
            }
            Request::Set(setting) => {
                setting.check(self.info.max_current_a)?;
                self.check_live_limit(&setting)?;
                Kind::Set(Box::new(SetJob::new(setting)))
            }
            Request::ReadClock => Kind::Clock(ClockJob::read()),
            Request::SetClock { civil } => Kind::Clock(ClockJob::set(civil)),
            Request::Start(start) => {
                let job = StartJob::new(self, now, shared, *start)?;
                Kind::Start(Box::new(job))
            }
            Request::Stop { user_id } => return Ok(self.request_stop(shared, user_id)),
            Request::ReadHistory => {
                if let Some(id) = self.join(shared, |kind| matches!(kind, Kind::History(_))) {
                    return Ok(id);
                }
                Kind::History(Box::default())
            }
            Request::ReadWeeklyPlan => Kind::Gather(Gather::new(What::WeeklyPlan)),
            Request::Refresh => Kind::Gather(Gather::new(What::Readings)),
        };
        self.enqueue(shared, kind)
    }

    /// Adds a request to a job that runs.
    fn join(&mut self, shared: &mut Shared, is_it: impl Fn(&Kind) -> bool) -> Option<RequestId> {
        let job = self.jobs.iter_mut().find(|job| is_it(&job.kind))?;
        let id = shared.request_id();
        job.ids.push(id);
        Some(id)
    }

    fn enqueue(&mut self, shared: &mut Shared, kind: Kind) -> Result<RequestId, RequestError> {
        if self.jobs.len() >= MAX_JOBS {
            return Err(RequestError::QueueFull(self.jobs.len()));
        }
        let id = shared.request_id();
        self.jobs.push(Job::new([id].into(), kind));
        Ok(id)
    }

    /// Begins every job whose lane is free; no start begins while a stop runs.
    pub(super) fn begin_jobs(&mut self, now: Instant, shared: &mut Shared) {
        while let Some(at) = self.next_to_begin() {
            let mut job = self.jobs.remove(at);
            job.begun = true;
            let outcome = job.step(self, now, shared, Signal::Begin);
            self.put_back(shared, at, job, outcome);
        }
    }

    fn next_to_begin(&self) -> Option<usize> {
        self.jobs.iter().position(|job| {
            let is_start = matches!(job.kind, Kind::Start(_));
            let is_in_the_way = |other: &Job| {
                let shares_lane = other.begun && job.lane().is_some() && other.lane() == job.lane();
                shares_lane || (is_start && matches!(other.kind, Kind::Stop(_)))
            };
            !job.begun && !self.jobs.iter().any(is_in_the_way)
        })
    }

    /// Tells every job that runs what came in.
    pub(super) fn jobs_told(&mut self, now: Instant, shared: &mut Shared, message: &Message) {
        self.each_job(shared, |job, session, shared| {
            job.begun
                .then(|| job.step(session, now, shared, Signal::Message(message)))?
        });
    }

    /// Tells jobs that their time is up.
    pub(super) fn jobs_due(&mut self, now: Instant, shared: &mut Shared) {
        self.each_job(shared, |job, session, shared| {
            job.due.take_if(|due| *due <= now)?;
            job.step(session, now, shared, Signal::Due)
        });
    }

    fn each_job(
        &mut self,
        shared: &mut Shared,
        mut step: impl FnMut(&mut Job, &mut Self, &mut Shared) -> Option<Outcome>,
    ) {
        let mut at = 0;
        for _ in 0..self.jobs.len() {
            if at >= self.jobs.len() {
                break;
            }
            let mut job = self.jobs.remove(at);
            let outcome = step(&mut job, self, shared);
            at += usize::from(outcome.is_none());
            let place = at.saturating_sub(1);
            self.put_back(shared, place, job, outcome);
        }
    }

    fn put_back(&mut self, shared: &mut Shared, at: usize, job: Job, outcome: Option<Outcome>) {
        match outcome {
            Some(outcome) => job.end(self, shared, &outcome),
            None => self.jobs.insert(at.min(self.jobs.len()), job),
        }
    }

    /// Ends the jobs that wait for the login.
    pub(super) fn end_logins(&mut self, shared: &mut Shared, outcome: &Outcome) {
        self.end_jobs(shared, |job| {
            matches!(job.kind, Kind::Login).then(|| outcome.clone())
        });
    }

    /// Ends all jobs.
    pub(crate) fn end_all(&mut self, shared: &mut Shared, failure: &RequestFailure) {
        self.end_jobs(shared, |_| Some(Err(failure.clone())));
    }

    /// Drops what was asked for, without a result. A stop of its own that did not come to its end is told.
    pub(crate) fn abandon_requests(&mut self, shared: &mut Shared) {
        self.jobs.retain(|job| {
            let is_alarm = matches!(&job.kind, Kind::Stop(StopJob { is_alarm: true, .. }));
            if is_alarm {
                shared.emit(self.serial, Event::Alarm(Alarm::ReservationNotStopped));
            }
            job.ids.is_empty() && !is_alarm
        });
        self.abandon_login();
    }

    fn end_jobs(&mut self, shared: &mut Shared, ends: impl Fn(&Job) -> Option<Outcome>) {
        for job in std::mem::take(&mut self.jobs) {
            match ends(&job) {
                Some(outcome) => job.end(self, shared, &outcome),
                None => self.jobs.push(job),
            }
        }
    }

    /// Whether the ring of records is being read.
    pub(super) fn reads_history(&self) -> bool {
        let is_history = |job: &Job| matches!(job.kind, Kind::History(_));
        self.jobs.iter().any(is_history)
    }
}

/// The canonical question of a command.
pub(super) fn question(command: Command) -> Option<Message> {
    Some(match command {
        Command::SystemTime => Message::SystemTime(Setting::<RawTime>::get()),
        Command::OutputAmps => Message::OutputAmps(Setting::<Amps>::get()),
        Command::Nickname => Message::Nickname(Setting::<Nickname>::get()),
        Command::StartMethod => Message::StartMethod(Setting::<StartMethod>::get()),
        Command::WeeklyPlan => Message::WeeklyPlan(Setting::<WeeklyPlan>::get()),
        Command::Language => Message::Language(Setting::<Language>::get()),
        Command::TemperatureUnit => Message::TemperatureUnit(Setting::<TemperatureUnit>::get()),
        other => return Message::signal(other),
    })
}

/// Requests that may wait at a time; more is a runaway caller.
const MAX_JOBS: usize = 32;
/// A question that got lost is repeated after this.
const ASK_AGAIN: Duration = Duration::from_secs(2);
