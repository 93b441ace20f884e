//! How everything stands, for people and screens.

use evse_sharing::{Bottleneck, Ledger, Standing as Share, Why};

use super::Planner;
use super::load::Circuit;
use super::member::Member;
use crate::circuit::reading::BusControl;
use crate::circuit::standing::{CircuitStanding, MemberStanding, PhaseStanding, Standing};
use crate::config::Phase;
use crate::units::Milliamps;

impl Planner {
    /// How all stand, as of the last [`tick`](Self::tick).
    pub fn standing(&self) -> Standing {
        let circuits = self.circuits.iter();
        let members = self.members.iter().enumerate();
        Standing {
            circuits: circuits
                .filter_map(|circuit| circuit.standing(self.ledgers.get(circuit.tree)?))
                .collect(),
            members: members
                .filter_map(|(key, member)| {
                    let share = self.ledgers.get(member.tree)?.member(key)?;
                    Some(self.member(member, &share))
                })
                .collect(),
        }
    }

    fn member(&self, member: &Member, share: &Share) -> MemberStanding {
        let circuit = self.circuits.get(member.circuit);
        let bottleneck = share.bottleneck.and_then(|at| self.named(member.tree, at));
        let amps = Milliamps::from_amps;
        MemberStanding {
            name: member.name.clone(),
            circuit: circuit.map_or_else(|| "".into(), |circuit| circuit.name.clone()),
            is_bus: member.is_bus(),
            phases: member.wiring.clone(),
            state: member.reading().map(|reading| reading.state),
            wanted: amps(share.wanted_a),
            granted: share.target_a.map(amps),
            delivered: amps(share.delivered_a),
            committed: amps(share.commitment_a),
            why: why(member, share),
            bottleneck,
            order: member.pending,
        }
    }

    fn named(&self, tree: usize, at: Bottleneck) -> Option<(std::sync::Arc<str>, Phase)> {
        let is = |circuit: &&Circuit| circuit.tree == tree && circuit.id == at.circuit;
        let circuit = self.circuits.iter().find(is)?;
        let phase = match at.phase {
            evse_sharing::Phase::L1 => Phase::L1,
            evse_sharing::Phase::L2 => Phase::L2,
            evse_sharing::Phase::L3 => Phase::L3,
        };
        Some((circuit.name.clone(), phase))
    }
}

impl Circuit {
    fn standing(&self, ledger: &Ledger<usize>) -> Option<CircuitStanding> {
        let standing = ledger.circuit(self.id)?;
        let amps = |amps: u32| Milliamps(amps.saturating_mul(1_000));
        let phases = [Phase::L1, Phase::L2, Phase::L3];
        let mut at = phases
            .into_iter()
            .zip(standing.phases)
            .zip(self.limit_a)
            .zip(self.house_a());
        let mut next = || {
            let (((phase, standing), limit_a), house_a) = at.next()?;
            Some(PhaseStanding {
                phase,
                limit: Milliamps::from_amps(limit_a),
                house: Milliamps::from_amps(house_a),
                used: amps(standing.delivered_a),
                committed: amps(standing.committed_a),
                spare: Milliamps::from_amps(standing.spare_a()),
                needed: amps(standing.needed_a),
            })
        };
        Some(CircuitStanding {
            name: self.name.clone(),
            within: self.within.clone(),
            house: self.house(),
            phases: [next()?, next()?, next()?],
        })
    }
}

fn why(member: &Member, share: &Share) -> String {
    if !member.was_heard() {
        return "was never heard, counts at all that it can draw".to_owned();
    }
    if member.is_bus() && member.bus.control == BusControl::Foreign {
        return "another controller runs it, counts at all that it can draw".to_owned();
    }
    if member.is_bus() && member.bus.is_idle() && share.plugged && share.why != Why::Waiting {
        return "keeps its least for a vehicle that may come".to_owned();
    }
    if member.stopped.is_some() && share.why == Why::Waiting {
        return "stopped, waits until a full floor is free".to_owned();
    }
    if member.stopped.is_some() {
        return "stopped, starts again when its contactor has rested".to_owned();
    }
    share.why.to_string()
}
