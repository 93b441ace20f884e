//! One limit and its members: what each may draw, and what may be sent to each.
//!
//! `now` is the time since any moment that the owner chooses, the same for all calls. The owner
//!
//! 1. tells what happens: [`join`](Ledger::join), [`plugged`](Ledger::plugged), [`heard`](Ledger::heard), …;
//! 2. calls [`update`](Ledger::update) once in every round;
//! 3. asks [`offer`](Ledger::offer) immediately before it builds a frame to a member, sends that limit, an earlier one
//!    not at all, and tells [`sent`](Ledger::sent).
//!
//! A key that never joined is ignored, and offered nothing.

mod member;
mod view;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::target::{Target, targets};
use member::Member;
pub use view::{Bounds, Grant, Heard, Offer, Overload, Settings, Standing, Why};

/// A member's limit is not raised again for so long. Source: other controllers of the load-sharing bus.
const SETTLE: Duration = Duration::from_secs(5);

/// What has not reported for so long after it joined no longer keeps the others from being raised.
const UNHEARD: Duration = Duration::from_mins(1);

/// A spike: the 5 s that vehicles need, and the time until it reaches them. Source: other controllers of the
/// load-sharing bus, for the 5 s; 3 s are too short.
const SPIKE: Duration = Duration::from_secs(7);

/// One limit, divided among members with keys `K`.
///
/// The sum of what all members may draw, [`committed_a`](Self::committed_a), is raised above the limit by no offer.
/// It is above it only after the limit was lowered, until all have followed, or when a member reports more than it
/// was sent. Memory: the members.
#[derive(Debug, Clone)]
pub struct Ledger<K> {
    rated_a: u16,
    budget_a: u16,
    settings: Settings,
    members: BTreeMap<K, Member>,
    /// The sum of all commitments.
    committed_a: u32,
    /// What has to be kept as of the last update.
    needed_a: u32,
    unheard: usize,
    unheard_until: Duration,
    /// The targets are of before a change.
    stale: bool,
}

impl<K: Copy + Ord> Ledger<K> {
    /// A ledger without members. `rated_a` is what the supply bears, A.
    pub fn new(rated_a: u16, settings: Settings) -> Self {
        Self {
            rated_a,
            budget_a: u16::MAX,
            settings,
            members: BTreeMap::new(),
            committed_a: 0,
            needed_a: 0,
            unheard: 0,
            unheard_until: Duration::ZERO,
            stale: false,
        }
    }

    /// What the supply bears, A, is now another.
    pub fn set_rated_a(&mut self, rated_a: u16) {
        self.rated_a = rated_a;
        self.stale = true;
    }

    /// What an energy manager allows, A; it only ever lowers the limit. `None`: no budget.
    pub fn set_budget_a(&mut self, budget_a: Option<u16>) {
        self.budget_a = budget_a.unwrap_or(u16::MAX);
        self.stale = true;
    }

    /// The limit in force: the supply's or the budget, A.
    pub fn limit_a(&self) -> u16 {
        self.rated_a.min(self.budget_a)
    }

    /// The most that all members together may draw right now, A.
    pub fn committed_a(&self) -> u32 {
        self.committed_a
    }

    /// The limit less all commitments, A.
    pub fn spare_a(&self) -> u16 {
        let spare_a = u32::from(self.limit_a()).saturating_sub(self.committed_a);
        u16::try_from(spare_a).unwrap_or(u16::MAX)
    }

    /// A member is seen for the first time; one that is known gets new bounds. Until it has reported, or for 60 s,
    /// nobody is raised.
    pub fn join(&mut self, key: K, now: Duration, bounds: Bounds) {
        self.stale = true;
        let floor_a = bounds.floor_a.max(1);
        let bounds = Bounds { floor_a, ..bounds };
        if let Some(member) = self.members.get_mut(&key) {
            member.bounds = bounds;
            return;
        }
        self.members.insert(key, Member::new(now, bounds));
        self.unheard += 1;
        self.unheard_until = now.saturating_add(UNHEARD);
    }

    /// A member is gone for good, with all that it may draw: say so only when it cannot draw anything.
    pub fn forget(&mut self, key: K) {
        if let Some(member) = self.members.remove(&key) {
            self.committed_a -= u32::from(member.commitment.amps());
            self.unheard -= usize::from(!member.heard);
            self.stale = true;
        }
    }

    /// A person wants at most `wish_a` for a member; 0: it shall not charge; `None`: as much as there is. A member that
    /// holds a limit cannot be stopped and gets its floor.
    ///
    /// `None` when there is no such member.
    pub fn request(&mut self, key: K, now: Duration, wish_a: Option<u16>) -> Option<Grant> {
        self.members.get_mut(&key)?.wish_a = wish_a;
        self.update(now);
        let standing = self.member(key)?;
        Some(Grant {
            asked_a: wish_a,
            granted_a: standing.target_a.unwrap_or(0),
            why: standing.why,
        })
    }

    /// A vehicle is plugged in and may charge; saying so again changes nothing.
    pub fn plugged(&mut self, key: K, now: Duration) {
        if let Some(member) = self.members.get_mut(&key)
            && member.plugged.is_none()
        {
            member.set_plugged(Some(now));
            self.stale = true;
        }
    }

    /// No vehicle is plugged in, or it is done, so that others may be admitted in its place; saying so again changes
    /// nothing. What the member may draw stays committed until it reports that it has no limit, or the one that was
    /// sent last.
    pub fn unplugged(&mut self, key: K) {
        if let Some(member) = self.members.get_mut(&key)
            && member.plugged.is_some()
        {
            member.set_plugged(None);
            self.stale = true;
        }
    }

