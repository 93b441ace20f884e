//! One UDP socket and the chargers behind it.
//!
//! The contract: pass in what happened with the time it happened at ([`Endpoint::handle_input`],
//! [`Endpoint::handle_timeout`], [`Endpoint::request`] and the others); then drain [`Endpoint::poll_transmit`] and
//! [`Endpoint::poll_event`] until both are empty; then ask [`Endpoint::poll_timeout`] when to come back. `now` may
//! repeat; a timeout handled too early changes nothing.
//!
//! Chargers are told apart by serial, not by address: they move, and several may share one. A charger sends to the
//! client port whatever port a request came from, so the owner binds that one ([`CLIENT_PORT`](crate::CLIENT_PORT)),
//! with broadcast allowed.
//!
//! ```
//! use std::time::Instant;
//! use emproto::endpoint::{Endpoint, EndpointConfig, Target};
//! use emproto::session::WallClock;
//!
//! let now = Instant::now();
//! let clock = WallClock::new(1_790_000_000, |_| 3_600);
//! let mut endpoint = Endpoint::new(EndpointConfig::default(), now, clock, 1);
//! endpoint.probe(now, Target::Broadcast);
//! let probe = endpoint.poll_transmit().expect("one packet");
//! assert_eq!((probe.to.port(), probe.bytes.len()), (7248, 25));
//! ```

mod config;
mod dump;
mod event;
mod probe;
mod queue;

use std::boxed::Box;
use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddrV4;
use std::time::Instant;
use std::vec::Vec;

pub use config::{EndpointConfig, Target};
pub use dump::Dump;
pub use event::{Counters, EndpointEvent};

use crate::frame::{ChecksumForm, Datagram, PLAIN, datagrams};
use crate::message::Message;
use crate::session::{
    Event, Known, LiveLimit, OwnClock, RecordKey, Request, RequestError, RequestFailure, RequestId,
    Session, Shared, Transmit, WallClock, is_for_all,
};
use crate::{Command, Direction, Serial};
use probe::Probes;
use queue::Queue;

/// One UDP socket, many chargers. See the [module](self).
pub struct Endpoint {
    shared: Shared,
    charger_port: u16,
    max_evses: usize,
    slots: Vec<Option<Box<Session>>>,
    free: Vec<usize>,
    by_serial: HashMap<Serial, usize>,
    queue: Queue,
    probes: Probes,
    counters: Counters,
}

impl Endpoint {
    /// An endpoint without chargers. The seed decides what is left to chance: charge ids and the spread of retries.
    pub fn new(config: EndpointConfig, now: Instant, clock: WallClock, seed: u64) -> Self {
        let broadcast = SocketAddrV4::new(config.broadcast, config.charger_port);
        let clock = OwnClock {
            at: now,
            wall: clock,
        };
        Self {
            shared: Shared::new(config.session, clock, broadcast, config.dump, seed),
            charger_port: config.charger_port,
            max_evses: config.max_evses,
            slots: Vec::new(),
            free: Vec::new(),
            by_serial: HashMap::new(),
            queue: Queue::default(),
            probes: Probes::default(),
            counters: Counters::default(),
        }
    }

    /// Tells the wall clock again, after it was set or a suspend.
    pub const fn set_clock(&mut self, now: Instant, unix_s: i64) {
        self.shared.clock.at = now;
        self.shared.clock.wall.unix_s = unix_s;
    }

    /// Turns [`EndpointEvent::Datagram`] on or off.
    pub const fn set_dump(&mut self, dump: bool) {
        self.shared.dump = dump;
    }

    /// Takes one packet.
    pub fn handle_input(&mut self, now: Instant, from: SocketAddrV4, packet: &[u8]) {
        for datagram in datagrams(packet) {
            match datagram {
                Ok(datagram) => self.handle_datagram(now, from, &datagram),
                Err(error) => {
                    self.counters.malformed += 1;
                    let malformed = EndpointEvent::Malformed { from, error };
                    self.shared.events.push_back(malformed);
                }
            }
        }
    }

