//! Finding out whether a charger takes another current while it charges: by steps upwards only, with room for each.

use std::time::Duration;

use crate::circuit::order::{Action, Outcome};
use crate::guard::Requester;
use crate::model::Support;

/// How far it has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Probe {
    state: State,
    finding: Option<Support>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing was tried in this session.
    #[default]
    Idle,
    /// A step was ordered.
    Ordered { from_a: u16, steps: u8 },
    /// A step was taken, and is watched.
    Watched {
        from_a: u16,
        steps: u8,
        until: Duration,
        most_ma: u32,
    },
    /// It is known, or will not be in this session.
    Over,
}

impl Probe {
    /// Whether it holds more than its session is known to have.
    pub(super) const fn is_on(&self) -> bool {
        !matches!(self.state, State::Idle)
    }

    /// The session is over, and with it what was tried in it.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// What was found out, once.
    pub(super) fn take_finding(&mut self) -> Option<Support> {
        self.finding.take()
    }

    /// The vehicle draws so much.
    pub(super) fn watch(&mut self, now: Duration, delivered_ma: [u32; 3]) {
        if let State::Watched { most_ma, until, .. } = &mut self.state
            && now <= *until
        {
            *most_ma = (*most_ma).max(delivered_ma.into_iter().max().unwrap_or(0));
        }
    }

    /// What to tell it next, A. `told_a` is what its session has by its own word; there is room for `room_a` more than
    /// it counts at.
    pub(super) fn step(
        &mut self,
        now: Duration,
        may_try: bool,
        told_a: u16,
        room_a: u16,
    ) -> Option<u16> {
        let (from_a, steps) = match self.state {
            State::Idle => (told_a, 0),
            State::Watched {
                from_a,
                steps,
                until,
                most_ma,
            } if now >= until => {
                if most_ma <= u32::from(from_a) * 1_000 + CLEARLY_MA {
                    self.end(Support::Unknown);
                    return None;
                }
                if steps == STEPS {
                    self.end(Support::Yes);
                    return None;
                }
                (from_a + STEP_A, steps)
            }
            _ => return None,
        };
        if !may_try || room_a < STEP_A {
            return None;
        }
        let steps = steps + 1;
        self.state = State::Ordered { from_a, steps };
        Some(from_a + STEP_A)
    }

    pub(super) fn ended(&mut self, now: Duration, action: Action, outcome: &Outcome) {
        let Action::SetCurrent {
            requester: Requester::Probe,
            ..
        } = action
        else {
            return;
        };
        let State::Ordered { from_a, steps } = self.state else {
            return;
        };
        self.state = match outcome {
            Outcome::Refused { .. } => State::Over,
            Outcome::Done | Outcome::Accepted | Outcome::Unknown { .. } => State::Watched {
                from_a,
                steps,
                until: now + WATCH,
                most_ma: 0,
            },
        };
    }

    fn end(&mut self, found: Support) {
        self.state = State::Over;
        self.finding = Some(found);
    }
}

/// Source of steps and time: ours; a car follows within seconds, and some chargers take 20 s.
const STEP_A: u16 = 2;
const STEPS: u8 = 2;
const WATCH: Duration = Duration::from_mins(1);
/// So much more than before is no accident.
const CLEARLY_MA: u32 = 500;
