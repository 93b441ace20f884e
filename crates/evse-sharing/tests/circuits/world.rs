//! Chargers on nested circuits and the ledger that divides them, with what must hold at any time.

use core::time::Duration;

use evse_sharing::{Bounds, CircuitId, Heard, Ledger, Policy, Settings, Standing, Tree, Why};

use crate::charger::{Charger, Kind};
use crate::model::{Dice, Line};

pub(crate) const TICK: Duration = Duration::from_millis(1_300);

/// Exchanges without a reply until a charger is lost: 26 s.
const LOST_AFTER: u32 = 20;

/// A charger that hears nothing for so many ticks, 30 s, is left alone.
const ALONE_AFTER: u32 = 24;

/// No reply is later than this.
const LATEST: Duration = Duration::from_secs(20);

const BOUNDS: Bounds = Bounds {
    floor_a: 6,
    cap_a: 32,
};

pub(crate) struct Member {
    pub(crate) charger: Charger,
    /// Ticks since the charger heard a frame.
    unheeded: u32,
    /// Exchanges since the ledger had a reply, and the limit in it.
    silent: u32,
    reported_a: Option<u16>,
    changed_at: Option<Duration>,
    /// A reply that comes in place of the next one, and when it should have come.
    late: Option<(Heard, Duration)>,
}

pub(crate) struct World {
    pub(crate) dice: Dice,
    settings: Settings,
    tree: Tree,
    rated_a: Vec<[u16; 3]>,
    budgets_a: Vec<Option<[u16; 3]>>,
    pub(crate) ledger: Ledger<usize>,
    pub(crate) members: Vec<Member>,
    pub(crate) now: Duration,
    /// Where the limit was lowered below what may be drawn, until that is less.
    above: Vec<[bool; 3]>,
    pub(crate) raised: u32,
    pub(crate) lowered: u32,
    pub(crate) started: u32,
}

impl World {
    pub(crate) fn new(seed: u64, chargers: usize) -> Self {
        let mut dice = Dice(seed);
        let mut tree = Tree::default();
        let mut circuits = vec![CircuitId::ROOT];
        for _ in 0..dice.below(4) {
            let parent = circuits[dice.index(circuits.len())];
            circuits.push(tree.add(parent).unwrap());
        }
        let rated = circuits.iter().map(|_| [(); 3].map(|()| dice.amps(10..64)));
        let rated_a: Vec<[u16; 3]> = rated.collect();
        let policies = [
            Policy::Fair,
            Policy::Priority,
            Policy::FirstCome,
            Policy::Guaranteed,
        ];
        let settings = Settings {
            policy: policies[dice.index(4)],
            ..Settings::default()
        };
        let mut world = Self {
            settings,
            ledger: Ledger::new(0, settings),
            members: Vec::new(),
            now: Duration::ZERO,
            above: vec![[false; 3]; rated_a.len()],
            budgets_a: vec![None; rated_a.len()],
            tree,
            rated_a,
            raised: 0,
            lowered: 0,
            started: 0,
            dice,
        };
        for _ in 0..chargers {
            world.add(&circuits);
        }
        world.restart_process();
        world.check_truth();
        world
    }

    /// A charger with a limit from before, if that fits.
    fn add(&mut self, circuits: &[CircuitId]) {
        let mut charger = Charger::roll(&mut self.dice, circuits);
        if charger.kind == Kind::Live || self.dice.one_in(2) {
            charger.plug(&mut self.dice);
            charger.unit.limit_a = 6;
        }
        self.members.push(Member {
            charger,
            unheeded: 0,
            silent: 0,
            reported_a: None,
            changed_at: None,
            late: None,
        });
        if !self.is_within() {
            let charger = &mut self.members.last_mut().unwrap().charger;
            (charger.kind, charger.pace) = (Kind::Bus, evse_sharing::Pace::default());
            charger.unplug();
            charger.unit.limit_a = 0;
        }
    }