    fn handle_datagram(&mut self, now: Instant, from: SocketAddrV4, datagram: &Datagram<'_>) {
        let is_theirs = datagram.command.direction() == Direction::FromCharger;
        if !is_theirs || datagram.serial.is_zero() || is_for_all(from) {
            self.counters.ignored += 1;
            return;
        }
        let known = self.by_serial.get(&datagram.serial).copied();
        let Some(slot) = known.or_else(|| self.discover(now, datagram)) else {
            self.counters.ignored += 1;
            return;
        };
        let Some(session) = self.slots.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        let answers_probe = datagram.command == Command::PasswordError
            && session.takes_probe(
                self.probes
                    .answered(now, from, session.last_probe_answered()),
            );
        if !session.learn(now, from, datagram.command, answers_probe) {
            self.counters.ignored += 1;
            return;
        }
        self.counters.datagrams += 1;
        if datagram.checksum == ChecksumForm::Modulo65536 {
            self.counters.other_checksums += 1;
        }
        if datagram.key_type != PLAIN {
            self.counters.other_key_types += 1;
        }
        if self.shared.dump {
            self.shared.dumped(from, datagram);
        }
        session.handle_datagram(now, &mut self.shared, datagram, answers_probe);
        let due = session.next_due();
        self.queue.want(slot, due);
    }

    /// Takes in a charger that was not known, if it has proven that it is one.
    fn discover(&mut self, now: Instant, datagram: &Datagram<'_>) -> Option<usize> {
        let is_charger =
            is_from_chargers_only(datagram.command) || datagram.command == Command::PasswordError;
        is_charger
            .then(|| self.place(now, datagram.serial))
            .flatten()
    }

    fn place(&mut self, now: Instant, serial: Serial) -> Option<usize> {
        if self.by_serial.len() >= self.max_evses {
            return None;
        }
        let session = Some(Box::new(Session::new(serial)));
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        *self.slots.get_mut(slot)? = session;
        self.by_serial.insert(serial, slot);
        self.shared.emit(serial, Event::Added);
        self.settle(now, slot);
        Some(slot)
    }

