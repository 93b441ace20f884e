//! One charger: login, acknowledgements, liveness, requests, and what is known about it.
//!
//! A [`Session`] lives in an [`Endpoint`](crate::Endpoint), which passes in datagrams, time and requests and sends what
//! comes out; from outside it is read.
//!
//! Two facts are independent (source: measurements by evsemaster's author; em-client's users rely on it). *Authorised*:
//! the charger takes the PIN, which rides in every datagram; then every request works. *Registered*: the charger has
//! this client as its one and pushes to it. So a stop never waits for a login, nor for fresh readings.

mod address;
mod charge;
mod clock;
mod config;
mod error;
mod event;
mod inbound;
mod info;
mod job;
mod login;
mod readings;
mod record;
mod request;
mod shared;
mod timer;
mod watch;

use std::boxed::Box;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};
use std::vec::Vec;

pub use charge::CurrentCharge;
pub use clock::{ClockReading, WallClock, Zone};
pub use config::{ClockPolicy, Config};
pub use error::{RequestError, RequestFailure};
pub use event::{Alarm, Changes, Event, RecordKey};
pub use info::{Capabilities, Configuration, Info, Known, LiveLimit};
pub use readings::{MetaState, SessionState, StatusReport};
pub use request::{History, Reply, Request, RequestId, Setting, StartRequest, Started, Stopped};
pub use shared::Transmit;

pub(crate) use clock::OwnClock;
pub(crate) use shared::{Shared, is_for_all};

use crate::message::Message;
use crate::{Command, Pin, Serial};
use clock::ChargerClock;
use job::Job;
use login::Link;
use record::Records;
use timer::{Timer, Timers};
use watch::Watch;

/// One charger. See the [module](self).
#[derive(Debug)]
pub struct Session {
    serial: Serial,
    address: Option<SocketAddrV4>,
    pin: Option<Pin>,
    authorised: Option<bool>,
    link: Link,
    info: Info,
    live_limit: Option<LiveLimit>,
    configuration: Configuration,
    output_current_at: Option<Instant>,
    configuration_at: Option<Instant>,
    configuration_unix_s: Option<i64>,
    status: Option<StatusReport>,
    /// The charger has taken a stop since the last status.
    stopped_since: bool,
    charge: Option<Box<CurrentCharge>>,
    last_seen: Option<Instant>,
    last_seen_unix_s: Option<i64>,
    online: bool,
    /// It has sent payloads that are probably encrypted.
    is_encrypted: bool,
    clock: ChargerClock,
    records: Option<Box<Records>>,
    watch: Option<Box<Watch>>,
    /// Requests on the way, at most one of each command.
    asked: Vec<Asked>,
    jobs: Vec<Job>,
    timers: Timers,
    changes: Changes,
}

/// A request whose answer may still come.
#[derive(Clone, Copy, Debug)]
struct Asked {
    command: Command,
    until: Instant,
}

impl Session {
    pub(crate) fn new(serial: Serial) -> Self {
        Self {
            serial,
            address: None,
            pin: None,
            authorised: None,
            link: Link::default(),
            info: Info::default(),
            live_limit: None,
            configuration: Configuration::default(),
            output_current_at: None,
            configuration_at: None,
            configuration_unix_s: None,
            status: None,
            stopped_since: false,
            charge: None,
            last_seen: None,
            last_seen_unix_s: None,
            online: false,
            is_encrypted: false,
            clock: ChargerClock::default(),
            records: None,
            watch: None,
            asked: Vec::new(),
            jobs: Vec::new(),
            timers: Timers::default(),
            changes: Changes::NONE,
        }
    }

    /// Takes what is known from elsewhere: it fills in and overrides; the time of the last sight only goes forward.
    pub(crate) fn merge(&mut self, now: Instant, shared: &mut Shared, known: Known) {
        if let Some(address) = known.address.filter(|address| !is_for_all(*address)) {
            self.set_address(address);
        }
        if known.pin.is_some() && known.pin != self.pin {
            self.pin = known.pin;
            self.authorised = None;
            self.changes.add(Changes::LOGIN);
        }
        self.info.merge(known.info);
        self.configuration.merge(known.configuration);
        self.configuration_unix_s = known
            .last_configuration_unix_s
            .max(self.configuration_unix_s);
        self.last_seen_unix_s = known.last_seen_unix_s.max(self.last_seen_unix_s);
        self.live_limit = known.live_limit.or(self.live_limit);
        self.changes.add(Changes::INFO);
        self.changes.add(Changes::CONFIGURATION);
        self.log_in_by_itself(now, shared);
    }

    /// Keeps what was found out about currents during a charge.
    pub(crate) const fn set_live_limit(&mut self, live_limit: LiveLimit) {
        self.live_limit = Some(live_limit);
    }

    /// Learns where the charger is.
    pub(crate) fn set_address(&mut self, address: SocketAddrV4) {
        if self.address != Some(address) {
            self.address = Some(address);
            self.changes.add(Changes::ADDRESS);
        }
    }

