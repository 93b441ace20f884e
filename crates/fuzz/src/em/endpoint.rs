//! An endpoint against whatever a network might bring.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use emproto::endpoint::{Endpoint, EndpointConfig, EndpointEvent, Target};
use emproto::frame::{Datagram, datagrams};
use emproto::message::{Language, Nickname, PlanSlot, WeeklyPlan};
use emproto::session::{
    Config, Event, Known, Request, RequestId, Setting, StartRequest, WallClock,
};
use emproto::{Command, Password, Pin, Serial};

/// A socket's life: packets, time, requests. Every request ends once, every deadline lies ahead and near, only commands
/// that may be sent are sent, none of them to all with a PIN, and an early timeout does nothing.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 0 | bit 0: log in by itself; bit 1: acknowledge records; bit 2: poll |
/// | then pairs | a step and its argument `a` |
/// | step 0, 1 | the next two bytes and `a` more are command and payload from one of two chargers |
/// | step 2 | the next `a` bytes arrive in one packet |
/// | step 3 | the other charger has the address from now on |
/// | step 4 | `a`² ms pass |
/// | step 5 | request number `a` is made |
/// | step 6 | a probe is sent, or the charger is removed |
/// | step 7 | a timeout is handled too early |
///
/// The step is taken modulo 8.
///
/// # Panics
///
/// When that does not hold.
pub fn em_endpoint(data: &[u8]) {
    let Some((&options, mut script)) = data.split_first() else {
        return;
    };
    let mut socket = Socket::new(options);
    socket.settle();
    while let Some((&[step, argument], rest)) = script.split_first_chunk() {
        let take = |len: usize| rest.split_at(len.min(rest.len()));
        let mut left = rest;
        match step % 8 {
            charger @ 0..=1 => {
                let (bytes, after) = take(usize::from(argument) + 2);
                left = after;
                socket.message(charger, bytes);
            }
            2 => {
                let (packet, after) = take(argument.into());
                left = after;
                socket.arrive(packet);
            }
            3 => socket.moves = socket.moves.wrapping_add(1),
            4 => socket.wait(Duration::from_millis(u64::from(argument).pow(2))),
            5 => socket.request(argument),
            6 if argument % 4 == 0 => {
                socket.endpoint.remove(SERIALS[1]);
            }
            6 => socket.endpoint.probe(socket.now, Target::Broadcast),
            _ => socket.early_timeout(),
        }
        script = left;
        socket.settle();
    }
    for serial in SERIALS {
        socket.endpoint.remove(serial);
    }
    socket.settle();
    assert!(socket.open.is_empty(), "requests that never ended");
}

struct Socket {
    endpoint: Endpoint,
    now: Instant,
    /// How often the chargers changed their address.
    moves: u8,
    /// Requests that were taken and did not end yet.
    open: BTreeSet<RequestId>,
    last_id: Option<RequestId>,
}

impl Socket {
    fn new(options: u8) -> Self {
        let now = Instant::now();
        let config = EndpointConfig {
            session: Config {
                auto_login: options & 1 != 0,
                acknowledge_records: options & 2 != 0,
                poll: (options & 4 != 0).then_some(Duration::from_secs(10)),
                ..Config::default()
            },
            max_evses: 4,
            dump: true,
            ..EndpointConfig::default()
        };
        let clock = WallClock::new(UNIX_TIME_S, |_| 3_600);
        let mut endpoint = Endpoint::new(config, now, clock, options.into());
        let known = Known {
            pin: Some(pin()),
            ..Known::default()
        };
        endpoint.add(now, SERIALS[0], known);
        Self {
            endpoint,
            now,
            moves: 0,
            open: BTreeSet::new(),
            last_id: None,
        }
    }

    fn message(&mut self, charger: u8, bytes: &[u8]) {
        let Some((code, payload)) = bytes.split_first_chunk() else {
            return;
        };
        let command = Command::from_code(u16::from_be_bytes(*code));
        let serial = SERIALS[usize::from(charger) % 2];
        let packet = Datagram::new(serial, Password::NONE_FF, command, payload).to_vec();
        self.arrive(&packet.unwrap_or_default());
    }

