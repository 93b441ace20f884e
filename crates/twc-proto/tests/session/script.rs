//! A controller, a clock, and some peripherals on a line.

use std::time::{Duration, Instant};

use twc_proto::frame::{Decoder, Frame, FrameErrorKind};
use twc_proto::message::{
    Action, ControllerHeartbeat, Message, PeripheralState, ProtocolVersion, Query,
};
use twc_proto::session::{
    Config, Controller, Event, Peripheral, Reply, Request, RequestError, RequestFailure, RequestId,
    UnitConfig,
};
use twc_proto::{Address, Role};

use crate::unit::Unit;

pub(crate) const UNIT: Address = Address(0x3495);
pub(crate) const OURS: Address = Address(0xF00D);

/// 32 A for all, 32 A for each.
pub(crate) fn config() -> Config {
    Config {
        address: Some(OURS),
        limit_a: 32,
        unit: UnitConfig {
            wiring_a: 32,
            ..UnitConfig::default()
        },
        ..Config::default()
    }
}

pub(crate) fn with_limit(limit_a: u16) -> Config {
    Config {
        limit_a,
        ..config()
    }
}

/// A frame of ours.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) frame: Frame,
    pub(crate) message: Message,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrival {
    Bytes,
    Frame(Frame),
    Error,
}

pub(crate) struct Script {
    pub(crate) controller: Controller,
    pub(crate) units: Vec<Unit>,
    pub(crate) now: Instant,
    pub(crate) start: Instant,
    pub(crate) sent: Vec<Sent>,
    pub(crate) events: Vec<Event>,
    arrivals: Vec<(Instant, Arrival)>,
    /// The adapter brings back what is sent.
    pub(crate) echoes: bool,
    /// Answers arrive garbled.
    pub(crate) garbles: bool,
    /// From the end of a question to the first byte of its answer.
    pub(crate) delay: Duration,
    /// Until when an answer of a unit may be due.
    due_until: Option<Instant>,
    decoder: Decoder,
}

impl Script {
    pub(crate) fn new(config: Config) -> Self {
        let now = Instant::now();
        Self {
            controller: Controller::new(config, now, 7),
            units: vec![Unit::new(UNIT.0)],
            now,
            start: now,
            sent: Vec::new(),
            events: Vec::new(),
            arrivals: Vec::new(),
            echoes: false,
            garbles: false,
            delay: Duration::from_millis(150),
            due_until: None,
            decoder: Decoder::new(),
        }
    }

    /// Running, with one unit that has answered everything once, and an empty log.
    pub(crate) fn linked(config: Config) -> Self {
        let mut script = Self::new(config);
        script.link();
        script
    }

    pub(crate) fn link(&mut self) {
        self.seconds(12);
        for place in 0..self.units.len() {
            self.presence(place);
            self.pass(Duration::from_millis(200));
        }
        self.seconds(15 * self.units.len() as u64);
        for unit in &self.units {
            assert!(
                self.controller
                    .peripheral(unit.address)
                    .unwrap()
                    .state
                    .is_some()
            );
        }
        self.clear();
    }

    pub(crate) fn presence(&mut self, place: usize) {
        let unit = &self.units[place];
        let frame = unit.presence().encode(unit.protocol);
        self.frame(&frame);
    }

    /// Somebody sends something.
    pub(crate) fn say(&mut self, message: &Message) {
        self.frame(&message.encode(ProtocolVersion::V2));
    }

    pub(crate) fn frame(&mut self, frame: &Frame) {
        self.controller.handle_input(self.now, frame);
        self.drain();
    }

    pub(crate) fn error(&mut self) {
        self.controller
            .handle_line_error(self.now, FrameErrorKind::Checksum);
        self.drain();
    }

    pub(crate) fn foreign_heartbeat(&mut self, controller: Address) {
        self.say(&Message::ControllerHeartbeat(ControllerHeartbeat {
            sender: controller,
            recipient: UNIT,
            action: Action::SetSessionCurrent,
            current_ca: 1_600,
            controller_plugged: false,
        }));
    }

