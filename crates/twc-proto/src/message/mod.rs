//! What frames say, both directions and both protocol versions.
//!
//! ```
//! use twc_proto::frame::{Decoder, Trailer};
//! use twc_proto::message::{Action, ControllerHeartbeat, Message, ProtocolVersion};
//! use twc_proto::Address;
//!
//! let limit = Message::ControllerHeartbeat(ControllerHeartbeat {
//!     sender: Address(0x7777),
//!     recipient: Address(0x3495),
//!     action: Action::SetSessionCurrent,
//!     current_ca: 1600,
//!     controller_plugged: false,
//! });
//! let wire = limit.encode(ProtocolVersion::V2).encode(Trailer::default());
//! let frame = Decoder::new().push(&wire).next().unwrap()?;
//! assert_eq!(Message::decode(&frame), limit);
//! # Ok::<(), twc_proto::frame::FrameError>(())
//! ```

mod codes;
mod data;
mod decode;
mod encode;
mod query;
mod text;

use crate::frame::{Frame, FrameType};
use crate::{Address, Role, is_sendable};

pub use codes::{Action, PeripheralState, PlugState};
pub use data::{ControllerHeartbeat, FirmwareVersion, Meter, PeripheralHeartbeat, Presence};
pub use query::Query;
pub use text::{Model, SerialNumber, Vin, VinPart, VinSection};

/// What a frame says. Bytes that are not listed are sent as zeros and ignored.
///
/// Source of the table of commands: captures of real units, several implementations; see each content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Message {
    /// FC E1: a controller has powered up.
    ControllerAnnounce(Presence),
    /// FB E2: a controller asks who is there. Unlinked peripherals answer with their presence.
    ControllerDiscover(Presence),
    /// FD E2: a peripheral without a controller.
    PeripheralPresence(Presence),
    /// FB E0: a controller polls a peripheral, and may tell it what to do.
    ControllerHeartbeat(ControllerHeartbeat),
    /// FD E0: the answer to that.
    PeripheralHeartbeat(PeripheralHeartbeat),
    /// FB with the command of the [`Query`]: a question.
    Query {
        /// The controller.
        sender: Address,
        /// Who shall answer.
        recipient: Address,
        /// What is asked.
        query: Query,
    },
    /// FD EB: meter readings.
    Meter {
        /// Whose.
        sender: Address,
        /// The readings.
        meter: Meter,
    },
    /// FD EC: the firmware, as four numbers from byte 4 on.
    Version {
        /// Whose.
        sender: Address,
        /// The version.
        version: FirmwareVersion,
    },
    /// FD ED: the serial number, as text from byte 4 on.
    Serial {
        /// Whose.
        sender: Address,
        /// The serial number.
        serial: SerialNumber,
    },
    /// FD EE, FD EF, FD F1: a part of the vehicle's VIN, as text from byte 4 on.
    VinPart {
        /// The unit.
        sender: Address,
        /// The part.
        part: VinPart,
    },
    /// FD B4: whether a vehicle is plugged in, in byte 4.
    PlugState {
        /// The unit.
        sender: Address,
        /// What is plugged in.
        plug: PlugState,
    },
    /// FC B1: power on.
    CloseContactors {
        /// The controller.
        sender: Address,
        /// The unit.
        recipient: Address,
    },
    /// FC B2: power off, even under load and without a word to the vehicle.
    OpenContactors {
        /// The controller.
        sender: Address,
        /// The unit.
        recipient: Address,
    },
    /// FD B1: the unit has taken the command to close.
    CloseContactorsAck {
        /// The unit.
        sender: Address,
    },
    /// FD B2: the unit has taken the command to open.
    OpenContactorsAck {
        /// The unit.
        sender: Address,
    },
    /// FC 1D: a lone version 1 controller, three times every two hours.
    Idle {
        /// 0 in the only capture.
        sender: Address,
    },
    /// FD 19: the serial number, as text from byte 2 on.
    LegacySerial(SerialNumber),
    /// FD 1A: the model, as text from byte 2 on.
    LegacyModel(Model),
    /// FD 1B: the firmware, as three numbers from byte 2 on.
    LegacyVersion(FirmwareVersion),
    /// Another type and command, or a body too short for its command.
    Unknown(Frame),
}

