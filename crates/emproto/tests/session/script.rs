//! An endpoint, a clock, and one charger.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use emproto::endpoint::{EndpointConfig, EndpointEvent};
use emproto::frame::datagrams;
use emproto::message::{Message, RawBytes, Setting};
use emproto::session::{
    Alarm, Changes, Event, Known, Reply, Request, RequestFailure, RequestId, Session, Transmit,
    WallClock,
};
use emproto::time::RawTime;
use emproto::{Command, Endpoint, Password, Pin, Serial};

use crate::charger::{Charger, login};

pub(crate) const SERIAL: Serial = Serial([0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88]);
/// 2026-02-03 09:15 UTC.
pub(crate) const UNIX: i64 = 1_770_110_100;
/// In Paris.
pub(crate) const OFFSET: i32 = 3_600;
pub(crate) const ADDRESS: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(192, 168, 1, 7), 21_937);

pub(crate) fn pin() -> Pin {
    "123456".parse().unwrap()
}

/// A datagram of ours.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) to: SocketAddrV4,
    pub(crate) password: Password,
    pub(crate) message: Message,
}

pub(crate) struct Script {
    pub(crate) endpoint: Endpoint,
    pub(crate) charger: Charger,
    /// Whether the charger answers by itself.
    pub(crate) answers: bool,
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) sent: Vec<Sent>,
    pub(crate) events: Vec<Event>,
    pub(crate) others: Vec<EndpointEvent>,
    pub(crate) address: SocketAddrV4,
    pub(crate) offset: i32,
}

impl Script {
    pub(crate) fn new(config: EndpointConfig) -> Self {
        Self::in_zone(config, OFFSET)
    }

    pub(crate) fn in_zone(config: EndpointConfig, offset: i32) -> Self {
        let now = Instant::now();
        let clock = WallClock::new(UNIX, move |_| offset);
        Self {
            endpoint: Endpoint::new(config, now, clock, 7),
            charger: Charger::new(),
            answers: true,
            now,
            start: now,
            sent: Vec::new(),
            events: Vec::new(),
            others: Vec::new(),
            address: ADDRESS,
            offset,
        }
    }

    /// Logged in, everything read, nothing in the log.
    pub(crate) fn registered(config: EndpointConfig) -> Self {
        let mut script = Self::new(config);
        script.register();
        script
    }

    pub(crate) fn register(&mut self) {
        self.know_pin();
        self.announce();
        assert!(self.session().is_registered());
        self.seconds(1);
        self.clear();
    }

    /// The PIN is known from a file.
    pub(crate) fn know_pin(&mut self) {
        let known = Known {
            pin: Some(pin()),
            ..Known::default()
        };
        assert!(self.endpoint.add(self.now, SERIAL, known));
        self.drain();
    }

    pub(crate) fn announce(&mut self) {
        self.say(&Message::Announce(login("BS20", 1, 32)));
    }

    pub(crate) fn heading(&mut self) {
        self.say(&Message::Heading(RawBytes::EMPTY));
    }

    pub(crate) fn refuse(&mut self) {
        self.say(&Message::PasswordError(RawBytes::EMPTY));
    }

    pub(crate) fn push_status(&mut self) {
        self.say(&Message::StatusPush(self.charger.status.clone()));
    }

    pub(crate) fn push_charge(&mut self) {
        self.say(&Message::ChargingPush(self.charger.charge.clone()));
    }

    pub(crate) fn say_time(&mut self, ahead_s: i64) {
        let time = self.right().checked_add_s(ahead_s).unwrap();
        let action = emproto::message::Action::Set;
        self.say(&Message::SystemTimeReply(Setting::raw(action, time)));
    }

    /// The charger sends something.
    pub(crate) fn say(&mut self, message: &Message) {
        self.say_from(self.address, SERIAL, message);
    }

