//! What a member is believed to draw at most.

use core::time::Duration;

use evse_sharing::{Heard, Settings, Why};

use super::{BOUNDS, Bus};

#[test]
fn a_limit_counts_from_the_moment_it_is_sent_and_a_lower_one_from_its_echo_to_a_later_frame() {
    let mut bus = Bus::charging(1, 20);
    assert_eq!(bus.commitment(0), 20);
    bus.ledger.set_rated_a(10);
    assert_eq!(bus.send(0), Some(10));
    assert_eq!(bus.commitment(0), 20);
    bus.hear(0, 10, 9_600);
    assert_eq!(bus.commitment(0), 20, "the reply to the frame itself");
    bus.send(0);
    bus.hear(0, 20, 9_600);
    assert_eq!(bus.commitment(0), 20, "the earlier limit");
    bus.send(0);
    bus.hear(0, 10, 9_600);
    assert_eq!(bus.commitment(0), 10);
}

#[test]
fn a_report_that_answers_nothing_lowers_nothing() {
    let mut bus = Bus::charging(1, 20);
    bus.ledger.set_rated_a(10);
    bus.send(0);
    bus.send(0);
    let mut heard = Heard {
        limit_a: Some(10),
        delivered_ma: [100; 3],
        answers: false,
    };
    bus.ledger.heard(0, bus.now, heard);
    assert_eq!(bus.commitment(0), 20);
    heard.delivered_ma = [20_001; 3];
    bus.ledger.heard(0, bus.now, heard);
    assert_eq!(bus.commitment(0), 21);
    heard.delivered_ma = [100; 3];
    bus.ledger.heard(0, bus.now, heard);
    assert_eq!(bus.commitment(0), 21);
}

#[test]
fn a_vehicle_that_is_slow_to_follow_counts_at_what_it_draws_rounded_up() {
    let mut bus = Bus::charging(1, 20);
    bus.ledger.set_rated_a(10);
    bus.send(0);
    bus.send(0);
    bus.hear(0, 10, 15_001);
    assert_eq!(bus.commitment(0), 16);
    bus.hear(0, 10, 9_800);
    assert_eq!(bus.commitment(0), 10);
}

#[test]
fn a_restart_keeps_the_commitment_and_the_limit_is_sent_again_at_once() {
    let mut bus = Bus::charging(2, 40);
    bus.hear(0, 0, 0);
    assert_eq!(bus.commitment(0), 20);
    assert_eq!(bus.send(0), Some(20));
    bus.hear(0, 0, 0);
    assert_eq!(bus.offer(1).0, Some(20));
}

#[test]
fn what_another_controller_has_set_counts_and_is_corrected() {
    let mut bus = Bus::charging(2, 40);
    bus.hear(0, 32, 19_000);
    assert_eq!(bus.commitment(0), 32);
    assert_eq!(bus.ledger.committed_a(), 52);
    assert_eq!(bus.offer(0).0, Some(20));
    bus.ledger.request(1, bus.now, Some(10)).unwrap();
    bus.follow(1);
    bus.follow(1);
    assert_eq!(bus.ledger.committed_a(), 42);
    assert_eq!(
        bus.offer(0),
        (Some(20), Why::Room),
        "30 A wait for the echo"
    );
}

#[test]
fn zero_counts_as_the_least_current_of_a_charge() {
    let mut bus = Bus::new(1, 40);
    bus.ledger.sent(0, bus.now, Some(0));
    assert_eq!(bus.commitment(0), 6);
    bus.send_nothing(0);
    bus.hear(0, 0, 0);
    assert_eq!(bus.commitment(0), 6);
}

