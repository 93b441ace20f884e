//! When to try again. Pure: the time comes in.

use std::time::{Duration, Instant};

use crate::{Options, Reconnect, config::LONGEST};

/// How many attempts come [`Options::busy_retry`] apart before the longer delays begin: one is enough for the 30 s in
/// which a charger's slot stays busy, and more within a minute make it refuse everything.
const QUICK_RETRIES: u32 = 1;

/// The plan of one handle, from the first attempt on.
#[derive(Debug)]
pub(crate) struct Plan {
    policy: Reconnect,
    busy_retry: Duration,
    delays: [Duration; 3],
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Never ready so far.
    Opening {
        give_up: Option<Instant>,
        failures: u32,
    },
    /// Was ready at least once.
    Established { failures: usize },
}

impl Plan {
    pub(crate) fn new(options: &Options, now: Instant) -> Self {
        let give_up = options
            .deadline
            .and_then(|deadline| now.checked_add(deadline));
        Self {
            policy: options.reconnect,
            busy_retry: options.busy_retry.min(LONGEST),
            delays: options.reconnect_delays.map(|delay| delay.min(LONGEST)),
            stage: Stage::Opening {
                give_up,
                failures: 0,
            },
        }
    }

    /// The session is ready: the deadline no longer counts.
    pub(crate) fn ready(&mut self) {
        if matches!(self.stage, Stage::Opening { .. }) {
            self.stage = Stage::Established { failures: 0 };
        }
    }

    /// The charger introduced itself: the delays begin anew.
    pub(crate) fn booted(&mut self) {
        self.stage = Stage::Established { failures: 0 };
    }

    /// When to give up, unless the session was ready once.
    pub(crate) const fn deadline(&self) -> Option<Instant> {
        match self.stage {
            Stage::Opening { give_up, .. } => give_up,
            Stage::Established { .. } => None,
        }
    }

    /// A connection ended or failed: how long to wait, or `None` to give up.
    pub(crate) fn next_delay(&mut self, now: Instant) -> Option<Duration> {
        match &mut self.stage {
            Stage::Opening { give_up, failures } => {
                *failures = failures.saturating_add(1);
                let delay = match failures.checked_sub(QUICK_RETRIES + 1) {
                    None => self.busy_retry,
                    Some(later) => delay(&self.delays, later as usize),
                };
                give_up.is_none_or(|end| now + delay < end).then_some(delay)
            }
            Stage::Established { .. } if self.policy == Reconnect::Never => None,
            Stage::Established { failures } => {
                let delay = delay(&self.delays, *failures);
                *failures = failures.saturating_add(1);
                Some(delay)
            }
        }
    }
}

fn delay(delays: &[Duration; 3], failures: usize) -> Duration {
    let [first, second, last] = *delays;
    match failures {
        0 => first,
        1 => second,
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(plan: &mut Plan, now: Instant, count: usize) -> Vec<u64> {
        (0..count)
            .map_while(|_| plan.next_delay(now))
            .map(|delay| delay.as_secs())
            .collect()
    }

    #[test]
    fn reconnects_after_60_120_300_300_seconds() {
        let now = Instant::now();
        let mut plan = Plan::new(&Options::default(), now);
        plan.ready();
        assert_eq!(seconds(&mut plan, now, 5), [60, 120, 300, 300, 300]);
    }

    #[test]
    fn delays_begin_anew_only_after_a_boot_notification() {
        let now = Instant::now();
        let mut plan = Plan::new(&Options::default(), now);
        plan.ready();
        assert_eq!(seconds(&mut plan, now, 2), [60, 120]);
        plan.ready();
        assert_eq!(seconds(&mut plan, now, 1), [300]);
        plan.booted();
        assert_eq!(seconds(&mut plan, now, 2), [60, 120]);
    }

    #[test]
    fn first_connection_is_retried_once_when_the_slot_is_free_again() {
        let start = Instant::now();
        let mut plan = Plan::new(&Options::default(), start);
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(plan.next_delay(after(1)), Some(Duration::from_secs(31)));
        assert_eq!(plan.next_delay(after(33)), None);
    }

    #[test]
    fn endless_opening_slows_down() {
        let now = Instant::now();
        let mut plan = Plan::new(
            &Options {
                deadline: None,
                ..Options::default()
            },
            now,
        );
        assert_eq!(
            seconds(&mut plan, now, 7),
            [31, 60, 120, 300, 300, 300, 300]
        );
    }

    #[test]
    fn single_command_does_not_reconnect() {
        let now = Instant::now();
        let mut plan = Plan::new(
            &Options {
                reconnect: Reconnect::Never,
                ..Options::default()
            },
            now,
        );
        assert_eq!(seconds(&mut plan, now, 1), [31]);
        plan.booted();
        assert_eq!(plan.deadline(), None);
        assert_eq!(plan.next_delay(now), None);
    }
}
