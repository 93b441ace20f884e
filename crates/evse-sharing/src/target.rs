//! Who is admitted, and what everybody should get once all have followed: a function of its arguments.

use alloc::vec::Vec;
use core::cmp::Reverse;
use core::time::Duration;

use crate::phase::{Phase, Phases};
use crate::tree::{Bottleneck, CircuitId, Tree};

/// Who comes first beyond the floors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Nobody: the one with the least gets more.
    #[default]
    Fair,
    /// Who has the higher priority gets all that it can use before lower ones get more than their floors, and is
    /// admitted before them. Equal ones share fairly.
    Priority,
    /// Who was plugged in first gets all that it can use.
    FirstCome,
    /// Everybody gets its guaranteed amps, as far as they go fairly, before anybody gets more.
    Guaranteed,
}

/// What one member brings to the division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// The circuit that feeds it.
    pub circuit: CircuitId,
    /// Where its amps count, in its circuit and in all that feed that.
    pub phases: Phases,
    /// The least that an admitted member gets, A.
    pub floor_a: u16,
    /// The most that its wiring, hardware and owner allow, A. Below the floor it is not admitted.
    pub cap_a: u16,
    /// The most that its vehicle can use, A; `u16::MAX` when unknown. The floor stands even where this is lower.
    pub demand_a: u16,
    /// When its vehicle was plugged in; earlier ones are admitted first.
    pub since: Duration,
    /// It holds a limit, so that it cannot be stopped and comes before all who wait.
    pub holds: bool,
    /// For [`Policy::Priority`]: the higher, the earlier.
    pub priority: u8,
    /// For [`Policy::Guaranteed`], A.
    pub guaranteed_a: u16,
}

impl Claim {
    /// The most that division gives it.
    fn top_a(&self) -> u16 {
        self.cap_a.min(self.demand_a).max(self.floor_a)
    }

    /// Its place under a policy; equal ones share fairly.
    fn rank(&self, policy: Policy) -> (Reverse<u8>, Duration) {
        match policy {
            Policy::Fair | Policy::Guaranteed => (Reverse(0), Duration::ZERO),
            Policy::Priority => (Reverse(self.priority), Duration::ZERO),
            Policy::FirstCome => (Reverse(0), self.since),
        }
    }
}

/// What a member should get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Not admitted: nothing may be offered.
    Waiting,
    /// Its share, A: from its floor to its cap.
    Admitted(u16),
    /// Its admission was taken back while it holds a limit. It gets its floor, A, because less would not stop it.
    Withdrawn(u16),
}

impl Target {
    /// The amps, unless it waits.
    pub fn amps(self) -> Option<u16> {
        match self {
            Self::Waiting => None,
            Self::Admitted(amps) | Self::Withdrawn(amps) => Some(amps),
        }
    }
}

/// What a member should get, and what keeps it from getting more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// What it should get.
    pub target: Target,
    /// Where there is no more for it; `None` when it has all that it can use, or may not charge.
    pub bottleneck: Option<Bottleneck>,
}

/// Divides what each circuit of `tree` bears on each phase, `limits_a` in the order of circuits, among `claims`; the
/// answers are in their order. The amps of a member count on each of its phases, in its circuit and all that feed it.
///
/// Members that hold a limit come first, then those that wait, each in the order of the policy, then of plugging in.
/// They are admitted while a full floor is left wherever theirs counts. The floor of one that has to wait is set aside on
/// all its phases, from its circuit up to the topmost that has none left: who needs any of that does not overtake it,
/// and what feeds that circuit is free for others until it could use it. Each admitted member gets its floor; then, of
/// those that come first by the policy, the one with the least gets 1 A more, and of several the first in `claims`,
/// until no one can take more; then the next.
///
/// A limit is exceeded only if members that hold a limit have floors above it. The time is that of sorting, and of
/// counting all amps.
pub fn targets(tree: &Tree, limits_a: &[[u16; 3]], policy: Policy, claims: &[Claim]) -> Vec<Share> {
    let left_a = limits_a.iter().map(|limit_a| limit_a.map(i64::from));
    let mut left = Left {
        tree,
        left_a: left_a.collect(),
    };
    let mut shares = admit(&mut left, policy, claims);
    let admitted = |index: &usize| {
        let share = shares.get(*index);
        share.is_some_and(|share| matches!(share.target, Target::Admitted(_)))
    };
    let mut order: Vec<usize> = (0..claims.len()).filter(admitted).collect();
    if policy == Policy::Guaranteed {
        let top_a = |claim: &Claim| claim.top_a().min(claim.guaranteed_a);
        fill(&mut left, claims, &mut shares, order.clone(), top_a);
    }
    let rank = |index: &usize| claims.get(*index).map(|claim| claim.rank(policy));
    order.sort_by_key(rank);
    for equals in order.chunk_by(|one, other| rank(one) == rank(other)) {
        let equals = equals.to_vec();
        fill(&mut left, claims, &mut shares, equals, Claim::top_a);
    }
    shares
}

