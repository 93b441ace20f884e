//! The circuits of a ledger: their limits, and how they stand.

use super::Ledger;
use super::view::{CircuitStanding, Overload, PhaseStanding};
use crate::tree::CircuitId;

impl<K: Copy + Ord> Ledger<K> {
    /// A circuit that is fed by another and bears `rated_a` on L1, L2 and L3. `None` when `parent` is none of this
    /// ledger's, or there are eight up to the root, or 65,536 in all.
    pub fn add_circuit(&mut self, parent: CircuitId, rated_a: [u16; 3]) -> Option<CircuitId> {
        self.circuits.add(parent, rated_a)
    }

    /// What a circuit bears on L1, L2 and L3, A, is now another.
    pub fn set_circuit_rated_a(&mut self, circuit: CircuitId, rated_a: [u16; 3]) {
        if let Some(circuit) = self.circuits.get_mut(circuit) {
            circuit.rated_a = rated_a;
            self.stale = true;
        }
    }

    /// What is left of a circuit on L1, L2 and L3 after other loads, a reserve, an energy manager, A; it only ever lowers
    /// the limit. `None`: no budget.
    pub fn set_circuit_budget_a(&mut self, circuit: CircuitId, budget_a: Option<[u16; 3]>) {
        if let Some(circuit) = self.circuits.get_mut(circuit) {
            circuit.budget_a = budget_a.unwrap_or([u16::MAX; 3]);
            self.stale = true;
        }
    }

    /// What the supply bears on every phase, A, is now another.
    pub fn set_rated_a(&mut self, rated_a: u16) {
        self.set_circuit_rated_a(CircuitId::ROOT, [rated_a; 3]);
    }

    /// What an energy manager allows on every phase, A; it only ever lowers the limit. `None`: no budget.
    pub fn set_budget_a(&mut self, budget_a: Option<u16>) {
        self.set_circuit_budget_a(CircuitId::ROOT, budget_a.map(|budget_a| [budget_a; 3]));
    }

    /// The limit of the root in force, A: the supply's or the budget, on the phase where it is least.
    pub fn limit_a(&self) -> u16 {
        self.root().map(|on| on.limit_a).min().unwrap_or(0)
    }

    /// The most that all members together may draw right now, A, on the phase where it is most.
    pub fn committed_a(&self) -> u32 {
        self.root().map(|on| on.committed_a).max().unwrap_or(0)
    }

    /// The limit of the root less all commitments, A, on the phase where it is least.
    pub fn spare_a(&self) -> u16 {
        self.root().map(PhaseStanding::spare_a).min().unwrap_or(0)
    }

    fn root(&self) -> impl Iterator<Item = PhaseStanding> {
        let root = self.circuit(CircuitId::ROOT);
        root.into_iter().flat_map(|root| root.phases)
    }

    /// How a circuit stands.
    pub fn circuit(&self, circuit: CircuitId) -> Option<CircuitStanding> {
        self.circuits.standing(circuit)
    }

    /// How all stand, in the order of adding them; the root is first.
    pub fn circuits(&self) -> impl Iterator<Item = (CircuitId, CircuitStanding)> {
        self.circuits.all()
    }

    /// The alarm, as of the last update: somewhere the limit is below what cannot be stopped. Where it is most so, if in
    /// several places; [`circuits`](Self::circuits) tells all.
    pub fn overload(&self) -> Option<Overload> {
        let all = self.circuits().flat_map(|(_, circuit)| circuit.phases);
        let above = all.filter_map(PhaseStanding::overload);
        above.max_by_key(|above| above.needed_a - u32::from(above.limit_a))
    }
}
