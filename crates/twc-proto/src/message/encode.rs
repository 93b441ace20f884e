//! Messages to frames.

use super::{Message, Presence, ProtocolVersion, Query};
use crate::Address;
use crate::frame::{CONTENT_MAX, Frame, FrameType};

impl Message {
    /// The frame for a unit of this version. Serial numbers, parts of VINs and meter readings of three phases have
    /// 20 bytes, legacy replies and [`Message::Idle`] 14, whatever the version; [`Message::Unknown`] stays as it is.
    #[inline]
    pub fn encode(&self, version: ProtocolVersion) -> Frame {
        if let Self::Unknown(frame) = self {
            return *frame;
        }
        let mut content = Content::default();
        self.put(&mut content);
        let (frame_type, command) = self.code();
        let len = match (self, version) {
            (Self::Serial { .. } | Self::VinPart { .. }, _) => LONG,
            (Self::Meter { meter, .. }, _) => match meter.half_amps {
                [_, None, None] => USUAL,
                _ => LONG,
            },
            (
                Self::Idle { .. }
                | Self::LegacySerial(_)
                | Self::LegacyModel(_)
                | Self::LegacyVersion(_),
                _,
            )
            | (_, ProtocolVersion::V1) => SHORT,
            (_, ProtocolVersion::V2) => USUAL,
        };
        Frame::build(frame_type, command, content.bytes, len)
    }

    /// Type and command.
    pub const fn code(&self) -> (FrameType, u8) {
        use FrameType::{Command, Data, Request};
        match self {
            Self::ControllerAnnounce(_) => (Command, 0xE1),
            Self::ControllerDiscover(_) => (Request, 0xE2),
            Self::PeripheralPresence(_) => (Data, 0xE2),
            Self::ControllerHeartbeat(_) => (Request, 0xE0),
            Self::PeripheralHeartbeat(_) => (Data, 0xE0),
            Self::Query { query, .. } => (Request, query.command()),
            Self::Meter { .. } => (Data, Query::Meter.command()),
            Self::Version { .. } => (Data, Query::Version.command()),
            Self::Serial { .. } => (Data, Query::Serial.command()),
            Self::VinPart { part, .. } => (Data, Query::Vin(part.section()).command()),
            Self::PlugState { .. } => (Data, Query::PlugState.command()),
            Self::CloseContactors { .. } => (Command, 0xB1),
            Self::OpenContactors { .. } => (Command, 0xB2),
            Self::CloseContactorsAck { .. } => (Data, 0xB1),
            Self::OpenContactorsAck { .. } => (Data, 0xB2),
            Self::Idle { .. } => (Command, 0x1D),
            Self::LegacySerial(_) => (Data, Query::LegacySerial.command()),
            Self::LegacyModel(_) => (Data, Query::LegacyModel.command()),
            Self::LegacyVersion(_) => (Data, Query::LegacyVersion.command()),
            Self::Unknown(frame) => (frame.frame_type(), frame.command()),
        }
    }

    /// Writes what stands between the command and the checksum.
    #[inline]
    fn put(&self, content: &mut Content) {
        if let Some(sender) = self.sender() {
            content.address(sender);
        }
        if let Some(recipient) = self.recipient() {
            content.address(recipient);
        }
        match self {
            Self::ControllerAnnounce(presence)
            | Self::ControllerDiscover(presence)
            | Self::PeripheralPresence(presence) => content.presence(*presence),
            Self::ControllerHeartbeat(heartbeat) => {
                content.put(&[heartbeat.action.code()]);
                content.put(&heartbeat.current_ca.to_be_bytes());
                content.put(&[u8::from(heartbeat.controller_plugged)]);
            }
            Self::PeripheralHeartbeat(heartbeat) => {
                content.put(&[heartbeat.state.code()]);
                content.put(&heartbeat.current_available_ca.to_be_bytes());
                content.put(&heartbeat.current_delivered_ca.to_be_bytes());
            }
            Self::Meter { meter, .. } => {
                content.put(&meter.energy_raw.to_be_bytes());
                for volts in meter.volts {
                    content.put(&volts.to_be_bytes());
                }
                content.put(&meter.half_amps.map(Option::unwrap_or_default));
            }
            Self::Version { version, .. } | Self::LegacyVersion(version) => {
                content.put(&[version.release, version.major, version.minor]);
                content.put(&[version.patch.unwrap_or_default()]);
            }
            Self::Serial { serial, .. } | Self::LegacySerial(serial) => {
                content.put(serial.as_bytes());
            }
            Self::LegacyModel(model) => content.put(model.as_bytes()),
            Self::VinPart { part, .. } => content.put(part.expose()),
            Self::PlugState { plug, .. } => content.put(&[plug.code()]),
            Self::Query { .. }
            | Self::CloseContactors { .. }
            | Self::OpenContactors { .. }
            | Self::CloseContactorsAck { .. }
            | Self::OpenContactorsAck { .. }
            | Self::Idle { .. }
            | Self::Unknown(_) => {}
        }
    }
}

/// What stands between the command and the checksum, as far as it is written.
#[derive(Default)]
struct Content {
    bytes: [u8; CONTENT_MAX],
    len: usize,
}

impl Content {
    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        let places = self.bytes.iter_mut().skip(self.len);
        for (place, byte) in places.zip(bytes) {
            *place = *byte;
        }
        self.len += bytes.len();
    }

    #[inline]
    fn address(&mut self, address: Address) {
        self.put(&address.0.to_be_bytes());
    }

    #[inline]
    fn presence(&mut self, presence: Presence) {
        self.put(&[presence.session]);
        self.put(&presence.max_current_ca.to_be_bytes());
    }
}

/// Protocol version 1.
const SHORT: usize = 14;
/// Protocol version 2.
const USUAL: usize = 16;
/// Texts and three phases.
const LONG: usize = 20;
