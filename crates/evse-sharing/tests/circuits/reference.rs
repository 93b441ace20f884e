//! Small cases of nested circuits and phases against every division there is, under each policy.

use core::cmp::Reverse;
use core::time::Duration;

use crate::model::Dice;
use evse_sharing::{Bottleneck, CircuitId, Claim, Phase, Policy, Share, Target, Tree, targets};

struct Case {
    tree: Tree,
    limits_a: Vec<[u16; 3]>,
    policy: Policy,
    claims: Vec<Claim>,
}

impl Case {
    fn roll(dice: &mut Dice, wirings: &[&str]) -> Self {
        let mut tree = Tree::default();
        let mut circuits = vec![CircuitId::ROOT];
        for _ in 0..dice.below(3) {
            let parent = circuits[dice.index(circuits.len())];
            circuits.push(tree.add(parent).unwrap());
        }
        let limits_a = circuits.iter().map(|_| [(); 3].map(|()| dice.amps(0..12)));
        let limits_a = limits_a.collect();
        let policies = [
            Policy::Fair,
            Policy::Priority,
            Policy::FirstCome,
            Policy::Guaranteed,
        ];
        let claim = |dice: &mut Dice| Claim {
            circuit: circuits[dice.index(circuits.len())],
            phases: wirings[dice.index(wirings.len())].parse().unwrap(),
            floor_a: dice.amps(1..4),
            cap_a: dice.amps(0..8),
            demand_a: [1, 4, u16::MAX][dice.index(3)],
            since: Duration::from_secs(dice.below(3)),
            holds: dice.one_in(3),
            priority: u8::try_from(dice.below(3)).unwrap(),
            guaranteed_a: dice.amps(0..6),
        };
        Self {
            policy: policies[dice.index(4)],
            limits_a,
            claims: (0..=dice.below(4)).map(|_| claim(dice)).collect(),
            tree,
        }
    }

