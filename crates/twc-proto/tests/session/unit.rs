//! A peripheral that answers as real ones do, as far as these tests need it.

use twc_proto::Address;
use twc_proto::message::{
    Action, FirmwareVersion, Message, Meter, PeripheralHeartbeat, PeripheralState, PlugState,
    Presence, ProtocolVersion, Query, SerialNumber, VinPart,
};

pub(crate) struct Unit {
    pub(crate) address: Address,
    pub(crate) session: u8,
    pub(crate) protocol: ProtocolVersion,
    pub(crate) hardware_max_ca: u16,
    pub(crate) serial: &'static str,
    pub(crate) vin: &'static str,
    pub(crate) plug: PlugState,
    pub(crate) state: PeripheralState,
    pub(crate) available_ca: u16,
    pub(crate) delivered_ca: u16,
    pub(crate) energy: u32,
    /// Whether it answers at all.
    pub(crate) is_on: bool,
    /// Whether its firmware knows questions and commands.
    pub(crate) is_old: bool,
    /// Whether it takes limits.
    pub(crate) is_stubborn: bool,
    /// A limit that it reports from its next answer on.
    next_ca: Option<u16>,
}

impl Unit {
    pub(crate) fn new(address: u16) -> Self {
        Self {
            address: Address(address),
            session: 0x8E,
            protocol: ProtocolVersion::V2,
            hardware_max_ca: 3_200,
            serial: "A17A0003495",
            vin: "",
            plug: PlugState::Unplugged,
            state: PeripheralState::Ready,
            available_ca: 0,
            delivered_ca: 0,
            energy: 1_234,
            is_on: true,
            is_old: false,
            is_stubborn: false,
            next_ca: None,
        }
    }

    pub(crate) fn presence(&self) -> Message {
        Message::PeripheralPresence(Presence {
            sender: self.address,
            session: self.session,
            max_current_ca: self.hardware_max_ca,
        })
    }

    /// A vehicle asks for a limit.
    pub(crate) fn plug_in(&mut self) {
        self.plug = PlugState::Plugged;
        self.state = PeripheralState::PluggedReady;
    }

    /// It is in this state and draws nothing.
    pub(crate) fn set(&mut self, state: PeripheralState) {
        self.state = state;
        self.delivered_ca = 0;
    }

    /// It charges with this limit.
    pub(crate) fn charge(&mut self, available_ca: u16) {
        self.plug = PlugState::Charging;
        self.state = PeripheralState::Charging;
        self.available_ca = available_ca;
        self.delivered_ca = available_ca.saturating_sub(50);
    }

    pub(crate) fn answer(&mut self, message: &Message) -> Option<Message> {
        if !self.is_on || message.recipient() != Some(self.address) {
            return None;
        }
        let sender = self.address;
        match *message {
            Message::ControllerHeartbeat(heartbeat) => {
                Some(self.heartbeat(heartbeat.sender, heartbeat.action, heartbeat.current_ca))
            }
            _ if self.is_old => None,
            Message::OpenContactors { .. } => Some(Message::OpenContactorsAck { sender }),
            Message::CloseContactors { .. } => Some(Message::CloseContactorsAck { sender }),
            Message::Query { query, .. } => self.tell(query),
            _ => None,
        }
    }

    fn heartbeat(&mut self, recipient: Address, action: Action, current_ca: u16) -> Message {
        if let Some(available_ca) = self.next_ca.take() {
            self.available_ca = available_ca;
            if self.state == PeripheralState::PluggedReady && self.plug != PlugState::Unplugged {
                self.state = PeripheralState::Charging;
            }
            if self.state == PeripheralState::Charging {
                self.delivered_ca = available_ca.saturating_sub(50);
            }
        }
        let mut state = self.state;
        match action {
            Action::SetInitialCurrent
            | Action::AcknowledgeStartOrStop
            | Action::SetSessionCurrent
                if !self.is_stubborn =>
            {
                self.next_ca = Some(current_ca);
                if action == Action::SetSessionCurrent {
                    state = PeripheralState::Limiting;
                }
            }
            Action::Increase if !self.is_stubborn => {
                self.next_ca = Some(self.available_ca + 200);
                state = PeripheralState::Increasing;
            }
            Action::Decrease if !self.is_stubborn => state = PeripheralState::Decreasing,
            _ => {}
        }
        self.report(recipient, state)
    }

    pub(crate) fn report(&self, recipient: Address, state: PeripheralState) -> Message {
        Message::PeripheralHeartbeat(PeripheralHeartbeat {
            sender: self.address,
            recipient,
            state,
            current_available_ca: self.available_ca,
            current_delivered_ca: self.delivered_ca,
        })
    }

    pub(crate) fn tell(&self, query: Query) -> Option<Message> {
        let sender = self.address;
        Some(match query {
            Query::Meter => Message::Meter {
                sender,
                meter: Meter {
                    energy_raw: self.energy,
                    ..Meter::default()
                },
            },
            Query::Version => Message::Version {
                sender,
                version: FirmwareVersion {
                    release: 4,
                    major: 5,
                    minor: 3,
                    patch: Some(2),
                },
            },
            Query::Serial => Message::Serial {
                sender,
                serial: SerialNumber::new(self.serial),
            },
            Query::Vin(section) => {
                let from = section as usize * 7;
                let text = self.vin.get(from..from + section.width());
                let text = text.unwrap_or_default();
                Message::VinPart {
                    sender,
                    part: VinPart::from_bytes(section, text.as_bytes()),
                }
            }
            Query::PlugState => Message::PlugState {
                sender,
                plug: self.plug,
            },
            _ => return None,
        })
    }
}