    pub(crate) fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let arrival = self.arrivals.iter().map(|(at, _)| *at).min();
            let due = self.controller.poll_timeout();
            let next = [arrival, due].into_iter().flatten().min();
            let Some(next) = next.filter(|next| *next <= until) else {
                break;
            };
            self.now = self.now.max(next);
            if arrival.is_some_and(|at| at <= self.now) {
                self.arrive();
            } else {
                self.controller.handle_timeout(self.now);
            }
            self.drain();
        }
        self.now = until;
    }

    fn arrive(&mut self) {
        let order = |(_, (at, _)): &(usize, &(Instant, Arrival))| *at;
        let first = self.arrivals.iter().enumerate().min_by_key(order);
        let Some(place) = first.map(|(place, _)| place) else {
            return;
        };
        match self.arrivals.remove(place).1 {
            Arrival::Bytes => self.controller.handle_activity(self.now),
            Arrival::Frame(frame) => self.controller.handle_input(self.now, &frame),
            Arrival::Error => {
                self.controller
                    .handle_line_error(self.now, FrameErrorKind::Checksum);
            }
        }
    }

    pub(crate) fn drain(&mut self) {
        while let Some(transmit) = self.controller.poll_transmit() {
            let frame = self.decoder.push(&transmit.wire).next().unwrap().unwrap();
            let message = Message::decode(&frame);
            assert!(message.is_sendable(Role::Controller), "{message:?}");
            assert!(
                self.due_until.is_none_or(|until| until <= self.now),
                "{message:?} while an answer is due"
            );
            self.sent.push(Sent {
                at: self.now - self.start,
                frame,
                message,
            });
            let end = self.now + transmit.airtime;
            if self.echoes {
                self.arrivals.push((end, Arrival::Frame(frame)));
            }
            for unit in &mut self.units {
                if let Some(answer) = unit.answer(&message) {
                    let begin = end + self.delay;
                    let arrived = begin + Duration::from_millis(21);
                    let frame = answer.encode(unit.protocol);
                    let arrival = if self.garbles {
                        Arrival::Error
                    } else {
                        Arrival::Frame(frame)
                    };
                    self.arrivals.push((begin, Arrival::Bytes));
                    self.arrivals.push((arrived, arrival));
                    self.due_until = Some(arrived);
                }
            }
        }
        while let Some(event) = self.controller.poll_event() {
            self.events.push(event);
        }
    }

    pub(crate) fn request(&mut self, request: Request) -> Result<RequestId, RequestError> {
        let id = self.controller.request(self.now, UNIT, request);
        self.drain();
        id
    }

    /// Asks for something and waits for the end.
    pub(crate) fn run(&mut self, request: Request) -> Result<Reply, RequestFailure> {
        let id = self.request(request).unwrap();
        self.seconds(16);
        self.result(id).expect("ended within 16 s")
    }

    pub(crate) fn result(&self, id: RequestId) -> Option<Result<Reply, RequestFailure>> {
        let mut results = self.events.iter().filter_map(|event| match event {
            Event::Done { id: done, result } if *done == id => Some(*result),
            _ => None,
        });
        let result = results.next();
        assert!(results.next().is_none(), "{id:?} ended twice");
        result
    }

    pub(crate) fn clear(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    pub(crate) fn unit(&mut self) -> &mut Unit {
        &mut self.units[0]
    }

    pub(crate) fn peripheral(&self) -> &Peripheral {
        self.controller.peripheral(UNIT).unwrap()
    }

    /// When and what was put into heartbeats to a unit.
    pub(crate) fn beats(&self, unit: Address) -> Vec<(Duration, Action, u16)> {
        let beat = |sent: &Sent| match sent.message {
            Message::ControllerHeartbeat(beat) if beat.recipient == unit => {
                Some((sent.at, beat.action, beat.current_ca))
            }
            _ => None,
        };
        self.sent.iter().filter_map(beat).collect()
    }

    /// The limits in heartbeats to the first unit.
    pub(crate) fn limits(&self) -> Vec<(Action, u16)> {
        let beats = self.beats(UNIT).into_iter();
        let beats = beats.filter(|(_, action, _)| *action != Action::None);
        beats
            .map(|(_, action, current_ca)| (action, current_ca))
            .collect()
    }

    /// When and what was asked.
    pub(crate) fn queries(&self) -> Vec<(Duration, Address, Query)> {
        let query = |sent: &Sent| match sent.message {
            Message::Query {
                recipient, query, ..
            } => Some((sent.at, recipient, query)),
            _ => None,
        };
        self.sent.iter().filter_map(query).collect()
    }

    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.sent.iter().map(|sent| sent.message.kind()).collect()
    }

    pub(crate) fn count(&self, event: Event) -> usize {
        self.events.iter().filter(|one| **one == event).count()
    }

    pub(crate) fn set_state(&mut self, state: PeripheralState) {
        self.units[0].state = state;
    }
}
