//! One member: what is known of it, and what it was told.

use std::sync::Arc;
use std::time::Duration;

use evse_sharing::{Bounds, CircuitId, Pace, Phases, Terms};

use super::load::{rounded_down, rounded_up};
use super::probe::Probe;
use crate::circuit::event::CircuitEvent;
use crate::circuit::order::{Action, Outcome};
use crate::circuit::reading::{BusReading, Reading};
use crate::config::{BusConfig, ChargerConfig, PhaseWiring, Sharing};
use crate::guard::Requester;
use crate::model::{Protocol, StartStop, Support};
use crate::units::Milliamps;

#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each named by its field"
)]
pub(super) struct Member {
    pub(super) name: Arc<str>,
    pub(super) kind: Kind,
    pub(super) circuit: usize,
    pub(super) tree: usize,
    pub(super) joined_at: Duration,
    pub(super) circuit_id: CircuitId,
    pub(super) wiring: Option<PhaseWiring>,
    /// The same for the ledger.
    pub(super) phases: Phases,
    pub(super) sharing: Sharing,
    /// What its owner allows.
    max: Option<Milliamps>,
    /// What it told last, and when.
    pub(super) last: Option<(Duration, Reading)>,
    pub(super) is_lost: bool,
    /// A charge runs, or pauses.
    pub(super) is_open: bool,
    /// Since when, as far as that was seen.
    pub(super) opened_at: Option<Duration>,
    /// What we found out about it.
    pub(super) learned: Support,
    pub(super) probe: Probe,
    /// What its settings may hold besides what they are reported to, A: each until they were read after that moment.
    pub(super) doubts: Vec<(u16, Duration)>,
    /// Earlier limits that may still count.
    pub(super) lags: Vec<Lag>,
    /// The most that its charge may have begun with, A, until it tells with what it did.
    pub(super) begun_a: Option<u16>,
    /// Since when it is kept from charging.
    pub(super) stopped: Option<Duration>,
    /// It was told to stop.
    pub(super) is_stopping: bool,
    /// It was told to start, has agreed, and was not seen to charge yet.
    pub(super) is_starting: bool,
    /// When it last agreed to start.
    pub(super) started_at: Option<Duration>,
    pub(super) bus: BusReading,
    /// What a bus was allowed last, A.
    pub(super) budget_a: Option<u16>,
    pub(super) pending: Option<Action>,
    /// When the last order ended.
    pub(super) ended_at: Option<Duration>,
    /// What it was told last, A.
    pub(super) ordered_a: u16,
    /// When it was first told that, since it was told something else.
    pub(super) ordered_at: Duration,
    /// When the last order left.
    began_at: Duration,
    /// When it was last told what nobody needs, for its next charge.
    pub(super) next_told_at: Option<Duration>,
    /// When its flash was written last.
    pub(super) written_at: Option<Duration>,
    failures: u32,
    /// Not to be raised or started before.
    pub(super) calm_until: Duration,
    /// Not to be told again to draw less before.
    pub(super) urgent_until: Duration,
}

/// A limit that may still count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lag {
    pub(super) amps: u16,
    /// A charge that has begun by then may have begun with it.
    pub(super) held_until: Duration,
    /// It counts until the member was heard after that moment.
    pub(super) until: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Duosida,
    Em,
    Other,
    Bus,
}

impl Member {
    pub(super) fn charger(
        config: &ChargerConfig,
        sharing: &Sharing,
        circuit: usize,
        usual: Option<Milliamps>,
    ) -> Self {
        let kind = match config.address.protocol() {
            Protocol::Duosida => Kind::Duosida,
            Protocol::Em => Kind::Em,
            _ => Kind::Other,
        };
        Self {
            max: config.max_current.or(usual),
            ..Self::new(&config.name, kind, sharing, config.phases.clone(), circuit)
        }
    }

