//! The invariants of sharing, whatever happens in whatever order.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod model;

use core::time::Duration;

use evse_sharing::{Bounds, Heard, Ledger, Settings, Standing, Why};
use model::{Line, Unit};
use proptest::prelude::*;

const MEMBERS: u8 = 4;

/// A unit that hears no frame for so long stops by itself.
const STOPS_AFTER: Duration = Duration::from_secs(30);

#[derive(Debug, Clone)]
enum Event {
    Wait(Duration),
    /// A heartbeat, with the limit on offer if `limit`; with `late` its reply arrives in place of the next one.
    Exchange {
        line: Line,
        limit: bool,
        late: bool,
    },
    Step,
    Spike,
    Plug(u32),
    Unplug,
    Restart,
    Join(Bounds),
    Wish(Option<u16>),
    Lost,
    Rated(u16),
    Budget(Option<u16>),
}

fn bounds() -> impl Strategy<Value = Bounds> {
    let floor_a = prop_oneof![3 => Just(6), 1 => Just(5)];
    (floor_a, 4..=32_u16).prop_map(|(floor_a, cap_a)| Bounds { floor_a, cap_a })
}

fn event() -> impl Strategy<Value = Event> {
    let line = prop_oneof![
        6 => Just(Line::Good),
        1 => Just(Line::LosesFrame),
        1 => Just(Line::LosesReply),
    ];
    let exchange = (line, prop::bool::weighted(0.8), prop::bool::weighted(0.1));
    let amps = || prop_oneof![3 => 6..60_u16, 1 => 0..60_u16];
    prop_oneof![
        60 => exchange.prop_map(|(line, limit, late)| Event::Exchange { line, limit, late }),
        20 => (0..9_000_u64).prop_map(|ms| Event::Wait(Duration::from_millis(ms))),
        2 => (30..400_u64).prop_map(|s| Event::Wait(Duration::from_secs(s))),
        5 => (0..33_000_u32).prop_map(Event::Plug),
        2 => Just(Event::Unplug),
        1 => Just(Event::Restart),
        1 => bounds().prop_map(Event::Join),
        2 => prop::option::of(amps()).prop_map(Event::Wish),
        1 => Just(Event::Lost),
        2 => amps().prop_map(Event::Rated),
        1 => prop::option::of(amps()).prop_map(Event::Budget),
        4 => Just(Event::Step),
        2 => Just(Event::Spike),
    ]
}

#[derive(Default)]
struct Member {
    unit: Unit,
    heard: bool,
    frame_heard_at: Duration,
    changed_at: Option<Duration>,
    late: Option<Heard>,
}

struct World {
    ledger: Ledger<u8>,
    members: Vec<Member>,
    now: Duration,
    spikes: bool,
}

impl World {
    fn new(all: Vec<(Bounds, bool, u8)>, spikes: bool) -> Self {
        let settings = Settings {
            spike_a: spikes.then_some(16),
            ..Settings::default()
        };
        let mut ledger = Ledger::new(40, settings);
        let mut members = Vec::new();
        for (key, (bounds, keeps_limit, lag)) in (0..).zip(all) {
            ledger.join(key, Duration::ZERO, bounds);
            let unit = Unit {
                keeps_limit,
                lag,
                ..Unit::default()
            };
            members.push(Member {
                unit,
                ..Member::default()
            });
        }
        Self {
            ledger,
            members,
            now: Duration::ZERO,
            spikes,
        }
    }

    fn standing(&self, key: u8) -> Standing {
        self.ledger.member(key).unwrap()
    }

