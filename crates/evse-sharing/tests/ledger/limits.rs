//! When a member may be raised, and how the limit itself moves.

use evse_sharing::{Bounds, Overload, Settings, Why};

use super::{BOUNDS, Bus};

#[test]
fn a_second_vehicle_gets_its_share_once_the_first_has_made_room() {
    let mut bus = Bus::new(2, 40);
    bus.plug(0);
    bus.follow(0);
    bus.plug(1);
    assert_eq!(bus.offer(1), (Some(8), Why::Room), "what is free already");
    assert_eq!(bus.send(0), Some(20));
    bus.send(0);
    bus.hear(0, 20, 31_600);
    assert_eq!(bus.offer(1), (Some(8), Why::Room));
    bus.hear(0, 20, 19_600);
    assert_eq!(bus.offer(1), (Some(20), Why::Share));
}

#[test]
fn less_than_a_floor_is_not_offered_even_if_it_is_free() {
    let mut bus = Bus::new(2, 37);
    bus.plug(0);
    bus.follow(0);
    bus.plug(1);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(19), Some(18)]);
    assert_eq!(bus.offer(1), (None, Why::Room));
}

#[test]
fn nobody_is_raised_before_everybody_was_heard_or_for_a_minute() {
    let mut bus = Bus::new(1, 40);
    bus.plug(0);
    bus.ledger.join(1, bus.now, BOUNDS);
    assert_eq!(bus.offer(0), (None, Why::Unheard));
    bus.pass(59);
    assert_eq!(bus.offer(0), (None, Why::Unheard));
    bus.pass(1);
    assert_eq!(bus.offer(0).0, Some(32));
    bus.ledger.join(2, bus.now, BOUNDS);
    assert_eq!(bus.offer(0), (None, Why::Unheard));
    bus.hear(1, 0, 0);
    bus.hear(2, 16, 15_000);
    assert_eq!(bus.offer(0), (Some(24), Why::Share));
}

#[test]
fn a_frame_to_one_that_was_never_heard_may_keep_it_charging() {
    let mut bus = Bus::new(1, 40);
    bus.plug(0);
    bus.ledger.join(1, bus.now, BOUNDS);
    bus.pass(50);
    bus.send_nothing(1);
    bus.pass(59);
    assert_eq!(bus.offer(0), (None, Why::Unheard));
    assert!(bus.member(1).may_draw);
    bus.pass(1);
    assert!(!bus.member(1).may_draw);
    assert_eq!(bus.offer(0).0, Some(32));
    bus.send_nothing(1);
    bus.pass(1);
    assert_eq!(
        bus.offer(0).0,
        Some(32),
        "what has stopped is not started by that"
    );
}

#[test]
fn a_member_is_raised_5_s_after_its_last_change_and_lowered_at_once() {
    let mut bus = Bus::charging(1, 32);
    bus.ledger.set_rated_a(20);
    bus.follow(0);
    bus.follow(0);
    bus.ledger.set_rated_a(25);
    bus.pass(3);
    assert_eq!(bus.offer(0), (Some(20), Why::Settling));
    bus.ledger.set_rated_a(19);
    assert_eq!(bus.offer(0).0, Some(19));
    bus.ledger.set_rated_a(25);
    bus.pass(1);
    assert_eq!(bus.offer(0).0, Some(25));
}

#[test]
fn nobody_is_raised_while_the_sum_is_above_the_limit() {
    let mut bus = Bus::charging(2, 40);
    bus.ledger.request(0, bus.now, Some(10)).unwrap();
    bus.follow(0);
    bus.follow(0);
    bus.ledger.set_rated_a(28);
    bus.pass(10);
    assert_eq!(bus.ledger.committed_a(), 30);
    bus.ledger.request(0, bus.now, None).unwrap();
    assert_eq!(bus.offer(0), (Some(10), Why::Room));
    assert_eq!(bus.offer(1), (Some(14), Why::Share));
}

#[test]
fn a_limit_below_the_floors_withdraws_the_newest_and_raises_the_alarm() {
    let mut bus = Bus::charging(3, 40);
    assert_eq!(bus.ledger.overload(), None);
    bus.ledger.set_rated_a(17);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(6); 3]);
    assert_eq!(bus.member(1).why, Why::Share);
    assert_eq!(bus.member(2).why, Why::Withdrawn);
    let overload = Overload {
        needed_a: 18,
        limit_a: 17,
    };
    assert_eq!(bus.ledger.overload(), Some(overload));
    bus.ledger.unplugged(0);
    for _ in 0..2 {
        bus.send_nothing(0);
        bus.hear(0, 0, 0);
    }
    bus.pass(1);
    assert_eq!(bus.targets(), [None, Some(9), Some(8)]);
    assert_eq!(bus.ledger.overload(), None);
}

