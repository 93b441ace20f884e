//! A controller against whatever a line might bring.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use twc_proto::frame::{Decoder, Frame, FrameType};
use twc_proto::message::Message;
use twc_proto::session::{
    Config, Controller, Event, PortState, Request, RequestId, Transmit, UnitConfig,
};
use twc_proto::{Address, Role};

/// A line's life: bytes, answers, time, requests. Every request ends once, every deadline lies ahead and near, only
/// messages that may be sent are sent, whole amps within the cap, none while an answer is due, and an early timeout does
/// nothing.
///
/// | bytes | meaning |
/// | --- | --- |
/// | 0 | bit 0: only listen; bit 1: speak again after a foreign controller |
/// | then pairs | a step and its argument `a` |
/// | step 0 | the next `a` bytes arrive on the line |
/// | step 1, 2 | the unit answers the last question; the next 7 bytes are the content |
/// | step 3 | one of two units tells its presence, with the session number `a` / 2 |
/// | step 4 | `a`² ms pass |
/// | step 5 | request number `a` is made |
/// | step 6 | the limit is `a` A, or a budget of that for a second |
/// | step 7 | a timeout is handled too early, the port closes or opens, or all ends |
///
/// The step is taken modulo 8.
///
/// # Panics
///
/// When that does not hold.
pub fn twc_controller(data: &[u8]) {
    let Some((&options, mut script)) = data.split_first() else {
        return;
    };
    let mut line = Line::new(options);
    while let Some((&[step, argument], rest)) = script.split_first_chunk() {
        let take = |len: usize| rest.split_at(len.min(rest.len()));
        let mut left = rest;
        match step % 8 {
            0 => {
                let (bytes, after) = take(argument.into());
                left = after;
                line.arrive(bytes);
            }
            1 | 2 => {
                let (content, after) = take(7);
                left = after;
                line.answer(content);
            }
            3 => line.presence(argument),
            4 => line.wait(Duration::from_millis(u64::from(argument).pow(2))),
            5 => line.request(argument),
            6 => line.limit(argument),
            _ => line.rare(argument),
        }
        script = left;
        line.settle();
    }
    line.wait(Duration::from_secs(16));
    assert!(line.open.is_empty(), "requests that never ended");
}

struct Line {
    controller: Controller,
    now: Instant,
    /// What arrives, and what leaves.
    decoders: [Decoder; 2],
    /// The last question, and until when an answer is due.
    question: Option<(Message, Instant)>,
    open: BTreeSet<RequestId>,
    last_id: Option<RequestId>,
}

impl Line {
    fn new(options: u8) -> Self {
        let now = Instant::now();
        let config = Config {
            address: Some(OURS),
            limit_a: 32,
            unit: UnitConfig {
                wiring_a: 32,
                ..UnitConfig::default()
            },
            listen_only: options & 1 != 0,
            auto_resume: options & 2 != 0,
            ..Config::default()
        };
        let mut line = Self {
            controller: Controller::new(config, now, options.into()),
            now,
            decoders: [Decoder::new(), Decoder::new()],
            question: None,
            open: BTreeSet::new(),
            last_id: None,
        };
        line.wait(Duration::from_secs(12));
        line
    }

    fn arrive(&mut self, bytes: &[u8]) {
        let mut items: Vec<_> = self.decoders[0].push(bytes).collect();
        items.extend(self.decoders[0].silence().map(Err));
        self.controller.handle_activity(self.now);
        self.settle();
        for item in items {
            match item {
                Ok(frame) => self.frame(&frame),
                Err(error) => self.controller.handle_line_error(self.now, error.kind()),
            }
            self.settle();
        }
    }

    fn frame(&mut self, frame: &Frame) {
        let answers = |question: &Message| {
            let sender = question.recipient();
            frame.sender() == sender && frame.command() == question.code().1
        };
        self.question.take_if(|(question, _)| answers(question));
        self.controller.handle_input(self.now, frame);
    }

    fn answer(&mut self, content: &[u8]) {
        let Some((question, _)) = self.question else {
            return;
        };
        let Some(Address(unit)) = question.recipient() else {
            return;
        };
        let (_, command) = question.code();
        let ours = OURS.0.to_be_bytes();
        let heads = [&unit.to_be_bytes()[..], &ours];
        let head = &heads[..if command == 0xE0 { 2 } else { 1 }].concat();
        let body = [&**head, content].concat();
        if let Some(frame) = Frame::new(FrameType::Data, command, &body, 16) {
            self.frame(&frame);
        }
    }

