//! All small cases against the rule taken literally, and against every division there is.

use core::time::Duration;

use evse_sharing::{CircuitId, Claim, Phases, Policy, Tree, targets};

/// 1 A at a time.
fn literal(limit_a: u16, claims: &[Claim]) -> Vec<Option<u16>> {
    let mut order: Vec<usize> = (0..claims.len()).collect();
    order.sort_by_key(|at| (claims[*at].since, *at));
    let mut shares = vec![None; claims.len()];
    let mut left_a = limit_a;
    for at in order {
        let Claim { floor_a, cap_a, .. } = claims[at];
        if cap_a < floor_a {
            continue;
        }
        if floor_a > left_a {
            break;
        }
        shares[at] = Some(floor_a);
        left_a -= floor_a;
    }
    while left_a > 0 {
        let can = |at: &usize| {
            let claim = &claims[*at];
            shares[*at].is_some_and(|share| share < claim.cap_a && share < claim.demand_a)
        };
        let Some(least) = (0..claims.len()).filter(can).min_by_key(|at| shares[*at]) else {
            break;
        };
        shares[least] = shares[least].map(|share| share + 1);
        left_a -= 1;
    }
    shares
}

/// The division, of all that are possible, whose least share is largest, then its second least, and so on.
fn best(limit_a: u16, claims: &[Claim], admitted: &[bool]) -> Vec<u16> {
    let mut best = Vec::new();
    let mut tried = vec![0; claims.len()];
    try_all(limit_a, claims, admitted, &mut tried, 0, &mut best);
    best
}

fn try_all(
    left_a: u16,
    claims: &[Claim],
    admitted: &[bool],
    tried: &mut Vec<u16>,
    at: usize,
    best: &mut Vec<u16>,
) {
    if at == claims.len() {
        let mut sorted: Vec<u16> = (0..at)
            .filter(|at| admitted[*at])
            .map(|at| tried[at])
            .collect();
        sorted.sort_unstable();
        *best = sorted.max(core::mem::take(best));
        return;
    }
    let Claim {
        floor_a,
        cap_a,
        demand_a,
        ..
    } = claims[at];
    let top_a = cap_a.min(demand_a).max(floor_a);
    let range = if admitted[at] { floor_a..=top_a } else { 0..=0 };
    for share in range.filter(|share| *share <= left_a) {
        tried[at] = share;
        try_all(left_a - share, claims, admitted, tried, at + 1, best);
    }
}

/// Every member of a small world.
fn members() -> Vec<Claim> {
    let mut members = Vec::new();
    for (floor_a, cap_a) in [(2, 5), (2, 1), (3, 3), (3, 9), (2, 12)] {
        for demand_a in [1, 4, u16::MAX] {
            for since in [0, 1] {
                members.push(Claim {
                    floor_a,
                    cap_a,
                    demand_a,
                    since: Duration::from_secs(since),
                    holds: false,
                    circuit: CircuitId::ROOT,
                    phases: Phases::UNKNOWN,
                    priority: 0,
                    guaranteed_a: 0,
                });
            }
        }
    }
    members
}

#[test]
fn the_targets_are_those_of_the_literal_rule_and_no_division_is_fairer() {
    let members = members();
    let mut cases = 0;
    let mut check = |claims: &[Claim]| {
        for limit_a in [0, 1, 2, 4, 5, 7, 8, 11, 14, 20, 40] {
            let shares = targets(&Tree::default(), &[[limit_a; 3]], Policy::Fair, claims);
            let found: Vec<Option<u16>> = shares
                .into_iter()
                .map(|share| share.target.amps())
                .collect();
            assert_eq!(
                found,
                literal(limit_a, claims),
                "{limit_a} A among {claims:?}"
            );
            let admitted: Vec<bool> = found.iter().map(Option::is_some).collect();
            let mut sorted: Vec<u16> = found.into_iter().flatten().collect();
            sorted.sort_unstable();
            assert_eq!(
                sorted,
                best(limit_a, claims, &admitted),
                "{limit_a} A among {claims:?}"
            );
            cases += 1;
        }
    };
    for one in &members {
        check(&[*one]);
        for two in &members {
            check(&[*one, *two]);
            for three in members.iter().step_by(3) {
                check(&[*one, *two, *three]);
            }
        }
    }
    assert!(cases > 100_000, "only {cases} cases");
}