    /// A member reports.
    pub fn heard(&mut self, key: K, now: Duration, heard: Heard) {
        if let Some(member) = self.members.get_mut(&key) {
            self.unheard -= usize::from(!member.heard);
            self.stale |= member.lost;
            self.committed_a -= u32::from(member.commitment.amps());
            member.heard(now, heard);
            self.committed_a += u32::from(member.commitment.amps());
        }
    }

    /// A frame that keeps the member charging leaves, with a limit or without one, repeated or not.
    pub fn sent(&mut self, key: K, now: Duration, limit_a: Option<u16>) {
        if let Some(member) = self.members.get_mut(&key) {
            self.committed_a -= u32::from(member.commitment.amps());
            member.sent(now, limit_a);
            self.committed_a += u32::from(member.commitment.amps());
        }
    }

    /// A member does not answer any more: nothing is offered to it, and what it may draw stays reserved until
    /// [`Settings::release_after`] without a frame either way. The next report ends this.
    pub fn lost(&mut self, key: K) {
        if let Some(member) = self.members.get_mut(&key) {
            member.lost = true;
            self.stale = true;
        }
    }

    /// Time has passed: computes all targets anew. Call it once in every round; in the order of sorting all members.
    pub fn update(&mut self, now: Duration) {
        self.stale = false;
        let (mut reserved_a, mut sharing, mut claims) = (0, Vec::new(), Vec::new());
        for member in self.members.values_mut() {
            self.committed_a -= u32::from(member.commitment.amps());
            member.age(now, self.settings.release_after);
            let commitment_a = u32::from(member.commitment.amps());
            self.committed_a += commitment_a;
            if let Some(claim) = member.claim(now) {
                claims.push(claim);
                sharing.push(member);
            } else {
                reserved_a += commitment_a;
                member.stand_aside(now);
            }
        }
        let left_a = u32::from(self.rated_a.min(self.budget_a)).saturating_sub(reserved_a);
        let shares = targets(u16::try_from(left_a).unwrap_or(0), &claims);
        self.needed_a = reserved_a;
        for (member, target) in sharing.into_iter().zip(shares) {
            self.needed_a += u32::from(target.amps().unwrap_or(0));
            member.assign(target);
        }
    }

    /// What may be sent to a member right now. Less than it holds at once; more only out of what the others cannot
    /// draw, and 5 s after its last change; otherwise what it holds, again.
    pub fn offer(&mut self, key: K, now: Duration) -> Offer {
        if self.stale {
            self.update(now);
        }
        let Some(member) = self.members.get(&key) else {
            return Offer {
                limit_a: None,
                why: Why::Unknown,
            };
        };
        let fits = self.committed_a <= u32::from(self.limit_a());
        let target_a = match (member.target, member.spike_until) {
            (Target::Admitted(amps), Some(until)) if now < until && fits => {
                let spike_a = self.settings.spike_a.unwrap_or(0);
                Some(amps.max(spike_a.min(member.cap_a())))
            }
            (target, _) => target.amps(),
        };
        let Some(target_a) = target_a else {
            return Offer {
                limit_a: None,
                why: member.why,
            };
        };
        let held_a = member.held_a();
        let (limit_a, why) = match self.room_a(member, now) {
            _ if target_a <= held_a => (target_a, member.why),
            Ok(room_a) if room_a >= target_a => (target_a, member.why),
            Ok(room_a) => (room_a.max(held_a), Why::Room),
            Err(why) => (held_a, why),
        };
        Offer {
            limit_a: Some(limit_a).filter(|limit_a| *limit_a >= member.bounds.floor_a),
            why,
        }
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
        if self.room_a(member, now)? < raised_a {
            return Err(Why::Room);
        }
        Ok(raised_a)
    }

    /// For some seconds offers a member [`Settings::spike_a`] as far as nobody else may draw it, for vehicles that do
    /// not leave their least current by themselves. Returns the limit, A.
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
        if self.room_a(member, now)? < spike_a {
            return Err(Why::Room);
        }
        if let Some(member) = self.members.get_mut(&key) {
            member.spike_until = Some(now.saturating_add(SPIKE));
        }
        Ok(spike_a)
    }

    /// The most that a member may be raised to, A: the limit less the commitments of all others.
    fn room_a(&self, member: &Member, now: Duration) -> Result<u16, Why> {
        let limit_a = u32::from(self.limit_a());
        if self.unheard > 0 && now < self.unheard_until {
            return Err(Why::Unheard);
        }
        if self.committed_a > limit_a {
            return Err(Why::Room);
        }
        let changed_at = member.changed_at;
        if changed_at.is_some_and(|at| now.saturating_sub(at) < SETTLE) {
            return Err(Why::Settling);
        }
        let room_a = limit_a - self.committed_a + u32::from(member.commitment.amps());
        Ok(u16::try_from(room_a).unwrap_or(u16::MAX))
    }

    /// How a member stands as of the last update.
    pub fn member(&self, key: K) -> Option<Standing> {
        self.members.get(&key).map(Member::standing)
    }

    /// How all stand as of the last update, in the order of keys.
    pub fn members(&self) -> impl Iterator<Item = (K, Standing)> {
        let members = self.members.iter();
        members.map(|(key, member)| (*key, member.standing()))
    }

    /// The alarm, as of the last update: the limit is below what cannot be stopped.
    pub fn overload(&self) -> Option<Overload> {
        let (needed_a, limit_a) = (self.needed_a, self.limit_a());
        (needed_a > u32::from(limit_a)).then_some(Overload { needed_a, limit_a })
    }
}