    fn arrive(&mut self, packet: &[u8]) {
        let from = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, self.moves), 7248);
        self.endpoint.handle_input(self.now, from, packet);
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.endpoint.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.endpoint.handle_timeout(self.now);
            self.settle();
            let next = self.endpoint.poll_timeout();
            assert!(next.is_none_or(|next| next > due), "a timer stands still");
        }
        self.now = until;
    }

    fn request(&mut self, number: u8) {
        let serial = SERIALS[usize::from(number >> 7)];
        if let Ok(id) = self.endpoint.request(self.now, serial, request(number)) {
            assert!(Some(id) > self.last_id, "{id:?} was given twice");
            self.last_id = Some(id);
            self.open.insert(id);
        }
    }

    fn early_timeout(&mut self) {
        if self
            .endpoint
            .poll_timeout()
            .is_some_and(|due| due > self.now)
        {
            self.endpoint.handle_timeout(self.now);
            assert!(self.endpoint.poll_transmit().is_none(), "sent too early");
            assert!(self.endpoint.poll_event().is_none(), "told too early");
        }
    }

    /// Takes out what the endpoint wants to say and send. A record that was taken has something to send.
    fn settle(&mut self) {
        self.hear();
        self.transmit();
        if let Some(due) = self.endpoint.poll_timeout() {
            let ahead = due.saturating_duration_since(self.now);
            assert!(ahead <= LONGEST_TIMER, "a timer of {ahead:?}");
        }
    }

    fn transmit(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            for datagram in datagrams(&transmit.bytes) {
                let Ok(datagram) = datagram else {
                    panic!("sent damaged bytes")
                };
                let command = datagram.command;
                assert!(command.may_be_sent(), "sent {command}");
                let to_all = transmit.to.ip().is_broadcast();
                assert!(!to_all || datagram.password.is_none(), "told all the PIN");
            }
        }
    }

    fn hear(&mut self) {
        while let Some(event) = self.endpoint.poll_event() {
            assert!(!format!("{event:?}").is_empty());
            match event {
                EndpointEvent::Evse {
                    event: Event::Done { id, .. },
                    ..
                } => assert!(self.open.remove(&id), "{id:?} ended twice or was not asked"),
                EndpointEvent::Evse {
                    serial,
                    event: Event::Record { key, .. },
                } => self.endpoint.record_taken(serial, key),
                _ => {}
            }
        }
    }
}

fn request(number: u8) -> Request {
    let value = number >> 4 & 7;
    match number % 16 {
        0 => Request::Login { pin: Some(pin()) },
        1 => Request::Login { pin: None },
        2 => Request::FetchConfiguration {
            max_age: Duration::from_secs(value.into()),
        },
        3 => match Nickname::new("garage") {
            Ok(name) => Request::Set(Setting::Name(name)),
            Err(error) => panic!("{error}"),
        },
        4 => Request::Set(Setting::Language(Language::from(value))),
        5 => Request::Set(Setting::OutputCurrent(4 + 4 * value)),
        6 => Request::Set(Setting::WeeklyPlan(Box::new(WeeklyPlan(
            [PlanSlot::OFF; 7],
        )))),
        7 => Request::ReadClock,
        8 => Request::SetClock { civil: None },
        9 | 10 => Request::Start(Box::new(StartRequest {
            current_a: (value > 0).then_some(4 + 4 * value),
            start_at_unix_s: (number % 16 == 10).then_some(UNIX_TIME_S + i64::from(value) * 3_600),
            replace: value.is_multiple_of(2),
            ..StartRequest::default()
        })),
        11 | 12 => Request::Stop { user_id: None },
        13 => Request::ReadHistory,
        14 => Request::ReadWeeklyPlan,
        _ => Request::Refresh,
    }
}

fn pin() -> Pin {
    match "123456".parse() {
        Ok(pin) => pin,
        Err(error) => panic!("{error}"),
    }
}

const UNIX_TIME_S: i64 = 1_790_000_000;
const SERIALS: [Serial; 2] = [Serial([0x11; 8]), Serial([0x22; 8])];
/// The watch over a reservation a day ahead.
const LONGEST_TIMER: Duration = Duration::from_hours(25);
