//! Where a controller stands: listening before speaking, announcing, silence, the end.

use std::time::{Duration, Instant};

use super::controller::Controller;
use super::{Event, RequestFailure, Silence, State};
use crate::Address;
use crate::frame::{Frame, FrameType};
use crate::message::{Message, Presence, ProtocolVersion};

/// Where a controller stands, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Listening {
        until: Instant,
    },
    Announcing {
        /// Frames sent so far.
        sent: usize,
        /// Frames in all.
        of: usize,
        due: Instant,
    },
    Running,
    Silent {
        why: Silence,
        resume: Option<Instant>,
    },
    Leaving {
        until: Instant,
    },
    Stopped,
}

impl Phase {
    pub(super) fn listening(now: Instant) -> Self {
        Self::Listening {
            until: now + LISTEN,
        }
    }

    pub(super) const fn silent(why: Silence) -> Self {
        Self::Silent { why, resume: None }
    }

    pub(super) const fn state(self) -> State {
        match self {
            Self::Listening { .. } => State::Listening,
            Self::Announcing { .. } => State::Announcing,
            Self::Running => State::Running,
            Self::Silent { why, .. } => State::ListenOnly(why),
            Self::Leaving { .. } => State::Leaving,
            Self::Stopped => State::Stopped,
        }
    }

    /// When the phase ends by itself; what waits for the line is not counted.
    pub(super) const fn due(self) -> Option<Instant> {
        match self {
            Self::Listening { until } | Self::Leaving { until } => Some(until),
            Self::Silent { resume, .. } => resume,
            Self::Announcing { .. } | Self::Running | Self::Stopped => None,
        }
    }
}

impl Controller {
    pub(super) fn enter(&mut self, phase: Phase) {
        let before = self.phase.state();
        self.phase = phase;
        if phase.state() != before {
            self.records.emit(Event::State(phase.state()));
        }
    }

    pub(super) fn phase_due(&mut self, now: Instant) {
        if self.phase.due().is_none_or(|due| due > now) {
            return;
        }
        match self.phase {
            // Without a line there is nothing to hear.
            Phase::Listening { .. } if !self.line.is_open() => self.phase = Phase::listening(now),
            Phase::Listening { .. } => self.announce(now, DISCOVERS),
            Phase::Silent { .. } => {
                self.take_over(now);
                self.announce(now, DISCOVERS);
            }
            Phase::Leaving { .. } => self.stop(),
            Phase::Announcing { .. } | Phase::Running | Phase::Stopped => {}
        }
    }

    /// The line is there again, or gone. Meanwhile another controller may have come, so it is listened first.
    pub(super) fn port_changed(&mut self, now: Instant) {
        match &mut self.phase {
            Phase::Leaving { .. } => self.stop(),
            Phase::Silent { resume, .. } => {
                *resume = resume.map(|resume| resume.max(now + FOREIGN_SILENCE));
            }
            Phase::Stopped => {}
            _ => self.enter(Phase::listening(now)),
        }
    }

    fn announce(&mut self, now: Instant, discovers: usize) {
        let of = ANNOUNCE_WAITS_MS.len() + discovers;
        self.enter(Phase::Announcing {
            sent: 0,
            of,
            due: now,
        });
    }

    /// Sends the next announce or discover, if it is time.
    pub(super) fn announce_due(&mut self, now: Instant, sent: usize, of: usize) {
        if sent == of {
            self.schedule.restart(now);
            self.enter(Phase::Running);
            return;
        }
        let limit_ca = self.ledger.limit_a().saturating_mul(100);
        let presence = Presence {
            sender: self.address,
            session: self.session,
            max_current_ca: if self.config.announce_limit {
                limit_ca
            } else {
                0
            },
        };
        let (message, wait_ms) = match ANNOUNCE_WAITS_MS.get(sent) {
            Some(wait_ms) => (Message::ControllerAnnounce(presence), *wait_ms),
            None => (Message::ControllerDiscover(presence), DISCOVER_WAIT_MS),
        };
        self.transmit(now, &message, ProtocolVersion::V2);
        self.phase = Phase::Announcing {
            sent: sent + 1,
            of,
            due: now + Duration::from_millis(wait_ms),
        };
    }

