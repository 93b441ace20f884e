//! The safety guard below every interface: when a start may be sent, and that a stop always may.
//!
//! Switching a contactor under load, or a car's charger on and off in quick succession, wears and breaks hardware. So a
//! start waits after a stop, and contactors are closed by command once a minute. **A stop is never refused**; a repeat
//! of a stop that the charger has just confirmed is merged with it. The rules are pure: the time and what happened
//! before are arguments.

mod live_limit;

use std::time::{Duration, SystemTime};

use thiserror::Error;

use crate::units::Milliamps;

pub use live_limit::{LimitDecision, LimitRefusal, Requester, check_limit};

/// What the guard keeps: spacing, and the most that a charger may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How long a start waits after a stop. Default 60 s.
    pub start_after_stop: Duration,
    /// A stop this soon after a confirmed stop is merged with it. Default 2 s.
    pub merge_stops: Duration,
    /// How long automatic control waits after a setting was written, since each wears the charger's flash memory. A
    /// person does not wait. Default 60 s.
    pub between_flash_writes: Duration,
    /// How long contactors that are switched by command stay as they are before they may be closed. Default 60 s.
    pub between_contactors: Duration,
    /// The most that the charger may be told, for its cable or fuse. Default `None`: as much as it can.
    pub max_current: Option<Milliamps>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            start_after_stop: Duration::from_mins(1),
            merge_stops: Duration::from_secs(2),
            between_flash_writes: Duration::from_mins(1),
            between_contactors: Duration::from_mins(1),
            max_current: None,
        }
    }
}

/// What happened to a charger before, in any process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// When a start was last sent, or about to be.
    pub last_start: Option<SystemTime>,
    /// The last stop.
    pub last_stop: Option<LastStop>,
}

/// A stop that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastStop {
    /// When.
    pub at: SystemTime,
    /// Whether the charger confirmed it. One that was not confirmed holds a start back too, but merges nothing.
    pub confirmed: bool,
}

/// A start, a command to close contactors, or a setting of automatic control, that the guard holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{held} may be retried in {} s", self.wait_seconds())]
pub struct Refusal {
    /// What is held back.
    pub held: Held,
    /// How long until it may be retried.
    pub wait: Duration,
    /// The moment from which it may be retried.
    pub retry_at: SystemTime,
}

/// What the guard can hold back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Held {
    /// A start after a stop.
    #[error("the last stop is too recent, a start")]
    Start,
    /// A start that a stop overtook before it was sent, also a forced one.
    #[error("a stop came before the start was sent, it")]
    Overtaken,
    /// Closing contactors after they were switched.
    #[error("the contactors were switched a moment ago, closing them")]
    Contactors,
    /// A setting of automatic control after another one.
    #[error("a setting was written a moment ago, another one")]
    Setting,
}

impl Refusal {
    /// [`Refusal::wait`] in whole seconds, rounded up.
    pub fn wait_seconds(&self) -> u64 {
        self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0)
    }
}

/// What to do with a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopDecision {
    /// Send it.
    Send,
    /// The charger confirmed one a moment ago and nothing was started since: done already.
    Merge,
}

impl Policy {
    /// Whether a start may be sent now.
    ///
    /// `force` is for a person who knows why: it passes whatever the history says. A stop that lies in the future by
    /// more than the spacing means that the clock was set back since; it holds nothing, for it could do so for ever.
    ///
    /// # Errors
    /// [`Refusal`], with the time from which it may be retried.
    pub fn check_start(
        &self,
        now: SystemTime,
        history: &History,
        force: bool,
    ) -> Result<(), Refusal> {
        let last = history.last_stop.map(|stop| stop.at).filter(|_| !force);
        hold(Held::Start, now, last, self.start_after_stop)
    }

    /// Whether automatic control may write a setting now, when one was written at `last`.
    ///
    /// # Errors
    /// [`Refusal`], with the time from which it may be retried.
    pub fn check_flash_write(
        &self,
        now: SystemTime,
        last: Option<SystemTime>,
    ) -> Result<(), Refusal> {
        hold(Held::Setting, now, last, self.between_flash_writes)
    }

