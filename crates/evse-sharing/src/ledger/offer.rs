//! What may be sent to a member right now.

use core::time::Duration;

use super::Ledger;
use super::member::Member;
use super::view::{Offer, Why};
use crate::target::Target;
use crate::tree::Bottleneck;

/// A spike: the 5 s that vehicles need, and the time until it reaches them. Source: other controllers of the
/// load-sharing bus, for the 5 s; 3 s are too short.
const SPIKE: Duration = Duration::from_secs(7);

/// Why a member cannot be raised, and where.
type Obstacle = (Why, Option<Bottleneck>);

impl<K: Copy + Ord> Ledger<K> {
    /// What may be sent to a member right now. Less than it holds at once; more only out of what the others cannot
    /// draw, and at its pace; otherwise what it holds, again.
    pub fn offer(&mut self, key: K, now: Duration) -> Offer {
        if self.stale {
            self.update(now);
        }
        let nothing = |why, bottleneck| Offer {
            limit_a: None,
            why,
            bottleneck,
        };
        let Some(member) = self.members.get(&key) else {
            return nothing(Why::Unknown, None);
        };
        let Some(target_a) = self.spiked_a(member, now) else {
            return nothing(member.why, member.bottleneck);
        };
        let held_a = member.held_a();
        let (limit_a, (why, bottleneck)) = if target_a <= held_a {
            (target_a, (member.why, member.bottleneck))
        } else {
            match self.raise(member, now, target_a) {
                Ok(raised) => raised,
                Err(obstacle) => (held_a, obstacle),
            }
        };
        Offer {
            limit_a: Some(limit_a).filter(|limit_a| *limit_a >= member.bounds.floor_a),
            why,
            bottleneck,
        }
    }

    /// What a member should have, and more while a spike fits.
    fn spiked_a(&self, member: &Member, now: Duration) -> Option<u16> {
        match (member.target, member.spike_until) {
            (Target::Admitted(amps), Some(until))
                if now < until && self.overfull(member).is_none() =>
            {
                let spike_a = self.settings.spike_a.unwrap_or(0);
                Some(amps.max(spike_a.min(member.cap_a())))
            }
            (target, _) => target.amps(),
        }
    }

    /// As far as a member may be raised above what it holds, A, and why not further.
    fn raise(
        &self,
        member: &Member,
        now: Duration,
        target_a: u16,
    ) -> Result<(u16, Obstacle), Obstacle> {
        let (room_a, narrowest) = self.room_a(member, now)?;
        let held_a = member.held_a();
        let raised = if room_a >= target_a {
            (target_a, (member.why, member.bottleneck))
        } else if room_a > held_a && member.terms.live {
            (room_a, (Why::Room, narrowest))
        } else {
            return Err((Why::Room, narrowest));
        };
        if held_a > 0 && raised.0 - held_a < member.terms.pace.deadband_a {
            return Err((Why::Deadband, None));
        }
        Ok(raised)
    }

    /// Whether a member may be raised by `by_a` above the most that it may hold, for commands that raise by a step: the
    /// most that it then holds, A, which the owner passes to [`sent`](Self::sent).
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn may_increase(&mut self, key: K, now: Duration, by_a: u16) -> Result<u16, Why> {
        if self.stale {
            self.update(now);
        }
        let member = self.members.get(&key).ok_or(Why::Unknown)?;
        let Target::Admitted(target_a) = member.target else {
            return Err(member.why);
        };
        // The step is taken from whatever it holds.
        let raised_a = member.commitment.high_a().saturating_add(by_a);
        if raised_a > target_a {
            return Err(member.why);
        }
        if raised_a < member.bounds.floor_a {
            return Err(Why::Floor);
        }
        if by_a < member.terms.pace.deadband_a {
            return Err(Why::Deadband);
        }
        self.fits(member, now, raised_a)
    }

    /// For some seconds offers a member [`Settings::spike_a`](super::Settings::spike_a) as far as nobody else may draw
    /// it, for vehicles that do not leave their least current by themselves. Returns the limit, A.
    ///
    /// # Errors
    ///
    /// Why not; [`Why::Off`] unless it was switched on.
    pub fn spike(&mut self, key: K, now: Duration) -> Result<u16, Why> {
        let spike_a = self.settings.spike_a.ok_or(Why::Off)?;
        if self.stale {
            self.update(now);
        }
        let member = self.members.get(&key).ok_or(Why::Unknown)?;
        if !matches!(member.target, Target::Admitted(_)) {
            return Err(member.why);
        }
        if spike_a > member.cap_a() {
            return Err(Why::Cap);
        }
        self.fits(member, now, spike_a)?;
        if let Some(member) = self.members.get_mut(&key) {
            member.spike_until = Some(now.saturating_add(SPIKE));
        }
        Ok(spike_a)
    }

    fn fits(&self, member: &Member, now: Duration, amps: u16) -> Result<u16, Why> {
        let (room_a, _) = self.room_a(member, now).map_err(|(why, _)| why)?;
        if room_a < amps {
            return Err(Why::Room);
        }
        Ok(amps)
    }

    /// The most that a member may be raised to, A, and where it is least: wherever it counts, the limit less the
    /// commitments of all others.
    fn room_a(
        &self,
        member: &Member,
        now: Duration,
    ) -> Result<(u16, Option<Bottleneck>), Obstacle> {
        if self.unheard {
            return Err((Why::Unheard, None));
        }
        if let Some(at) = self.overfull(member) {
            return Err((Why::Room, Some(at)));
        }
        if !member.is_settled(now) {
            return Err((Why::Settling, None));
        }
        let own_a = member.amps();
        let places = self
            .circuits
            .places(member.terms.circuit, member.terms.phases);
        let room_a = |at: Bottleneck, spare_a: u16| spare_a.saturating_add(at.phase.of(own_a));
        let least = places
            .map(|(at, on)| (room_a(at, on.spare_a()), Some(at)))
            .min_by_key(|(room_a, _)| *room_a);
        Ok(least.unwrap_or_default())
    }

    /// Where a member counts and more may be drawn than the limit.
    fn overfull(&self, member: &Member) -> Option<Bottleneck> {
        let mut places = self
            .circuits
            .places(member.terms.circuit, member.terms.phases);
        let full = places.find(|(_, on)| on.committed_a > u32::from(on.limit_a))?;
        Some(full.0)
    }
}
