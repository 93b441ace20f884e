//! The examples of the documentation.

use core::time::Duration;

use evse_sharing::Target::{Admitted, Waiting, Withdrawn};
use evse_sharing::{CircuitId, Claim, Phases, Policy, Share, Target, Tree, targets};

/// Vehicles that want all they can get, the first plugged in first.
fn hungry(caps_a: &[u16]) -> Vec<Claim> {
    let claim = |(at, cap_a): (u64, &u16)| Claim {
        floor_a: 6,
        cap_a: *cap_a,
        demand_a: u16::MAX,
        since: Duration::from_secs(at),
        holds: false,
        circuit: CircuitId::ROOT,
        phases: Phases::UNKNOWN,
        priority: 0,
        guaranteed_a: 0,
    };
    (0..).zip(caps_a).map(claim).collect()
}

fn check(limit_a: u16, claims: &[Claim], expected: &[Target]) {
    let shares = targets(&Tree::default(), &[[limit_a; 3]], Policy::Fair, claims);
    let found: Vec<Target> = shares
        .into_iter()
        .map(|share: Share| share.target)
        .collect();
    assert_eq!(found, expected, "{limit_a} A, {claims:?}");
}

#[test]
fn hungry_vehicles_share_evenly_and_the_odd_amp_goes_to_the_first() {
    check(40, &hungry(&[32, 32]), &[Admitted(20), Admitted(20)]);
    let three = [Admitted(14), Admitted(13), Admitted(13)];
    check(40, &hungry(&[32, 32, 32]), &three);
}

#[test]
fn what_one_cannot_take_goes_to_the_others() {
    check(40, &hungry(&[13, 32]), &[Admitted(13), Admitted(27)]);
    let mut claims = hungry(&[32, 32]);
    claims[0].demand_a = 13;
    check(40, &claims, &[Admitted(13), Admitted(27)]);
}

#[test]
fn the_third_of_three_waits_when_only_two_floors_fit() {
    check(17, &hungry(&[32; 3]), &[Admitted(9), Admitted(8), Waiting]);
    let mut claims = hungry(&[32; 3]);
    claims[0].since = Duration::from_secs(9);
    check(17, &claims, &[Waiting, Admitted(9), Admitted(8)]);
}

#[test]
fn nobody_overtakes_and_who_may_not_charge_holds_up_nobody() {
    let mut claims = hungry(&[32; 3]);
    claims[1].floor_a = 10;
    claims[2].floor_a = 5;
    check(12, &claims, &[Admitted(12), Waiting, Waiting]);
    claims[1].cap_a = 9;
    check(12, &claims, &[Admitted(6), Waiting, Admitted(6)]);
}

#[test]
fn a_floor_stands_even_if_the_vehicle_uses_less() {
    let mut claims = hungry(&[32, 32]);
    claims[0].demand_a = 2;
    check(40, &claims, &[Admitted(6), Admitted(32)]);
}

#[test]
fn who_holds_a_limit_comes_before_who_waits_and_falls_no_lower_than_its_floor() {
    let mut claims = hungry(&[32; 3]);
    claims[2].holds = true;
    check(6, &claims, &[Waiting, Waiting, Admitted(6)]);
    claims[1].holds = true;
    check(11, &claims, &[Waiting, Admitted(6), Withdrawn(6)]);
    check(0, &claims, &[Waiting, Withdrawn(6), Withdrawn(6)]);
}

#[test]
fn what_is_withdrawn_is_taken_from_the_shares() {
    let mut claims = hungry(&[32, 32]);
    claims[1].cap_a = 0;
    claims[1].holds = true;
    check(30, &claims, &[Admitted(24), Withdrawn(6)]);
}

#[test]
fn the_largest_numbers_do_not_overflow() {
    let mut claims = hungry(&[u16::MAX; 3]);
    check(u16::MAX, &claims[..1], &[Admitted(u16::MAX)]);
    claims[1].floor_a = u16::MAX;
    let expected = [Admitted(u16::MAX), Waiting, Waiting];
    check(u16::MAX, &claims, &expected);
    check(u16::MAX, &[], &[]);
}
