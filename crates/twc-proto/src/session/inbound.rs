//! What other units say to a controller.

use std::time::Instant;

use super::announce::Phase;
use super::controller::Controller;
use super::line::Awaited;
use super::records::Heard;
use super::{Event, RequestFailure, Sender};
use crate::Address;
use crate::frame::Frame;
use crate::message::{Message, PeripheralHeartbeat, PeripheralState, Query};

impl Controller {
    /// A frame of somebody else.
    pub(super) fn take_frame(&mut self, now: Instant, frame: &Frame) {
        if self.has_our_id(now, frame) {
            return;
        }
        let (units, default) = (&self.config.units, self.config.unit);
        let divisor = |unit| units.get(&unit).copied().unwrap_or(default).energy_divisor;
        let heard = self.records.take(now, frame, divisor);
        if heard.was_controller {
            self.no_controller(now, heard.message.sender());
        }
        match heard.from {
            Sender::Controller(controller) => self.foreign(now, controller),
            Sender::Peripheral(unit) if !matches!(self.phase, Phase::Silent { .. }) => {
                self.heard(now, unit, &heard);
            }
            _ => {}
        }
    }

    fn heard(&mut self, now: Instant, unit: Address, heard: &Heard) {
        self.take_in(now, unit);
        let (_, command) = heard.message.code();
        if heard.restarted {
            self.fail_all(Some(unit), |sent| RequestFailure::UnitLost { sent });
        }
        let wait = self.random.millis(100, 400);
        if let Some(plan) = self.plans.get_mut(&unit) {
            if heard.restarted {
                plan.restarted();
            }
            plan.resend |= heard.returned;
            if heard.vehicle_changed {
                plan.queries.ask_plug();
            }
            if heard.came {
                plan.came_at = Some(now);
            }
            match heard.message {
                Message::PeripheralPresence(_) => plan.presence(now, wait),
                _ if heard.returned && !plan.linked => plan.claim_now(now + wait),
                _ => {}
            }
        }
        match heard.message {
            Message::PeripheralPresence(_) => self.join(now, unit),
            Message::PeripheralHeartbeat(heartbeat) if heartbeat.recipient == self.address => {
                let answers = self.line.answered(unit, command);
                self.heartbeat(now, &heartbeat, answers, heard.vehicle_changed);
            }
            Message::OpenContactorsAck { .. } | Message::CloseContactorsAck { .. } => {
                self.line.answered(unit, command);
                let opens = matches!(heard.message, Message::OpenContactorsAck { .. });
                self.acknowledged(unit, opens);
            }
            _ => {
                let is_answer = self.line.answered(unit, command);
                let query = Query::from_command(command);
                if let (Some(query), Some(plan)) = (query, self.plans.get_mut(&unit)) {
                    plan.queries.answered(query);
                }
                self.records.counters.ignored += u64::from(!is_answer);
                self.look_at_plug(now, unit);
            }
        }
    }

    fn heartbeat(
        &mut self,
        now: Instant,
        heartbeat: &PeripheralHeartbeat,
        answers: bool,
        vehicle_changed: bool,
    ) {
        let unit = heartbeat.sender;
        let Some(plan) = self.plans.get_mut(&unit) else {
            return;
        };
        let was_linked = plan.linked;
        plan.linked();
        plan.resend |= vehicle_changed
            && matches!(
                heartbeat.state,
                PeripheralState::Charging
                    | PeripheralState::PluggedReady
                    | PeripheralState::Starting
            );
        let reported_ca = heartbeat.current_available_ca;
        let refused = answers.then(|| plan.reported(reported_ca)).flatten();
        if !was_linked {
            self.join(now, unit);
        }
        self.report(now, heartbeat, answers);
        if let Some(limit_a) = refused {
            self.records.emit(Event::LimitNotAccepted {
                unit,
                limit_a,
                reported_ca,
            });
        }
        if answers {
            self.follow_requests(now, heartbeat);
        }
    }

    /// Nothing came in the window.
    pub(super) fn unanswered(&mut self, missed: Awaited) {
        self.records.counters.missed += 1;
        let Some(plan) = self.plans.get_mut(&missed.unit) else {
            return;
        };
        match (missed.command, Query::from_command(missed.command)) {
            (HEARTBEAT, _) => plan.missed_beats = plan.missed_beats.saturating_add(1),
            // A unit that is silent altogether says nothing about the question.
            (_, Some(query)) if plan.missed_beats == 0 => plan.queries.missed(query),
            (_, Some(_)) => {}
            _ => self.contactors_missed(missed.unit, missed.command == OPEN_CONTACTORS),
        }
    }

    pub(super) fn unit_lost(&mut self, unit: Address) {
        if let Some(plan) = self.plans.get_mut(&unit) {
            plan.lost();
        }
        self.ledger.lost(unit);
        self.fail_all(Some(unit), |sent| RequestFailure::UnitLost { sent });
    }
}

/// The command of heartbeats.
const HEARTBEAT: u8 = 0xE0;
/// The command that opens contactors.
const OPEN_CONTACTORS: u8 = 0xB2;
