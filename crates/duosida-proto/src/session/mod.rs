//! The state machine of a client: opening, confirmations, polling, pacing, commands, liveness.
//!
//! The contract: pass in what happened with the time it happened at ([`Session::handle_input`],
//! [`Session::handle_timeout`], [`Session::handle_closed`], [`Session::request`]); then drain
//! [`Session::poll_transmit`] and [`Session::poll_event`] until both are empty; then ask [`Session::poll_timeout`]
//! when to come back. `now` may repeat; a timeout handled too early changes nothing. After [`Event::Failed`] close
//! the connection; a new one goes on with [`Session::reopen`].
//!
//! Rules learned on hardware (source: duosida-lan): one connection at a time; at least 200 ms between messages of
//! our own; what the charger asks is confirmed at once; an idle limit of 45 s.
//!
//! ```
//! use std::time::Instant;
//! use duosida_proto::session::{Config, Session};
//!
//! let now = Instant::now();
//! let mut session = Session::new(Config::default(), now, 1_790_000_000);
//! let opening = session.poll_transmit().expect("the opening message");
//! assert_eq!(opening[..4], [0xa2, 0x03, 0x04, 0x08]);
//! assert!(session.poll_timeout().is_some());
//! ```

mod answer;
mod command;
mod config;
mod effect;
mod event;
mod identity;
mod inbound;
mod outgoing;
mod readings;
mod request;
mod stop;
mod timer;
mod transaction;

use std::collections::VecDeque;
use std::fmt;
use std::string::ToString;
use std::time::{Duration, Instant};
use std::vec::Vec;

pub use config::{BootConfirmation, Config, Quirks};
pub use event::{Command, CommandError, Completion, Event, RequestError, RequestId, SessionError};
pub use identity::{Configuration, Identity};
pub use readings::Status;

use crate::message::{self, Body, Envelope};
use crate::proto::MessageTrigger;
use outgoing::{pull_configuration, trigger};
use readings::Readings;
use request::Requests;
use timer::{Timer, Timers};
use transaction::Transaction;

/// One client's side of a connection to one charger.
pub struct Session {
    config: Config,
    clock: Clock,
    phase: Phase,
    identity: Option<Identity>,
    configuration: Option<Configuration>,
    /// When it was asked for.
    configuration_asked: Option<Instant>,
    /// Questions for it on the way, by message id.
    pulls: VecDeque<(u64, Instant)>,
    /// Message ids of our triggers and transfers that no Conf has answered yet, the newest last.
    unanswered: VecDeque<u64>,
    readings: Readings,
    transaction: Transaction,
    requests: Requests,
    timers: Timers,
    limit_wanted_amps: Option<u8>,
    next_message_id: u32,
    malformed_in_a_row: u8,
    /// A boot notification was asked for, so the next one is no restart.
    boot_expected: bool,
    booted: bool,
    /// Messages that go out at once, and those that wait for their turn.
    outbox: VecDeque<Vec<u8>>,
    paced: VecDeque<Paced>,
    next_send: Instant,
    events: VecDeque<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Opening,
    Ready,
    Over,
}

/// A message of our own that waits for its turn.
struct Paced {
    message_id: u32,
    body: Body,
}

/// The wall clock, as the owner last told it.
#[derive(Debug)]
struct Clock {
    at: Instant,
    unix_s: i64,
    utc_offset_s: i64,
}

impl Clock {
    fn unix_s(&self, now: Instant) -> i64 {
        let since = now.saturating_duration_since(self.at).as_secs();
        self.unix_s
            .saturating_add(i64::try_from(since).unwrap_or(0))
            .clamp(-FARTHEST_UNIX_S, FARTHEST_UNIX_S)
    }
}

impl Session {
    /// A session over a connection that was just made; `unix_time_s` is the wall clock at `now`, UTC.
    pub fn new(config: Config, now: Instant, unix_time_s: i64) -> Self {
        let clock = Clock {
            at: now,
            unix_s: unix_time_s,
            utc_offset_s: i64::from(config.utc_offset_s),
        };
        let mut session = Self {
            clock,
            phase: Phase::Over,
            identity: None,
            configuration: None,
            configuration_asked: None,
            pulls: VecDeque::new(),
            unanswered: VecDeque::new(),
            readings: Readings::default(),
            transaction: Transaction::default(),
            requests: Requests::default(),
            timers: Timers::default(),
            limit_wanted_amps: None,
            next_message_id: config.first_message_id.clamp(1, MAX_MESSAGE_ID),
            malformed_in_a_row: 0,
            boot_expected: true,
            booted: false,
            outbox: VecDeque::new(),
            paced: VecDeque::new(),
            next_send: now,
            events: VecDeque::new(),
            config,
        };
        session.reopen(now);
        session
    }

