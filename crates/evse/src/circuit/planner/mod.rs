//! Who is told what: decided from readings, without I/O and without a clock.

mod decide;
mod hear;
mod idle;
mod load;
mod member;
mod probe;
mod relieve;
mod show;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use evse_sharing::{CircuitId, Ledger, Policy, Settings};

use super::event::CircuitEvent;
use super::order::{Action, Order, Outcome};
use crate::config::{CircuitConfig, Config, SharingPolicy};
use crate::units::Milliamps;
use load::Circuit;
use member::Member;

/// Decides what each member of a circuit is told, so that no circuit carries more than its limit.
///
/// `now` is the time since any moment that the owner chooses, the same for all calls. Once a second or so the owner
/// passes on what members tell ([`hear`](Self::hear), [`hear_bus`](Self::hear_bus)) and what is measured, calls
/// [`tick`](Self::tick), carries the orders out, and tells what came of each ([`done`](Self::done)).
#[derive(Debug)]
pub struct Planner {
    circuits: Vec<Circuit>,
    members: Vec<Member>,
    /// One for each circuit that no other feeds.
    ledgers: Vec<Ledger<usize>>,
    events: VecDeque<CircuitEvent>,
    /// The first tick.
    began: Option<Duration>,
}

impl Planner {
    /// The circuits of a configuration, with the chargers and buses that are on them.
    pub fn new(config: &Config, now: Duration) -> Self {
        let mut planner = Self {
            circuits: Vec::new(),
            members: Vec::new(),
            ledgers: Vec::new(),
            events: VecDeque::new(),
            began: None,
        };
        while let Some(next) = config
            .circuits
            .iter()
            .find(|circuit| planner.may_add(config, circuit))
        {
            planner.add_circuit(next);
        }
        planner.sort(config);
        for charger in &config.chargers {
            let known = charger.sharing.as_ref();
            let at = known.and_then(|on| Some((on, planner.circuit(&on.circuit)?)));
            if let Some((sharing, circuit)) = at {
                let usual = config.defaults.max_current;
                planner
                    .members
                    .push(Member::charger(charger, sharing, circuit, usual));
            }
        }
        for bus in &config.buses {
            let known = bus.sharing.as_ref();
            let at = known.and_then(|on| Some((on, planner.circuit(&on.circuit)?)));
            if let Some((sharing, circuit)) = at {
                planner.members.push(Member::bus(bus, sharing, circuit));
            }
        }
        planner.join(now);
        planner
    }

    /// It is not there yet, and what feeds it is.
    fn may_add(&self, config: &Config, circuit: &CircuitConfig) -> bool {
        let exists = |name: &str| config.circuits.iter().any(|other| other.name == name);
        let within = circuit.within.as_deref().filter(|name| exists(name));
        self.circuit(&circuit.name).is_none()
            && within.is_none_or(|name| self.circuit(name).is_some())
    }

    fn add_circuit(&mut self, config: &CircuitConfig) {
        let within = config.within.as_deref().and_then(|name| self.circuit(name));
        let parent = within.and_then(|at| self.circuits.get(at));
        let below = parent.and_then(|parent| {
            let ledger = self.ledgers.get_mut(parent.tree)?;
            let id = ledger.add_circuit(parent.id, [0; 3])?;
            Some((parent.tree, id))
        });
        let (tree, id) = below.unwrap_or_else(|| {
            let settings = Settings {
                reopen: REOPEN,
                policy: policy(config.policy),
                ..Settings::default()
            };
            self.ledgers.push(Ledger::new(0, settings));
            (self.ledgers.len() - 1, CircuitId::ROOT)
        });
        let mut circuit = Circuit::new(config, tree, id);
        circuit.within = within.map(|at| self.circuits[at].name.clone());
        self.circuits.push(circuit);
    }

