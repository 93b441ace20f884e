//! When to send what: ticks of 1.3 s and slots of 0.32 s.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::announce::Phase;
use super::content::{Situation, decide};
use super::controller::Controller;
use super::{Event, LifeCycle};
use crate::Address;
use crate::message::{ControllerHeartbeat, Message, ProtocolVersion, Query};

/// The work of a tick.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(super) struct Schedule {
    next_tick: Instant,
    pub(super) slot_until: Instant,
    tick: usize,
    /// Heartbeats that are left.
    beats: VecDeque<Address>,
    /// The slot for a question is left.
    asks: bool,
    /// Nothing is sent in this tick.
    paused: bool,
    /// What arrived in this tick.
    pub(super) frames: bool,
    pub(super) errors: bool,
    /// Ticks in a row with nothing but errors.
    noisy: u8,
}

impl Schedule {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            next_tick: now,
            slot_until: now,
            tick: 0,
            beats: VecDeque::new(),
            asks: false,
            paused: false,
            frames: false,
            errors: false,
            noisy: 0,
        }
    }

    pub(super) fn restart(&mut self, now: Instant) {
        *self = Self {
            slot_until: self.slot_until,
            ..Self::new(now)
        };
    }

    /// Begins a tick; tells whether there is too much noise.
    fn begin(&mut self, now: Instant, mut beats: Vec<Address>, asks: bool) -> bool {
        let late = now.saturating_duration_since(self.next_tick);
        self.next_tick = if late < TICK { self.next_tick } else { now } + TICK;
        self.tick = self.tick.wrapping_add(1);
        self.noisy = if self.errors && !self.frames {
            self.noisy + 1
        } else {
            0
        };
        self.paused = self.noisy >= NOISY_TICKS;
        if self.paused {
            self.noisy = 0;
        }
        (self.errors, self.frames) = (false, false);
        let first = self.tick.checked_rem(beats.len()).unwrap_or(0);
        beats.rotate_right(first);
        self.beats = if self.paused {
            VecDeque::new()
        } else {
            beats.into()
        };
        self.asks = asks && !self.paused;
        self.paused
    }
}

impl Controller {
    /// When something may be sent next, if anything is to be.
    pub(super) fn next_transmit(&self) -> Option<Instant> {
        if self.outgoing.is_some() || self.line.is_awaiting() || !self.line.is_open() {
            return None;
        }
        let wanted = match self.phase {
            Phase::Announcing { due, .. } => due.max(self.schedule.slot_until),
            Phase::Running | Phase::Leaving { .. } => self.next_work(),
            _ => return None,
        };
        Some(self.line.free_at().map_or(wanted, |free| free.max(wanted)))
    }

    fn next_work(&self) -> Instant {
        let schedule = &self.schedule;
        if !schedule.paused
            && (!schedule.beats.is_empty() || schedule.asks || self.next_contactors().is_some())
        {
            return schedule.slot_until;
        }
        let claims = self.plans.values().filter_map(|plan| plan.claim);
        let claim = claims.map(|claim| claim.due).min();
        let claim = claim.filter(|_| !schedule.paused);
        let next = claim.map_or(schedule.next_tick, |due| due.min(schedule.next_tick));
        next.max(schedule.slot_until)
    }

    /// Sends what is due.
    pub(super) fn pump(&mut self, now: Instant) {
        while self.next_transmit().is_some_and(|at| at <= now) {
            match self.phase {
                Phase::Announcing { sent, of, .. } => self.announce_due(now, sent, of),
                _ => self.slot(now),
            }
        }
    }

    /// Uses one slot, or finds that a part of the tick's work needs none.
    fn slot(&mut self, now: Instant) {
        let schedule = &mut self.schedule;
        let is_done = schedule.beats.is_empty() && !schedule.asks;
        if is_done && schedule.next_tick <= now {
            self.begin_tick(now);
        } else if let Some(unit) = self.next_claim(now) {
            self.beat(now, unit, true);
        } else if let Some(unit) = self.schedule.beats.pop_front() {
            self.beat(now, unit, false);
        } else if let Some(place) = self.next_contactors() {
            self.send_contactors(now, place);
        } else {
            self.schedule.asks = false;
            self.ask(now);
        }
    }

    fn begin_tick(&mut self, now: Instant) {
        self.divide(now);
        if matches!(self.phase, Phase::Leaving { .. }) && self.all_at_floor() {
            self.stop();
            return;
        }
        let linked = self.plans.iter().filter(|(_, plan)| plan.linked);
        let beats = linked.map(|(unit, _)| *unit).collect();
        let asks = self.phase == Phase::Running;
        if self.schedule.begin(now, beats, asks) {
            self.records.emit(Event::BusNoise);
        }
    }

