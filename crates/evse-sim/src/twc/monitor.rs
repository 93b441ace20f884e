//! Watches what the client sends.
use std::time::{Duration, Instant};

use twc_proto::frame::{Decoder, FrameType};
use twc_proto::message::{Action, ControllerHeartbeat, Message, ProtocolVersion};
use twc_proto::{Address, Role, is_sendable};

use super::line::BYTE;
use super::peripheral::Peripheral;
use super::violation::{Violation, ViolationKind};
use crate::violations::Violations;

/// What the client sends without a pause.
#[derive(Clone, Debug)]
struct Run {
    end: Instant,
    bytes: Vec<u8>,
}

/// The rules, and what was broken.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    started: Instant,
    run: Option<Run>,
    last_began: Option<Instant>,
    last_ended: Option<Instant>,
    /// When the client last got a byte of somebody else.
    heard: Option<Instant>,
    /// When the client first and last heard another controller.
    foreign: Option<(Instant, Instant)>,
    /// Hears what the client hears.
    ear: Decoder,
    violations: Violations<Violation>,
    /// Not told yet.
    news: Vec<Violation>,
}

impl Monitor {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            started: now,
            run: None,
            last_began: None,
            last_ended: None,
            heard: None,
            foreign: None,
            ear: Decoder::new(),
            violations: Violations::default(),
            news: Vec::new(),
        }
    }

    pub(super) fn violations(&self) -> &[Violation] {
        self.violations.as_slice()
    }

    pub(super) fn total(&self) -> u64 {
        self.violations.total()
    }

    pub(super) fn take_news(&mut self) -> impl Iterator<Item = Violation> {
        self.news.drain(..)
    }

    /// When a run of the client is over.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.run.as_ref().map(|run| run.end + RUN_GAP)
    }

    /// The client puts bytes on the line.
    pub(super) fn client_sends(&mut self, now: Instant, bytes: &[u8], owes_reply: bool) {
        if let Some(run) = &mut self.run {
            run.bytes.extend_from_slice(bytes);
            run.end = run.end.max(now) + air_time(bytes);
        } else {
            self.client_begins(now, owes_reply);
            self.run = Some(Run {
                end: now + air_time(bytes),
                bytes: bytes.to_vec(),
            });
        }
        self.last_ended = self.run.as_ref().map(|run| run.end);
    }

    fn client_begins(&mut self, now: Instant, owes_reply: bool) {
        let within = |since: Option<Instant>, time| {
            since.is_some_and(|since| now.saturating_duration_since(since) < time)
        };
        if owes_reply && within(self.last_ended, REPLY_WINDOW) {
            self.violate(now, ViolationKind::ReplyDue);
        }
        if within(self.heard, SILENCE) {
            self.violate(now, ViolationKind::NoSilence);
        }
        if within(self.last_began, MIN_PERIOD) {
            self.violate(now, ViolationKind::TooFast);
        }
        if let Some((first, last)) = self.foreign
            && now.saturating_duration_since(first) > REACTION
            && within(Some(last), FOREIGN_GONE)
        {
            self.violate(now, ViolationKind::SecondController);
        }
        self.last_began = Some(now);
    }

    /// The client's adapter hands over bytes of others, or of its own.
    pub(super) fn client_hears(&mut self, now: Instant, bytes: &[u8], foreign: Option<Address>) {
        let before = self.heard.replace(now);
        if before.is_some_and(|before| now.saturating_duration_since(before) > INCOMPLETE) {
            self.ear.silence();
        }
        for frame in self.ear.push(bytes).flatten() {
            if foreign.is_none() || frame.sender() != foreign {
                continue;
            }
            if let Some((_, last)) = &mut self.foreign {
                *last = now;
            } else if frame.frame_type() != FrameType::Data {
                self.foreign = Some((now, now));
            }
        }
    }

    /// The other controller is gone, or the client's adapter was.
    pub(super) fn forget_foreign(&mut self) {
        self.foreign = None;
    }

    /// Judges the run that is over.
    pub(super) fn handle_timeout(&mut self, now: Instant, peripherals: &[Peripheral]) {
        if let Some(run) = self.run.take_if(|run| run.end + RUN_GAP <= now) {
            self.judge(now, &run.bytes, peripherals);
        }
    }

    fn judge(&mut self, now: Instant, bytes: &[u8], peripherals: &[Peripheral]) {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for item in decoder.push(bytes) {
            match item {
                Ok(frame) => frames.push(frame),
                Err(error) => self.violate(now, ViolationKind::BadFrame(error.kind())),
            }
        }
        if frames.len() != 1 {
            self.violate(now, ViolationKind::FrameCount(frames.len()));
        }
        if !matches!(bytes, [0xC0, .., 0xC0, 0xFC]) {
            self.violate(now, ViolationKind::Trailer);
        }
        for frame in frames {
            if matches!(frame.len(), 13 | 15) {
                self.violate(now, ViolationKind::Length(frame.len()));
            }
            let (frame_type, command) = (frame.frame_type().code(), frame.command());
            if !is_sendable(Role::Controller, frame_type, command) {
                let kind = ViolationKind::Forbidden {
                    frame_type,
                    command,
                };
                self.violate(now, kind);
            }
            if let Message::ControllerHeartbeat(heartbeat) = Message::decode(&frame) {
                self.judge_heartbeat(now, &heartbeat, peripherals);
            }
        }
    }

    fn judge_heartbeat(
        &mut self,
        now: Instant,
        heartbeat: &ControllerHeartbeat,
        peripherals: &[Peripheral],
    ) {
        let (unit, limit_ca) = (heartbeat.recipient, heartbeat.current_ca);
        match heartbeat.action {
            Action::Error | Action::Unknown(_) => {
                self.violate(now, ViolationKind::ForbiddenAction(heartbeat.action));
            }
            Action::None | Action::Increase | Action::Decrease => {}
            Action::SetInitialCurrent
            | Action::AcknowledgeStartOrStop
            | Action::SetSessionCurrent => {
                let known = peripherals
                    .iter()
                    .find(|peripheral| peripheral.id == unit)
                    .map(Peripheral::config);
                let version = known.map(|config| config.version);
                let minimum = match version {
                    Some(ProtocolVersion::V2) => 600,
                    // Nobody has this id any more.
                    Some(ProtocolVersion::V1) | None => 500,
                };
                if limit_ca == 0 {
                    self.violate(now, ViolationKind::ZeroLimit(unit));
                } else if limit_ca < minimum {
                    self.violate(now, ViolationKind::BelowMinimum(unit, limit_ca));
                }
                if known.is_some_and(|config| limit_ca > config.hardware_max_ca) {
                    self.violate(now, ViolationKind::AboveMaximum(unit, limit_ca));
                }
                if limit_ca % 100 != 0 {
                    self.violate(now, ViolationKind::PartOfAmp(unit, limit_ca));
                }
                if version == Some(ProtocolVersion::V1)
                    && heartbeat.action == Action::SetSessionCurrent
                {
                    self.violate(now, ViolationKind::SessionLimitForVersion1(unit));
                }
            }
        }
    }

    fn violate(&mut self, now: Instant, kind: ViolationKind) {
        let at = now.saturating_duration_since(self.started);
        let violation = Violation { at, kind };
        self.violations.push(violation);
        if self.news.len() < MAX_NEWS {
            self.news.push(violation);
        }
    }
}

fn air_time(bytes: &[u8]) -> Duration {
    BYTE * u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// A pause within what the client sends that still belongs to one frame.
const RUN_GAP: Duration = Duration::from_millis(5);
/// A frame does not pause for so long: a trailer does not begin the next one.
const INCOMPLETE: Duration = Duration::from_millis(100);
/// How long a client waits for an answer.
const REPLY_WINDOW: Duration = Duration::from_millis(300);
/// Real controllers keep 200 ms or more; 50 ms are demanded.
const SILENCE: Duration = Duration::from_millis(50);
/// Slots of 320 ms, with room for a client's scheduler.
const MIN_PERIOD: Duration = Duration::from_millis(250);
/// What a client may still have been sending when it heard another controller.
const REACTION: Duration = Duration::from_millis(100);
/// A controller that has been silent for so long is gone. Source: one implementation.
const FOREIGN_GONE: Duration = Duration::from_secs(15);
/// Violations that nobody asks for are not kept for ever.
const MAX_NEWS: usize = 100;
