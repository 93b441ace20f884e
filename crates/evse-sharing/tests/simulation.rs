//! Units on a bad line: however much is lost, all together never draw more than the limit, and they get their shares.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod model;

use core::time::Duration;

use evse_sharing::{Bounds, Ledger, Settings};
use model::{Dice, Line, Unit};

const TICK: Duration = Duration::from_millis(1_300);

/// Exchanges without a reply until a unit is lost: 26 s.
const LOST_AFTER: u32 = 20;

/// A unit that hears no frame for so many ticks, 30 s, stops by itself.
const STOPS_AFTER: u32 = 24;

#[derive(Default)]
struct Member {
    unit: Unit,
    /// The whole line of this unit is out in one direction, for so many ticks.
    outage: Option<(Line, u32)>,
    /// Ticks since the unit heard a frame.
    unheeded: u32,
    /// Exchanges since the controller had a reply.
    silent: u32,
    /// It is lost, and what it may draw is reserved.
    reserved: bool,
    reported_a: u16,
}

struct Bus {
    dice: Dice,
    ledger: Ledger<usize>,
    members: Vec<Member>,
    now: Duration,
    outages: bool,
    increases: u32,
    decreases: u32,
    releases: u32,
}

impl Bus {
    fn new(seed: u64, units: usize, limit_a: u16, outages: bool) -> Self {
        let mut dice = Dice(seed);
        let mut ledger = Ledger::new(limit_a, Settings::default());
        let mut members = Vec::new();
        let mut free_a = limit_a;
        for key in 0..units {
            let bounds = Bounds {
                floor_a: 6,
                cap_a: 32,
            };
            ledger.join(key, Duration::ZERO, bounds);
            let mut unit = Unit {
                keeps_limit: dice.one_in(4),
                lag: u8::try_from(dice.below(6)).unwrap(),
                ..Unit::default()
            };
            // Some charge already, by what an earlier controller said.
            if free_a >= 6 && dice.one_in(2) {
                unit.limit_a = 6 + u16::try_from(dice.below(u64::from(free_a - 5))).unwrap();
                unit.limit_a = unit.limit_a.min(32);
                free_a -= unit.limit_a;
                unit.plug(32_000);
                unit.draw_ma = u32::from(unit.limit_a) * 1_000;
            }
            members.push(Member {
                unit,
                ..Member::default()
            });
        }
        Self {
            dice,
            ledger,
            members,
            now: Duration::ZERO,
            outages,
            increases: 0,
            decreases: 0,
            releases: 0,
        }
    }

    fn tick(&mut self) {
        self.now += TICK;
        self.ledger.update(self.now);
        for key in 0..self.members.len() {
            self.disturb(key);
            self.exchange(key);
            self.check();
        }
        for member in &mut self.members {
            member.unheeded += 1;
            if member.unheeded > STOPS_AFTER {
                member.unit.restart();
            }
            member.unit.run();
        }
        self.check();
    }

    /// Vehicles come and go, want more or less; units restart; lines fail for minutes.
    fn disturb(&mut self, key: usize) {
        let Self { dice, members, .. } = self;
        let member = &mut members[key];
        let unit = &mut member.unit;
        if dice.one_in(120) {
            if unit.plugged {
                unit.unplug();
            } else {
                unit.plug(u32::try_from(dice.below(33_000)).unwrap());
            }
        }
        if dice.one_in(90) {
            unit.appetite_ma = u32::try_from(dice.below(33_000)).unwrap();
        }
        if dice.one_in(600) {
            unit.restart();
        }
        if self.outages && dice.one_in(400) {
            let line = [Line::LosesFrame, Line::LosesReply][usize::from(dice.one_in(2))];
            member.outage = Some((line, u32::try_from(dice.below(150)).unwrap()));
        }
        member.outage = match member.outage {
            Some((line, ticks @ 1..)) => Some((line, ticks - 1)),
            _ => None,
        };
    }

    /// 20 % of the frames and 20 % of the replies are lost.
    fn line(&mut self, key: usize) -> Line {
        if let Some((line, _)) = self.members[key].outage {
            return line;
        }
        match (self.dice.one_in(5), self.dice.one_in(5)) {
            (true, _) => Line::LosesFrame,
            (false, true) => Line::LosesReply,
            (false, false) => Line::Good,
        }
    }

