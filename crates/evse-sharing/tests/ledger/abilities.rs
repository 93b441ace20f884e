//! Members that cannot be changed, or rarely, or that go on alone.

use core::time::Duration;

use evse_sharing::{Bounds, Heard, Ledger, Pace, Settings, Terms, Why};

use super::{BOUNDS, Bus};

/// A bus with one member of the given kind and, if it has more, common ones.
fn with(members: u8, rated_a: u16, terms: Terms) -> Bus {
    let mut bus = Bus::new(members, rated_a);
    assert!(bus.ledger.set_terms(0, terms));
    bus
}

fn paced(pace: Pace) -> Terms {
    Terms {
        pace,
        ..Terms::default()
    }
}

/// It can be changed only between sessions.
fn fixed() -> Terms {
    Terms {
        live: false,
        ..Terms::default()
    }
}

#[test]
fn one_that_can_only_be_changed_between_sessions_keeps_what_it_started_with() {
    let mut bus = with(2, 40, fixed());
    bus.plug(0);
    assert_eq!(bus.send(0), Some(32));
    bus.hear(0, 32, 10_000);
    bus.plug(1);
    bus.ledger.set_rated_a(20);
    bus.pass(100);
    assert_eq!(bus.offer(0), (None, Why::Fixed));
    assert_eq!(bus.commitment(0), 32);
    assert_eq!(bus.offer(1), (None, Why::Waiting));
    bus.ledger.set_rated_a(40);
    bus.pass(1);
    assert_eq!(bus.targets(), [None, Some(8)]);
    // It ends; the next session starts with a share.
    for _ in 0..2 {
        bus.send_nothing(0);
        bus.hear(0, 0, 0);
    }
    bus.pass(1);
    assert_eq!(bus.targets(), [Some(20), Some(20)]);
}

#[test]
fn it_is_not_started_with_less_than_its_share_while_others_make_room() {
    let mut bus = with(2, 40, fixed());
    bus.plug(1);
    bus.follow(1);
    bus.plug(0);
    assert_eq!(bus.commitment(1), 32);
    assert_eq!(bus.offer(0), (None, Why::Room), "8 A are free");
    bus.follow(1);
    bus.follow(1);
    assert_eq!(bus.offer(0), (Some(20), Why::Share));
}

#[test]
fn between_sessions_it_is_told_its_floor_like_others() {
    let mut bus = with(1, 40, fixed());
    bus.hear(0, 16, 0);
    bus.pass(1);
    assert_eq!(bus.offer(0), (Some(6), Why::Unplugged));
}

#[test]
fn a_session_that_nobody_here_started_counts_at_what_it_reports_or_draws() {
    let mut bus = with(2, 40, fixed());
    bus.hear(0, 16, 4_000);
    bus.plug(0);
    bus.plug(1);
    bus.pass(1);
    assert_eq!(bus.member(0).why, Why::Fixed);
    assert_eq!(bus.targets(), [None, Some(24)]);
    let heard = Heard {
        limit_a: None,
        delivered_ma: [18_300, 0, 0],
        answers: true,
    };
    bus.ledger.heard(0, bus.now, heard);
    bus.pass(1);
    assert_eq!(bus.targets(), [None, Some(21)]);
    assert_eq!(bus.ledger.next_dishonoured(bus.now), None);
    bus.pass(60);
    assert_eq!(bus.member(0).why, Why::Astray);
    assert_eq!(bus.ledger.next_dishonoured(bus.now), Some(0));
    assert_eq!(bus.offer(0), (None, Why::Astray), "cannot be told anything");
}

#[test]
fn a_session_whose_limit_is_not_told_is_not_changed_either() {
    let mut bus = with(1, 40, fixed());
    let heard = Heard {
        limit_a: None,
        delivered_ma: [10_000, 0, 0],
        answers: true,
    };
    bus.ledger.heard(0, bus.now, heard);
    bus.plug(0);
    bus.pass(1);
    assert_eq!(bus.offer(0), (None, Why::Fixed));
    assert_eq!(bus.commitment(0), 10);
}