    /// In the order of the configuration.
    fn sort(&mut self, config: &Config) {
        let place = |circuit: &Circuit| {
            let mut names = config.circuits.iter().map(|known| &*known.name);
            names.position(|name| *name == *circuit.name)
        };
        self.circuits.sort_by_key(place);
    }

    fn join(&mut self, now: Duration) {
        for (key, member) in self.members.iter_mut().enumerate() {
            let Some(circuit) = self.circuits.get(member.circuit) else {
                continue;
            };
            member.tree = circuit.tree;
            member.circuit_id = circuit.id;
            member.joined_at = now;
            let Some(ledger) = self.ledgers.get_mut(member.tree) else {
                continue;
            };
            ledger.join(key, now, member.bounds());
            // The circuit is the ledger's own.
            let _ = ledger.set_terms(key, member.terms());
        }
    }

    /// What the members are called, by their places.
    pub fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.members.iter().map(|member| &member.name)
    }

    /// What the circuits are called, by their places.
    pub fn circuits(&self) -> impl Iterator<Item = &Arc<str>> + Clone {
        self.circuits.iter().map(|circuit| &circuit.name)
    }

    /// The members' places that are buses.
    pub fn buses(&self) -> impl Iterator<Item = usize> {
        let members = self.members.iter().enumerate();
        members.filter_map(|(place, member)| member.is_bus().then_some(place))
    }

    /// The place of a circuit of this name.
    pub fn circuit(&self, name: &str) -> Option<usize> {
        self.circuits
            .iter()
            .position(|circuit| *circuit.name == *name)
    }

    /// What other loads take on L1, L2 and L3 of a circuit: those that hang on it or below it, without members.
    pub fn measured(&mut self, circuit: usize, now: Duration, loads: [Milliamps; 3]) {
        if let Some(circuit) = self.circuits.get_mut(circuit) {
            self.events.extend(circuit.measured(now, loads));
        }
    }

    /// What a circuit carries is another, from the next [`tick`](Self::tick) on. Whole amps count.
    pub fn set_limit(&mut self, circuit: usize, limit: [Milliamps; 3]) {
        if let Some(circuit) = self.circuits.get_mut(circuit) {
            circuit.limit_a = limit.map(load::rounded_down);
        }
    }

    /// What other loads take on a circuit while nothing measures them is another. Whole amps count.
    pub fn set_reserve(&mut self, circuit: usize, reserve: [Milliamps; 3]) {
        if let Some(circuit) = self.circuits.get_mut(circuit) {
            circuit.reserve_a = reserve.map(load::rounded_up);
        }
    }

    /// Decides anew: what to tell whom at once.
    pub fn tick(&mut self, now: Duration) -> Vec<Order> {
        let may_stop = self.look(now);
        let mut orders = Vec::new();
        for key in 0..self.members.len() {
            if let Some(action) = self.decide(key, now, may_stop) {
                orders.extend(self.order(key, now, action));
            }
        }
        if may_stop {
            for key in self.relieve(now) {
                orders.extend(self.order(key, now, Action::Stop));
            }
        }
        orders
    }

    /// Brings everything to this moment, without a decision; whether it has run for so long that it may stop somebody.
    pub(in crate::circuit) fn look(&mut self, now: Duration) -> bool {
        let began = *self.began.get_or_insert(now);
        for circuit in &mut self.circuits {
            if let Some(ledger) = self.ledgers.get_mut(circuit.tree) {
                self.events.extend(circuit.apply(now, ledger));
            }
        }
        for ledger in &mut self.ledgers {
            ledger.update(now);
        }
        self.find_dishonoured(now);
        let runs_for = now.saturating_sub(began);
        let may_stop = runs_for >= GRACE && (runs_for >= LONGEST_GRACE || self.are_all_settled());
        if may_stop {
            self.tell_overloads();
        }
        may_stop
    }

    /// The settings of all were read in this run.
    fn are_all_settled(&self) -> bool {
        let is_settled = |member: &Member| member.was_heard() && !member.has_first_doubt();
        self.members.iter().all(is_settled)
    }

    /// An order leaves.
    fn order(&mut self, key: usize, now: Duration, action: Action) -> Option<Order> {
        let member = self.members.get_mut(key)?;
        let ledger = self.ledgers.get_mut(member.tree)?;
        match action {
            Action::SetCurrent { current, .. } | Action::Start { current } => {
                let amps = load::rounded_down(current);
                // A bus with no budget is one that waits: it is not told a limit.
                if amps > 0 {
                    ledger.sent(key, now, Some(amps));
                }
            }
            Action::Stop => {
                let member = member.name.clone();
                self.events.push_back(CircuitEvent::Stopped { member });
            }
        }
        member.ordered(now, action);
        Some(Order {
            member: key,
            name: member.name.clone(),
            action,
        })
    }

    /// An order to a member has ended.
    pub fn done(&mut self, member: usize, now: Duration, outcome: &Outcome) {
        let key = member;
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let Some(action) = member.ended(now, outcome) else {
            return;
        };
        let ordered = match action {
            Action::SetCurrent { current, .. } | Action::Start { current } => Some(current),
            Action::Stop => None,
        };
        match (outcome, ordered) {
            (Outcome::Done, _) | (_, None) => {}
            // Nothing has changed: it is told what it holds.
            (Outcome::Refused { .. }, Some(_)) => self.take_back(key, 0, true),
            // It is told the more of what it was told before and after.
            (Outcome::Accepted | Outcome::Unknown { .. }, Some(current)) => {
                self.take_back(key, load::rounded_down(current), false);
            }
        }
        self.tell_end(key, action, outcome);
    }

    /// A member may hold what it held before an order, or this, A.
    fn take_back(&mut self, key: usize, amps: u16, was_refused: bool) {
        let Some(member) = self.members.get(key) else {
            return;
        };
        let ledger = self.ledgers.get_mut(member.tree);
        if let (Some(told_a), Some(ledger)) = (member.told_a(), ledger) {
            let amps = told_a.max(amps).max(member.hidden_a());
            ledger.take_back(key, amps, was_refused);
        }
    }

    fn tell_end(&mut self, key: usize, action: Action, outcome: &Outcome) {
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        match (outcome, action) {
            (Outcome::Done | Outcome::Accepted, Action::Start { current }) => {
                let member = member.name.clone();
                let event = CircuitEvent::Started { member, current };
                self.events.push_back(event);
            }
            (Outcome::Done | Outcome::Accepted | Outcome::Refused { wait: Some(_), .. }, _) => {}
            (Outcome::Refused { reason, .. } | Outcome::Unknown { reason }, _) => {
                self.events.extend(member.failure(reason));
            }
        }
    }

    /// What happened, in its order.
    pub fn poll_event(&mut self) -> Option<CircuitEvent> {
        self.events.pop_front()
    }
}

const fn policy(policy: SharingPolicy) -> Policy {
    match policy {
        SharingPolicy::Fair => Policy::Fair,
        SharingPolicy::Priority => Policy::Priority,
        SharingPolicy::FirstCome => Policy::FirstCome,
        SharingPolicy::Guaranteed => Policy::Guaranteed,
    }
}

/// For so long after its beginning nobody is stopped and no alarm is raised: who was not heard yet counts at all that it
/// can draw, and nothing was changed yet. Source: ours; a busy Duosida charger is free again after 31 s, and follows
/// within 30 s what it was told before.
const GRACE: Duration = Duration::from_mins(1);
/// Nor before the settings of all were read in this run, but no longer than this. Source: ours; EVSEMaster chargers are
/// asked for theirs every 2 min.
const LONGEST_GRACE: Duration = Duration::from_mins(3);
/// A vehicle that leaves a part of its share is given all of it again, for half a minute, after so long. Source: ours; each
/// time another is lowered and raised again, which may wear flash memory and interrupt its charge.
const REOPEN: Duration = Duration::from_mins(30);