    /// The ledger forgets everything but its configuration.
    pub(crate) fn restart_process(&mut self) {
        self.ledger = Ledger::new(0, self.settings);
        self.ledger
            .set_circuit_rated_a(CircuitId::ROOT, self.rated_a[0]);
        let ids: Vec<CircuitId> = self.ids();
        for id in &ids[1..] {
            let parent = self.tree.parent(*id).unwrap();
            let added = self.ledger.add_circuit(parent, self.rated_a[id.index()]);
            assert_eq!(added, Some(*id));
        }
        for id in ids {
            self.ledger
                .set_circuit_budget_a(id, self.budgets_a[id.index()]);
        }
        for (key, member) in self.members.iter_mut().enumerate() {
            (member.silent, member.reported_a, member.late) = (0, None, None);
            self.ledger.join(key, self.now, BOUNDS);
            let terms = member.charger.terms(&mut self.dice);
            assert!(self.ledger.set_terms(key, terms));
        }
    }

    fn ids(&self) -> Vec<CircuitId> {
        // The same tree again, whose circuits are known.
        let mut tree = Tree::default();
        let mut ids = vec![CircuitId::ROOT];
        ids.extend((1..self.rated_a.len()).map(|_| tree.add(CircuitId::ROOT).unwrap()));
        ids
    }

    pub(crate) fn set_budget(&mut self, circuit: usize, budget_a: Option<[u16; 3]>) {
        let circuit = self.ids()[circuit % self.rated_a.len()];
        self.budgets_a[circuit.index()] = budget_a;
        self.ledger.set_circuit_budget_a(circuit, budget_a);
        self.above = vec![[true; 3]; self.rated_a.len()];
        self.settle();
    }

    pub(crate) fn plug_or_unplug(&mut self, key: usize) {
        let charger = &mut self.members[key].charger;
        if charger.unit.plugged {
            charger.unplug();
        } else {
            charger.plug(&mut self.dice);
        }
    }