    /// Does what is due. Early calls change nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        for slot in self.queue.take_due(now) {
            if let Some(session) = self.slots.get_mut(slot).and_then(Option::as_mut) {
                session.handle_timeout(now, &mut self.shared);
                let due = session.next_due();
                self.queue.want(slot, due);
            }
        }
    }

    /// When [`Self::handle_timeout`] wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.next()
    }

    /// The next packet to send. One that cannot be sent is as good as lost on the way.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.shared.poll_transmit()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<EndpointEvent> {
        self.shared.events.pop_front()
    }

    /// Asks chargers for a sign of life. Holds no PIN. Answers come within 3 s as [`Event::Added`] and
    /// [`Event::Changed`]; busy chargers answer too.
    pub fn probe(&mut self, now: Instant, target: Target) {
        let to = match target {
            Target::Broadcast => self.shared.broadcast,
            Target::Address(ip) => SocketAddrV4::new(ip, self.charger_port),
            Target::Socket(address) => address,
        };
        let is_for_all = is_for_all(to) || to == self.shared.broadcast;
        self.probes.sent(now, (!is_for_all).then(|| *to.ip()), 1);
        self.shared.send(to, Serial::ZERO, None, &Message::probe());
    }

    /// A probe to all left in more than one packet, such as one for each network: so many more than one. A charger that
    /// hears several answers each of them, and what nobody accounts for counts as a refused PIN. Where a charger hears
    /// fewer, a PIN that is refused within 3 s is noticed later.
    pub fn probe_copied(&mut self, now: Instant, copies: u32) {
        if copies > 0 {
            self.probes.sent(now, None, copies);
        }
    }

    /// Adds a charger, or what is known about it. With address and PIN it is logged in to. False when there is no place
    /// for another, or the serial is zero.
    pub fn add(&mut self, now: Instant, serial: Serial, known: Known) -> bool {
        if serial.is_zero() {
            return false;
        }
        let place = self.by_serial.get(&serial).copied();
        let Some(slot) = place.or_else(|| self.place(now, serial)) else {
            return false;
        };
        if let Some(session) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            session.merge(now, &mut self.shared, known);
        }
        self.settle(now, slot);
        true
    }

    /// Forgets a charger; its requests end. It comes back when it is heard. False when it is not known.
    pub fn remove(&mut self, serial: Serial) -> bool {
        let Some(slot) = self.by_serial.remove(&serial) else {
            return false;
        };
        self.queue.forget(slot);
        let session = self.slots.get_mut(slot).and_then(Option::take);
        if let Some(mut session) = session {
            session.end_all(&mut self.shared, &RequestFailure::Removed);
        }
        self.free.push(slot);
        self.shared.emit(serial, Event::Removed);
        true
    }

    /// Drops what was asked for and what waits to be sent, because nobody will send it soon: requests end without an
    /// [`Event::Done`]. What is known stays, and sessions go on with what they do by themselves.
    pub fn abandon_requests(&mut self, now: Instant) {
        for slot in 0..self.slots.len() {
            if let Some(session) = self.slots.get_mut(slot).and_then(Option::as_mut) {
                session.abandon_requests(&mut self.shared);
            }
            self.settle(now, slot);
        }
        self.shared.drop_transmits();
    }

    /// One charger.
    pub fn evse(&self, serial: Serial) -> Option<&Session> {
        let slot = self.by_serial.get(&serial)?;
        self.slots.get(*slot)?.as_deref()
    }

    /// All chargers, in the order of their first sight as long as none is removed.
    pub fn evses(&self) -> impl Iterator<Item = &Session> {
        self.slots.iter().filter_map(Option::as_deref)
    }

    /// How many chargers there are.
    pub fn len(&self) -> usize {
        self.by_serial.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_serial.is_empty()
    }

    /// What came in so far.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Asks a charger for something. The result comes as [`Event::Done`].
    ///
    /// # Errors
    /// [`RequestError`] says what is missing or out of range; then nothing is sent. A stop is refused only without a
    /// known address or PIN, and after the charger refused the PIN.
    pub fn request(
        &mut self,
        now: Instant,
        serial: Serial,
        request: Request,
    ) -> Result<RequestId, RequestError> {
        let slot = self.by_serial.get(&serial).copied();
        let slot = slot.ok_or(RequestError::UnknownCharger)?;
        let session = self.slots.get_mut(slot).and_then(Option::as_mut);
        let session = session.ok_or(RequestError::UnknownCharger)?;
        let result = session.request(now, &mut self.shared, request);
        let due = session.next_due();
        self.queue.want(slot, due);
        result
    }

    /// The record is stored: it may be acknowledged, if [`Config::acknowledge_records`](crate::session::Config::acknowledge_records) says so.
    pub fn record_taken(&mut self, serial: Serial, key: RecordKey) {
        let slot = self.by_serial.get(&serial).copied();
        let session = slot.and_then(|slot| self.slots.get_mut(slot)?.as_mut());
        if let Some(session) = session {
            session.record_taken(&mut self.shared, key);
        }
    }

    /// Keeps what was found out about currents during a charge, instead of what the model suggests.
    pub fn set_live_limit(&mut self, serial: Serial, live_limit: LiveLimit) {
        if let Some(session) = self.session(serial) {
            session.set_live_limit(live_limit);
        }
    }

    fn session(&mut self, serial: Serial) -> Option<&mut Session> {
        let slot = self.by_serial.get(&serial)?;
        self.slots.get_mut(*slot)?.as_deref_mut()
    }

    fn settle(&mut self, now: Instant, slot: usize) {
        if let Some(session) = self.slots.get_mut(slot).and_then(Option::as_mut) {
            session.settle(now, &mut self.shared);
            let due = session.next_due();
            self.queue.want(slot, due);
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("evses", &self.len())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

/// Commands whose sender can only be the charger, so that its address can be learned. Phones have been seen that echo
/// settings. Source: jbdelavoix.
pub(crate) const fn is_from_chargers_only(command: Command) -> bool {
    matches!(
        command,
        Command::Announce
            | Command::LoginOk
            | Command::Heading
            | Command::StatusPush
            | Command::ChargingPush
            | Command::RecordCurrent
            | Command::RecordLocal
    )
}
