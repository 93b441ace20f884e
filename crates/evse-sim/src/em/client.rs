//! The one registered client: logins, headings, announcements.
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use emproto::Command;
use emproto::message::{Message, RawBytes};

use super::device::Device;
use super::event::Event;
use super::timer::Timer;
use super::violation::ViolationKind;

/// Who gets the reports.
#[derive(Clone, Debug)]
pub(super) enum Registration {
    /// Nobody: the charger announces itself.
    None,
    /// A client that we can reach.
    Client(Client),
    /// Someone out of sight; see [`Device::steal`].
    Stranger,
}

impl Registration {
    pub(super) fn client(&self) -> Option<&Client> {
        match self {
            Self::Client(client) => Some(client),
            Self::None | Self::Stranger => None,
        }
    }

    pub(super) fn client_mut(&mut self) -> Option<&mut Client> {
        match self {
            Self::Client(client) => Some(client),
            Self::None | Self::Stranger => None,
        }
    }
}

/// The registered client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) ip: Ipv4Addr,
    /// Headings since the last answer.
    unanswered: u8,
    /// Pushes that wait for their acknowledgement, and since when.
    awaiting: BTreeMap<Command, Instant>,
}

impl Client {
    fn new(ip: Ipv4Addr) -> Self {
        Self {
            ip,
            unanswered: 0,
            awaiting: BTreeMap::new(),
        }
    }

    /// Waits for the answer to a push, and says whether one of this kind has waited for too long already.
    pub(super) fn expect_ack(&mut self, now: Instant, push: Command) -> bool {
        // Records are repeated instead.
        if !matches!(
            push,
            Command::Heading | Command::StatusPush | Command::ChargingPush
        ) {
            return false;
        }
        let since = *self.awaiting.entry(push).or_insert(now);
        let overdue = now.saturating_duration_since(since) > ACK_WAIT;
        if overdue {
            self.awaiting.insert(push, now);
        }
        overdue
    }
}

impl Device {
    /// A login with the right PIN.
    pub(super) fn accept_login(&mut self, now: Instant, from: Ipv4Addr) {
        self.candidate = Some(from);
        let info = self.login_info();
        self.reply(now, from, &Message::LoginOk(info));
    }

    /// The client confirmed its login: it takes over from whoever was registered.
    pub(super) fn confirm_login(&mut self, now: Instant, from: Ipv4Addr) {
        let was_offered = self.candidate == Some(from) || self.config.registers_without_login;
        if !was_offered {
            // A duplicate of the network is no breach.
            if self.client() != Some(from) {
                self.violate(now, ViolationKind::ConfirmWithoutLogin);
            }
            return;
        }
        self.candidate = None;
        self.registration = Registration::Client(Client::new(from));
        self.timers.clear(Timer::StrangerGone);
        self.timers
            .set(Timer::Heading, now + self.config.heading_interval);
        self.timers.set(Timer::Status, now + FIRST_STATUS);
        if self.charge.is_some() {
            self.timers.set(Timer::Charging, now + FIRST_STATUS);
        }
        self.schedule_replay(now);
        self.notify(Event::Registered(from));
    }

    /// An acknowledgement with the right PIN; only those of the registered client count.
    pub(super) fn acknowledged(&mut self, from: Ipv4Addr, push: Command) {
        if let Some(client) = self
            .registration
            .client_mut()
            .filter(|client| client.ip == from)
        {
            client.awaiting.remove(&push);
            if push == Command::Heading {
                client.unanswered = 0;
            }
        }
    }

    /// Heading time: drops a client that has answered none of the last three.
    pub(super) fn send_heading(&mut self, now: Instant) {
        let Some(client) = self.registration.client_mut() else {
            return;
        };
        if client.unanswered >= MAX_UNANSWERED {
            self.unregister(now);
            return;
        }
        client.unanswered += 1;
        self.timers
            .set(Timer::Heading, now + self.config.heading_interval);
        self.push(now, &Message::Heading(RawBytes::EMPTY));
    }

    /// Nobody is registered any more.
    pub(super) fn unregister(&mut self, now: Instant) {
        self.registration = Registration::None;
        for timer in [
            Timer::Heading,
            Timer::Status,
            Timer::Charging,
            Timer::Replay,
        ] {
            self.timers.clear(timer);
        }
        self.timers.set(Timer::Announce, now);
        self.notify(Event::Unregistered);
    }

    /// The vendor app on a telephone takes the registration over and keeps it for this long. What it does cannot be
    /// seen; the former client hears nothing any more.
    pub fn steal(&mut self, now: Instant, lasts: Duration) {
        self.handle_timeout(now);
        if self.restarting {
            return;
        }
        self.unregister(now);
        self.registration = Registration::Stranger;
        self.candidate = None;
        self.timers.set(Timer::StrangerGone, now + lasts);
    }

    pub(super) fn announce_if_due(&mut self, now: Instant) {
        let next = self.random.delay(self.config.announce_interval);
        self.timers.set(Timer::Announce, now + next);
        if matches!(self.registration, Registration::None) || self.config.announces_when_registered
        {
            self.send_announcement(now);
        }
    }

    /// Announces itself once, registered or not.
    pub fn announce(&mut self, now: Instant) {
        self.handle_timeout(now);
        if !self.restarting {
            self.send_announcement(now);
            self.handle_timeout(now);
        }
    }

    fn send_announcement(&mut self, now: Instant) {
        let info = self.login_info();
        let to = self.config.announce_to;
        self.send_after(now, Duration::ZERO, to, &Message::Announce(info));
    }
}

/// A client that leaves so many headings unanswered is dropped at the next. Source: inferred by clients' authors.
const MAX_UNANSWERED: u8 = 3;
/// An acknowledgement that takes longer is missing. Assumption.
const ACK_WAIT: Duration = Duration::from_secs(4);
/// From the registration to the first status. Assumption.
const FIRST_STATUS: Duration = Duration::from_millis(200);
