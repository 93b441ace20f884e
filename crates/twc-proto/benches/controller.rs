//! A controller with three peripherals that charge: what a frame costs, with its answer, timers and sharing.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a benchmark may panic and starts its own clock"
)]

use std::time::{Duration, Instant};

use divan::{Bencher, black_box};
use twc_proto::Address;
use twc_proto::frame::{Decoder, Frame};
use twc_proto::message::{
    Message, Meter, PeripheralHeartbeat, PeripheralState, Presence, ProtocolVersion,
};
use twc_proto::session::{Config, Controller, UnitConfig};

fn main() {
    divan::main();
}

const UNITS: [Address; 3] = [Address(0x1234), Address(0x3495), Address(0x9876)];

struct Bus {
    controller: Controller,
    now: Instant,
    decoder: Decoder,
}

impl Bus {
    fn new() -> Self {
        let now = Instant::now();
        let config = Config {
            limit_a: 40,
            unit: UnitConfig {
                wiring_a: 32,
                ..UnitConfig::default()
            },
            ..Config::default()
        };
        let mut bus = Self {
            controller: Controller::new(config, now, 1),
            now,
            decoder: Decoder::new(),
        };
        for unit in UNITS {
            let presence = Presence {
                sender: unit,
                session: 1,
                max_current_ca: 3_200,
            };
            let frame = Message::PeripheralPresence(presence).encode(ProtocolVersion::V2);
            bus.controller.handle_input(now, &frame);
        }
        (0..300).for_each(|_| bus.step());
        assert_eq!(bus.controller.peripherals().count(), 3);
        assert!(bus.controller.committed_a() > 30);
        bus
    }

    /// Until a frame has left and was answered.
    fn step(&mut self) {
        loop {
            self.now = self.controller.poll_timeout().unwrap().max(self.now);
            self.controller.handle_timeout(self.now);
            while let Some(event) = self.controller.poll_event() {
                black_box(event);
            }
            if let Some(transmit) = self.controller.poll_transmit() {
                let frame = self.decoder.push(&transmit.wire).next().unwrap().unwrap();
                if let Some(answer) = self.answer(&frame) {
                    self.now += Duration::from_millis(190);
                    self.controller.handle_input(self.now, &answer);
                }
                return;
            }
        }
    }

    fn answer(&self, frame: &Frame) -> Option<Frame> {
        let answer = match Message::decode(frame) {
            Message::ControllerHeartbeat(beat) => {
                let sent_ca = self.controller.peripheral(beat.recipient)?.session_sent_ca;
                let available_ca = sent_ca.unwrap_or(600);
                Message::PeripheralHeartbeat(PeripheralHeartbeat {
                    sender: beat.recipient,
                    recipient: beat.sender,
                    state: PeripheralState::Charging,
                    current_available_ca: available_ca,
                    current_delivered_ca: available_ca - 30,
                })
            }
            Message::Query { recipient, .. } => Message::Meter {
                sender: recipient,
                meter: Meter::default(),
            },
            _ => return None,
        };
        Some(answer.encode(ProtocolVersion::V2))
    }
}

#[divan::bench(
    name = "controller step, 3 peripherals",
    sample_size = 1_000,
    sample_count = 200
)]
fn step(bencher: Bencher<'_, '_>) {
    let mut bus = Bus::new();
    bencher.bench_local(|| bus.step());
}