    pub(crate) fn say_from(&mut self, from: SocketAddrV4, serial: Serial, message: &Message) {
        let packet = message.to_datagram(serial, Password::NONE_FF).unwrap();
        self.packet(from, &packet);
    }

    pub(crate) fn packet(&mut self, from: SocketAddrV4, packet: &[u8]) {
        self.endpoint.handle_input(self.now, from, packet);
        self.drain();
    }

    pub(crate) fn unix_s(&self) -> i64 {
        UNIX + i64::try_from((self.now - self.start).as_secs()).unwrap()
    }

    /// What a right clock of the charger shows.
    pub(crate) fn right(&self) -> RawTime {
        RawTime::from_unix(self.unix_s(), self.offset).unwrap()
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.endpoint.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.endpoint.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
    }

    /// Time passes and the charger sends its headings, so that it stays registered.
    pub(crate) fn seconds_with_headings(&mut self, seconds: u64) {
        for second in 1..=seconds {
            self.seconds(1);
            if second % 10 == 0 {
                self.heading();
            }
        }
    }

    pub(crate) fn request(&mut self, request: Request) -> RequestId {
        let id = self.endpoint.request(self.now, SERIAL, request).unwrap();
        self.drain();
        id
    }

    /// Asks for something and waits for the end.
    pub(crate) fn run(&mut self, request: Request) -> Result<Reply, RequestFailure> {
        let id = self.request(request);
        self.seconds(25);
        self.result(id).expect("ended within 25 s")
    }

    pub(crate) fn drain(&mut self) {
        loop {
            let packets: Vec<Transmit> =
                std::iter::from_fn(|| self.endpoint.poll_transmit()).collect();
            while let Some(event) = self.endpoint.poll_event() {
                match event {
                    EndpointEvent::Evse { event, .. } => self.events.push(event),
                    other => self.others.push(other),
                }
            }
            if packets.is_empty() {
                return;
            }
            for packet in packets {
                self.sent(&packet);
            }
        }
    }

    fn sent(&mut self, packet: &Transmit) {
        let datagram = datagrams(&packet.bytes).next().unwrap().unwrap();
        let message = Message::decode(&datagram).unwrap();
        let answer = self.charger.answer(self.right(), &message);
        let is_for_us = datagram.serial == SERIAL;
        self.sent.push(Sent {
            at: self.now - self.start,
            to: packet.to,
            password: datagram.password,
            message,
        });
        if let Some(answer) = answer.filter(|_| self.answers && is_for_us) {
            let bytes = answer.to_datagram(SERIAL, Password::NONE_FF).unwrap();
            self.endpoint.handle_input(self.now, self.address, &bytes);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.sent.clear();
        self.events.clear();
        self.others.clear();
    }

    pub(crate) fn session(&self) -> &Session {
        self.endpoint.evse(SERIAL).unwrap()
    }

    pub(crate) fn commands(&self) -> Vec<Command> {
        self.sent
            .iter()
            .map(|sent| sent.message.command())
            .collect()
    }

    pub(crate) fn count(&self, command: Command) -> usize {
        let commands = self.commands();
        commands.iter().filter(|sent| **sent == command).count()
    }

    pub(crate) fn result(&self, id: RequestId) -> Option<Result<Reply, RequestFailure>> {
        let mut results = self.events.iter().filter_map(|event| match event {
            Event::Done { id: done, result } if *done == id => Some(result.clone()),
            _ => None,
        });
        let result = results.next();
        assert!(results.next().is_none(), "{id:?} ended twice");
        result
    }

    pub(crate) fn alarms(&self) -> Vec<Alarm> {
        let alarm = |event: &Event| match event {
            Event::Alarm(alarm) => Some(*alarm),
            _ => None,
        };
        self.events.iter().filter_map(alarm).collect()
    }

    pub(crate) fn changed(&self, what: Changes) -> bool {
        self.events
            .iter()
            .any(|event| matches!(event, Event::Changed(changes) if changes.contains(what)))
    }
}
