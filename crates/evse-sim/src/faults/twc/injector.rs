//! When faults strike a bus, and when they are over.
use std::time::{Duration, Instant};

use super::Fault;
use crate::faults::{FaultSpec, Schedule};
use crate::random::Random;

/// What the bus has to do. A unit is told by a number that is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strike {
    /// Put so many random bytes on the line.
    Noise(usize),
    /// Give the client's own bytes back, or stop doing so.
    Echo(bool),
    /// Let nothing pass, or let it pass again.
    Silence(bool),
    /// Make a unit deaf and dumb.
    Stall(u64),
    /// Let all units hear and talk again.
    StallOver,
    /// Restart a unit.
    Restart(u64),
    /// Switch a unit off.
    PowerOff(u64),
    /// Switch all units on.
    PowerOn,
    /// Give a unit the client's id.
    IdConflict(u64),
    /// Let another controller come, or go.
    Controller(bool),
    /// Take the adapter away, or plug it in again.
    Unplug(bool),
}

/// Decides, by seed, what goes wrong, and undoes what must not last.
#[derive(Clone, Debug)]
pub(crate) struct Injector {
    schedule: Schedule<Fault>,
    /// What must be undone, and when.
    cures: Vec<(Instant, Strike)>,
}

impl Injector {
    /// Faults that begin at `start` and end, with all their effects, `lasts` later (`None`: never).
    pub(crate) fn new(
        specs: &[FaultSpec<Fault>],
        seed: u64,
        start: Instant,
        lasts: Option<Duration>,
    ) -> Self {
        Self {
            schedule: Schedule::new(specs, seed, start, lasts),
            cures: Vec::new(),
        }
    }

    /// What struck so far, with the time: the first 1,000.
    pub(crate) fn log(&self) -> &[(Instant, Fault)] {
        self.schedule.log()
    }

    /// When [`Injector::poll_strike`] has something.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let cures = self.cures.iter().map(|(at, _)| *at);
        cures.chain(self.schedule.poll_timeout()).min()
    }

    /// What the bus has to do by `now`, until there is no more.
    pub(crate) fn poll_strike(&mut self, now: Instant) -> Option<Strike> {
        if self.schedule.is_over(now) {
            self.schedule.end();
            for (at, _) in &mut self.cures {
                *at = now;
            }
        }
        let due = self.cures.iter().position(|(at, _)| *at <= now);
        if let Some(index) = due {
            return Some(self.cures.swap_remove(index).1);
        }
        let fault = self.schedule.poll_strike(now)?;
        self.strike(now, fault)
    }

    /// Whether a fault of messages strikes the frame that is sent now.
    pub(crate) fn strikes(&mut self, now: Instant, fault: Fault) -> bool {
        self.schedule.strikes(now, fault)
    }

    pub(crate) fn random(&mut self) -> &mut Random {
        self.schedule.random()
    }

    fn strike(&mut self, now: Instant, fault: Fault) -> Option<Strike> {
        let unit = self.random().below(u64::MAX);
        let (strike, cure, low_s, high_s) = match fault {
            Fault::Echo => (Strike::Echo(true), Strike::Echo(false), 5.0, 60.0),
            Fault::Silence => (Strike::Silence(true), Strike::Silence(false), 5.0, 40.0),
            Fault::Stall => (Strike::Stall(unit), Strike::StallOver, 5.0, 60.0),
            Fault::PowerOff => (Strike::PowerOff(unit), Strike::PowerOn, 10.0, 90.0),
            Fault::Controller => (
                Strike::Controller(true),
                Strike::Controller(false),
                20.0,
                90.0,
            ),
            Fault::Unplug => (Strike::Unplug(true), Strike::Unplug(false), 1.0, 20.0),
            Fault::Restart => return Some(Strike::Restart(unit)),
            Fault::IdConflict => return Some(Strike::IdConflict(unit)),
            Fault::Noise => return Some(Strike::Noise(self.random().length(1, 40))),
            // Those strike frames.
            Fault::Drop
            | Fault::Corrupt
            | Fault::Garbage
            | Fault::Collide
            | Fault::Fragment
            | Fault::Delay => return None,
        };
        let at = self.schedule.later(now, low_s, high_s);
        self.cures.push((at, cure));
        Some(strike)
    }
}
