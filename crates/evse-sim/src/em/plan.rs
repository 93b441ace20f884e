//! The weekly plan, run by the charger's own clock.
use std::time::{Duration, Instant};

use emproto::message::{ChargerState, Limit, PlanSlot, StartType, StopReason};

use super::charging::text;
use super::device::Device;
use super::timer::Timer;

impl Device {
    /// The window that the clock is in: its beginning and end as civil seconds since 1970.
    pub(super) fn plan_window(&self, now: Instant) -> Option<(i64, i64)> {
        let clock = self.clock.civil_s(now);
        let today = clock.div_euclid(DAY_S);
        // A window may have begun yesterday.
        [today, today - 1].into_iter().find_map(|day| {
            let weekday = usize::try_from((day + THURSDAY).rem_euclid(7)).ok()?;
            let slot = self
                .settings
                .plan
                .0
                .get(weekday)
                .filter(|slot| slot.is_on())?;
            let (hour, minute) = slot.start()?;
            let begin = day * DAY_S + i64::from(hour) * 3_600 + i64::from(minute) * 60;
            let end = begin + i64::from(slot.duration_min.min(MAX_MINUTES)) * 60;
            (begin..end).contains(&clock).then_some((begin, end))
        })
    }

    /// Begins or ends a session by the plan, and looks again at the next full minute of the charger's clock.
    pub(super) fn follow_plan(&mut self, now: Instant) {
        if self.settings.plan.0.iter().any(PlanSlot::is_on) {
            let second = self.clock.civil_s(now).rem_euclid(60);
            let left = Duration::from_secs(u64::try_from(60 - second).unwrap_or(60));
            self.timers.set(Timer::Plan, now + left);
        } else {
            self.timers.clear(Timer::Plan);
        }
        if self.restarting {
            return;
        }
        let window = self.plan_window(now);
        let runs = self.charge.as_ref().map(|charge| charge.start_type);
        match (window, runs) {
            (Some((begin, end)), None) if self.window_done != Some(begin) => {
                if self.begin_own(now, StartType::WeeklyPlan, "Clock")
                    && let Some(charge) = self.charge.as_mut()
                {
                    let left_min = (end - self.clock.civil_s(now)).div_euclid(60);
                    charge.max_duration_min =
                        Limit(u16::try_from(left_min.max(1)).unwrap_or(u16::MAX));
                }
            }
            (None, Some(StartType::WeeklyPlan)) => {
                let state = ChargerState::Completed;
                self.end_charge(now, StopReason::TimeLimit, text("Fix Time"), state);
            }
            _ => {}
        }
    }
}

const DAY_S: i64 = 86_400;
/// The first of January 1970, counted from Monday.
const THURSDAY: i64 = 3;
/// Longer windows than a day do not exist in the vendor app.
const MAX_MINUTES: u16 = 1_440;