    /// Begins anew on a new connection; identity, readings and what was learned stay. Still pending requests end
    /// with [`CommandError::LinkLost`].
    pub fn reopen(&mut self, now: Instant) {
        self.handle_closed(now);
        self.phase = Phase::Opening;
        self.boot_expected = true;
        self.booted = false;
        self.malformed_in_a_row = 0;
        self.outbox.push_back(message::encode(&Envelope {
            message: Some(trigger(MessageTrigger::BootNotification, 0)),
            client_id: Some(OPENING_CLIENT_ID.into()),
            message_id: Some(OPENING_MESSAGE_ID),
        }));
        self.await_answer(OPENING_MESSAGE_ID);
        self.next_send = now + PACE;
        self.timers.set(Timer::Boot, now, BOOT_TIMEOUT);
    }

    /// Tells the wall clock again, after it was set or a suspend.
    pub fn set_unix_time(&mut self, now: Instant, unix_time_s: i64) {
        self.clock.at = now;
        self.clock.unix_s = unix_time_s;
    }

    /// Takes one message as [`crate::frame::Decoder`] cut it.
    pub fn handle_input(&mut self, now: Instant, frame: &[u8]) {
        if self.phase == Phase::Over {
            return;
        }
        self.timers.set(Timer::Idle, now, self.idle_limit());
        match message::decode(frame) {
            Ok(envelope) => {
                self.malformed_in_a_row = 0;
                self.inbound(now, frame, envelope);
            }
            Err(error) => {
                self.events.push_back(Event::Malformed(error));
                self.malformed_in_a_row += 1;
                if self.malformed_in_a_row >= MAX_MALFORMED {
                    self.fail(now, SessionError::TooManyMalformed);
                }
            }
        }
        self.pump(now);
    }

