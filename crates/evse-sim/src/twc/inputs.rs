//! What comes in: who is meant, and what it does.
use std::time::Instant;

use twc_proto::message::{
    Action, ControllerHeartbeat, Message, PeripheralHeartbeat, PeripheralState, ProtocolVersion,
};

use super::charging::Adjustment;
use super::peripheral::{Peripheral, Power};
use super::timer::Timer;

impl Peripheral {
    pub(super) fn receive(&mut self, now: Instant, message: &Message) {
        match message {
            Message::ControllerAnnounce(presence) => {
                self.heard_controller(now, presence.sender, false);
            }
            Message::ControllerDiscover(presence) => {
                self.heard_controller(now, presence.sender, true);
            }
            _ if message.recipient() != Some(self.id) || self.power == Power::Latched => {}
            Message::ControllerHeartbeat(heartbeat) => self.heartbeat(now, heartbeat),
            Message::Query { query, .. } => {
                if let Some(answer) = self.answer(*query) {
                    self.reply(now, answer);
                }
            }
            Message::CloseContactors { .. } if self.config.answers_queries => {
                self.close_contactors(now);
                self.reply(now, Message::CloseContactorsAck { sender: self.id });
            }
            Message::OpenContactors { .. } if self.config.answers_queries => {
                self.open_contactors(now);
                self.reply(now, Message::OpenContactorsAck { sender: self.id });
            }
            _ => {}
        }
    }

    /// The reply tells what was so before the action.
    fn heartbeat(&mut self, now: Instant, heartbeat: &ControllerHeartbeat) {
        self.claimed_by(now, heartbeat.sender);
        let mut reply = PeripheralHeartbeat {
            sender: self.id,
            recipient: heartbeat.sender,
            state: self.state(),
            current_available_ca: self.available_ca,
            current_delivered_ca: self.delivered_ca(),
        };
        self.lost = false;
        let sets_session = heartbeat.action == Action::SetSessionCurrent
            && self.config.version == ProtocolVersion::V2;
        if sets_session {
            reply.state = PeripheralState::Limiting;
        }
        self.obey(now, heartbeat);
        if self.power == Power::Latched {
            reply.state = PeripheralState::Error;
        }
        self.reply(now, Message::PeripheralHeartbeat(reply));
        self.tell_state();
    }

    fn obey(&mut self, now: Instant, heartbeat: &ControllerHeartbeat) {
        let is_v2 = self.config.version == ProtocolVersion::V2;
        match heartbeat.action {
            Action::SetInitialCurrent if !self.refuses_initial() => {
                self.take_limit(now, heartbeat.current_ca);
            }
            Action::AcknowledgeStartOrStop => self.take_limit(now, heartbeat.current_ca),
            Action::SetSessionCurrent if is_v2 => self.take_limit(now, heartbeat.current_ca),
            Action::Increase => self.adjust(now, Adjustment::Increase),
            Action::Decrease => self.adjust(now, Adjustment::Decrease),
            Action::Error => {
                self.power = Power::Latched;
                self.timers.clear(Timer::Presence);
            }
            _ => {}
        }
    }
}