/// The two generations of firmware. Nothing on the wire names them: a unit's presence has 14 bytes in version 1 and 16
/// in version 2. Source: captures of both; confidence high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProtocolVersion {
    /// Bodies of 14 bytes.
    V1,
    /// Bodies of 16 bytes, and of 20 for long replies.
    V2,
}

impl ProtocolVersion {
    /// The version of the unit that sent this frame, if it is a presence (FD E2).
    pub const fn of_presence(frame: &Frame) -> Option<Self> {
        match (frame.frame_type(), frame.command(), frame.len()) {
            (FrameType::Data, 0xE2, 14) => Some(Self::V1),
            (FrameType::Data, 0xE2, 16) => Some(Self::V2),
            _ => None,
        }
    }
}

impl Message {
    /// Who says it, if that is known.
    pub const fn sender(&self) -> Option<Address> {
        match self {
            Self::ControllerAnnounce(presence)
            | Self::ControllerDiscover(presence)
            | Self::PeripheralPresence(presence) => Some(presence.sender),
            Self::ControllerHeartbeat(heartbeat) => Some(heartbeat.sender),
            Self::PeripheralHeartbeat(heartbeat) => Some(heartbeat.sender),
            Self::Query { sender, .. }
            | Self::Meter { sender, .. }
            | Self::Version { sender, .. }
            | Self::Serial { sender, .. }
            | Self::VinPart { sender, .. }
            | Self::PlugState { sender, .. }
            | Self::CloseContactors { sender, .. }
            | Self::OpenContactors { sender, .. }
            | Self::CloseContactorsAck { sender }
            | Self::OpenContactorsAck { sender }
            | Self::Idle { sender } => Some(*sender),
            Self::LegacySerial(_) | Self::LegacyModel(_) | Self::LegacyVersion(_) => None,
            Self::Unknown(frame) => frame.sender(),
        }
    }

    /// Who is meant, if the message says so.
    pub const fn recipient(&self) -> Option<Address> {
        match self {
            Self::ControllerHeartbeat(heartbeat) => Some(heartbeat.recipient),
            Self::PeripheralHeartbeat(heartbeat) => Some(heartbeat.recipient),
            Self::Query { recipient, .. }
            | Self::CloseContactors { recipient, .. }
            | Self::OpenContactors { recipient, .. } => Some(*recipient),
            _ => None,
        }
    }

    /// Whether it may be sent: its type and command are on the list of [`is_sendable`], and it has no action that harms.
    pub const fn is_sendable(&self, role: Role) -> bool {
        let harms = matches!(
            self,
            Self::Unknown(_)
                | Self::ControllerHeartbeat(ControllerHeartbeat {
                    action: Action::Error | Action::Unknown(_),
                    ..
                })
        );
        let (frame_type, command) = self.code();
        !harms && is_sendable(role, frame_type.code(), command)
    }

    /// The name in `snake_case`, as decoded captures name it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ControllerAnnounce(_) => "controller_announce",
            Self::ControllerDiscover(_) => "controller_discover",
            Self::PeripheralPresence(_) => "peripheral_presence",
            Self::ControllerHeartbeat(_) => "controller_heartbeat",
            Self::PeripheralHeartbeat(_) => "peripheral_heartbeat",
            Self::Query { .. } => "query",
            Self::Meter { .. } => "meter",
            Self::Version { .. } => "version",
            Self::Serial { .. } => "serial",
            Self::VinPart { .. } => "vin_part",
            Self::PlugState { .. } => "plug_state",
            Self::CloseContactors { .. } => "close_contactors",
            Self::OpenContactors { .. } => "open_contactors",
            Self::CloseContactorsAck { .. } => "close_contactors_ack",
            Self::OpenContactorsAck { .. } => "open_contactors_ack",
            Self::Idle { .. } => "idle",
            Self::LegacyVersion(_) => "legacy_version",
            Self::LegacySerial(_) => "legacy_serial",
            Self::LegacyModel(_) => "legacy_model",
            Self::Unknown(_) => "unknown",
        }
    }
}