    fn next_claim(&self, now: Instant) -> Option<Address> {
        let due = |(unit, plan): (&Address, &super::plan::Plan)| {
            plan.claim.filter(|claim| claim.due <= now).map(|_| *unit)
        };
        self.plans.iter().find_map(due)
    }

    /// Sends a heartbeat; a claim has no content.
    fn beat(&mut self, now: Instant, unit: Address, is_claim: bool) {
        let time = self.time(now);
        let offer_a = self.ledger.offer(unit, time).limit_a;
        let step = self.next_step(time, unit).filter(|_| !is_claim);
        let (Some(plan), Some(peripheral)) = (self.plans.get_mut(&unit), self.records.get(unit))
        else {
            return;
        };
        if !plan.linked && !is_claim {
            return;
        }
        let protocol = peripheral.protocol.unwrap_or(ProtocolVersion::V2);
        // It may have missed what it was told last, and reports just what it is to have now: until it is told that, both
        // count.
        let told_a = plan.told.map(|told| told.limit_a);
        let is_other = told_a.is_some() && offer_a.is_some() && told_a != offer_a;
        let content = decide(&Situation {
            protocol,
            state: peripheral.state,
            vehicle_state: peripheral.vehicle_state,
            available_ca: peripheral.available_ca.unwrap_or(0),
            offer_a: offer_a.filter(|_| !is_claim),
            just_plugged: plan.just_plugged(now),
            resend: plan.resend || is_other,
            opened: peripheral.has_opened_contactors(),
            step: step.map(|step| step.action),
        });
        if is_claim {
            plan.claimed(now);
        }
        plan.tell(content.limit_a);
        let raised_a = step.and_then(|step| step.raised_a);
        self.ledger.sent(unit, time, raised_a.or(content.limit_a));
        let heartbeat = ControllerHeartbeat {
            sender: self.address,
            recipient: unit,
            action: content.action,
            current_ca: content
                .limit_a
                .map_or(0, |limit_a| limit_a.saturating_mul(100)),
            controller_plugged: false,
        };
        self.records.told(&heartbeat);
        self.beat_sent(unit, content, step);
        self.ask_for(
            now,
            unit,
            &Message::ControllerHeartbeat(heartbeat),
            protocol,
        );
    }

    /// Asks the most urgent question of all, or looks whether a unit that does not answer is there again: one that was
    /// claimed in vain may have heard it, and then says nothing by itself.
    fn ask(&mut self, now: Instant) {
        let mut best = None;
        for peripheral in &self.records.peripherals {
            let Some(plan) = self.plans.get(&peripheral.address) else {
                continue;
            };
            let next = if plan.linked && plan.missed_beats == 0 && peripheral.state.is_some() {
                plan.queries.next(now, peripheral)
            } else if !plan.linked && plan.claim.is_none() && plan.poll_is_due(now) {
                Some((POLL_AHEAD, Query::Version))
            } else {
                None
            };
            if let Some((urgency, query)) = next
                && best.is_none_or(|(most, _, _)| urgency > most)
            {
                best = Some((urgency, peripheral.address, query));
            }
        }
        let Some((_, unit, query)) = best else { return };
        self.ask_unit(now, unit, query);
    }

    fn ask_unit(&mut self, now: Instant, unit: Address, query: Query) {
        let (Some(plan), Some(peripheral)) = (self.plans.get_mut(&unit), self.records.get(unit))
        else {
            return;
        };
        let protocol = peripheral.protocol.unwrap_or(ProtocolVersion::V2);
        if plan.linked {
            plan.queries.asked(now, query);
        } else {
            plan.polled_at = Some(now);
            // A heartbeat might keep a unit charging that is not heard.
            let may_draw = self
                .ledger
                .member(unit)
                .is_some_and(|member| member.may_draw);
            if !may_draw || peripheral.life != LifeCycle::Lost {
                plan.claim_now(now);
                return;
            }
        }
        let message = Message::Query {
            sender: self.address,
            recipient: unit,
            query,
        };
        self.ask_for(now, unit, &message, protocol);
    }
}

/// A heartbeat to every unit. Source: author of twc-director, 1.3 s; real controllers take 1.8 to 2.0 s.
const TICK: Duration = Duration::from_millis(1_300);
const NOISY_TICKS: u8 = 2;
/// A unit that does not answer is looked for before anything else is asked.
const POLL_AHEAD: Duration = Duration::from_hours(1);