    /// Deals with a frame that carries our id and is none of ours. Returns whether it was about that.
    pub(super) fn has_our_id(&mut self, now: Instant, frame: &Frame) -> bool {
        let is_silent = matches!(self.phase, Phase::Silent { .. });
        if frame.sender() != Some(self.address) || is_silent {
            return false;
        }
        let is_presence = ProtocolVersion::of_presence(frame).is_some();
        if frame.frame_type() != FrameType::Data {
            self.fall_silent(Silence::IdInUse(self.address));
        } else if is_presence && self.conflict_is_new(now) {
            self.conflict_at = Some(now);
            let address = self.address;
            self.records.emit(Event::IdConflict { address });
            if self.phase.state().may_speak() {
                self.announce(now, CONFLICT_DISCOVERS);
            }
        } else {
            self.records.counters.ignored += 1;
        }
        true
    }

    fn conflict_is_new(&self, now: Instant) -> bool {
        self.conflict_at
            .is_none_or(|at| now.saturating_duration_since(at) >= BETWEEN_CONFLICTS)
    }

    /// Another controller speaks.
    pub(super) fn foreign(&mut self, now: Instant, controller: Address) {
        match &mut self.phase {
            Phase::Silent { resume: None, .. } | Phase::Stopped => return,
            Phase::Silent { .. } => {}
            _ => self.fall_silent(Silence::ForeignController(controller)),
        }
        let spread = self.random.millis(0, 6_000);
        if let Phase::Silent {
            why: Silence::ForeignController(_),
            resume,
        } = &mut self.phase
        {
            *resume = self
                .config
                .auto_resume
                .then_some(now + FOREIGN_SILENCE + spread);
        }
    }

    /// Who was taken for a controller is a peripheral: one broken frame must not silence us for ever.
    pub(super) fn no_controller(&mut self, now: Instant, unit: Option<Address>) {
        if let Phase::Silent {
            why: Silence::ForeignController(controller),
            resume,
        } = &mut self.phase
            && Some(*controller) == unit
        {
            *resume = Some(now + LISTEN);
        }
    }

    fn fall_silent(&mut self, why: Silence) {
        self.outgoing = None;
        self.line.await_nothing();
        self.fail_all(None, |sent| RequestFailure::ForeignController { sent });
        self.forget_shares();
        self.enter(Phase::silent(why));
    }

    /// Brings all units to their floor, then stops.
    pub(super) fn leave(&mut self, now: Instant) {
        self.budget_until = None;
        self.ledger.set_budget_a(Some(0));
        self.enter(Phase::Leaving { until: now + LEAVE });
    }

    pub(super) fn stop(&mut self) {
        if self.phase == Phase::Stopped {
            return;
        }
        // Who listens again, because the port was lost, has left units alone all the same.
        if !matches!(self.phase, Phase::Silent { .. }) {
            self.tell_what_units_do();
        }
        self.line.await_nothing();
        self.outgoing = None;
        self.enter(Phase::Stopped);
    }

    fn tell_what_units_do(&mut self) {
        let left: Vec<_> = (self.records.peripherals.iter())
            .filter(|peripheral| {
                self.plans
                    .get(&peripheral.address)
                    .is_some_and(|plan| plan.linked)
            })
            .map(|peripheral| Event::Left {
                unit: peripheral.address,
                charges: peripheral.is_charging(),
                available_ca: peripheral.available_ca.unwrap_or(0),
            })
            .collect();
        for event in left {
            self.records.emit(event);
        }
    }
}

/// Before anything is said. Source: ours; a real controller speaks to its units every two seconds.
const LISTEN: Duration = Duration::from_secs(5);
/// Pauses behind each announce. Source: twc-director.
const ANNOUNCE_WAITS_MS: [u64; 5] = [1_300, 900, 900, 1_000, 600];
/// Behind each discover. Source: twc-director.
const DISCOVER_WAIT_MS: u64 = 400;
const DISCOVERS: usize = 3;
/// When a unit has our id. Source: TWCManager.
const CONFLICT_DISCOVERS: usize = 5;
/// A unit that keeps our id is not told so all the time, for meanwhile the others are not polled.
const BETWEEN_CONFLICTS: Duration = Duration::from_secs(30);
/// Before we speak again. Source: open-watt.
const FOREIGN_SILENCE: Duration = Duration::from_secs(15);
/// So long units may take to follow to their floor.
const LEAVE: Duration = Duration::from_secs(10);
