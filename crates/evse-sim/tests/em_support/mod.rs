//! A device without a network: a client made of a few lines, in virtual time.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use emproto::frame::datagrams;
use emproto::message::{
    ChargeStart, ChargeStop, ChargeType, ChargingStatus, Identifier, Message, Setting, StartOrder,
    StartReply, Status, StopReply,
};
use emproto::time::RawTime;
use emproto::{Command, Password, Pin, Serial};
use evse_sim::em::{Device, DeviceConfig, GroundTruth, Model, ViolationKind};

/// 2026-09-21, a Monday, 13:33:20 UTC.
pub const UNIX_S: i64 = 1_789_997_600;
pub const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 10);
pub const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 11);

pub fn serial() -> Serial {
    "1122334455667788".parse().expect("a serial")
}

pub fn pin() -> Pin {
    "123456".parse().expect("six digits")
}

pub fn config(model: Model, phases: u8) -> DeviceConfig {
    DeviceConfig::new(model, phases, serial(), pin())
}

pub fn signal(command: Command) -> Message {
    Message::signal(command).expect("a signal")
}

pub fn id(text: &str) -> Identifier {
    Identifier::new(text).expect("ASCII")
}

/// A packet of the device, when it left, and what is in it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub at: Duration,
    pub to: SocketAddrV4,
    pub datagrams: usize,
    pub password: Password,
    pub message: Message,
}

/// A device, and everything that it sent.
pub struct Bench {
    pub device: Device,
    pub start: Instant,
    pub now: Instant,
    pub seen: Vec<Seen>,
    /// Acknowledge what must be acknowledged, records excepted.
    pub acks: bool,
}

impl Bench {
    pub fn new(config: DeviceConfig) -> Self {
        let now = Instant::now();
        Self {
            device: Device::new(config, 1, now, UNIX_S),
            start: now,
            now,
            seen: Vec::new(),
            acks: true,
        }
    }

    /// A BS20 with one phase and a registered client.
    pub fn registered() -> Self {
        Self::with_client(config(Model::BesenBs20, 1))
    }

    pub fn with_client(config: DeviceConfig) -> Self {
        let mut bench = Self::new(config);
        bench.log_in(CLIENT);
        bench
    }

    pub fn log_in(&mut self, from: Ipv4Addr) {
        self.send_from(from, &signal(Command::LoginRequest));
        self.run_for(Duration::from_secs(1));
        self.send_from(from, &signal(Command::LoginConfirm));
    }

    pub fn send(&mut self, message: &Message) {
        self.send_from(CLIENT, message);
    }

    pub fn send_from(&mut self, from: Ipv4Addr, message: &Message) {
        let packet = message.to_datagram(serial(), pin().into()).expect("short");
        self.send_bytes(from, &packet);
    }

    pub fn send_bytes(&mut self, from: Ipv4Addr, packet: &[u8]) {
        // The port is not the client port: replies must go to that one all the same.
        self.device
            .handle_input(self.now, SocketAddrV4::new(from, 50_000), packet);
        self.drain();
    }

    pub fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(next) = self.device.poll_timeout().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.device.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
        self.device.handle_timeout(end);
        self.drain();
    }

    pub fn act<T>(&mut self, act: impl FnOnce(&mut Device, Instant) -> T) -> T {
        let result = act(&mut self.device, self.now);
        self.drain();
        result
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.device.poll_transmit() {
            let all: Vec<_> = datagrams(&transmit.bytes)
                .map(|one| one.expect("whole"))
                .collect();
            for datagram in &all {
                let message = Message::decode(datagram).expect("long enough");
                self.seen.push(Seen {
                    at: self.now.duration_since(self.start),
                    to: transmit.to,
                    datagrams: all.len(),
                    password: datagram.password,
                    message: message.clone(),
                });
                let is_record =
                    matches!(message, Message::RecordCurrent(_) | Message::RecordLocal(_));
                let ours = *transmit.to.ip() == CLIENT && message.command() != Command::LoginOk;
                if let Some(ack) = message.ack().filter(|_| self.acks && ours && !is_record) {
                    self.send(&ack);
                }
            }
        }
    }

    /// Everything sent with this command so far.
    pub fn all(&self, command: Command) -> Vec<&Seen> {
        self.seen
            .iter()
            .filter(|seen| seen.message.command() == command)
            .collect()
    }

    pub fn count(&self, command: Command) -> usize {
        self.all(command).len()
    }

    /// Sends a request and returns the reply.
    pub fn ask(&mut self, message: &Message) -> Message {
        self.seen.clear();
        self.send(message);
        self.run_for(Duration::from_millis(100));
        let reply = message.command().reply().expect("a request");
        self.all(reply)
            .first()
            .unwrap_or_else(|| panic!("no {reply}: {:?}", self.seen))
            .message
            .clone()
    }

    pub fn start(&mut self, order: &ChargeStart) -> StartReply {
        match self.ask(&Message::ChargeStart(order.clone())) {
            Message::ChargeStartReply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    pub fn stop(&mut self) -> StopReply {
        match self.ask(&Message::ChargeStop(ChargeStop::new(1, id("me")))) {
            Message::ChargeStopReply(reply) => reply,
            other => panic!("{other:?}"),
        }
    }

    pub fn status(&mut self) -> Status {
        match self.ask(&signal(Command::StatusRequest)) {
            Message::StatusReply(status) => status,
            other => panic!("{other:?}"),
        }
    }

    pub fn charging(&mut self) -> ChargingStatus {
        match self.ask(&signal(Command::ChargingRequest)) {
            Message::ChargingReply(charging) => charging,
            other => panic!("{other:?}"),
        }
    }

    pub fn clock(&mut self) -> RawTime {
        match self.ask(&Message::SystemTime(Setting::get())) {
            Message::SystemTimeReply(reply) => reply.value.expect("a time"),
            other => panic!("{other:?}"),
        }
    }

    pub fn truth(&self) -> GroundTruth {
        self.device.ground_truth()
    }

    pub fn violations(&self) -> Vec<ViolationKind> {
        self.device
            .violations()
            .iter()
            .map(|violation| violation.kind)
            .collect()
    }
}

/// An immediate start with 16 A.
pub fn order(charge_id: &str) -> ChargeStart {
    let order = StartOrder {
        line_id: 2,
        user_id: id("me"),
        charge_id: id(charge_id),
        is_reservation: false,
        start: RawTime::from_unix(UNIX_S, 0).expect("in range"),
        charge_type: ChargeType::Normal,
        max_duration_min: None,
        max_energy_centikwh: None,
        current_a: 16,
    };
    order.try_into().expect("in range")
}

/// A reservation so many seconds after the start of the bench.
pub fn reservation(charge_id: &str, after_s: i64) -> ChargeStart {
    ChargeStart {
        is_reservation: 1,
        start: RawTime::from_unix(UNIX_S + after_s, 0).expect("in range"),
        ..order(charge_id)
    }
}

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_mins(1);