#[test]
fn a_budget_lowers_the_limit_and_never_raises_it() {
    let mut bus = Bus::new(1, 20);
    bus.ledger.set_budget_a(Some(63));
    assert_eq!(bus.ledger.limit_a(), 20);
    bus.ledger.set_budget_a(Some(8));
    assert_eq!(bus.ledger.limit_a(), 8);
    assert_eq!(bus.ledger.spare_a(), 8);
    bus.ledger.set_budget_a(None);
    assert_eq!(bus.ledger.limit_a(), 20);
}

#[test]
fn a_step_up_needs_its_amps_free_and_starts_from_the_most_that_may_be_held() {
    let mut bus = Bus::charging(2, 40);
    bus.ledger.request(0, bus.now, Some(12)).unwrap();
    bus.follow(0);
    assert_eq!(bus.commitment(0), 20, "not sure yet");
    bus.ledger.request(0, bus.now, Some(14)).unwrap();
    bus.pass(10);
    assert_eq!(bus.ledger.may_increase(0, bus.now, 2), Err(Why::Wish));
    bus.ledger.request(0, bus.now, Some(12)).unwrap();
    bus.follow(0);
    assert_eq!(bus.commitment(0), 12);
    bus.ledger.request(0, bus.now, Some(14)).unwrap();
    bus.pass(10);
    assert_eq!(bus.ledger.may_increase(0, bus.now, 2), Ok(14));
    for _ in 0..10 {
        bus.follow(1);
    }
    assert_eq!(bus.commitment(1), 26);
    bus.ledger.request(0, bus.now, None).unwrap();
    assert_eq!(bus.ledger.spare_a(), 2);
    assert_eq!(bus.ledger.may_increase(0, bus.now, 2), Ok(14));
    assert_eq!(bus.ledger.may_increase(0, bus.now, 3), Err(Why::Room));
    bus.ledger.sent(0, bus.now, Some(14));
    assert_eq!(bus.ledger.may_increase(0, bus.now, 2), Err(Why::Settling));
}

#[test]
fn a_step_up_is_not_for_one_without_a_limit() {
    let mut bus = Bus::new(1, 40);
    assert_eq!(bus.ledger.may_increase(0, bus.now, 2), Err(Why::Unplugged));
    bus.plug(0);
    bus.pass(1);
    assert_eq!(bus.ledger.may_increase(0, bus.now, 2), Err(Why::Floor));
}

#[test]
fn a_spike_is_off_and_when_on_it_fits_and_ends() {
    let mut bus = Bus::charging(1, 40);
    assert_eq!(bus.ledger.spike(0, bus.now), Err(Why::Off));
    let settings = Settings {
        spike_a: Some(16),
        ..Settings::default()
    };
    let mut bus = Bus::with(2, 30, settings);
    for key in 0..2 {
        bus.plug(key);
    }
    for _ in 0..10 {
        bus.follow(0);
        bus.follow(1);
    }
    // Two that draw little: each is left 6 A.
    for _ in 0..40 {
        for key in 0..2 {
            bus.send(key);
            let limit_a = bus.member(key).sent_a.unwrap();
            bus.hear(key, limit_a, 3_000);
        }
    }
    assert_eq!(bus.targets(), [Some(6), Some(6)]);
    assert_eq!(bus.ledger.spike(0, bus.now), Ok(16));
    assert_eq!(bus.send(0), Some(16));
    assert_eq!(bus.ledger.spike(1, bus.now), Err(Why::Room));
    bus.pass(4);
    assert_eq!(bus.offer(0).0, Some(16));
    let mut lost = bus.ledger.clone();
    lost.lost(0);
    assert_eq!(lost.offer(0, bus.now).limit_a, None);
    let mut lower = bus.ledger.clone();
    let bounds = Bounds {
        floor_a: 6,
        cap_a: 13,
    };
    lower.join(0, bus.now, bounds);
    assert_eq!(lower.offer(0, bus.now).limit_a, Some(13));
    bus.ledger.set_rated_a(20);
    assert_eq!(bus.offer(0).0, Some(6), "it does not fit any more");
    bus.ledger.set_rated_a(30);
    bus.pass(3);
    assert_eq!(bus.offer(0).0, Some(6), "it is over");
    bus.ledger.request(0, bus.now, Some(15)).unwrap();
    assert_eq!(bus.ledger.spike(0, bus.now), Err(Why::Cap));
}

#[test]
fn new_bounds_hold_from_the_next_offer_on() {
    let mut bus = Bus::charging(2, 40);
    let bounds = Bounds {
        floor_a: 6,
        cap_a: 13,
    };
    bus.ledger.join(0, bus.now, bounds);
    assert_eq!(bus.offer(0), (Some(13), Why::Cap));
    assert_eq!(bus.targets(), [Some(13), Some(27)]);
}