    fn happen(&mut self, key: u8, event: &Event) {
        let now = self.now;
        let unit = &mut self.members[usize::from(key)].unit;
        match *event {
            Event::Wait(time) => self.wait(time),
            Event::Exchange { line, limit, late } => self.exchange(key, line, limit, late),
            Event::Step => self.step(key),
            Event::Spike => {
                let spike = self.ledger.spike(key, now);
                assert!(self.spikes || spike == Err(Why::Off), "I9: {spike:?}");
            }
            Event::Plug(appetite_ma) => {
                unit.plug(appetite_ma);
                self.ledger.plugged(key, now);
            }
            Event::Unplug => {
                unit.unplug();
                self.ledger.unplugged(key);
            }
            Event::Restart => unit.restart(),
            Event::Join(bounds) => self.ledger.join(key, now, bounds),
            Event::Wish(wish_a) => self.wish(key, wish_a),
            Event::Lost => self.ledger.lost(key),
            Event::Rated(amps) => self.ledger.set_rated_a(amps),
            Event::Budget(amps) => self.ledger.set_budget_a(amps),
        }
        self.check_truth();
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        for member in &mut self.members {
            if self.now.saturating_sub(member.frame_heard_at) > STOPS_AFTER {
                member.unit.restart();
            }
            member.unit.run();
        }
        self.ledger.update(self.now);
        self.check_targets();
    }

    fn exchange(&mut self, key: u8, line: Line, limit: bool, late: bool) {
        let offer = self.ledger.offer(key, self.now).limit_a;
        self.check_offer(key, offer);
        let limit_a = offer.filter(|_| limit);
        self.send(key, limit_a);
        let member = &mut self.members[usize::from(key)];
        if line != Line::LosesFrame {
            member.frame_heard_at = self.now;
        }
        let mut reply = member.unit.exchange(limit_a, line);
        if let Some(earlier) = member.late.take() {
            reply = Some(earlier);
        } else if late {
            member.late = reply.take();
        }
        if let Some(heard) = reply {
            member.heard = true;
            self.ledger.heard(key, self.now, heard);
        }
    }

    /// A frame that only raises, by 2 A.
    fn step(&mut self, key: u8) {
        if let Ok(raised_a) = self.ledger.may_increase(key, self.now, 2) {
            self.check_offer(key, Some(raised_a));
            self.send(key, Some(raised_a));
            let member = &mut self.members[usize::from(key)];
            member.frame_heard_at = self.now;
            member.unit.limit_a += 2 * u16::from(member.unit.limit_a > 0);
            member.late = None;
        }
    }

    fn wish(&mut self, key: u8, wish_a: Option<u16>) {
        let grant = self.ledger.request(key, self.now, wish_a).unwrap();
        assert_eq!(grant.asked_a, wish_a);
        assert_eq!(
            grant.granted_a,
            self.standing(key).target_a.unwrap_or(0),
            "the grant is what it gets"
        );
        let floor_a = self.standing(key).bounds.floor_a;
        assert!(grant.granted_a <= wish_a.unwrap_or(u16::MAX).max(floor_a));
        self.check_targets();
    }

    fn send(&mut self, key: u8, limit_a: Option<u16>) {
        let (before_a, sent_a) = (self.ledger.committed_a(), self.standing(key).sent_a);
        self.ledger.sent(key, self.now, limit_a);
        let limit = u32::from(self.ledger.limit_a());
        assert!(self.ledger.committed_a() <= limit.max(before_a), "I1");
        if limit_a.is_some() && limit_a != sent_a {
            self.members[usize::from(key)].changed_at = Some(self.now);
        }
    }

    /// What no offer may do.
    fn check_offer(&self, key: u8, offer: Option<u16>) {
        let Some(amps) = offer else { return };
        let Standing { bounds, sent_a, .. } = self.standing(key);
        assert!(amps >= bounds.floor_a, "I2: {amps} A");
        assert!(amps <= bounds.cap_a.max(bounds.floor_a), "I3: {amps} A");
        let member = &self.members[usize::from(key)];
        if sent_a.is_some_and(|sent_a| amps > sent_a) {
            let settled = member
                .changed_at
                .is_none_or(|at| self.now.saturating_sub(at) >= Duration::from_secs(5));
            assert!(settled, "raised within 5 s of the last change");
        }
        if amps > self.standing(key).commitment_a {
            let all_heard = self.members.iter().all(|member| member.heard);
            let late = self.now >= Duration::from_mins(1);
            assert!(all_heard || late, "raised before all were heard");
            let members = self.ledger.members().filter(|(other, _)| *other != key);
            let others_a: u16 = members.map(|(_, standing)| standing.commitment_a).sum();
            assert!(amps + others_a <= self.ledger.limit_a(), "I4");
        }
    }

