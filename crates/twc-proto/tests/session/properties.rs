//! What holds whatever comes in and whatever is asked for.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use twc_proto::frame::{Decoder, Frame, FrameErrorKind, FrameType};
use twc_proto::message::{Action, Message, Query};
use twc_proto::session::{
    Config, Controller, Event, Farewell, PortState, Request, RequestId, Transmit, UnitConfig,
};
use twc_proto::{Address, Role};

use crate::script::OURS;

const UNITS: [Address; 4] = [Address(0x3495), Address(0x1234), Address(0xC0DB), OURS];
const REPLY_WINDOW: Duration = Duration::from_millis(300);

#[derive(Clone, Debug)]
enum Step {
    /// A frame with any content.
    Frame {
        kind: usize,
        command: u8,
        content: Vec<u8>,
        len: usize,
    },
    /// A presence.
    Presence {
        unit: usize,
        session: u8,
    },
    /// An answer to the last question, if one is due.
    Answer {
        content: Vec<u8>,
    },
    Error,
    Activity,
    Pass(u64),
    Early,
    Ask {
        unit: usize,
        choice: u8,
    },
    Limit(u16),
    Budget(u16, u64),
    Port(bool),
    Shutdown,
}

fn step() -> impl Strategy<Value = Step> {
    let content = || prop::collection::vec(any::<u8>(), 0..12);
    let command = prop_oneof![0xE0_u8..0xF2, 0xB0_u8..0xB5, any::<u8>()];
    prop_oneof![
        2 => (0..3_usize, command, content(), 0..5_usize)
            .prop_map(|(kind, command, content, len)| Step::Frame { kind, command, content, len }),
        3 => (0..3_usize, 0_u8..3).prop_map(|(unit, session)| Step::Presence { unit, session }),
        16 => content().prop_map(|content| Step::Answer { content }),
        1 => Just(Step::Error),
        2 => Just(Step::Activity),
        10 => (0_u64..2_000).prop_map(Step::Pass),
        2 => (0_u64..30_000).prop_map(Step::Pass),
        1 => Just(Step::Early),
        4 => (0..4_usize, any::<u8>()).prop_map(|(unit, choice)| Step::Ask { unit, choice }),
        1 => (0_u16..64).prop_map(Step::Limit),
        1 => (0_u16..64, 0_u64..60_000).prop_map(|(limit_a, ms)| Step::Budget(limit_a, ms)),
        1 => prop::bool::weighted(0.9).prop_map(Step::Port),
        1 => prop::bool::weighted(0.05).prop_map(|rare| if rare { Step::Shutdown } else { Step::Early }),
    ]
}

fn request(choice: u8) -> Request {
    let current_a = Some(u16::from(choice / 7)).filter(|current_a| *current_a < 34);
    match choice % 7 {
        0 | 1 => Request::SetInitialCurrent { current_a },
        2 | 3 => Request::SetSessionCurrent { current_a },
        4 => Request::Increase,
        5 => Request::Decrease,
        _ if choice > 99 => Request::OpenContactors,
        _ => Request::CloseContactors { force: choice > 50 },
    }
}

/// A controller that is watched all the time.
struct Watched {
    controller: Controller,
    now: Instant,
    open: BTreeSet<RequestId>,
    decoder: Decoder,
    /// The last frame with an answer to come, and until when one may be.
    due: Option<(Message, Instant)>,
    last: Option<Instant>,
}

impl Watched {
    fn new(auto_resume: bool) -> Self {
        let now = Instant::now();
        let config = Config {
            address: Some(OURS),
            limit_a: 32,
            unit: UnitConfig {
                wiring_a: 32,
                ..UnitConfig::default()
            },
            auto_resume,
            farewell: if auto_resume {
                Farewell::Floor
            } else {
                Farewell::Leave
            },
            ..Config::default()
        };
        Self {
            controller: Controller::new(config, now, 3),
            now,
            open: BTreeSet::new(),
            decoder: Decoder::new(),
            due: None,
            last: None,
        }
    }

    fn check(&mut self) {
        while let Some(transmit) = self.controller.poll_transmit() {
            self.sent(&transmit);
        }
        while let Some(event) = self.controller.poll_event() {
            if let Event::Done { id, .. } = event {
                assert!(self.open.remove(&id), "{id:?}");
            }
        }
        assert!(self.controller.peripherals().count() <= 8);
        assert!(self.controller.controllers().count() <= 4);
        assert_eq!(self.controller.counters().events_dropped, 0);
    }

