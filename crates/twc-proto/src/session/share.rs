//! Each unit's part of the limit: what goes into the ledger and what comes out.

use std::time::{Duration, Instant};

use evse_sharing::{Bounds, Heard};

use super::announce::Phase;
use super::controller::Controller;
use super::plan::Plan;
use super::{Event, LifeCycle, Peripheral, Share, UnitConfig};
use crate::Address;
use crate::message::{PeripheralHeartbeat, PeripheralState};

impl Controller {
    /// The time as the ledger counts it.
    pub(super) fn time(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.epoch)
    }

    pub(super) fn unit_config(&self, unit: Address) -> UnitConfig {
        self.config
            .units
            .get(&unit)
            .copied()
            .unwrap_or(self.config.unit)
    }

    /// The least of wiring, hardware and what a person allows, A.
    pub(super) fn cap_a(&self, unit: Address) -> u16 {
        let config = self.unit_config(unit);
        let hardware_ca = self
            .records
            .get(unit)
            .and_then(|peripheral| peripheral.hardware_max_ca);
        config
            .wiring_a
            .min(config.max_a.unwrap_or(u16::MAX))
            .min(hardware_ca.map_or(u16::MAX, |hardware_ca| hardware_ca / 100))
    }

    /// A unit takes part, or its bounds are others.
    pub(super) fn join(&mut self, now: Instant, unit: Address) {
        let Some(peripheral) = self.records.get(unit) else {
            return;
        };
        let bounds = Bounds {
            floor_a: peripheral.floor_a(),
            cap_a: self.cap_a(unit),
        };
        let time = self.time(now);
        if self.plans.contains_key(&unit) {
            self.ledger.join(unit, time, bounds);
        }
    }

    /// A unit was heard while this controller runs the bus.
    pub(super) fn take_in(&mut self, now: Instant, unit: Address) {
        if self.plans.contains_key(&unit) || self.records.get(unit).is_none() {
            return;
        }
        let initial_asked_a = self.unit_config(unit).initial_a;
        self.plans.insert(unit, Plan::new(initial_asked_a));
        self.join(now, unit);
        let gone = |known: &Address| self.records.get(*known).is_none();
        let gone: Vec<_> = self.plans.keys().copied().filter(gone).collect();
        for unit in gone {
            self.plans.remove(&unit);
            self.ledger.forget(unit);
        }
    }

    /// After another controller: what it told the units shows in what they report.
    pub(super) fn take_over(&mut self, now: Instant) {
        let units: Vec<_> = self
            .peripherals()
            .map(|peripheral| peripheral.address)
            .collect();
        for unit in units {
            self.take_in(now, unit);
            let Some(peripheral) = self.records.get(unit) else {
                continue;
            };
            let is_lost = peripheral.life == LifeCycle::Lost;
            let is_linked = !is_lost && peripheral.linked;
            if let Some(plan) = self.plans.get_mut(&unit) {
                plan.linked = is_linked;
            }
            self.look_at_plug(now, unit);
            if is_lost {
                self.reserve(unit);
            }
        }
        self.divide(now);
    }

    /// A lost unit keeps the most that it may hold, for its time since it was heard last.
    fn reserve(&mut self, unit: Address) {
        let Some(peripheral) = self.records.get(unit) else {
            return;
        };
        let limit_ca = peripheral
            .available_ca
            .max(peripheral.session_sent_ca)
            .max(peripheral.initial_sent_ca);
        let last = Heard {
            limit_a: limit_ca.map(|limit_ca| limit_ca.div_ceil(100)),
            delivered_ma: [0; 3],
            answers: false,
        };
        let time = self.time(peripheral.last_seen);
        self.ledger.heard(unit, time, last);
        self.ledger.lost(unit);
    }

    /// Another controller runs the bus.
    pub(super) fn forget_shares(&mut self) {
        let plans = std::mem::take(&mut self.plans);
        for unit in plans.keys() {
            self.ledger.forget(*unit);
        }
        self.overload = None;
    }

    /// A unit reports; `answers`: to our last heartbeat to it.
    pub(super) fn report(&mut self, now: Instant, heartbeat: &PeripheralHeartbeat, answers: bool) {
        let heard = Heard {
            limit_a: Some(heartbeat.current_available_ca.div_ceil(100)),
            delivered_ma: [u32::from(heartbeat.current_delivered_ca) * 10; 3],
            answers,
        };
        let time = self.time(now);
        self.ledger.heard(heartbeat.sender, time, heard);
        self.look_at_plug(now, heartbeat.sender);
    }

    /// Finds out whether a vehicle came or went, and whether it wants current.
    pub(super) fn look_at_plug(&mut self, now: Instant, unit: Address) {
        let time = self.time(now);
        let (Some(peripheral), Some(plan)) = (self.records.get(unit), self.plans.get_mut(&unit))
        else {
            return;
        };
        let plugged = is_plugged(peripheral);
        let has_limit = peripheral.available_ca > Some(0);
        let waits = match peripheral.vehicle_state {
            Some(PeripheralState::Ready) => false,
            Some(PeripheralState::PluggedNotCharging) => plan.just_plugged(now),
            _ => true,
        };
        let takes_part = plugged && (has_limit || waits);
        if (plugged, takes_part) == (plan.plugged, plan.takes_part) {
            return;
        }
        (plan.plugged, plan.takes_part) = (plugged, takes_part);
        if !plugged {
            plan.session_asked_a = None;
        } else if self.config.keep_limits {
            let held_a = peripheral.available_ca.map(|limit_ca| limit_ca / 100);
            let held_a = held_a.filter(|held_a| *held_a >= peripheral.floor_a());
            plan.session_asked_a = plan.session_asked_a.or(held_a);
        }
        let wish_a = plan.session_asked_a.or(plan.initial_asked_a);
        if takes_part {
            self.ledger.plugged(unit, time);
        } else {
            self.ledger.unplugged(unit);
        }
        self.ledger.request(unit, time, wish_a);
    }

    pub(super) fn budget_due(&mut self, now: Instant) {
        if self.budget_until.take_if(|until| *until <= now).is_some() {
            self.ledger.set_budget_a(Some(self.config.safe_limit_a));
            let limit_a = self.ledger.limit_a();
            self.records.emit(Event::BudgetExpired { limit_a });
        }
    }

    /// Divides the limit anew.
    pub(super) fn divide(&mut self, now: Instant) {
        let time = self.time(now);
        self.ledger.update(time);
        self.check_overload();
    }

    /// Says when the limit cannot be kept any more, and when it can.
    fn check_overload(&mut self) {
        if self.phase != Phase::Running {
            return;
        }
        let overload = self.ledger.overload();
        if overload.is_some() != self.overload.is_some() {
            self.records.emit(Event::Overload(overload));
        }
        self.overload = overload;
    }

    /// Whether nothing can be lowered any more.
    pub(super) fn all_at_floor(&self) -> bool {
        self.ledger
            .members()
            .all(|(_, member)| member.lost || member.commitment_a <= member.bounds.floor_a)
    }

    /// Brings what the owner sees of the shares up to date.
    pub(super) fn show_shares(&mut self) {
        for peripheral in &mut self.records.peripherals {
            let unit = peripheral.address;
            let plan = self.plans.get(&unit);
            let both = plan.zip(self.ledger.member(unit));
            peripheral.share = both.map(|(plan, member)| Share {
                session_asked_a: plan.session_asked_a,
                initial_asked_a: plan.initial_asked_a,
                cap_a: member.bounds.cap_a,
                granted_a: member.sent_a,
                accepted: member.sent_a.map(|sent_a| sent_a.saturating_mul(100))
                    == peripheral.available_ca,
                target_a: member.target_a,
                why: member.why,
            });
        }
    }
}

/// Whether a vehicle is plugged in. What the plug said last may be older than the state.
fn is_plugged(peripheral: &Peripheral) -> bool {
    let by_state = matches!(
        peripheral.vehicle_state,
        Some(
            PeripheralState::Charging
                | PeripheralState::PluggedNotCharging
                | PeripheralState::PluggedReady
                | PeripheralState::Starting
        )
    );
    by_state || peripheral.delivered_ca > Some(100) || peripheral.vehicle_present() == Some(true)
}