#[test]
fn one_that_does_not_honour_its_limit_is_told_once_each_time() {
    let mut bus = Bus::charging(2, 40);
    let astray = |bus: &mut Bus, seconds| {
        bus.hear(0, 20, 22_500);
        bus.pass(0);
        bus.pass(seconds);
        bus.ledger.next_dishonoured(bus.now)
    };
    assert_eq!(astray(&mut bus, 59), None);
    assert_eq!(astray(&mut bus, 1), Some(0));
    assert_eq!(bus.commitment(0), 23);
    assert_eq!(bus.targets(), [Some(6), Some(17)]);
    assert_eq!(astray(&mut bus, 60), None, "known already");
    bus.hear(0, 20, 19_900);
    bus.pass(0);
    assert_eq!(bus.targets(), [Some(20), Some(20)]);
    assert_eq!(astray(&mut bus, 60), Some(0));
    bus.ledger.lost(0);
    bus.pass(1);
    assert_eq!(bus.ledger.next_dishonoured(bus.now), None);
}

#[test]
fn one_that_is_lost_while_it_is_lowered_is_not_accused() {
    let alone = Terms {
        keeps_charging: true,
        ..Terms::default()
    };
    let mut bus = with(1, 20, alone);
    bus.plug(0);
    bus.send(0);
    bus.hear(0, 20, 19_000);
    bus.ledger.set_rated_a(10);
    assert_eq!(bus.send(0), Some(10));
    bus.ledger.lost(0);
    bus.pass(1);
    bus.pass(100);
    assert_eq!(bus.commitment(0), 20);
    assert_eq!(bus.ledger.next_dishonoured(bus.now), None);
    bus.hear(0, 20, 19_000);
    bus.pass(1);
    assert_eq!(bus.ledger.next_dishonoured(bus.now), None);
    assert_eq!(bus.offer(0), (Some(10), Why::Share));
}

#[test]
fn a_raise_waits_for_the_time_between_changes_and_a_decrease_does_not() {
    let mut bus = with(
        1,
        20,
        paced(Pace {
            settle: Duration::from_mins(5),
            ..Pace::default()
        }),
    );
    bus.plug(0);
    assert_eq!(bus.send(0), Some(20));
    bus.hear(0, 20, 19_000);
    bus.ledger.set_rated_a(30);
    bus.pass(299);
    assert_eq!(bus.offer(0), (Some(20), Why::Settling));
    bus.ledger.set_rated_a(18);
    assert_eq!(bus.offer(0).0, Some(18));
    bus.ledger.set_rated_a(30);
    bus.pass(1);
    assert_eq!(bus.offer(0).0, Some(30));
}

#[test]
fn a_raise_is_worth_its_change_or_starts_from_nothing() {
    let mut bus = with(
        1,
        7,
        paced(Pace {
            deadband_a: 10,
            ..Pace::default()
        }),
    );
    bus.plug(0);
    assert_eq!(bus.send(0), Some(7));
    bus.hear(0, 7, 7_000);
    bus.ledger.set_rated_a(16);
    bus.pass(60);
    assert_eq!(bus.offer(0), (Some(7), Why::Deadband));
    assert_eq!(bus.ledger.may_increase(0, bus.now, 9), Err(Why::Deadband));
    bus.ledger.set_rated_a(6);
    assert_eq!(bus.offer(0).0, Some(6), "down by as little as need be");
    bus.ledger.set_rated_a(17);
    assert_eq!(bus.offer(0).0, Some(17));
    assert_eq!(bus.ledger.may_increase(0, bus.now, 10), Ok(17));
}

