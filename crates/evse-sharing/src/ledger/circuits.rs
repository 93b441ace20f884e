//! What each circuit bears, and what counts on it.

use alloc::vec;
use alloc::vec::Vec;

use super::view::{CircuitStanding, PhaseStanding};
use crate::phase::{Phase, Phases};
use crate::tree::{Bottleneck, CircuitId, Tree};

#[derive(Debug, Clone)]
pub(super) struct Circuits {
    pub(super) tree: Tree,
    list: Vec<Circuit>,
}

/// Everything in amps for each phase of the supply.
#[derive(Debug, Clone)]
pub(super) struct Circuit {
    pub(super) rated_a: [u16; 3],
    pub(super) budget_a: [u16; 3],
    /// The sum of all commitments.
    committed_a: [u32; 3],
    /// As of the last update: what is drawn, what has to be kept, and whether somebody gets no more because of it.
    delivered_a: [u32; 3],
    needed_a: [u32; 3],
    tight: [bool; 3],
}

impl Circuit {
    fn new(rated_a: [u16; 3]) -> Self {
        Self {
            rated_a,
            budget_a: [u16::MAX; 3],
            committed_a: [0; 3],
            delivered_a: [0; 3],
            needed_a: [0; 3],
            tight: [false; 3],
        }
    }

    fn on(&self, phase: Phase) -> PhaseStanding {
        PhaseStanding {
            limit_a: phase.of(self.rated_a).min(phase.of(self.budget_a)),
            committed_a: phase.of(self.committed_a),
            delivered_a: phase.of(self.delivered_a),
            needed_a: phase.of(self.needed_a),
        }
    }
}

impl Circuits {
    pub(super) fn new(rated_a: [u16; 3]) -> Self {
        Self {
            tree: Tree::default(),
            list: vec![Circuit::new(rated_a)],
        }
    }

    pub(super) fn add(&mut self, parent: CircuitId, rated_a: [u16; 3]) -> Option<CircuitId> {
        let id = self.tree.add(parent)?;
        self.list.push(Circuit::new(rated_a));
        Some(id)
    }

    pub(super) fn get_mut(&mut self, id: CircuitId) -> Option<&mut Circuit> {
        self.list.get_mut(id.index())
    }

    /// A circuit and all that feed it.
    fn each(&mut self, id: CircuitId, mut change: impl FnMut(&mut Circuit)) {
        for id in self.tree.path(id) {
            if let Some(circuit) = self.list.get_mut(id.index()) {
                change(circuit);
            }
        }
    }

    /// Nothing counts any more.
    pub(super) fn clear(&mut self) {
        for circuit in &mut self.list {
            *circuit = Circuit {
                budget_a: circuit.budget_a,
                ..Circuit::new(circuit.rated_a)
            };
        }
    }

    pub(super) fn commit(&mut self, id: CircuitId, amps: [u16; 3]) {
        self.each(id, |circuit| add(&mut circuit.committed_a, amps));
    }

    pub(super) fn release(&mut self, id: CircuitId, amps: [u16; 3]) {
        self.each(id, |circuit| {
            for (sum_a, amps) in circuit.committed_a.iter_mut().zip(amps) {
                *sum_a = sum_a.saturating_sub(u32::from(amps));
            }
        });
    }

    /// What a member may draw, what it draws, and what has to be kept for it.
    pub(super) fn count(&mut self, id: CircuitId, [amps, delivered_a, kept_a]: [[u16; 3]; 3]) {
        self.each(id, |circuit| {
            add(&mut circuit.committed_a, amps);
            add(&mut circuit.delivered_a, delivered_a);
            add(&mut circuit.needed_a, kept_a);
        });
    }

    pub(super) fn need(&mut self, id: CircuitId, amps: [u16; 3]) {
        self.each(id, |circuit| add(&mut circuit.needed_a, amps));
    }

    pub(super) fn tighten(&mut self, at: Bottleneck) {
        if let Some(circuit) = self.get_mut(at.circuit) {
            *at.phase.of_mut(&mut circuit.tight) = true;
        }
    }

    /// Everywhere that a member counts.
    pub(super) fn places(
        &self,
        id: CircuitId,
        phases: Phases,
    ) -> impl Iterator<Item = (Bottleneck, PhaseStanding)> {
        let path = self.tree.path(id);
        let known = path.filter_map(|id| Some((id, self.list.get(id.index())?)));
        known.flat_map(move |(circuit, found)| {
            let phases = Phase::ALL
                .into_iter()
                .filter(move |on| phases.counts_on(*on));
            phases.map(move |phase| (Bottleneck { circuit, phase }, found.on(phase)))
        })
    }

    /// Whether somebody gets no more because of what a member takes.
    pub(super) fn is_tight(&self, id: CircuitId, phases: Phases) -> bool {
        self.places(id, phases).any(|(at, _)| {
            let circuit = self.list.get(at.circuit.index());
            circuit.is_some_and(|circuit| at.phase.of(circuit.tight))
        })
    }

    /// The limits less what has to be kept, in the order of circuits.
    pub(super) fn left_a(&self) -> Vec<[u16; 3]> {
        let left_a = |circuit: &Circuit| {
            Phase::ALL.map(|phase| {
                let PhaseStanding {
                    limit_a, needed_a, ..
                } = circuit.on(phase);
                limit_a.saturating_sub(u16::try_from(needed_a).unwrap_or(u16::MAX))
            })
        };
        self.list.iter().map(left_a).collect()
    }

    pub(super) fn standing(&self, id: CircuitId) -> Option<CircuitStanding> {
        let circuit = self.list.get(id.index())?;
        Some(CircuitStanding {
            parent: self.tree.parent(id),
            phases: Phase::ALL.map(|phase| circuit.on(phase)),
        })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (CircuitId, CircuitStanding)> {
        let ids = self.tree.ids();
        ids.filter_map(|id| Some((id, self.standing(id)?)))
    }
}

fn add(sums_a: &mut [u32; 3], amps: [u16; 3]) {
    for (sum_a, amps) in sums_a.iter_mut().zip(amps) {
        *sum_a = sum_a.saturating_add(u32::from(amps));
    }
}