    /// One heartbeat, as a controller would do it: a limit only to a vehicle, until it is echoed.
    fn exchange(&mut self, key: usize) {
        let line = self.line(key);
        let before = self.ledger.member(key).unwrap();
        let reserved = before.lost && before.commitment_a > 0;
        self.releases += u32::from(self.members[key].reserved && before.lost && !reserved);
        self.members[key].reserved = reserved;
        if reserved {
            return;
        }
        let offer = self.ledger.offer(key, self.now);
        let reported_a = self.members[key].reported_a;
        let limit_a = offer
            .limit_a
            .filter(|limit_a| before.plugged && *limit_a != reported_a);
        let committed_a = self.ledger.committed_a();
        self.ledger.sent(key, self.now, limit_a);
        let limit = u32::from(self.ledger.limit_a());
        assert!(self.ledger.committed_a() <= limit.max(committed_a), "I1");
        if let Some(limit_a) = limit_a {
            let held_a = before.sent_a.unwrap_or(0);
            self.increases += u32::from(limit_a > held_a);
            self.decreases += u32::from(limit_a < held_a);
        }
        let member = &mut self.members[key];
        member.unheeded *= u32::from(line == Line::LosesFrame);
        let Some(reply) = member.unit.exchange(limit_a, line) else {
            member.silent += 1;
            if member.silent == LOST_AFTER {
                self.ledger.lost(key);
            }
            return;
        };
        member.silent = 0;
        member.reported_a = reply.limit_a.unwrap();
        self.ledger.heard(key, self.now, reply);
        if member.unit.plugged {
            self.ledger.plugged(key, self.now);
        } else {
            self.ledger.unplugged(key);
        }
    }

    fn check(&self) {
        let draws = self.members.iter().map(|member| member.unit.may_draw_a());
        let sum_a: u16 = draws.sum();
        let limit_a = self.ledger.limit_a();
        assert!(
            sum_a <= limit_a,
            "{sum_a} A of {limit_a} A at {:?}",
            self.now
        );
    }
}

fn run(seeds: core::ops::Range<u64>, outages: bool) -> (u32, u32, u32) {
    let (mut increases, mut decreases, mut releases) = (0, 0, 0);
    for seed in seeds {
        let units = 2 + usize::try_from(seed % 2).unwrap();
        let limit_a = [13, 17, 24, 40, 60][usize::try_from(seed / 2 % 5).unwrap()];
        let mut bus = Bus::new(seed, units, limit_a, outages);
        for _ in 0..1_500 {
            bus.tick();
        }
        increases += bus.increases;
        decreases += bus.decreases;
        releases += bus.releases;
    }
    (increases, decreases, releases)
}

#[test]
fn the_limit_holds_while_a_fifth_is_lost_each_way_and_vehicles_come_and_go() {
    let (increases, decreases, _) = run(0..400, false);
    println!("400 runs: {increases} increases, {decreases} decreases sent");
    assert!(increases > 5_000, "only {increases} increases");
    assert!(decreases > 5_000, "only {decreases} decreases");
}

#[test]
fn the_limit_holds_while_lines_fail_for_minutes_in_one_direction() {
    let (increases, _, releases) = run(1_000..1_200, true);
    println!("200 runs: {increases} increases sent, {releases} releases of lost units");
    assert!(increases > 5_000, "only {increases} increases");
    assert!(releases > 100, "only {releases} releases");
}

#[test]
fn everybody_has_the_fair_share_soon_after_the_line_is_good_again() {
    for seed in 0..50 {
        let mut bus = Bus::new(seed, 3, 40, false);
        for _ in 0..200 {
            bus.tick();
        }
        let mut settled = Vec::new();
        for member in &mut bus.members {
            member.unit.plug(32_000);
            member.unit.lag = 3;
        }
        for _ in 0..400 {
            quiet_tick(&mut bus);
        }
        settled.extend(bus.members.iter().map(|member| member.unit.limit_a));
        assert_eq!(settled, [14, 13, 13], "seed {seed}");
    }
}

/// Nothing is lost, nobody comes or goes.
fn quiet_tick(bus: &mut Bus) {
    bus.now += TICK;
    bus.ledger.update(bus.now);
    for key in 0..bus.members.len() {
        let offer = bus.ledger.offer(key, bus.now);
        let reported_a = bus.members[key].reported_a;
        let limit_a = offer.limit_a.filter(|limit_a| *limit_a != reported_a);
        bus.ledger.sent(key, bus.now, limit_a);
        let reply = bus.members[key].unit.exchange(limit_a, Line::Good).unwrap();
        bus.members[key].reported_a = reply.limit_a.unwrap();
        bus.ledger.heard(key, bus.now, reply);
        bus.ledger.plugged(key, bus.now);
        bus.members[key].unit.run();
        bus.check();
    }
}