    pub(super) fn bus(config: &BusConfig, sharing: &Sharing, circuit: usize) -> Self {
        let limit = config.limit.unwrap_or(Milliamps::from_amps(LEAST_A));
        let phases = config.phases.clone();
        Self {
            max: Some(limit),
            ..Self::new(&config.port, Kind::Bus, sharing, phases, circuit)
        }
    }

    fn new(
        name: &str,
        kind: Kind,
        sharing: &Sharing,
        wiring: Option<PhaseWiring>,
        circuit: usize,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            circuit,
            tree: 0,
            joined_at: Duration::ZERO,
            circuit_id: CircuitId::ROOT,
            // Both name phases by the same words.
            phases: wiring.as_ref().map_or(Phases::UNKNOWN, |wiring| {
                wiring.to_string().parse().unwrap_or_default()
            }),
            wiring,
            sharing: sharing.clone(),
            max: None,
            last: None,
            is_lost: false,
            is_open: false,
            opened_at: None,
            learned: Support::Unknown,
            probe: Probe::default(),
            doubts: Vec::new(),
            lags: Vec::new(),
            begun_a: None,
            stopped: None,
            is_stopping: false,
            is_starting: false,
            started_at: None,
            bus: BusReading::default(),
            budget_a: None,
            pending: None,
            ended_at: None,
            ordered_a: 0,
            ordered_at: Duration::ZERO,
            began_at: Duration::ZERO,
            next_told_at: None,
            written_at: None,
            failures: 0,
            calm_until: Duration::ZERO,
            urgent_until: Duration::ZERO,
        }
    }

    pub(super) fn is_bus(&self) -> bool {
        self.kind == Kind::Bus
    }

    pub(super) fn was_heard(&self) -> bool {
        self.last.is_some() || self.bus.is_open
    }

    pub(super) fn reading(&self) -> Option<&Reading> {
        self.last.as_ref().map(|(_, reading)| reading)
    }

    pub(super) fn bounds(&self) -> Bounds {
        let max_a = self.max.map(rounded_down);
        if self.is_bus() {
            let cap_a = Some(self.bus.cap_a).filter(|cap_a| *cap_a > 0);
            let cap_a = cap_a.into_iter().chain(max_a).min();
            return Bounds {
                floor_a: self.bus.floor_a.max(LEAST_A),
                cap_a: cap_a.unwrap_or(LEAST_A),
            };
        }
        let range = self
            .reading()
            .and_then(|reading| reading.capabilities.current);
        let cap_a = range.map(|range| rounded_down(range.max));
        let cap_a = cap_a.into_iter().chain(max_a).min();
        Bounds {
            floor_a: range.map_or(LEAST_A, |range| rounded_up(range.min)),
            cap_a: cap_a.unwrap_or(MOST_A),
        }
    }

    pub(super) fn terms(&self) -> Terms {
        Terms {
            circuit: self.circuit_id,
            phases: self.phases,
            priority: self.sharing.priority,
            guaranteed_a: self.sharing.guaranteed.map_or(0, rounded_down),
            live: self.is_live(),
            keeps_charging: !self.is_bus(),
            starts_itself: !self.is_bus() && self.sharing.self_start && self.stopped.is_none(),
            pace: self.pace(),
        }
    }

    /// Whether its limit can be changed now.
    pub(super) fn is_live(&self) -> bool {
        self.is_bus() || !self.is_open || self.live_change() == Support::Yes
    }

    pub(super) fn live_change(&self) -> Support {
        let told = self
            .reading()
            .map(|reading| reading.capabilities.live_change);
        match self.learned {
            Support::Unknown => told.unwrap_or_default(),
            learned => learned,
        }
    }

    fn pace(&self) -> Pace {
        let usual = Pace::default();
        match self.kind {
            Kind::Duosida => Pace {
                settle: FOLLOWS,
                deadband_a: WORTHWHILE_A,
                write_every: WRITE_EVERY,
            },
            Kind::Em => Pace {
                settle: if self.is_open {
                    EM_SETTLE
                } else {
                    usual.settle
                },
                deadband_a: WORTHWHILE_A,
                write_every: WRITE_EVERY,
            },
            Kind::Other | Kind::Bus => usual,
        }
    }

    /// A higher limit from before may still count for a while.
    pub(super) fn linger(&mut self, now: Duration, amps: u16) {
        let until = now + self.follows_within();
        self.lags.push(Lag {
            amps,
            held_until: until,
            until,
        });
    }

    pub(super) const fn follows_within(&self) -> Duration {
        match self.kind {
            Kind::Duosida => FOLLOWS,
            _ => Duration::from_secs(5),
        }
    }

    /// Its settings may hold this, until they were read after that moment.
    fn doubt(&mut self, amps: u16, until: Duration) {
        match self.doubts.iter_mut().find(|(held, _)| *held == amps) {
            Some((_, known)) => *known = until.max(*known),
            None if self.kind == Kind::Bus => {}
            None => self.doubts.push((amps, until)),
        }
    }

    /// Settings were read at that moment: what they may have been before is still followed for a while.
    pub(super) fn settle(&mut self, now: Duration, read_at: Duration) {
        let is_settled = |(_, until): &mut (u16, Duration)| read_at > *until;
        let settled: Vec<_> = self.doubts.extract_if(.., is_settled).collect();
        for (amps, _) in settled {
            self.linger(now, amps);
        }
    }

    /// It has taken its last order a moment ago, and may still tell what it held before.
    pub(super) fn may_tell_of_before(&self, now: Duration) -> bool {
        let is_young = self.ended_at.is_some_and(|ended| now < ended + READING);
        let mut doubts = self.doubts.iter();
        is_young && self.failures == 0 && doubts.any(|(amps, _)| *amps == self.ordered_a)
    }

    /// What an earlier program told it may not show yet.
    pub(super) fn has_first_doubt(&self) -> bool {
        let mut doubts = self.doubts.iter();
        doubts.any(|(_, until)| *until == self.joined_at)
    }

    /// The highest limit that may count besides what it reports, A.
    pub(super) fn hidden_a(&self) -> u16 {
        let doubts = self.doubts.iter().map(|(amps, _)| *amps);
        let lags = self.lags.iter().map(|lag| lag.amps);
        let all = doubts.chain(lags).chain(self.begun_a);
        all.max().unwrap_or(0)
    }

    pub(super) fn can_stop(&self) -> bool {
        self.reading()
            .is_some_and(|reading| reading.capabilities.start_stop == StartStop::Yes)
    }

    /// What it says it is told, A.
    pub(super) fn told_a(&self) -> Option<u16> {
        if self.is_bus() {
            return self.budget_a.filter(|budget_a| *budget_a > 0);
        }
        self.told().map(rounded_up)
    }

    pub(super) fn told(&self) -> Option<Milliamps> {
        let limit = self.reading()?.limit;
        if self.is_open {
            limit.effective.or(limit.reported)
        } else {
            limit.reported.or(limit.effective)
        }
    }

    pub(super) fn ordered(&mut self, now: Duration, action: Action) {
        self.pending = Some(action);
        self.began_at = now;
        match action {
            Action::SetCurrent { current, .. } if self.is_bus() => {
                self.budget_a = Some(rounded_down(current));
            }
            Action::SetCurrent { .. } | Action::Start { .. } => {}
            Action::Stop => self.is_stopping = true,
        }
    }

    /// The order that has ended.
    pub(super) fn ended(&mut self, now: Duration, outcome: &Outcome) -> Option<Action> {
        let action = self.pending.take()?;
        if !matches!(outcome, Outcome::Refused { .. }) {
            self.ended_at = Some(now);
        } else if action == Action::Stop {
            self.is_stopping = false;
        }
        if let (
            Outcome::Done | Outcome::Accepted | Outcome::Unknown { .. },
            Action::SetCurrent { current, .. } | Action::Start { current },
        ) = (outcome, action)
        {
            if !self.is_bus() {
                // The guard counts from then.
                self.written_at = Some(now);
            }
            let amps = rounded_down(current);
            let until = match (self.kind, outcome, action) {
                // It was asked for since, and a connection keeps the order of what is asked.
                (Kind::Duosida, Outcome::Done, Action::SetCurrent { .. }) => self.began_at,
                (Kind::Duosida, ..) => now,
                _ => now + LATE,
            };
            self.doubt(amps, until);
            self.is_starting = matches!((outcome, action), (Outcome::Done, Action::Start { .. }));
            if std::mem::replace(&mut self.ordered_a, amps) != amps {
                self.ordered_at = now;
            }
        }
        match outcome {
            Outcome::Done | Outcome::Accepted => {
                self.failures = 0;
                (self.calm_until, self.urgent_until) = (now, now);
                if matches!(action, Action::Start { .. }) {
                    self.started_at = Some(now);
                }
            }
            // It comes too soon for the guard: nothing failed.
            Outcome::Refused {
                wait: Some(wait), ..
            } => self.wait(now, action, *wait, RETRY),
            Outcome::Refused { wait: None, .. } | Outcome::Unknown { .. } => {
                self.failures = self.failures.saturating_add(1);
                let backoff = RETRY * 2u32.saturating_pow(self.failures.min(10) - 1);
                let urgent = backoff.min(SLOWEST_URGENT_RETRY);
                self.wait(now, action, backoff.min(SLOWEST_RETRY), urgent);
            }
        }
        self.probe.ended(now, action, outcome);
        Some(action)
    }

    /// Until the next attempt; `urgent` where it is to draw less.
    fn wait(&mut self, now: Duration, action: Action, calm: Duration, urgent: Duration) {
        self.calm_until = now + calm;
        if action == Action::Stop || self.lowers(action) {
            self.urgent_until = now + urgent;
        }
    }

    fn lowers(&self, action: Action) -> bool {
        let told = self.told();
        match action {
            Action::SetCurrent {
                current, requester, ..
            } => requester == Requester::Protection || told.is_some_and(|told| current < told),
            _ => false,
        }
    }

    /// The first failure in a row is told.
    pub(super) fn failure(&self, reason: &str) -> Option<CircuitEvent> {
        (self.failures == 1).then(|| CircuitEvent::OrderFailed {
            member: self.name.clone(),
            reason: reason.to_owned(),
        })
    }
}