    pub(crate) fn pass(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.now += TICK;
            for member in &mut self.members {
                member.unheeded += 1;
                if member.unheeded > ALONE_AFTER {
                    member.charger.is_left_alone();
                }
                member.charger.unit.run();
            }
        }
        self.ledger.update(self.now);
        self.check_targets();
        self.check_truth();
    }

    /// A poll or a heartbeat as the owner of a ledger would send it, with a limit where that changes anything.
    pub(crate) fn exchange(&mut self, key: usize, line: Line, late: bool) {
        let before = self.ledger.member(key).unwrap();
        let member = &self.members[key];
        let Charger { kind, .. } = member.charger;
        if kind == Kind::Bus && before.lost && before.may_draw {
            return;
        }
        let offer = self.ledger.offer(key, self.now);
        let member = &self.members[key];
        let known_a = member.reported_a;
        let wanted = before.plugged || kind == Kind::Live;
        let limit_a = offer
            .limit_a
            .filter(|_| wanted)
            .filter(|limit_a| known_a != Some(*limit_a));
        self.send(key, limit_a, before);
        let member = &mut self.members[key];
        member.unheeded *= u32::from(line == Line::LosesFrame);
        let mut reply = member.charger.exchange(limit_a, line);
        let earlier = member.late.take();
        if let Some((earlier, _)) = earlier.filter(|(_, at)| self.now <= *at + LATEST) {
            reply = Some(earlier);
        } else if late {
            member.late = reply.take().map(|reply| (reply, self.now));
        }
        let plugged = member.charger.unit.plugged;
        let Some(heard) = reply else {
            member.silent += 1;
            if member.silent == LOST_AFTER {
                self.ledger.lost(key);
            }
            return;
        };
        (member.silent, member.reported_a) = (0, heard.limit_a);
        self.ledger.heard(key, self.now, heard);
        if plugged {
            self.ledger.plugged(key, self.now);
        } else {
            self.ledger.unplugged(key);
        }
    }

    fn send(&mut self, key: usize, limit_a: Option<u16>, before: Standing) {
        let committed = |ledger: &Ledger<usize>| -> Vec<_> {
            let circuits = ledger.circuits().flat_map(|(_, circuit)| circuit.phases);
            circuits.collect()
        };
        let places = committed(&self.ledger);
        self.ledger.sent(key, self.now, limit_a);
        for (was, is) in places.iter().zip(committed(&self.ledger)) {
            let most_a = u32::from(is.limit_a).max(was.committed_a);
            assert!(
                is.committed_a <= most_a,
                "I1: {} A, {is:?}",
                was.committed_a
            );
        }
        let Some(limit_a) = limit_a else { return };
        assert!((BOUNDS.floor_a..=BOUNDS.cap_a).contains(&limit_a), "I2, I3");
        let member = &mut self.members[key];
        let fixed = member.charger.kind == Kind::Fixed;
        assert!(
            !fixed || before.sent_a.is_none() || !before.plugged,
            "charges"
        );
        let held_a = before.sent_a.unwrap_or(limit_a);
        if limit_a > held_a {
            let pace = member.charger.pace;
            let rest = member.changed_at.map(|at| self.now.saturating_sub(at));
            assert!(rest.is_none_or(|rest| rest >= pace.settle), "too soon");
            assert!(limit_a - held_a >= pace.deadband_a, "too little");
        }
        self.raised += u32::from(limit_a > before.sent_a.unwrap_or(0));
        self.lowered += u32::from(limit_a < held_a);
        self.started += u32::from(fixed);
        if before.sent_a != Some(limit_a) {
            member.changed_at = Some(self.now);
        }
    }

    /// In truth, A.
    pub(crate) fn drawn_a(&self) -> Vec<[u16; 3]> {
        let mut sums = vec![[0; 3]; self.rated_a.len()];
        for member in &self.members {
            let mut at = Some(member.charger.circuit);
            while let Some(circuit) = at {
                let may_draw_a = member.charger.may_draw_a();
                for (sum, amps) in sums[circuit.index()].iter_mut().zip(may_draw_a) {
                    *sum += amps;
                }
                at = self.tree.parent(circuit);
            }
        }
        sums
    }

    pub(crate) fn is_within(&self) -> bool {
        let both = self.drawn_a().into_iter().zip(&self.rated_a);
        let mut places = both.flat_map(|(sums, rated_a)| sums.into_iter().zip(*rated_a));
        places.all(|(sum_a, rated_a)| sum_a <= rated_a)
    }

    /// All together may nowhere draw more than the limit, but where it was lowered below what they may draw.
    pub(crate) fn check_truth(&mut self) {
        let drawn_a = self.drawn_a();
        for (index, (sums, above)) in drawn_a.iter().zip(&self.above).enumerate() {
            let in_force = self.limits_a(index);
            for (phase, above) in above.iter().enumerate() {
                let (drawn_a, limit_a) = (sums[phase], in_force[phase]);
                assert!(
                    *above || drawn_a <= limit_a,
                    "{drawn_a} A of {limit_a} A on {index}, {phase}"
                );
            }
        }
        self.settle();
    }

    fn limits_a(&self, index: usize) -> [u16; 3] {
        let budget_a = self.budgets_a[index].unwrap_or([u16::MAX; 3]);
        [0, 1, 2].map(|phase| budget_a[phase].min(self.rated_a[index][phase]))
    }

    /// Where what may be drawn is within a lower limit, as it is and as the ledger believes, it has to stay there. A ledger
    /// that has not heard all of them believes nothing yet.
    fn settle(&mut self) {
        if self
            .members
            .iter()
            .any(|member| member.reported_a.is_none())
        {
            return;
        }
        let drawn_a = self.drawn_a();
        for (index, (_, standing)) in self.ledger.circuits().enumerate() {
            for (phase, on) in standing.phases.into_iter().enumerate() {
                let most_a = on.committed_a.max(u32::from(drawn_a[index][phase]));
                self.above[index][phase] &= most_a > u32::from(on.limit_a);
            }
        }
    }

    /// I5 from what is shown.
    fn check_targets(&self) {
        let all: Vec<Standing> = self
            .ledger
            .members()
            .map(|(_, standing)| standing)
            .collect();
        for one in all.iter().filter(|standing| standing.why == Why::Share) {
            let (own_a, at) = (one.target_a.unwrap(), one.bottleneck.unwrap());
            let on = at.phase.of(self.ledger.circuit(at.circuit).unwrap().phases);
            assert!(on.needed_a >= u32::from(on.limit_a), "I5: {at:?} has more");
            let counts = |other: &&Standing| {
                let mut path = Some(other.terms.circuit);
                while path.is_some_and(|circuit| circuit != at.circuit) {
                    path = path.and_then(|circuit| self.tree.parent(circuit));
                }
                path.is_some() && other.terms.phases.counts_on(at.phase)
            };
            for other in all
                .iter()
                .filter(counts)
                .filter(|_| self.settings.policy == Policy::Fair)
            {
                let other_a = other.target_a.unwrap_or(0);
                let no_more = other_a <= own_a + 1 || other_a == other.bounds.floor_a;
                assert!(no_more, "I5: {one:?}, {other:?}");
            }
        }
    }
}