#[test]
fn decreases_overdraw_the_writes_and_raises_wait_until_all_are_paid_for() {
    let mut bus = with(
        1,
        20,
        paced(Pace {
            write_every: Duration::from_mins(1),
            ..Pace::default()
        }),
    );
    bus.plug(0);
    let start = bus.now;
    for rated_a in [20, 19, 18] {
        bus.ledger.set_rated_a(rated_a);
        assert_eq!(bus.offer(0).0, Some(rated_a));
        bus.ledger.sent(0, bus.now, Some(rated_a));
        bus.ledger.sent(0, bus.now, Some(rated_a));
        bus.hear(0, rated_a, 0);
    }
    bus.ledger.set_rated_a(30);
    bus.now = start + Duration::from_secs(179);
    assert_eq!(bus.offer(0), (Some(18), Why::Settling));
    bus.now = start + Duration::from_mins(3);
    assert_eq!(bus.offer(0).0, Some(30));
    // What was saved up is not spent at once.
    bus.pass(3_000);
    bus.ledger.sent(0, bus.now, Some(29));
    bus.pass(59);
    assert_eq!(bus.offer(0), (Some(29), Why::Settling));
}

#[test]
fn one_that_starts_by_itself_counts_while_idle_and_is_lowered_only_for_others() {
    let mut bus = with(
        2,
        40,
        Terms {
            starts_itself: true,
            ..Terms::default()
        },
    );
    bus.hear(0, 32, 0);
    bus.pass(1);
    assert_eq!(bus.commitment(0), 32);
    assert_eq!(bus.offer(0), (None, Why::Unplugged), "nobody needs it");
    bus.plug(1);
    bus.ledger.request(1, bus.now, Some(8)).unwrap();
    assert_eq!(bus.offer(0).0, None);
    assert_eq!(bus.offer(1), (Some(8), Why::Wish));
    bus.ledger.request(1, bus.now, None).unwrap();
    assert_eq!(bus.send(0), Some(6));
    bus.send(0);
    bus.hear(0, 6, 0);
    bus.pass(0);
    assert_eq!(bus.offer(1), (Some(32), Why::Cap));
    assert_eq!(bus.offer(0).0, None);
}

#[test]
fn one_that_starts_by_itself_and_does_not_honour_its_limit_is_told_its_floor() {
    let terms = Terms {
        starts_itself: true,
        ..Terms::default()
    };
    let mut bus = with(1, 40, terms);
    bus.plug(0);
    bus.send(0);
    bus.hear(0, 32, 35_000);
    bus.pass(0);
    bus.pass(60);
    assert_eq!(bus.offer(0), (Some(6), Why::Astray));
}

#[test]
fn one_that_charges_on_alone_counts_at_its_cap_until_it_tells_its_limit() {
    let mut bus = with(1, 40, Terms::default());
    bus.plug(0);
    bus.ledger.join(1, bus.now, BOUNDS);
    let alone = Terms {
        keeps_charging: true,
        ..Terms::default()
    };
    assert!(bus.ledger.set_terms(1, alone));
    assert_eq!(bus.commitment(1), 32);
    assert_eq!(
        bus.offer(0),
        (Some(8), Why::Share),
        "nobody has to wait for it"
    );
    let bounds = Bounds {
        cap_a: 20,
        ..BOUNDS
    };
    bus.ledger.join(1, bus.now, bounds);
    assert_eq!(bus.ledger.committed_a(), 20);
    let mut heard = Heard {
        limit_a: None,
        delivered_ma: [0; 3],
        answers: true,
    };
    bus.ledger.heard(1, bus.now, heard);
    assert_eq!(bus.commitment(1), 20);
    heard.limit_a = Some(16);
    bus.ledger.heard(1, bus.now, heard);
    assert_eq!(bus.commitment(1), 16);
    bus.ledger.lost(1);
    bus.pass(100_000);
    assert_eq!(bus.commitment(1), 16, "never released");
}

