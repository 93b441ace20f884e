//! The weekly plan.

use alloc::vec::Vec;

use nom::number::complete::{be_u8, be_u16, be_u32};

use super::parse::{Parsed, field};
use super::setting::Value;
use super::{Action, Setting};
use crate::InvalidArgument;

/// When the charger charges by itself: one slot a day, Monday first. Starts are by the clock on the wall.
///
/// Source: several implementations; confidence high, [`PlanSlot::limit`] low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WeeklyPlan(pub [PlanSlot; 7]);

/// One day of a [`WeeklyPlan`], as it stands in the payload.
///
/// | bytes | field |
/// | --- | --- |
/// | 0 | state: 1 = off, anything else on |
/// | 1, 2 | hour, minute |
/// | 3..5 | duration in minutes |
/// | 5..9 | limit |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PlanSlot {
    /// 1 = off, 3 = on; others are read as on.
    pub state: u8,
    /// Hour of the start.
    pub hour: u8,
    /// Minute of the start.
    pub minute: u8,
    /// How long, minutes; it may pass midnight.
    pub duration_min: u16,
    /// Unknown; all bits set mean none.
    pub limit: u32,
}

impl PlanSlot {
    /// A day without charging.
    pub const OFF: Self = Self {
        state: 1,
        hour: 0,
        minute: 0,
        duration_min: 0,
        limit: u32::MAX,
    };

    /// A day with charging from a time on the clock for 1 to 1,440 minutes.
    ///
    /// # Errors
    /// For an impossible time or duration.
    pub fn on(hour: u8, minute: u8, duration_min: u16) -> Result<Self, InvalidArgument> {
        InvalidArgument::check("the hour of a slot", hour.into(), 0, 23)?;
        InvalidArgument::check("the minute of a slot", minute.into(), 0, 59)?;
        let argument = "the duration of a slot in minutes";
        InvalidArgument::check(argument, duration_min.into(), 1, 1_440)?;
        Ok(Self {
            state: 3,
            hour,
            minute,
            duration_min,
            limit: u32::MAX,
        })
    }

    /// Whether the charger charges that day.
    pub const fn is_on(&self) -> bool {
        self.state != 1
    }

    /// Hour and minute of the start; `None` for what no clock shows.
    pub const fn start(&self) -> Option<(u8, u8)> {
        if self.hour < 24 && self.minute < 60 {
            Some((self.hour, self.minute))
        } else {
            None
        }
    }

    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, state) = field("state of a slot", be_u8, input)?;
        let (input, hour) = field("hour of a slot", be_u8, input)?;
        let (input, minute) = field("minute of a slot", be_u8, input)?;
        let (input, duration_min) = field("duration of a slot", be_u16, input)?;
        let (input, limit) = field("limit of a slot", be_u32, input)?;
        let slot = Self {
            state,
            hour,
            minute,
            duration_min,
            limit,
        };
        Ok((input, slot))
    }
}

impl Setting<WeeklyPlan> {
    /// Sets the whole plan.
    pub const fn set(plan: WeeklyPlan) -> Self {
        Self::raw(Action::Set, plan)
    }
}

impl Value for WeeklyPlan {
    fn parse(mut input: &[u8]) -> Parsed<'_, Self> {
        let mut slots = [PlanSlot::default(); 7];
        for slot in &mut slots {
            (input, *slot) = PlanSlot::parse(input)?;
        }
        Ok((input, Self(slots)))
    }

    fn put(&self, out: &mut Vec<u8>) {
        for slot in &self.0 {
            out.extend_from_slice(&[slot.state, slot.hour, slot.minute]);
            out.extend_from_slice(&slot.duration_min.to_be_bytes());
            out.extend_from_slice(&slot.limit.to_be_bytes());
        }
    }

    fn blank() -> Self {
        Self([PlanSlot::default(); 7])
    }
}

#[cfg(test)]
mod tests {
    use super::PlanSlot;

    #[test]
    fn a_slot_to_send_has_a_possible_time_and_duration() {
        assert!(PlanSlot::on(23, 59, 1_440).is_ok());
        for (hour, minute, duration) in [(24, 0, 1), (0, 60, 1), (0, 0, 0), (0, 0, 1_441)] {
            assert!(PlanSlot::on(hour, minute, duration).is_err());
        }
    }

    #[test]
    fn an_impossible_time_that_was_read_is_no_start() {
        let slot = PlanSlot {
            state: 3,
            hour: 25,
            ..PlanSlot::OFF
        };
        assert!(slot.is_on());
        assert_eq!(slot.start(), None);
    }
}
