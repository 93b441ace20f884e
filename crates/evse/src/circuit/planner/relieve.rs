//! When more has to be kept than a circuit bears.

use std::cmp::Reverse;
use std::time::Duration;

use evse_sharing::{CircuitId, Phase as SharingPhase, PhaseStanding, Why};

use super::Planner;
use crate::circuit::event::CircuitEvent;
use crate::config::Phase;
use crate::units::Milliamps;

impl Planner {
    /// Wherever a member counts.
    pub(super) fn places(&self, key: usize) -> impl Iterator<Item = Place> + use<'_> {
        let member = self.members.get(key);
        let found = member.and_then(|member| Some((member, self.ledgers.get(member.tree)?)));
        found.into_iter().flat_map(|(member, ledger)| {
            let (tree, phases) = (member.tree, member.phases);
            let mut next = Some(member.circuit_id);
            let path = std::iter::from_fn(move || {
                let circuit = next?;
                let standing = ledger.circuit(circuit)?;
                next = standing.parent;
                Some((circuit, standing.phases))
            });
            path.flat_map(move |(circuit, standings)| {
                let counts = move |phase: &SharingPhase| phases.counts_on(*phase);
                let places = SharingPhase::ALL.into_iter().filter(counts);
                places.map(move |phase| Place {
                    at: (tree, circuit, phase),
                    standing: phase.of(standings),
                })
            })
        })
    }

    /// Alarms that begin and end.
    pub(super) fn tell_overloads(&mut self) {
        for circuit in &mut self.circuits {
            let ledger = self.ledgers.get(circuit.tree);
            let Some(standing) = ledger.and_then(|ledger| ledger.circuit(circuit.id)) else {
                continue;
            };
            let phases = [Phase::L1, Phase::L2, Phase::L3];
            let all = standing.phases.iter().zip(&mut circuit.overloads);
            for ((standing, was), phase) in all.zip(phases) {
                let overload = standing.overload();
                let name = circuit.name.clone();
                let event = match overload {
                    Some(overload) if !*was => CircuitEvent::Overload {
                        circuit: name,
                        phase,
                        needed: Milliamps(overload.needed_a.saturating_mul(1_000)),
                        limit: Milliamps::from_amps(overload.limit_a),
                    },
                    None if *was => CircuitEvent::OverloadOver {
                        circuit: name,
                        phase,
                    },
                    _ => continue,
                };
                *was = overload.is_some();
                self.events.push_back(event);
            }
        }
    }

    /// Who has to be stopped because it cannot be lowered, or does not follow: the least important, and of those the last
    /// of the configuration.
    pub(super) fn relieve(&self, now: Duration) -> Vec<usize> {
        let all = 0..self.members.len();
        // One that has just stopped still counts until that is certain, and so does an idle bus.
        let is_stopping = |key: &usize| {
            let member = &self.members[*key];
            let is_idle = member.is_bus() && member.bus.is_idle();
            member.is_stopping || member.stopped.is_some() || is_idle
        };
        let mut stopping: Vec<usize> = all.clone().filter(is_stopping).collect();
        let mut candidates: Vec<_> = all.filter(|key| self.can_be_stopped(*key, now)).collect();
        candidates.sort_by_key(|key| (self.members[*key].sharing.priority, Reverse(*key)));
        let mut found = Vec::new();
        for key in candidates {
            let is_in_need = |place: Place| {
                let Place { at, standing } = place;
                let limit_a = u32::from(standing.limit_a);
                standing.needed_a > limit_a + self.relief_a(at, &stopping)
            };
            if self.places(key).any(is_in_need) {
                stopping.push(key);
                found.push(key);
            }
        }
        found
    }

    fn can_be_stopped(&self, key: usize, now: Duration) -> bool {
        let Some(member) = self.members.get(key) else {
            return false;
        };
        let ledger = self.ledgers.get(member.tree);
        let why = ledger.and_then(|ledger| Some(ledger.member(key)?.why));
        matches!(why, Some(Why::Fixed | Why::Astray))
            && member.is_open
            && member.can_stop()
            && !member.is_lost
            && !member.is_stopping
            && member.pending.is_none()
            && now >= member.urgent_until
    }

    /// What those that are being stopped will leave at a place, A.
    fn relief_a(&self, at: (usize, CircuitId, SharingPhase), stopping: &[usize]) -> u32 {
        let leaves_a = |key: &usize| {
            let member = self.members.get(*key)?;
            self.places(*key).find(|place| place.at == at)?;
            let standing = self.ledgers.get(member.tree)?.member(*key)?;
            let kept_a = standing.target_a.unwrap_or(standing.commitment_a);
            Some(u32::from(kept_a))
        };
        stopping.iter().filter_map(leaves_a).sum()
    }
}

/// Somewhere a member counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Ledger, circuit and phase.
    pub(super) at: (usize, CircuitId, SharingPhase),
    pub(super) standing: PhaseStanding,
}