    /// Whether contactors may be closed by command now: some time after they were last closed or opened so. Opening
    /// them is a stop, which is never refused; see [`check_stop`](Self::check_stop). `force` and a clock that was set
    /// back count as in [`check_start`](Self::check_start).
    ///
    /// # Errors
    /// [`Refusal`], with the time from which it may be retried.
    pub fn check_close(
        &self,
        now: SystemTime,
        history: &History,
        force: bool,
    ) -> Result<(), Refusal> {
        let check = |last: Option<SystemTime>| {
            let last = last.filter(|_| !force);
            hold(Held::Contactors, now, last, self.between_contactors)
        };
        // Each by itself: one that lies in the future, and so holds nothing, must not hide the other.
        let opened = history.last_stop.map(|stop| stop.at);
        longer(check(opened), check(history.last_start))
    }

    /// What to do with a stop. There is no refusal.
    pub fn check_stop(&self, now: SystemTime, history: &History) -> StopDecision {
        let Some(stop) = history.last_stop.filter(|stop| stop.confirmed) else {
            return StopDecision::Send;
        };
        let started_since = history.last_start.is_some_and(|start| start >= stop.at);
        match now.duration_since(stop.at) {
            Ok(elapsed) if elapsed < self.merge_stops && !started_since => StopDecision::Merge,
            _ => StopDecision::Send,
        }
    }
}

/// The refusal of the two with the longer wait.
pub(crate) fn longer(one: Result<(), Refusal>, other: Result<(), Refusal>) -> Result<(), Refusal> {
    match (one, other) {
        (Err(one), Err(other)) if one.wait > other.wait => Err(one),
        (one, Ok(())) => one,
        (_, other) => other,
    }
}

