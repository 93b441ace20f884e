//! What idle chargers are told for their next charge.
//!
//! One that takes no other current while it charges has to do with what it begins with. So what nobody needs is told to
//! those; idle chargers that can be raised once they charge leave it to them. Other loads come and go, and each time flash
//! memory is written, so that one is told so now and then only.

use std::time::Duration;

use evse_sharing::Why;

use super::Planner;
use super::member::WORTHWHILE_A;
use super::relieve::Place;
use crate::model::Support;

impl Planner {
    /// What an idle member is told for its next charge, A, when that is another than what it has.
    pub(super) fn next_charge_a(&self, key: usize, now: Duration) -> Option<u16> {
        let told_a = self.waits_with_a(key)?;
        let member = self.members.get(key)?;
        if member.next_told_at.is_some_and(|at| now < at + NEXT_EVERY) {
            return None;
        }
        let bounds = member.bounds();
        if self.can_be_raised(key) {
            let may_leave = told_a >= bounds.floor_a + WORTHWHILE_A;
            let is_wished = || self.others(key).any(|other| self.wishes_more(other));
            return (may_leave && is_wished()).then_some(bounds.floor_a);
        }
        let unused_a = self.places(key).map(|place| place.standing.unused_a());
        let unused_a = unused_a.min().filter(|_| self.wishes_more(key))?;
        if unused_a < WORTHWHILE_A {
            return None;
        }
        let ones = 1 + self
            .others(key)
            .filter(|one| self.wishes_more(*one))
            .count();
        let part_a = usize::from(unused_a) / ones;
        let next_a = told_a.saturating_add(u16::try_from(part_a).ok()?);
        let next_a = next_a.min(bounds.cap_a);
        (next_a >= told_a + WORTHWHILE_A).then_some(next_a)
    }

    /// What one would begin with that waits for a vehicle, A.
    fn waits_with_a(&self, key: usize) -> Option<u16> {
        let member = self.members.get(key)?;
        let may_wait = !member.is_open && !member.is_bus() && member.terms().starts_itself;
        let told_a = member.told_a().filter(|_| may_wait)?;
        let standing = self.ledgers.get(member.tree)?.member(key)?;
        (standing.why == Why::Unplugged).then_some(told_a)
    }

    fn can_be_raised(&self, key: usize) -> bool {
        let member = self.members.get(key);
        member.is_some_and(|member| member.live_change() == Support::Yes)
    }

    /// It could be told more now, but not once it charges.
    fn wishes_more(&self, key: usize) -> bool {
        let Some(member) = self.members.get(key) else {
            return false;
        };
        let may_be_told = member.pending.is_none() && !self.can_be_raised(key);
        let told_a = self.waits_with_a(key).filter(|_| may_be_told);
        told_a.is_some_and(|told_a| told_a < member.bounds().cap_a)
    }

    /// Those that count somewhere where this one counts.
    fn others(&self, key: usize) -> impl Iterator<Item = usize> + use<'_> {
        let others = (0..self.members.len()).filter(move |other| *other != key);
        let meets = move |place: Place, other| self.places(other).any(|one| one.at == place.at);
        others.filter(move |other| self.places(key).any(|place| meets(place, *other)))
    }
}

/// Source: ours; a kitchen's loads come and go in minutes.
const NEXT_EVERY: Duration = Duration::from_mins(15);