    fn circuits(&self) -> Vec<CircuitId> {
        let mut all: Vec<CircuitId> = self
            .claims
            .iter()
            .flat_map(|claim| self.path(claim))
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    fn path(&self, claim: &Claim) -> Vec<CircuitId> {
        let mut path = vec![claim.circuit];
        while let Some(parent) = self.tree.parent(*path.last().unwrap()) {
            path.push(parent);
        }
        path
    }

    fn counts_on(&self, claim: &Claim, at: Bottleneck) -> bool {
        claim.phases.counts_on(at.phase) && self.path(claim).contains(&at.circuit)
    }

    fn places(&self) -> Vec<Bottleneck> {
        let circuits = self.circuits().into_iter();
        let place = |circuit| Phase::ALL.map(|phase| Bottleneck { circuit, phase });
        circuits.flat_map(place).collect()
    }

    fn limit_a(&self, at: Bottleneck) -> u16 {
        at.phase.of(self.limits_a[at.circuit.index()])
    }

    fn used_a(&self, at: Bottleneck, amps: &[u16]) -> u16 {
        let both = self.claims.iter().zip(amps);
        let counted = both.filter(|(claim, _)| self.counts_on(claim, at));
        counted.map(|(_, amps)| amps).sum()
    }

    fn fits(&self, amps: &[u16]) -> bool {
        let mut places = self.places().into_iter();
        places.all(|at| self.used_a(at, amps) <= self.limit_a(at))
    }

    fn rank(&self, claim: &Claim) -> (Reverse<u8>, Duration) {
        match self.policy {
            Policy::Priority => (Reverse(claim.priority), Duration::ZERO),
            Policy::FirstCome => (Reverse(0), claim.since),
            Policy::Fair | Policy::Guaranteed => (Reverse(0), Duration::ZERO),
        }
    }

    /// One after the other: who is admitted, given all floors that those before take or have set aside.
    fn admission(&self) -> Vec<Target> {
        let mut order: Vec<usize> = (0..self.claims.len()).collect();
        order.sort_by_key(|at| {
            let claim = &self.claims[*at];
            (!claim.holds, self.rank(claim), claim.since, *at)
        });
        let mut taken: Vec<(Bottleneck, u16)> = Vec::new();
        let mut found = vec![Target::Waiting; order.len()];
        for index in order {
            let claim = &self.claims[index];
            let may = claim.floor_a <= claim.cap_a;
            let short = |at: &Bottleneck| {
                let taken = taken.iter().filter(|(place, _)| place == at);
                let sum: u16 = taken.map(|(_, amps)| amps).sum();
                self.counts_on(claim, *at) && sum + claim.floor_a > self.limit_a(*at)
            };
            let short: Vec<Bottleneck> = self.places().into_iter().filter(short).collect();
            found[index] = match (may && short.is_empty(), claim.holds) {
                (true, _) => Target::Admitted(claim.floor_a),
                (false, true) => Target::Withdrawn(claim.floor_a),
                (false, false) => Target::Waiting,
            };
            // Where it takes its floor, or has it set aside: below the topmost circuit that has too little.
            let path = self.path(claim);
            let top = path
                .iter()
                .rposition(|id| short.iter().any(|at| at.circuit == *id));
            let count = match (found[index], top) {
                (Target::Waiting, _) if !may => 0,
                (Target::Waiting, Some(top)) => top + 1,
                _ => path.len(),
            };
            for circuit in &path[..count] {
                for phase in Phase::ALL
                    .into_iter()
                    .filter(|on| claim.phases.counts_on(*on))
                {
                    let at = Bottleneck {
                        circuit: *circuit,
                        phase,
                    };
                    taken.push((at, claim.floor_a));
                }
            }
        }
        found
    }

    /// From floor to what it can use; a single value unless it is admitted.
    fn range(&self, index: usize, admission: &[Target]) -> core::ops::RangeInclusive<u16> {
        let claim = &self.claims[index];
        match admission[index] {
            Target::Waiting => 0..=0,
            Target::Withdrawn(amps) => amps..=amps,
            Target::Admitted(_) => claim.floor_a..=self.top_a(index),
        }
    }

    fn top_a(&self, index: usize) -> u16 {
        let claim = &self.claims[index];
        claim.cap_a.min(claim.demand_a).max(claim.floor_a)
    }

    /// Whether `one` may have less than in another division although `other` keeps its amps.
    fn excuses(&self, one: usize, other: usize, amps: &[u16]) -> bool {
        let (claim, by) = (&self.claims[one], &self.claims[other]);
        let guaranteed = self.policy == Policy::Guaranteed
            && amps[one] >= claim.guaranteed_a
            && amps[other] <= by.guaranteed_a;
        let (rank, by_rank) = (self.rank(claim), self.rank(by));
        let no_more = rank == by_rank && amps[other] <= amps[one] + 1;
        by_rank < rank || guaranteed || no_more
    }

    fn check(&self, shares: &[Share]) {
        let admission = self.admission();
        let amps: Vec<u16> = shares
            .iter()
            .map(|share| share.target.amps().unwrap_or(0))
            .collect();
        let kind = |target: &Target| core::mem::discriminant(target);
        for (index, share) in shares.iter().enumerate() {
            assert_eq!(kind(&share.target), kind(&admission[index]));
            let admitted = matches!(share.target, Target::Admitted(_));
            assert!(self.range(index, &admission).contains(&amps[index]));
            if let Some(at) = share.bottleneck.filter(|_| admitted) {
                assert!(self.counts_on(&self.claims[index], at));
                assert!(
                    self.used_a(at, &amps) >= self.limit_a(at),
                    "{at:?} has more"
                );
            } else if admitted {
                assert_eq!(amps[index], self.top_a(index), "no reason for less");
            }
        }
        let withdrawn = shares
            .iter()
            .any(|share| matches!(share.target, Target::Withdrawn(_)));
        assert!(withdrawn || self.fits(&amps));
        self.for_all(&mut vec![0; amps.len()], 0, &admission, &mut |better| {
            for one in (0..amps.len()).filter(|one| better[*one] > amps[*one]) {
                let mut others = (0..amps.len()).filter(|other| better[*other] < amps[*other]);
                let excused = others.any(|other| self.excuses(one, other, &amps));
                assert!(
                    excused,
                    "{one} could have as in {better:?} instead of {amps:?}"
                );
            }
        });
    }

    /// Every division that fits.
    fn for_all(
        &self,
        tried: &mut Vec<u16>,
        at: usize,
        admission: &[Target],
        visit: &mut impl FnMut(&[u16]),
    ) {
        if at == tried.len() {
            if self.fits(tried) {
                visit(tried);
            }
            return;
        }
        for amps in self.range(at, admission) {
            tried[at] = amps;
            self.for_all(tried, at + 1, admission, visit);
        }
    }
}

impl core::fmt::Debug for Case {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        writeln!(f, "{:?} {:?} {:?}", self.policy, self.limits_a, self.tree)?;
        let mut claims = self.claims.iter();
        claims.try_for_each(|claim| writeln!(f, "{claim:?}"))
    }
}

fn find(case: &Case) -> Vec<Share> {
    targets(&case.tree, &case.limits_a, case.policy, &case.claims)
}

#[test]
fn nobody_could_have_more_unless_another_that_comes_first_or_has_no_more_had_less() {
    let mut dice = Dice(1);
    for _ in 0..40_000 {
        let wirings = ["L1", "L2", "L3", "L1L2", "L2L3L1", "unknown"];
        let case = Case::roll(&mut dice, &wirings);
        let shares = find(&case);
        let checked = std::panic::catch_unwind(|| case.check(&shares));
        assert!(checked.is_ok(), "{case:?}{shares:?}");
    }
}

#[test]
fn on_equal_phases_no_division_is_fairer() {
    let mut dice = Dice(2);
    for _ in 0..20_000 {
        let mut case = Case::roll(&mut dice, &["L1L2L3"]);
        case.policy = Policy::Fair;
        let shares = find(&case);
        let sorted = |amps: &mut dyn Iterator<Item = u16>| {
            let mut amps: Vec<u16> = amps.collect();
            amps.sort_unstable();
            amps
        };
        let found = sorted(&mut shares.iter().map(|share| share.target.amps().unwrap_or(0)));
        let mut best = None;
        case.for_all(
            &mut vec![0; found.len()],
            0,
            &case.admission(),
            &mut |amps| {
                best = best.clone().max(Some(sorted(&mut amps.iter().copied())));
            },
        );
        assert!(best.is_none_or(|best| best == found), "{case:?}{shares:?}");
    }
}
