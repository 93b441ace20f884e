//! Circuits and their members: what each may draw, and what may be sent to each.
//!
//! `now` is the time since any moment that the owner chooses, the same for all calls. The owner
//!
//! 1. tells what happens: [`join`](Ledger::join), [`plugged`](Ledger::plugged), [`heard`](Ledger::heard), …;
//! 2. calls [`update`](Ledger::update) once in every round;
//! 3. asks [`offer`](Ledger::offer) immediately before it builds a frame to a member, sends that limit, an earlier one
//!    not at all, and tells [`sent`](Ledger::sent).
//!
//! A key that never joined is ignored, and offered nothing.

mod circuits;
mod limits;
mod member;
mod offer;
mod terms;
mod view;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::target::targets;
use circuits::Circuits;
use member::Member;
pub use terms::{Bounds, Pace, Settings, Terms};
pub use view::{CircuitStanding, Grant, Heard, Offer, Overload, PhaseStanding, Standing, Why};

/// Limits, divided among members with keys `K`: one that all share, and circuits below it.
///
/// The sum of what all members of a circuit may draw on a phase is raised above its limit by no offer. It is above it
/// only after the limit was lowered, until all have followed, or when a member reports more than it was sent. Memory:
/// the members and the circuits.
#[derive(Debug, Clone)]
pub struct Ledger<K> {
    circuits: Circuits,
    settings: Settings,
    members: BTreeMap<K, Member>,
    /// Somebody may draw anything.
    unheard: bool,
    /// The targets are of before a change.
    stale: bool,
}

impl<K: Copy + Ord> Ledger<K> {
    /// A ledger without members. `rated_a` is what the supply bears on every phase, A.
    pub fn new(rated_a: u16, settings: Settings) -> Self {
        Self {
            circuits: Circuits::new([rated_a; 3]),
            settings,
            members: BTreeMap::new(),
            unheard: false,
            stale: false,
        }
    }

    /// Changes a member, and what it counts at.
    fn change(&mut self, key: K, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.members.get_mut(&key) {
            let was_fixed = member.is_fixed();
            let before = (member.terms.circuit, member.amps());
            change(member);
            self.stale |= member.is_fixed() != was_fixed;
            let after = (member.terms.circuit, member.amps());
            if before != after {
                self.circuits.release(before.0, before.1);
                self.circuits.commit(after.0, after.1);
            }
        }
    }

    /// A member is seen for the first time; one that is known gets new bounds. Until it has reported, or for 60 s
    /// without a frame to it, nobody is raised, unless it counts at its cap by [`Terms::keeps_charging`].
    pub fn join(&mut self, key: K, now: Duration, bounds: Bounds) {
        self.stale = true;
        let floor_a = bounds.floor_a.max(1);
        let bounds = Bounds { floor_a, ..bounds };
        if self.members.contains_key(&key) {
            self.change(key, |member| member.bounds = bounds);
            return;
        }
        self.members.insert(key, Member::new(now, bounds));
    }

    /// Where a member is wired, what comes to it, and what it can do; [`Terms::default`] until this is called, which is
    /// best before it is heard. `false` when there is no such member or circuit: nothing changes.
    #[must_use]
    pub fn set_terms(&mut self, key: K, terms: Terms) -> bool {
        if !self.members.contains_key(&key) || !self.circuits.tree.contains(terms.circuit) {
            return false;
        }
        self.stale = true;
        self.change(key, |member| member.terms = terms);
        true
    }

    /// What a member can use, A, where the owner knows; `None`: it is judged by what it draws. 0 is taken as the floor.
    pub fn set_wanted_a(&mut self, key: K, wanted_a: Option<u16>) {
        if let Some(member) = self.members.get_mut(&key) {
            member.wanted_a = wanted_a;
            self.stale = true;
        }
    }

    /// A member is gone for good, with all that it may draw: say so only when it cannot draw anything.
    pub fn forget(&mut self, key: K) {
        if let Some(member) = self.members.remove(&key) {
            self.circuits.release(member.terms.circuit, member.amps());
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
        let mut news = false;
        let reopen = self.settings.reopen;
        self.change(key, |member| {
            let before = (member.lost, member.heard);
            member.heard(now, heard, reopen);
            news = before != (member.lost, member.heard);
        });
        self.stale |= news;
    }

    /// It counts at more than it was sent, or was reported to hold, only because it might do something that is not seen: the
    /// minute of [`next_dishonoured`](Self::next_dishonoured) begins anew.
    pub fn excuse(&mut self, key: K) {
        if let Some(member) = self.members.get_mut(&key) {
            member.excuse();
        }
    }

    /// A frame that keeps the member charging leaves, with a limit or without one, repeated or not.
    pub fn sent(&mut self, key: K, now: Duration, limit_a: Option<u16>) {
        self.change(key, |member| member.sent(now, limit_a));
    }

    /// What was [`sent`](Self::sent) last may not count: the member holds at most `limit_a` now, as far as is known. Where it
    /// `was_refused`, nothing was changed that has to be paid for, or has to settle.
    pub fn take_back(&mut self, key: K, limit_a: u16, was_refused: bool) {
        self.change(key, |member| member.take_back(limit_a, was_refused));
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
        self.unheard = false;
        self.circuits.clear();
        let (mut sharing, mut aside, mut claims) = (Vec::new(), Vec::new(), Vec::new());
        for member in self.members.values_mut() {
            member.age(now, self.settings.release_after);
            self.unheard |= !member.heard && !member.terms.keeps_charging;
            let (amps, claim) = (member.amps(), member.claim(now));
            let kept_a = match claim {
                Some(_) => [0; 3],
                None => member.kept_a(now),
            };
            let sums = [amps, member.delivered_a(), kept_a];
            self.circuits.count(member.terms.circuit, sums);
            if let Some(claim) = claim {
                claims.push(claim);
                sharing.push(member);
            } else {
                aside.push(member);
            }
        }
        let left_a = self.circuits.left_a();
        let shares = targets(&self.circuits.tree, &left_a, self.settings.policy, &claims);
        for (member, share) in sharing.into_iter().zip(shares) {
            let amps = [share.target.amps().unwrap_or(0); 3];
            let Terms {
                circuit, phases, ..
            } = member.terms;
            self.circuits.need(circuit, phases.on_supply(amps));
            if let Some(bottleneck) = share.bottleneck {
                self.circuits.tighten(bottleneck);
            }
            member.assign(share);
        }
        for member in aside {
            let Terms {
                circuit, phases, ..
            } = member.terms;
            member.stand_aside(now, self.circuits.is_tight(circuit, phases));
        }
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

    /// A member that, as of the last update, has for a minute drawn or held more than it was sent, or drawn more than the
    /// limit that it reports. It is told its floor and counts at what it draws. Each such minute is told once.
    pub fn next_dishonoured(&mut self, now: Duration) -> Option<K> {
        let mut members = self.members.iter_mut();
        let untold = |member: &Member| member.is_astray(now) && !member.astray_told;
        let (key, member) = members.find(|(_, member)| untold(member))?;
        member.astray_told = true;
        Some(*key)
    }
}