/// Holds back what comes too soon after what was last done.
fn hold(
    held: Held,
    now: SystemTime,
    last: Option<SystemTime>,
    spacing: Duration,
) -> Result<(), Refusal> {
    let wait = match last.map(|last| now.duration_since(last)) {
        Some(Ok(elapsed)) => spacing.saturating_sub(elapsed),
        Some(Err(ahead)) if ahead.duration() <= spacing => spacing,
        Some(Err(_)) | None => Duration::ZERO,
    };
    if wait.is_zero() {
        return Ok(());
    }
    Err(Refusal {
        held,
        wait,
        retry_at: now + wait,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        start_after_stop: Duration::from_mins(1),
        merge_stops: Duration::from_secs(2),
        between_flash_writes: Duration::from_mins(1),
        between_contactors: Duration::from_mins(1),
        max_current: None,
    };

    fn at(seconds: f64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(1_763_400_000.0 + seconds)
    }

    fn stopped(seconds: f64, confirmed: bool) -> History {
        History {
            last_start: None,
            last_stop: Some(LastStop {
                at: at(seconds),
                confirmed,
            }),
        }
    }

    #[test]
    fn the_first_start_passes() {
        assert_eq!(
            POLICY.check_start(at(0.0), &History::default(), false),
            Ok(())
        );
    }

    #[test]
    fn a_start_after_a_start_passes() {
        let history = History {
            last_start: Some(at(0.0)),
            last_stop: None,
        };
        assert_eq!(POLICY.check_start(at(0.1), &history, false), Ok(()));
    }

    #[test]
    fn a_start_waits_sixty_seconds_after_a_stop() {
        for confirmed in [true, false] {
            let history = stopped(0.0, confirmed);
            let refusal = POLICY
                .check_start(at(12.5), &history, false)
                .expect_err("too soon");
            assert_eq!(refusal.wait, Duration::from_secs_f64(47.5));
            assert_eq!(refusal.wait_seconds(), 48);
            assert_eq!(refusal.retry_at, at(60.0));
            assert!(POLICY.check_start(at(59.75), &history, false).is_err());
            assert_eq!(POLICY.check_start(at(60.0), &history, false), Ok(()));
        }
    }

    #[test]
    fn automatic_settings_are_a_minute_apart() {
        for (last, expected) in [
            (None, None),
            (Some(0.0), Some(60)),
            (Some(-59.5), Some(1)),
            (Some(-60.0), None),
            (Some(30.0), Some(60)),
            (Some(61.0), None),
        ] {
            let got = POLICY.check_flash_write(at(0.0), last.map(at));
            let wait = got.err().map(|refusal| refusal.wait_seconds());
            assert_eq!(wait, expected, "{last:?}");
        }
    }

    #[test]
    fn contactors_are_closed_sixty_seconds_after_they_were_switched() {
        let closed = History {
            last_start: Some(at(0.0)),
            last_stop: None,
        };
        let opened_later = History {
            last_stop: stopped(30.0, false).last_stop,
            ..closed
        };
        for (history, since) in [(closed, 0.0), (opened_later, 30.0)] {
            let check = |seconds| POLICY.check_close(at(seconds), &history, false);
            let refusal = check(since + 59.5).expect_err("too soon");
            assert_eq!(refusal.retry_at, at(since + 60.0));
            assert_eq!(
                refusal.to_string(),
                "the contactors were switched a moment ago, closing them may be retried in 1 s"
            );
            assert_eq!(check(since + 60.0), Ok(()));
            assert_eq!(POLICY.check_close(at(since), &history, true), Ok(()));
        }
        let never = History::default();
        assert_eq!(POLICY.check_close(at(0.0), &never, false), Ok(()));
    }

    #[test]
    fn contactors_that_were_just_opened_stay_open_whatever_the_clock_did_since_they_were_closed() {
        let history = History {
            last_start: Some(at(3_600.0)),
            ..stopped(0.0, true)
        };
        let refusal = POLICY.check_close(at(1.0), &history, false);
        assert_eq!(refusal.expect_err("too soon").retry_at, at(60.0));
        let switched_again = History {
            last_start: Some(at(30.0)),
            ..history
        };
        let refusal = POLICY.check_close(at(31.0), &switched_again, false);
        assert_eq!(refusal.expect_err("too soon").retry_at, at(90.0));
    }

    #[test]
    fn force_passes() {
        assert_eq!(
            POLICY.check_start(at(1.0), &stopped(0.0, true), true),
            Ok(())
        );
    }

    #[test]
    fn the_spacing_is_configurable() {
        let policy = Policy {
            start_after_stop: Duration::from_secs(5),
            ..POLICY
        };
        assert!(
            policy
                .check_start(at(4.0), &stopped(0.0, true), false)
                .is_err()
        );
        assert_eq!(
            policy.check_start(at(5.0), &stopped(0.0, true), false),
            Ok(())
        );
    }

    #[test]
    fn a_clock_set_back_holds_a_start_for_the_spacing_at_most() {
        let history = stopped(0.0, true);
        let refusal = POLICY
            .check_start(at(-30.0), &history, false)
            .expect_err("too soon");
        assert_eq!(refusal.wait, Duration::from_mins(1));
        assert_eq!(POLICY.check_start(at(-61.0), &history, false), Ok(()));
        assert_eq!(POLICY.check_stop(at(-1.0), &history), StopDecision::Send);
    }

    #[test]
    fn a_repeated_stop_is_merged_for_two_seconds() {
        let history = stopped(0.0, true);
        assert_eq!(POLICY.check_stop(at(1.9), &history), StopDecision::Merge);
        assert_eq!(POLICY.check_stop(at(2.0), &history), StopDecision::Send);
    }

    #[test]
    fn a_stop_that_was_not_confirmed_is_sent_again() {
        assert_eq!(
            POLICY.check_stop(at(0.1), &stopped(0.0, false)),
            StopDecision::Send
        );
    }

    #[test]
    fn a_stop_after_a_new_start_is_sent() {
        let history = History {
            last_start: Some(at(0.5)),
            ..stopped(0.0, true)
        };
        assert_eq!(POLICY.check_stop(at(1.0), &history), StopDecision::Send);
    }
}
