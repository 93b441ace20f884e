//! What members should get: wishes, demand, admission.

use evse_sharing::{Grant, Why};

use super::Bus;

#[test]
fn a_person_learns_what_was_asked_and_granted_and_why() {
    let mut bus = Bus::charging(2, 40);
    let mut check = |asked_a, granted_a, why| {
        let grant = Grant {
            asked_a,
            granted_a,
            why,
        };
        assert_eq!(bus.ledger.request(0, bus.now, asked_a), Some(grant));
    };
    check(Some(16), 16, Why::Wish);
    check(Some(32), 20, Why::Share);
    check(Some(3), 6, Why::Floor);
    check(Some(0), 6, Why::Refused);
    check(None, 20, Why::Share);
    bus.ledger.set_rated_a(80);
    bus.pass(1);
    let granted = bus.ledger.request(0, bus.now, Some(48)).unwrap();
    assert_eq!((granted.granted_a, granted.why), (32, Why::Cap));
}

#[test]
fn nothing_is_offered_where_nothing_is_wanted() {
    let mut bus = Bus::new(2, 40);
    bus.plug(0);
    bus.plug(1);
    let granted = bus.ledger.request(0, bus.now, Some(0)).unwrap();
    assert_eq!((granted.granted_a, granted.why), (0, Why::Refused));
    assert_eq!(bus.offer(0), (None, Why::Refused));
    assert_eq!(bus.offer(1), (Some(32), Why::Cap));
    bus.ledger.unplugged(1);
    assert_eq!(bus.offer(1), (None, Why::Unplugged));
}

#[test]
fn one_without_a_full_floor_waits_and_follows_when_there_is_one() {
    let mut bus = Bus::charging(3, 17);
    assert_eq!(bus.targets(), [Some(9), Some(8), None]);
    assert_eq!(bus.offer(2), (None, Why::Waiting));
    bus.ledger.unplugged(0);
    for _ in 0..2 {
        bus.send_nothing(0);
        bus.hear(0, 0, 0);
    }
    bus.pass(1);
    assert_eq!(bus.targets(), [None, Some(9), Some(8)]);
    assert_eq!(bus.offer(2), (Some(8), Why::Share));
}

#[test]
fn one_that_charges_is_not_displaced_by_an_earlier_one_that_waited() {
    let mut bus = Bus::new(3, 17);
    bus.plug(0);
    bus.ledger.request(0, bus.now, Some(0)).unwrap();
    for key in [1, 2] {
        bus.plug(key);
    }
    for _ in 0..10 {
        bus.follow(1);
        bus.follow(2);
    }
    bus.ledger.request(0, bus.now, None).unwrap();
    assert_eq!(bus.targets(), [None, Some(9), Some(8)]);
}

#[test]
fn what_an_idle_member_seems_to_draw_is_left_to_the_others() {
    let mut bus = Bus::new(2, 6);
    bus.plug(0);
    bus.hear(1, 0, 250);
    assert_eq!(bus.offer(0), (Some(6), Why::Share));
    assert_eq!(bus.member(1).delivered_a, 1);
    bus.hear(1, 0, 1_001);
    bus.pass(1);
    assert_eq!(bus.offer(0), (None, Why::Waiting));
}

#[test]
fn what_a_vehicle_does_not_use_for_30_s_goes_to_the_others() {
    let mut bus = Bus::charging(2, 40);
    let draw = |bus: &mut Bus, seconds: u64, delivered_ma: u32| {
        for _ in 0..seconds {
            bus.now += std::time::Duration::from_secs(1);
            let limit_a = bus.member(0).sent_a.unwrap();
            bus.hear(0, limit_a, delivered_ma);
            bus.ledger.update(bus.now);
        }
    };
    draw(&mut bus, 60, 17_001);
    assert_eq!(bus.targets(), [Some(20), Some(20)], "not clearly less");
    draw(&mut bus, 20, 8_000);
    draw(&mut bus, 1, 9_500);
    draw(&mut bus, 9, 8_000);
    assert_eq!(bus.targets(), [Some(20), Some(20)]);
    draw(&mut bus, 1, 8_000);
    assert_eq!(bus.targets(), [Some(12), Some(28)], "its most, and 2 A");
    assert_eq!(bus.member(0).why, Why::Demand);
    bus.send(0);
    bus.send(0);
    draw(&mut bus, 200, 10_999);
    assert_eq!(bus.member(0).target_a, Some(12));
    draw(&mut bus, 1, 11_000);
    assert_eq!(bus.member(0).target_a, Some(20), "near its ceiling");
}

#[test]
fn a_ceiling_is_tried_again_after_5_minutes_and_gone_with_the_vehicle() {
    let mut bus = Bus::charging(1, 32);
    bus.hear(0, 32, 8_000);
    bus.pass(30);
    bus.hear(0, 32, 8_000);
    bus.pass(299);
    bus.hear(0, 10, 8_000);
    bus.pass(0);
    assert_eq!(bus.member(0).target_a, Some(10));
    bus.pass(1);
    bus.hear(0, 10, 8_000);
    bus.pass(0);
    assert_eq!(bus.member(0).target_a, Some(32));
    bus.hear(0, 32, 8_000);
    bus.pass(30);
    bus.hear(0, 32, 8_000);
    bus.pass(0);
    assert_eq!(bus.member(0).target_a, Some(10));
    bus.ledger.unplugged(0);
    bus.plug(0);
    bus.pass(0);
    assert_eq!(bus.member(0).target_a, Some(32));
}

#[test]
fn a_vehicle_that_takes_nothing_of_its_share_is_left_its_floor() {
    let mut bus = Bus::new(2, 40);
    bus.plug(0);
    bus.plug(1);
    bus.pass(0);
    assert_eq!(bus.targets(), [Some(20), Some(20)]);
    bus.hear(0, 0, 0);
    bus.pass(30);
    bus.hear(0, 0, 0);
    bus.pass(0);
    assert_eq!(bus.targets(), [Some(6), Some(32)]);
}