/// What is not given away yet.
#[derive(Clone)]
struct Left<'a> {
    tree: &'a Tree,
    left_a: Vec<[i64; 3]>,
}

impl Left<'_> {
    /// Where so much is not left, from the member's circuit to the root.
    fn shortages(&self, claim: &Claim, amps: u16) -> impl Iterator<Item = Bottleneck> {
        let (phases, path) = (claim.phases, self.tree.path(claim.circuit));
        path.flat_map(move |circuit| {
            let left_a = self.left_a.get(circuit.index()).copied();
            let left_a = left_a.unwrap_or_default();
            let short =
                move |phase: &Phase| phases.counts_on(*phase) && phase.of(left_a) < i64::from(amps);
            let short = Phase::ALL.into_iter().filter(short);
            short.map(move |phase| Bottleneck { circuit, phase })
        })
    }

    /// Takes from all circuits from the member's up to `top`.
    fn take(&mut self, claim: &Claim, amps: u16, top: CircuitId) {
        for circuit in self.tree.path(claim.circuit) {
            let Some(left_a) = self.left_a.get_mut(circuit.index()) else {
                continue;
            };
            for phase in Phase::ALL {
                if claim.phases.counts_on(phase) {
                    *phase.of_mut(left_a) -= i64::from(amps);
                }
            }
            if circuit == top {
                break;
            }
        }
    }
}

/// Every claim at its floor, withdrawn, or waiting.
fn admit(left: &mut Left<'_>, policy: Policy, claims: &[Claim]) -> Vec<Share> {
    let mut order: Vec<(usize, &Claim)> = claims.iter().enumerate().collect();
    order.sort_by_key(|(_, claim)| (!claim.holds, claim.rank(policy), claim.since));
    let none = Share {
        target: Target::Waiting,
        bottleneck: None,
    };
    let mut shares = Vec::new();
    shares.resize(claims.len(), none);
    // What is neither given away nor set aside.
    let mut free = left.clone();
    for (index, claim) in order {
        let Some(share) = shares.get_mut(index) else {
            continue;
        };
        let may = claim.floor_a <= claim.cap_a;
        let shortages = || free.shortages(claim, claim.floor_a).filter(|_| may);
        share.bottleneck = shortages().next();
        let topmost = shortages().last();
        if may && share.bottleneck.is_none() {
            share.target = Target::Admitted(claim.floor_a);
        } else if claim.holds {
            share.target = Target::Withdrawn(claim.floor_a);
        }
        if let Some(amps) = share.target.amps() {
            left.take(claim, amps, CircuitId::ROOT);
            free.take(claim, amps, CircuitId::ROOT);
        } else if let Some(topmost) = topmost {
            free.take(claim, claim.floor_a, topmost.circuit);
        }
    }
    shares
}

/// Raises the one with the least, again and again, each up to its `top_a`.
fn fill(
    left: &mut Left<'_>,
    claims: &[Claim],
    shares: &mut [Share],
    mut open: Vec<usize>,
    top_a: impl Fn(&Claim) -> u16,
) {
    let amps = |shares: &[Share], index: usize| shares.get(index)?.target.amps();
    while let Some(level_a) = open.iter().filter_map(|index| amps(shares, *index)).min() {
        open.retain(|index| {
            let (Some(claim), Some(share)) = (claims.get(*index), shares.get_mut(*index)) else {
                return false;
            };
            let Target::Admitted(amps) = &mut share.target else {
                return false;
            };
            if *amps > level_a {
                return true;
            }
            if *amps >= top_a(claim) {
                return false;
            }
            share.bottleneck = left.shortages(claim, 1).next();
            if share.bottleneck.is_some() {
                return false;
            }
            left.take(claim, 1, CircuitId::ROOT);
            *amps += 1;
            true
        });
    }
}