    /// Does what is due. Early calls change nothing.
    pub(crate) fn handle_timeout(&mut self, now: Instant, shared: &mut Shared) {
        while let Some(timer) = self.timers.expired(now) {
            match timer {
                Timer::Login => self.login_due(now, shared),
                Timer::Heading => self.heading_due(now, shared),
                Timer::Offline => self.offline_due(now, shared),
                Timer::Poll => self.poll_due(now, shared),
                Timer::Configuration => self.configuration_due(now, shared),
                Timer::Clock => self.clock_due(now),
            }
        }
        self.jobs_due(now, shared);
        self.settle(now, shared);
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let jobs = self.jobs.iter().filter_map(|job| job.due).min();
        match (self.timers.next(), jobs) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Starts what may start and tells what changed.
    pub(crate) fn settle(&mut self, now: Instant, shared: &mut Shared) {
        self.begin_jobs(now, shared);
        if !self.changes.is_empty() {
            let changes = std::mem::take(&mut self.changes);
            shared.emit(self.serial, Event::Changed(changes));
        }
    }

    fn offline_due(&mut self, now: Instant, shared: &Shared) {
        let Some(seen) = self.last_seen else { return };
        let due = seen.checked_add(shared.config.offline_after);
        if due.is_none_or(|due| due > now) {
            self.timers.set(Timer::Offline, due);
        } else if self.online {
            self.online = false;
            self.changes.add(Changes::ONLINE);
        }
    }

    /// Asks for readings when none are pushed, except while the ring of records is read.
    fn poll_due(&mut self, now: Instant, shared: &mut Shared) {
        if !self.link.is_registered() {
            return;
        }
        let interval = shared.config.poll.map(|poll| poll.max(MIN_INTERVAL));
        let stale = self.status.as_ref().map_or(now, |status| status.at + QUIET);
        if !self.reads_history() && (interval.is_some() || stale <= now) {
            self.ask(now, shared, Command::StatusRequest);
            self.ask(now, shared, Command::ChargingRequest);
        }
        let due = match interval {
            Some(interval) => now + interval.min(QUIET),
            None if stale > now => stale,
            None => now + QUIET,
        };
        self.timers.set(Timer::Poll, due);
    }

    fn configuration_due(&mut self, now: Instant, shared: &Shared) {
        let Some(interval) = shared.config.refresh_configuration else {
            return;
        };
        if self.link.is_registered() {
            self.fetch_by_itself();
            let due = now.checked_add(interval.max(MIN_INTERVAL));
            self.timers.set(Timer::Configuration, due);
        }
    }

    fn clock_due(&mut self, now: Instant) {
        if self.link.is_registered() {
            self.keep_clock(false);
            self.timers.set(Timer::Clock, now + CLOCK_CHECK);
        }
    }

    /// Sends a message with the PIN to the charger, if both are known.
    fn send(&mut self, shared: &mut Shared, message: &Message) {
        if let (Some(address), Some(pin)) = (self.address, self.pin) {
            shared.send(address, self.serial, Some(pin), message);
        }
    }

    /// Sends a request and notes that its answer is awaited.
    fn send_request(&mut self, now: Instant, shared: &mut Shared, message: &Message) {
        let command = message.command();
        self.asked.retain(|asked| asked.command != command);
        self.asked.push(Asked {
            command,
            until: now + REPLY_WAIT,
        });
        self.send(shared, message);
    }

    /// Asks for something, unless the same is on the way: then the answer is shared.
    fn ask(&mut self, now: Instant, shared: &mut Shared, command: Command) {
        if !self.is_asked(now, command) {
            self.ask_again(now, shared, command);
        }
    }

    /// Asks for something in any case.
    fn ask_again(&mut self, now: Instant, shared: &mut Shared, command: Command) {
        if let Some(question) = job::question(command) {
            self.send_request(now, shared, &question);
        }
    }

    fn is_asked(&self, now: Instant, command: Command) -> bool {
        self.asked
            .iter()
            .any(|asked| asked.command == command && asked.until > now)
    }

    /// Whether anything that carries the PIN may still be answered.
    fn awaits_answer(&self, now: Instant) -> bool {
        self.asked.iter().any(|asked| asked.until > now)
    }

    fn last_seen_ago(&self, now: Instant) -> Option<Duration> {
        self.last_seen
            .map(|seen| now.saturating_duration_since(seen))
    }

    fn no_answer(&self, now: Instant, command: Command, waited: Duration) -> RequestFailure {
        RequestFailure::NoAnswer {
            command,
            waited,
            last_seen: self.last_seen_ago(now),
        }
    }
}

/// For the answer to most requests. Source: emproto, emproto4go.
pub(crate) const REPLY_WAIT: Duration = Duration::from_secs(5);
/// Readings that old are asked for, unless they are pushed; and no interval of asking needs to be longer.
const QUIET: Duration = Duration::from_secs(30);
/// Nothing is read more often by itself. Source: emproto.
const MIN_INTERVAL: Duration = Duration::from_secs(5);
/// How often the charger's clock is read by itself.
const CLOCK_CHECK: Duration = Duration::from_hours(1);