    /// Does what is due. Early calls change nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(timer) = self.timers.expired(now) {
            match timer {
                Timer::Pace => {}
                Timer::Boot => self.fail(now, SessionError::NoBoot),
                Timer::BootGrace => self.become_ready(now),
                Timer::Idle => self.fail(now, SessionError::Idle),
                Timer::Poll => self.poll_charger(now),
                Timer::Configuration => self.poll_configuration(now),
                Timer::Answer => self.command_unanswered(),
                Timer::Check => self.command_check(now),
                Timer::Verify => self.command_unverified(now),
            }
        }
        self.pump(now);
    }

    /// The connection is gone: every pending request ends with [`CommandError::LinkLost`].
    pub fn handle_closed(&mut self, _now: Instant) {
        self.phase = Phase::Over;
        self.timers.clear();
        self.outbox.clear();
        self.paced.clear();
        self.pulls.clear();
        self.unanswered.clear();
        self.transaction.link_lost();
        for (id, sent) in self.requests.drain() {
            self.events.push_back(Event::Done {
                id,
                result: Err(CommandError::LinkLost { sent }),
            });
        }
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// The next message for the wire, raw: pass it through [`crate::frame::encode`].
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.pop_front()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Asks for something. It is sent when the session is ready and earlier commands have ended; a stop goes ahead.
    ///
    /// # Errors
    /// [`RequestError::OutOfRange`] names the range, and nothing is sent. A stop is refused only without a connection.
    pub fn request(&mut self, now: Instant, command: Command) -> Result<RequestId, RequestError> {
        if self.phase == Phase::Over {
            return Err(RequestError::Closed);
        }
        let command = match command {
            Command::Set(setting) => {
                let setting = setting.typed();
                setting.check(self.identity.as_ref().and_then(Identity::rating_amps))?;
                Command::Set(setting)
            }
            other => other,
        };
        let id = self.enqueue(now, command)?;
        self.pump(now);
        Ok(id)
    }

    /// What is known about the charger at `now`.
    pub fn status(&self, now: Instant) -> Status {
        Status {
            transaction_id: self.transaction.id(),
            limit_reported_centiamps: self
                .configuration
                .as_ref()
                .and_then(Configuration::limit_centiamps),
            limit_wanted_amps: self.limit_wanted_amps,
            limit_age: self
                .configuration_asked
                .map(|at| now.saturating_duration_since(at)),
            ..self.readings.snapshot(now, &self.clock)
        }
    }

    /// Who the charger is, once it said so.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The settings as last read.
    pub fn configuration(&self) -> Option<&Configuration> {
        self.configuration.as_ref()
    }

    /// Whether commands are sent at once.
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }

    fn idle_limit(&self) -> Duration {
        IDLE_LIMIT.max(self.poll_interval() * 3)
    }

    fn poll_interval(&self) -> Duration {
        self.config
            .poll_interval
            .clamp(MIN_POLL_INTERVAL, MAX_POLL_INTERVAL)
    }

    fn fail(&mut self, now: Instant, error: SessionError) {
        self.handle_closed(now);
        self.events.push_back(Event::Failed(error));
    }

    fn become_ready(&mut self, now: Instant) {
        if self.phase != Phase::Opening {
            return;
        }
        let Some(identity) = self.identity.clone() else {
            return;
        };
        self.phase = Phase::Ready;
        self.timers.stop(Timer::Boot);
        self.timers.stop(Timer::BootGrace);
        self.timers.set(Timer::Idle, now, self.idle_limit());
        self.events.push_back(Event::Ready(identity));
        self.poll_charger(now);
        self.poll_configuration(now);
    }

    fn poll_charger(&mut self, now: Instant) {
        self.timers.set(Timer::Poll, now, self.poll_interval());
        self.send_paced(trigger(MessageTrigger::StatusNotification, 1));
        self.send_paced(trigger(MessageTrigger::MeterValues, 1));
    }

    fn poll_configuration(&mut self, now: Instant) {
        self.timers.set(
            Timer::Configuration,
            now,
            self.config.configuration_interval.max(MIN_POLL_INTERVAL),
        );
        self.send_paced(pull_configuration());
    }

    /// Queues a message of our own behind the others; the same question is not asked twice.
    fn send_paced(&mut self, body: Body) {
        if self.paced.iter().all(|waiting| waiting.body != body) {
            let message_id = self.message_id();
            self.paced.push_back(Paced { message_id, body });
        }
    }

    /// A message id that this session did not use before.
    fn message_id(&mut self) -> u32 {
        let id = self.next_message_id;
        self.next_message_id = if id >= MAX_MESSAGE_ID { 1 } else { id + 1 };
        id
    }

    /// Starts the next command and moves messages to the outbox as the pacing allows.
    fn pump(&mut self, now: Instant) {
        if self.phase != Phase::Ready {
            return;
        }
        self.start_next_command(now);
        if now >= self.next_send
            && let Some(Paced { message_id, body }) = self.paced.pop_front()
        {
            if matches!(&body, Body::TriggerMessageReq(request)
                if request.requested_message == Some(MessageTrigger::BootNotification.into()))
            {
                self.boot_expected = true;
            }
            if body == pull_configuration() && self.pulls.len() < MAX_UNANSWERED {
                self.pulls.push_back((message_id.into(), now));
            }
            if matches!(body, Body::TriggerMessageReq(_) | Body::DataTransferReq(_)) {
                self.await_answer(message_id.into());
            }
            self.transmit(body, u64::from(message_id));
            self.next_send = now + PACE;
            self.command_sent(now, message_id);
        }
        if self.paced.is_empty() {
            self.timers.stop(Timer::Pace);
        } else {
            self.timers
                .set(Timer::Pace, self.next_send.max(now), Duration::ZERO);
        }
    }

    fn await_answer(&mut self, message_id: u64) {
        if self.unanswered.len() >= MAX_UNANSWERED {
            self.unanswered.pop_front();
        }
        self.unanswered.push_back(message_id);
    }

    fn transmit(&mut self, body: Body, message_id: u64) {
        let client_id = match &self.identity {
            Some(identity) => identity.identifier.clone(),
            None => OPENING_CLIENT_ID.to_string(),
        };
        self.outbox.push_back(message::encode(&Envelope {
            message: Some(body),
            client_id: Some(client_id),
            message_id: Some(message_id),
        }));
    }
}

/// Messages that wait hold the identifier, id tags and values of settings.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("phase", &self.phase)
            .field("identity", &self.identity)
            .field("configuration", &self.configuration)
            .field("transaction", &self.transaction)
            .field("requests", &self.requests)
            .field("timers", &self.timers)
            .finish_non_exhaustive()
    }
}

/// Identifier of the opening message, byte for byte what the vendor app sends. Source: four clients, hardware.
const OPENING_CLIENT_ID: &str = "IOS";
const OPENING_MESSAGE_ID: u64 = 0;
/// Questions that a charger leaves unanswered are forgotten beyond: more than it is asked in a minute.
const MAX_UNANSWERED: usize = 16;
/// The charger's own ids begin above. Source: captures.
const MAX_MESSAGE_ID: u32 = 0x07FF_FFFF;
/// Between messages of our own. Source: duosida-lan, hardware.
const PACE: Duration = Duration::from_millis(200);
/// For the first sign of life. Source: duosida-lan, hardware.
const BOOT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the boot notification may come after another message that named the identifier.
const BOOT_GRACE: Duration = Duration::from_secs(2);
/// Without any message. Source: duosida-lan, hardware.
const IDLE_LIMIT: Duration = Duration::from_secs(45);
/// The year 36,812: times up to here can be computed with, also as milliseconds.
const FARTHEST_UNIX_S: i64 = 1 << 40;
const MIN_POLL_INTERVAL: Duration = Duration::from_secs(10);
const MAX_POLL_INTERVAL: Duration = Duration::from_mins(2);
/// Messages in a row that cannot be decoded.
const MAX_MALFORMED: u8 = 5;
