//! Who is admitted, and what everybody should get once all have followed: a function of its arguments.

use alloc::vec::Vec;
use core::time::Duration;

/// What one member brings to the division.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
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
}

impl Claim {
    /// The most that division gives it.
    fn top_a(&self) -> u16 {
        self.cap_a.min(self.demand_a).max(self.floor_a)
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

/// Divides `limit_a` among `claims`; the answers are in their order.
///
/// Members that hold a limit come first, then those that wait, each in the order of plugging in. They are admitted
/// while a full floor is left, and nobody overtakes. Each admitted member gets its floor; then the one with the least
/// gets 1 A more, and of several the first in `claims`, until no one can take more or the limit is reached.
///
/// The sum is above the limit only if members that hold a limit have floors above it. The time is that of sorting.
pub fn targets(limit_a: u16, claims: &[Claim]) -> Vec<Target> {
    let mut targets = admit(limit_a, claims);
    let withdrawn = targets.iter().filter_map(|target| match target {
        Target::Withdrawn(floor_a) => Some(u32::from(*floor_a)),
        _ => None,
    });
    let left_a = u32::from(limit_a).saturating_sub(withdrawn.sum());
    let admitted = || {
        let both = claims.iter().zip(&targets);
        both.filter(|(_, target)| matches!(target, Target::Admitted(_)))
            .map(|(claim, _)| claim)
    };
    let sum_at = |level_a: u16| -> u32 {
        let shares = admitted().map(|claim| share(claim, level_a));
        shares.map(u32::from).sum()
    };
    // The highest level at which everybody fits, by halving.
    let (mut level_a, mut above_a) = (0, limit_a.saturating_add(1));
    while above_a - level_a > 1 {
        let middle_a = level_a.midpoint(above_a);
        if sum_at(middle_a) <= left_a {
            level_a = middle_a;
        } else {
            above_a = middle_a;
        }
    }
    let mut rest_a = left_a.saturating_sub(sum_at(level_a));
    for (claim, target) in claims.iter().zip(&mut targets) {
        if let Target::Admitted(amps) = target {
            *amps = share(claim, level_a);
            if rest_a > 0 && *amps == level_a && level_a < claim.top_a() {
                *amps += 1;
                rest_a -= 1;
            }
        }
    }
    targets
}

/// What a member gets when the others have `level_a`.
fn share(claim: &Claim, level_a: u16) -> u16 {
    level_a.clamp(claim.floor_a, claim.top_a())
}

/// Every claim at its floor, withdrawn, or waiting.
fn admit(limit_a: u16, claims: &[Claim]) -> Vec<Target> {
    let mut order: Vec<usize> = (0..claims.len()).collect();
    let key = |index: &usize| {
        let claim = claims.get(*index);
        claim.map(|claim| (!claim.holds, claim.since, *index))
    };
    order.sort_unstable_by_key(key);
    let mut targets = Vec::new();
    targets.resize(claims.len(), Target::Waiting);
    let (mut left_a, mut open) = (limit_a, true);
    for index in order {
        let (Some(claim), Some(target)) = (claims.get(index), targets.get_mut(index)) else {
            continue;
        };
        let may = claim.floor_a <= claim.cap_a;
        if may && open && claim.floor_a <= left_a {
            left_a -= claim.floor_a;
            *target = Target::Admitted(claim.floor_a);
            continue;
        }
        open &= !may;
        if claim.holds {
            *target = Target::Withdrawn(claim.floor_a);
            left_a = left_a.saturating_sub(claim.floor_a);
        }
    }
    targets
}