#[test]
fn a_member_without_a_limit_is_believed_after_two_frames_and_while_it_draws_nothing() {
    let mut bus = Bus::charging(1, 40);
    bus.ledger.unplugged(0);
    bus.send_nothing(0);
    bus.hear(0, 0, 250);
    assert_eq!(bus.commitment(0), 32, "may be a late reply");
    bus.send_nothing(0);
    bus.hear(0, 0, 16_860);
    assert_eq!(bus.commitment(0), 32, "draws without a limit");
    bus.hear(0, 0, 250);
    assert_eq!(bus.commitment(0), 0);
    assert_eq!(bus.member(0).sent_a, None);
}

#[test]
fn a_member_without_a_vehicle_that_keeps_its_limit_is_told_its_floor() {
    let mut bus = Bus::charging(1, 40);
    bus.ledger.unplugged(0);
    assert_eq!(bus.offer(0), (Some(6), Why::Unplugged));
    for _ in 0..2 {
        bus.send(0);
        bus.hear(0, 6, 0);
    }
    assert_eq!(bus.commitment(0), 6);
    bus.pass(1);
    assert_eq!(bus.offer(0), (None, Why::Unplugged));
}

#[test]
fn a_lost_member_is_released_60_s_after_the_last_frame_either_way() {
    let mut bus = Bus::charging(2, 40);
    bus.ledger.lost(0);
    assert_eq!(bus.offer(0), (None, Why::Lost));
    bus.pass(50);
    bus.send_nothing(0);
    bus.pass(59);
    assert_eq!(bus.commitment(0), 20, "it may have heard the frame");
    assert_eq!(bus.targets(), [None, Some(20)]);
    bus.pass(1);
    assert_eq!(bus.commitment(0), 0);
    assert_eq!(bus.targets(), [None, Some(32)]);
    bus.follow(1);
    bus.hear(0, 0, 0);
    assert_eq!(bus.offer(0), (Some(8), Why::Room));
    assert_eq!(bus.targets(), [Some(20), Some(20)]);
}

#[test]
fn a_lost_member_may_be_kept_for_ever_and_one_that_is_not_lost_is() {
    let settings = Settings {
        release_after: None,
        ..Settings::default()
    };
    for (settings, lost) in [(settings, true), (Settings::default(), false)] {
        let mut bus = Bus::with(1, 40, settings);
        bus.plug(0);
        bus.follow(0);
        if lost {
            bus.ledger.lost(0);
        }
        bus.pass(100_000);
        assert_eq!(bus.commitment(0), 32);
    }
}

#[test]
fn one_that_does_not_follow_for_a_minute_is_told_its_floor_and_the_others_share_the_rest() {
    let mut bus = Bus::charging(2, 40);
    bus.ledger.set_rated_a(30);
    for _ in 0..60 {
        bus.send(0);
        bus.hear(0, 20, 20_000);
        bus.follow(1);
    }
    assert_eq!(bus.member(0).why, Why::Astray);
    assert_eq!(bus.targets(), [Some(6), Some(10)]);
    bus.send(0);
    bus.send(0);
    bus.hear(0, 6, 5_500);
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(15), Some(15)]);
}

#[test]
fn one_that_measures_a_little_more_than_its_limit_follows() {
    let mut bus = Bus::charging(1, 20);
    for _ in 0..60 {
        bus.send(0);
        bus.hear(0, 20, 20_400);
    }
    assert_eq!(bus.commitment(0), 21);
    assert_eq!(bus.member(0).target_a, Some(20));
}

#[test]
fn a_forgotten_member_holds_nothing() {
    let mut bus = Bus::charging(2, 40);
    bus.ledger.forget(0);
    assert_eq!(bus.ledger.committed_a(), 20);
    assert_eq!(bus.offer(0), (None, Why::Unknown));
    bus.ledger.sent(0, bus.now, Some(30));
    bus.hear(0, 30, 30_000);
    assert_eq!(bus.ledger.committed_a(), 20);
    bus.ledger.join(2, bus.now, BOUNDS);
    bus.ledger.forget(2);
    bus.pass(5);
    assert_eq!(bus.offer(1).0, Some(32));
    assert_eq!(bus.ledger.request(7, Duration::ZERO, None), None);
}