    fn sent(&mut self, transmit: &Transmit) {
        let frame = self.decoder.push(&transmit.wire).next().unwrap().unwrap();
        let message = Message::decode(&frame);
        assert!(message.is_sendable(Role::Controller), "{message:?}");
        assert_eq!(message.sender(), Some(OURS));
        assert!(self.controller.state().may_speak());
        if let Some(last) = self.last.replace(self.now) {
            let gap = self.now - last;
            assert!(
                gap >= Duration::from_millis(320),
                "{gap:?} before {message:?}"
            );
        }
        if let Some((question, until)) = self.due.take() {
            assert!(
                until <= self.now,
                "{message:?} while {question:?} is unanswered"
            );
        }
        if message.recipient().is_some() {
            self.due = Some((message, self.now + transmit.airtime + REPLY_WINDOW));
        }
        if let Message::ControllerHeartbeat(beat) = message {
            let raised_ca = match beat.action {
                Action::Increase => u16::MAX,
                _ => beat.current_ca,
            };
            assert_eq!(beat.current_ca % 100, 0, "whole amps");
            assert!(beat.current_ca == 0 || beat.current_ca >= 500);
            assert!(beat.current_ca <= 3_200, "the cap");
            let peripheral = self.controller.peripheral(beat.recipient).unwrap();
            if raised_ca > peripheral.available_ca.unwrap_or(0) {
                let (committed_a, limit_a) =
                    (self.controller.committed_a(), self.controller.limit_a());
                let repeated = peripheral.share.and_then(|share| share.granted_a);
                assert!(
                    committed_a <= u32::from(limit_a) || repeated == Some(beat.current_ca / 100),
                    "{message:?}: {committed_a} A of {limit_a} A"
                );
            }
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        let mut turns = 0;
        while let Some(due) = self.controller.poll_timeout().filter(|due| *due <= until) {
            turns += 1;
            assert!(turns < 10_000, "it does not get on");
            self.now = self.now.max(due);
            self.controller.handle_timeout(self.now);
            self.check();
        }
        self.now = until;
    }

    fn frame(&mut self, frame: &Frame) {
        // An answer ends the wait.
        let answers = |question: &Message| {
            let is_for_us = frame.command() != 0xE0 || frame.payload().starts_with(&[0xF0, 0x0D]);
            frame.frame_type() == FrameType::Data
                && frame.sender() == question.recipient()
                && frame.command() == question.code().1
                && is_for_us
        };
        if self
            .due
            .as_ref()
            .is_some_and(|(question, _)| answers(question))
        {
            self.due = None;
        }
        self.controller.handle_input(self.now, frame);
        self.check();
    }

    fn answer(&mut self, content: &[u8]) {
        let Some((question, until)) = self.due else {
            return;
        };
        let unit = question.recipient().unwrap().0.to_be_bytes();
        self.pass(Duration::from_millis(180).min(until.saturating_duration_since(self.now)));
        let (_, command) = question.code();
        let mut body = unit.to_vec();
        if command == 0xE0 {
            body.extend([0xF0, 0x0D]);
            // Mostly a known state and a limit in whole amps.
            let byte = |place: usize| content.get(place).copied().unwrap_or(0);
            body.push(byte(0) % 12);
            body.extend((u16::from(byte(1) % 33) * 100).to_be_bytes());
            body.extend((u16::from(byte(2) % 33) * 90).to_be_bytes());
        } else {
            body.extend(content);
        }
        if let Some(frame) = Frame::new(FrameType::Data, command, &body, 16) {
            self.frame(&frame);
        }
    }

    fn early(&mut self) {
        let before = self.controller.poll_timeout();
        if before.is_none_or(|due| due > self.now) {
            self.controller.handle_timeout(self.now);
            assert_eq!(self.controller.poll_timeout(), before);
            assert!(self.controller.poll_transmit().is_none());
            assert!(self.controller.poll_event().is_none());
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Frame {
                kind,
                command,
                content,
                len,
            } => {
                let len = [13, 14, 15, 16, 20][len];
                if let Some(frame) = Frame::new(FrameType::ALL[kind], command, &content, len) {
                    self.frame(&frame);
                }
            }
            Step::Presence { unit, session } => {
                let [high, low] = UNITS[unit].0.to_be_bytes();
                let content = [high, low, session, 0x0C, 0x80];
                self.frame(&Frame::new(FrameType::Data, 0xE2, &content, 16).unwrap());
            }
            Step::Answer { content } => self.answer(&content),
            Step::Error => self
                .controller
                .handle_line_error(self.now, FrameErrorKind::Checksum),
            Step::Activity => self.controller.handle_activity(self.now),
            Step::Pass(millis) => self.pass(Duration::from_millis(millis)),
            Step::Early => self.early(),
            Step::Ask { unit, choice } => {
                let asked = self
                    .controller
                    .request(self.now, UNITS[unit], request(choice));
                if let Ok(id) = asked {
                    assert!(self.open.insert(id));
                }
            }
            Step::Limit(limit_a) => self.controller.set_limit_a(self.now, limit_a),
            Step::Budget(limit_a, millis) => {
                let until = self.now + Duration::from_millis(millis);
                self.controller.set_budget(self.now, Some((limit_a, until)));
            }
            Step::Port(is_open) => {
                let port = if is_open {
                    PortState::Open
                } else {
                    PortState::Closed
                };
                if !is_open {
                    self.due = None;
                }
                self.controller.handle_port(self.now, port);
            }
            Step::Shutdown => self.controller.shutdown(self.now),
        }
        self.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn it_is_silent_while_an_answer_is_due_shares_the_limit_and_ends_every_request(
        auto_resume in any::<bool>(),
        steps in prop::collection::vec(step(), 0..200),
    ) {
        let mut watched = Watched::new(auto_resume);
        watched.pass(Duration::from_secs(12));
        for step in steps {
            watched.step(step);
        }
        watched.pass(Duration::from_secs(20));
        prop_assert!(watched.open.is_empty(), "{:?}", watched.open);
    }

    #[test]
    fn the_same_seed_and_input_give_the_same_frames(steps in prop::collection::vec(step(), 0..60)) {
        let run = || {
            let mut watched = Watched::new(true);
            watched.pass(Duration::from_secs(12));
            steps.iter().cloned().for_each(|step| watched.step(step));
            watched.controller.counters()
        };
        prop_assert_eq!(run(), run());
    }
}

#[test]
fn every_question_has_its_answer_in_the_property_tests() {
    // The tests above find answers by command.
    for query in Query::ALL {
        assert_eq!(Query::from_command(query.command()), Some(query));
    }
}
