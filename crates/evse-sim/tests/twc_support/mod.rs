//! A peripheral on its own, and what a controller says to it, in virtual time.
use std::time::{Duration, Instant};

use evse_sim::twc::{GroundTruth, Peripheral, PeripheralConfig};
use twc_proto::Address;
use twc_proto::frame::{Decoder, Frame, Trailer};
use twc_proto::message::{
    Action, ControllerHeartbeat, Message, PeripheralHeartbeat, PeripheralState, ProtocolVersion,
    Query,
};

pub(crate) const UNIT: Address = Address(0x3495);
pub(crate) const CLIENT: Address = Address(0xF00D);

pub(crate) fn config() -> PeripheralConfig {
    PeripheralConfig::new(UNIT, ProtocolVersion::V2)
}

pub(crate) fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value)
}

/// A peripheral, and everything that it said with the time since the start.
pub(crate) struct Bench {
    pub(crate) unit: Peripheral,
    pub(crate) said: Vec<(f64, Vec<u8>, Message)>,
    start: Instant,
    now: Instant,
}

impl Bench {
    pub(crate) fn new(config: PeripheralConfig) -> Self {
        let start = Instant::now();
        Self {
            unit: Peripheral::new(config, 7, start),
            said: Vec::new(),
            start,
            now: start,
        }
    }

    /// Claimed by the client, with a car that has been plugged in and charges with this limit.
    pub(crate) fn charging(config: PeripheralConfig, limit_ca: u16) -> Self {
        let mut bench = Self::new(config);
        bench.poll();
        bench.act(Peripheral::plug_in);
        bench.poll_for(4.0);
        bench.order(Action::SetInitialCurrent, limit_ca);
        bench.poll_for(12.0);
        assert_eq!(bench.truth().state, PeripheralState::Charging);
        bench.said.clear();
        bench
    }

    pub(crate) fn act<T>(&mut self, act: impl FnOnce(&mut Peripheral, Instant) -> T) -> T {
        act(&mut self.unit, self.now)
    }

    pub(crate) fn truth(&self) -> GroundTruth {
        self.unit.ground_truth()
    }

    pub(crate) fn elapsed(&self) -> f64 {
        self.now.duration_since(self.start).as_secs_f64()
    }

    pub(crate) fn run(&mut self, for_s: f64) {
        let end = self.now + seconds(for_s);
        while let Some(next) = self.unit.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.unit.handle_timeout(self.now);
            self.listen();
        }
        self.now = end;
        self.unit.handle_timeout(end);
        self.listen();
    }

    fn listen(&mut self) {
        let at = self.elapsed();
        while let Some(wire) = self.unit.poll_transmit() {
            let frame = Decoder::new().push(&wire).next().expect("a frame");
            let message = Message::decode(&frame.expect("a right one"));
            self.said.push((at, wire, message));
        }
    }

    /// Says something and waits for the answer.
    pub(crate) fn ask(&mut self, message: &Message) -> Option<Message> {
        self.ask_frame(&message.encode(ProtocolVersion::V2))
    }

    pub(crate) fn ask_frame(&mut self, frame: &Frame) -> Option<Message> {
        self.said.clear();
        self.unit
            .handle_input(self.now, &frame.encode(Trailer::default()));
        self.run(0.3);
        self.said.last().map(|(_, _, message)| *message)
    }

    pub(crate) fn query(&mut self, query: Query) -> Option<Message> {
        self.ask(&Message::Query {
            sender: CLIENT,
            recipient: UNIT,
            query,
        })
    }

    /// A heartbeat and its answer.
    pub(crate) fn order(&mut self, action: Action, current_ca: u16) -> Option<PeripheralHeartbeat> {
        match self.ask(&heartbeat(UNIT, action, current_ca))? {
            Message::PeripheralHeartbeat(reply) => Some(reply),
            _ => None,
        }
    }

    pub(crate) fn poll(&mut self) -> PeripheralHeartbeat {
        self.order(Action::None, 0).expect("an answer")
    }

    /// Heartbeats about once a second; the last answer.
    pub(crate) fn poll_for(&mut self, for_s: f64) -> PeripheralHeartbeat {
        let end = self.elapsed() + for_s;
        loop {
            self.run(0.7_f64.min((end - self.elapsed()).max(0.0)));
            let reply = self.poll();
            if self.elapsed() >= end {
                return reply;
            }
        }
    }

    /// When presences were said, seconds since the start.
    pub(crate) fn presences(&self) -> Vec<f64> {
        let is_presence = |message: &Message| matches!(message, Message::PeripheralPresence(_));
        let said = self.said.iter();
        said.filter(|(_, _, message)| is_presence(message))
            .map(|(at, ..)| *at)
            .collect()
    }
}

pub(crate) fn heartbeat(recipient: Address, action: Action, current_ca: u16) -> Message {
    Message::ControllerHeartbeat(ControllerHeartbeat {
        sender: CLIENT,
        recipient,
        action,
        current_ca,
        controller_plugged: false,
    })
}