/// The least current of a charge, A. Source: IEC 61851-1.
const LEAST_A: u16 = 6;
/// What a charger of which nothing is known may draw, A.
pub(super) const MOST_A: u16 = 32;
/// A Duosida charger follows another limit within 30 s. Source: hardware.
const FOLLOWS: Duration = Duration::from_secs(30);
/// A setting of a charger goes to flash memory: one a minute by automatic control. Source: ours.
pub(super) const WRITE_EVERY: Duration = Duration::from_mins(1);
/// More is worth a write to flash when it is so much more, A. Source: ours.
pub(super) const WORTHWHILE_A: u16 = 2;
/// Some EVSEMaster chargers stop for about 20 s to change their current. Source: owners' reports of a BS20; the pause is
/// ours.
const EM_SETTLE: Duration = Duration::from_mins(5);
/// Datagrams of a local network overtake each other by less. Source: ours; an order is given up after 9 s and more.
const LATE: Duration = Duration::from_secs(3);
/// How long readings from after an order are waited for before the next one.
pub(super) const READING: Duration = Duration::from_secs(30);
/// From a failed order to the next attempt; twice as long after each further one.
const RETRY: Duration = Duration::from_secs(5);
const SLOWEST_RETRY: Duration = Duration::from_mins(5);
const SLOWEST_URGENT_RETRY: Duration = Duration::from_secs(40);
