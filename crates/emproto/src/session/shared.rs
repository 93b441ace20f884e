//! What all sessions of an endpoint have in common: configuration, clock, the way out, chance.

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddrV4;
use std::time::{Duration, Instant};
use std::vec::Vec;

use super::clock::OwnClock;
use super::{Config, Event, RequestId};
use crate::endpoint::{Dump, EndpointEvent};
use crate::frame::Datagram;
use crate::message::Message;
use crate::{Password, Pin, Serial};

/// A packet to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Transmit {
    /// Where to. A broadcast address only for a probe, which holds no PIN.
    pub to: SocketAddrV4,
    /// One datagram. It may hold the PIN: keep it out of logs.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Transmit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transmit")
            .field("to", &self.to)
            .field("len", &self.bytes.len())
            .finish()
    }
}

/// The surroundings of a session.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) clock: OwnClock,
    /// Packets that never carry a PIN go here; no charger has this address.
    pub(crate) broadcast: SocketAddrV4,
    pub(crate) dump: bool,
    outbox: VecDeque<Transmit>,
    pub(crate) events: VecDeque<EndpointEvent>,
    next_request: u64,
    next_login: Instant,
    random: u64,
}

impl Shared {
    pub(crate) fn new(
        config: Config,
        clock: OwnClock,
        broadcast: SocketAddrV4,
        dump: bool,
        seed: u64,
    ) -> Self {
        Self {
            config,
            next_login: clock.at,
            clock,
            broadcast,
            dump,
            outbox: VecDeque::new(),
            events: VecDeque::new(),
            next_request: 1,
            random: seed,
        }
    }

    pub(crate) fn emit(&mut self, serial: Serial, event: Event) {
        self.events.push_back(EndpointEvent::Evse { serial, event });
    }

    /// The only way out for what is meant for a charger. What must never be sent, or must not go there, is dropped.
    pub(crate) fn send(
        &mut self,
        to: SocketAddrV4,
        serial: Serial,
        pin: Option<Pin>,
        message: &Message,
    ) {
        let is_for_all = is_for_all(to) || to.ip() == self.broadcast.ip();
        if !message.command().may_be_sent() || (is_for_all && pin.is_some()) {
            return;
        }
        let password = pin.map_or(Password::NONE, Password::from);
        if let Ok(bytes) = message.to_datagram(serial, password) {
            if self.dump {
                self.dump_sent(to, &bytes);
            }
            self.outbox.push_back(Transmit { to, bytes });
        }
    }

    #[cold]
    fn dump_sent(&mut self, to: SocketAddrV4, bytes: &[u8]) {
        for datagram in crate::frame::datagrams(bytes).flatten() {
            self.dumped(to, &datagram);
        }
    }

    pub(crate) fn dumped(&mut self, peer: SocketAddrV4, datagram: &Datagram<'_>) {
        let dump = Dump::new(peer, datagram);
        self.events.push_back(EndpointEvent::Datagram(dump));
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.outbox.pop_front()
    }

    pub(crate) fn drop_transmits(&mut self) {
        self.outbox.clear();
    }

    pub(crate) fn request_id(&mut self) -> RequestId {
        let id = self.next_request;
        self.next_request += 1;
        RequestId(id)
    }

    /// When an automatic login may leave, so that thousands at a time do not flood the network and us.
    pub(crate) fn login_turn(&mut self, now: Instant) -> Instant {
        let turn = self.next_login.max(now);
        self.next_login = turn + BETWEEN_LOGINS;
        turn
    }

    /// A random time up to a limit.
    pub(crate) fn jitter(&mut self, limit: Duration) -> Duration {
        let millis = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1);
        Duration::from_millis(self.random() % millis)
    }

    /// `SplitMix64`. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
    pub(crate) fn random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// Whether an address is that of no single host.
pub(crate) fn is_for_all(address: SocketAddrV4) -> bool {
    let ip = address.ip();
    ip.is_broadcast() || ip.is_multicast() || ip.is_unspecified() || address.port() == 0
}

/// 500 automatic logins a second, each of which brings about twenty datagrams.
const BETWEEN_LOGINS: Duration = Duration::from_millis(2);

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test starts its own clock")]
mod tests {
    use std::net::{Ipv4Addr, SocketAddrV4};
    use std::time::Instant;

    use super::{Config, OwnClock, Shared};
    use crate::message::{Message, RawBytes, RawMessage};
    use crate::session::WallClock;
    use crate::{Command, Serial};

    #[test]
    fn what_must_not_be_sent_does_not_leave() {
        let clock = OwnClock {
            at: Instant::now(),
            wall: WallClock::new(1_770_110_100, |_| 0),
        };
        let net = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 255), 7_248);
        let mut shared = Shared::new(Config::default(), clock, net, false, 1);
        let pin = "123456".parse().ok();
        let charger = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 7), 7_248);
        for command in Command::ALL {
            let raw = Message::Raw(RawMessage {
                command: *command,
                payload: RawBytes::EMPTY,
            });
            shared.send(charger, Serial::ZERO, pin, &raw);
            assert_eq!(shared.poll_transmit().is_some(), command.may_be_sent());
        }
        for everybody in [net, SocketAddrV4::new(Ipv4Addr::BROADCAST, 7_248)] {
            shared.send(everybody, Serial::ZERO, pin, &Message::probe());
            assert!(shared.poll_transmit().is_none());
            shared.send(everybody, Serial::ZERO, None, &Message::probe());
            assert!(shared.poll_transmit().is_some());
        }
    }
}