#[test]
fn what_the_owner_knows_to_be_wanted_stands_for_what_is_drawn() {
    let mut bus = Bus::charging(2, 40);
    bus.ledger.set_wanted_a(0, Some(28));
    for _ in 0..60 {
        bus.send(0);
        bus.hear(0, 20, 3_000);
    }
    assert_eq!(bus.targets(), [Some(20), Some(20)]);
    assert_eq!(bus.member(0).wanted_a, 28);
    bus.ledger.set_wanted_a(0, Some(9));
    bus.pass(0);
    assert_eq!(
        (bus.member(0).target_a, bus.member(0).why),
        (Some(9), Why::Demand)
    );
    bus.ledger.set_wanted_a(0, Some(0));
    bus.pass(0);
    assert_eq!(bus.member(0).target_a, Some(6));
    bus.ledger.unplugged(0);
    assert_eq!(bus.member(0).wanted_a, 0);
}

/// A bus as a member: its limit is the budget of another ledger. Each round it says what it wants, and echoes its budget
/// or what may be drawn on it.
struct Below {
    ledger: Ledger<u8>,
}

impl Below {
    fn round(&mut self, outer: &mut Bus, key: u8, members: &[u8]) {
        let now = outer.now;
        let members = members.iter().copied();
        let charging = members
            .clone()
            .filter(|key| self.ledger.member(*key).unwrap().plugged);
        let wanted_a: u16 = charging
            .clone()
            .map(|key| self.ledger.member(key).unwrap().wanted_a)
            .sum();
        let floor_a = 6 * u16::try_from(charging.count()).unwrap();
        outer.ledger.join(key, now, Bounds { floor_a, cap_a: 32 });
        outer.ledger.set_wanted_a(key, Some(wanted_a));
        if wanted_a > 0 {
            outer.ledger.plugged(key, now);
        }
        let limit_a = outer.offer(key).0;
        outer.ledger.sent(key, now, limit_a);
        if limit_a.is_some() {
            self.ledger.set_budget_a(limit_a);
        }
        let mut delivered_ma = 0;
        for member in members {
            let limit_a = self.ledger.offer(member, now).limit_a;
            self.ledger.sent(member, now, limit_a);
            let draw_ma = u32::from(limit_a.unwrap_or(0)) * 1_000;
            delivered_ma += draw_ma;
            let heard = Heard {
                limit_a: Some(limit_a.unwrap_or(0)),
                delivered_ma: [draw_ma; 3],
                answers: true,
            };
            self.ledger.heard(member, now, heard);
        }
        let committed_a = u16::try_from(self.ledger.committed_a()).unwrap();
        let heard = Heard {
            limit_a: Some(self.ledger.limit_a().max(committed_a)),
            delivered_ma: [delivered_ma; 3],
            answers: true,
        };
        outer.ledger.heard(key, now, heard);
    }
}

#[test]
fn a_bus_with_its_own_ledger_is_a_member() {
    let mut outer = Bus::new(2, 40);
    let mut below = Below {
        ledger: Ledger::new(32, Settings::default()),
    };
    below.ledger.set_budget_a(Some(0));
    for key in 0..2 {
        below.ledger.join(key, outer.now, BOUNDS);
    }
    let run = |outer: &mut Bus, below: &mut Below| {
        for _ in 0..20 {
            below.round(outer, 0, &[0, 1]);
            outer.follow(1);
            assert!(outer.ledger.committed_a() <= 40);
            assert!(below.ledger.committed_a() <= u32::from(outer.commitment(0)));
        }
        (
            outer.targets(),
            outer.commitment(0),
            below.ledger.committed_a(),
        )
    };
    below.ledger.plugged(0, outer.now);
    assert_eq!(run(&mut outer, &mut below), (vec![Some(32), None], 32, 32));
    outer.plug(1);
    assert_eq!(
        run(&mut outer, &mut below),
        (vec![Some(20), Some(20)], 20, 20)
    );
    below.ledger.plugged(1, outer.now);
    assert_eq!(
        run(&mut outer, &mut below),
        (vec![Some(20), Some(20)], 20, 20)
    );
    outer.ledger.set_rated_a(18);
    assert_eq!(
        run(&mut outer, &mut below),
        (vec![Some(12), Some(6)], 12, 12)
    );
}