    fn presence(&mut self, argument: u8) {
        let [high, low] = UNITS[usize::from(argument % 2)].0.to_be_bytes();
        let content = [high, low, argument / 2, 0x0C, 0x80];
        if let Some(frame) = Frame::new(FrameType::Data, 0xE2, &content, 16) {
            self.frame(&frame);
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.controller.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.controller.handle_timeout(self.now);
            self.settle();
            let next = self.controller.poll_timeout();
            assert!(next.is_none_or(|next| next > due), "a timer stands still");
        }
        self.now = until;
    }

    fn request(&mut self, number: u8) {
        let current_a = Some(u16::from(number >> 3)).filter(|current_a| *current_a > 4);
        let request = match number % 8 {
            0 => Request::SetInitialCurrent { current_a },
            1..=3 => Request::SetSessionCurrent { current_a },
            4 => Request::Increase,
            5 => Request::Decrease,
            6 => Request::OpenContactors,
            _ => Request::CloseContactors { force: number > 99 },
        };
        let unit = UNITS[usize::from(number >> 7)];
        if let Ok(id) = self.controller.request(self.now, unit, request) {
            assert!(Some(id) > self.last_id, "{id:?} was given twice");
            self.last_id = Some(id);
            self.open.insert(id);
        }
    }

    fn limit(&mut self, argument: u8) {
        let limit_a = u16::from(argument) / 2;
        if argument.is_multiple_of(2) {
            self.controller.set_limit_a(self.now, limit_a);
        } else {
            let until = self.now + Duration::from_secs(1);
            self.controller.set_budget(self.now, Some((limit_a, until)));
        }
    }

    fn rare(&mut self, argument: u8) {
        match argument {
            0 => self.controller.shutdown(self.now),
            1..=20 => {
                self.question = None;
                self.controller.handle_port(self.now, PortState::Closed);
            }
            21..=99 => self.controller.handle_port(self.now, PortState::Open),
            _ => {
                let due = self.controller.poll_timeout();
                if due.is_none_or(|due| due > self.now) {
                    self.controller.handle_timeout(self.now);
                    assert!(self.controller.poll_transmit().is_none(), "sent too early");
                    assert!(self.controller.poll_event().is_none(), "told too early");
                }
            }
        }
    }

    /// Takes out what the controller wants to say and send.
    fn settle(&mut self) {
        while let Some(transmit) = self.controller.poll_transmit() {
            self.sent(&transmit);
        }
        while let Some(event) = self.controller.poll_event() {
            assert!(!format!("{event:?}").is_empty());
            if let Event::Done { id, .. } = event {
                assert!(self.open.remove(&id), "{id:?} ended twice or was not asked");
            }
        }
        if let Some(due) = self.controller.poll_timeout() {
            let ahead = due.saturating_duration_since(self.now);
            assert!(ahead <= LONGEST_TIMER, "a timer of {ahead:?}");
        }
    }

    fn sent(&mut self, transmit: &Transmit) {
        let Some(Ok(frame)) = self.decoders[1].push(&transmit.wire).next() else {
            panic!("sent damaged bytes")
        };
        let message = Message::decode(&frame);
        assert!(message.is_sendable(Role::Controller), "sent {message:?}");
        assert!(self.controller.state().may_speak());
        if let Some((question, until)) = self.question.take() {
            assert!(until <= self.now, "{message:?} while {question:?} is open");
        }
        if message.recipient().is_some() {
            let until = self.now + transmit.airtime + Duration::from_millis(300);
            self.question = Some((message, until));
        }
        if let Message::ControllerHeartbeat(beat) = message {
            assert!(matches!(beat.current_ca, 0 | 500..=3_200), "{message:?}");
            assert!(beat.current_ca.is_multiple_of(100), "{message:?}");
        }
    }
}

const OURS: Address = Address(0xF00D);
const UNITS: [Address; 2] = [Address(0x3495), Address(0xC0DB)];
/// A unit is lost after 26 s.
const LONGEST_TIMER: Duration = Duration::from_secs(26);