    /// I5 and I7, from the targets alone.
    fn check_targets(&self) {
        let all: Vec<Standing> = self
            .ledger
            .members()
            .map(|(_, standing)| standing)
            .collect();
        let sum_a: u32 = all
            .iter()
            .map(|standing| u32::from(standing.commitment_a))
            .sum();
        assert_eq!(sum_a, self.ledger.committed_a());
        let shared = |why| {
            matches!(
                why,
                Why::Wish | Why::Floor | Why::Cap | Why::Demand | Why::Share
            )
        };
        let admitted: Vec<&Standing> = all.iter().filter(|standing| shared(standing.why)).collect();
        for one in &admitted {
            let amps = one.target_a.unwrap();
            assert!(
                (one.bounds.floor_a..=one.bounds.cap_a).contains(&amps),
                "I2, I3"
            );
            for other in admitted.iter().filter(|_| one.why == Why::Share) {
                let (other_a, floor_a) = (other.target_a.unwrap(), other.bounds.floor_a);
                assert!(other_a <= amps + 1 || other_a == floor_a, "I5: {all:?}");
            }
        }
        let needed_a = needed_a(&all);
        let limit_a = u32::from(self.ledger.limit_a());
        let overload = self.ledger.overload();
        assert_eq!(overload.is_some(), needed_a > limit_a, "I7: {all:?}");
        let raised = |standing: &Standing| {
            standing
                .target_a
                .is_some_and(|amps| amps > standing.bounds.floor_a)
        };
        assert!(overload.is_none() || !all.iter().any(raised), "I7: {all:?}");
        let wants_more = admitted.iter().any(|standing| standing.why == Why::Share);
        assert!(
            !wants_more || needed_a >= limit_a,
            "I5: {needed_a} A of {limit_a} A used by {all:?}"
        );
        let withdrawn = all.iter().any(|standing| standing.why == Why::Withdrawn);
        assert!(!withdrawn || overload.is_some(), "I7: {all:?}");
    }

    /// Nobody may draw more than the ledger believes.
    fn check_truth(&self) {
        for (key, member) in (0..).zip(&self.members) {
            let (truth_a, believed_a) = (member.unit.may_draw_a(), self.standing(key).commitment_a);
            assert!(
                truth_a <= believed_a,
                "member {key}: {truth_a} A, believed {believed_a} A"
            );
        }
    }
}

/// The targets of those who share, and all that the others may draw.
fn needed_a(all: &[Standing]) -> u32 {
    let one = |standing: &Standing| match standing.why {
        Why::Lost | Why::Astray | Why::Unplugged => standing.commitment_a,
        _ => standing.target_a.unwrap_or(0),
    };
    all.iter().map(|standing| u32::from(one(standing))).sum()
}

fn unit() -> impl Strategy<Value = (Bounds, bool, u8)> {
    (bounds(), any::<bool>(), 0..6_u8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_invariants_hold_in_any_order_of_events(
        units in prop::collection::vec(unit(), usize::from(MEMBERS)),
        spikes in any::<bool>(),
        events in prop::collection::vec((0..MEMBERS, event()), 1..300),
    ) {
        let mut world = World::new(units, spikes);
        for (key, event) in &events {
            world.happen(*key, event);
        }
    }

    #[test]
    fn any_reports_and_any_times_are_borne(
        reports in prop::collection::vec((any::<u8>(), any::<u64>(), prop::option::of(any::<u16>()), any::<[u32; 3]>(), any::<bool>()), 0..60),
        rated_a in any::<u16>(),
        cap_a in any::<u16>(),
        floor_a in 1..=u16::MAX,
    ) {
        let mut ledger = Ledger::new(rated_a, Settings::default());
        for (key, ms, limit_a, delivered_ma, answers) in reports {
            let now = Duration::from_millis(ms);
            match key % 4 {
                0 => ledger.join(key / 16, now, Bounds { floor_a, cap_a }),
                1 => ledger.plugged(key / 16, now),
                2 => ledger.heard(key / 16, now, Heard { limit_a, delivered_ma, answers }),
                _ => {
                    let before_a = ledger.committed_a();
                    let offer = ledger.offer(key / 16, now);
                    ledger.sent(key / 16, now, offer.limit_a);
                    prop_assert!(ledger.committed_a() <= u32::from(rated_a).max(before_a));
                }
            }
        }
    }
}
