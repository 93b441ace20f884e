//! Frames to messages.

use nom::{IResult, Parser};

use super::text::LEGACY_MAX;
use super::{
    Action, ControllerHeartbeat, FirmwareVersion, Message, Meter, Model, PeripheralHeartbeat,
    PeripheralState, PlugState, Presence, Query, SerialNumber, VinPart, VinSection,
};
use crate::Address;
use crate::frame::{Frame, FrameType};

type Parsed<'a, T> = IResult<&'a [u8], T, ()>;

impl Message {
    /// What a frame says. Total: what is not known, or too short, is [`Message::Unknown`].
    #[inline]
    pub fn decode(frame: &Frame) -> Self {
        let content = frame.content();
        let parsed = match frame.frame_type() {
            FrameType::Request => request(frame.command(), content),
            FrameType::Command => command(frame.command(), content),
            FrameType::Data => data(frame.command(), content),
        };
        parsed.map_or_else(|_| Self::Unknown(*frame), |(_, message)| message)
    }
}

#[inline]
fn request(command: u8, content: &[u8]) -> Parsed<'_, Message> {
    match command {
        0xE0 => controller_heartbeat(content),
        0xE2 => presence.map(Message::ControllerDiscover).parse(content),
        _ => {
            let Some(query) = Query::from_command(command) else {
                return unknown();
            };
            let question = |(sender, recipient)| Message::Query {
                sender,
                recipient,
                query,
            };
            (address, address).map(question).parse(content)
        }
    }
}

#[inline]
fn command(command: u8, content: &[u8]) -> Parsed<'_, Message> {
    match command {
        0xE1 => presence.map(Message::ControllerAnnounce).parse(content),
        0xB1 => (address, address)
            .map(|(sender, recipient)| Message::CloseContactors { sender, recipient })
            .parse(content),
        0xB2 => (address, address)
            .map(|(sender, recipient)| Message::OpenContactors { sender, recipient })
            .parse(content),
        0x1D => address
            .map(|sender| Message::Idle { sender })
            .parse(content),
        _ => unknown(),
    }
}

#[inline]
fn data(command: u8, content: &[u8]) -> Parsed<'_, Message> {
    match command {
        0x19 => {
            let serial = SerialNumber::from_bytes(content.get(..LEGACY_MAX).unwrap_or(content));
            Ok((&[], Message::LegacySerial(serial)))
        }
        0x1A => Ok((&[], Message::LegacyModel(Model::from_bytes(content)))),
        0x1B => version
            .map(|version| {
                Message::LegacyVersion(FirmwareVersion {
                    patch: None,
                    ..version
                })
            })
            .parse(content),
        0xE0 => peripheral_heartbeat(content),
        0xE2 => presence.map(Message::PeripheralPresence).parse(content),
        _ => {
            let (payload, sender) = address(content)?;
            told(command, sender, payload)
        }
    }
}

/// Data with a sender.
#[inline]
fn told(command: u8, sender: Address, payload: &[u8]) -> Parsed<'_, Message> {
    let vin = |section| {
        let part = VinPart::from_bytes(section, payload);
        Ok((&[][..], Message::VinPart { sender, part }))
    };
    match command {
        0xEB => meter
            .map(|meter| Message::Meter { sender, meter })
            .parse(payload),
        0xEC => version
            .map(|version| Message::Version { sender, version })
            .parse(payload),
        0xED => {
            let serial = SerialNumber::from_bytes(payload);
            Ok((&[], Message::Serial { sender, serial }))
        }
        0xEE => vin(VinSection::First),
        0xEF => vin(VinSection::Middle),
        0xF1 => vin(VinSection::Last),
        0xB4 => be_u8
            .map(|code| Message::PlugState {
                sender,
                plug: PlugState::from(code),
            })
            .parse(payload),
        0xB1 => Ok((payload, Message::CloseContactorsAck { sender })),
        0xB2 => Ok((payload, Message::OpenContactorsAck { sender })),
        _ => unknown(),
    }
}

/// nom's own parsers of numbers go byte by byte.
#[inline]
fn bytes<const N: usize>(input: &[u8]) -> Parsed<'_, [u8; N]> {
    match input.split_first_chunk() {
        Some((bytes, rest)) => Ok((rest, *bytes)),
        None => Err(nom::Err::Error(())),
    }
}

#[inline]
fn be_u8(input: &[u8]) -> Parsed<'_, u8> {
    bytes.map(u8::from_be_bytes).parse(input)
}

#[inline]
fn be_u16(input: &[u8]) -> Parsed<'_, u16> {
    bytes.map(u16::from_be_bytes).parse(input)
}

#[inline]
fn be_u32(input: &[u8]) -> Parsed<'_, u32> {
    bytes.map(u32::from_be_bytes).parse(input)
}

#[inline]
fn address(input: &[u8]) -> Parsed<'_, Address> {
    be_u16.map(Address).parse(input)
}

#[inline]
fn presence(input: &[u8]) -> Parsed<'_, Presence> {
    (address, be_u8, be_u16)
        .map(|(sender, session, max_current_ca)| Presence {
            sender,
            session,
            max_current_ca,
        })
        .parse(input)
}

#[inline]
fn controller_heartbeat(input: &[u8]) -> Parsed<'_, Message> {
    (address, address, be_u8, be_u16, be_u8)
        .map(|(sender, recipient, action, current_ca, plugged)| {
            Message::ControllerHeartbeat(ControllerHeartbeat {
                sender,
                recipient,
                action: Action::from(action),
                current_ca,
                controller_plugged: plugged != 0,
            })
        })
        .parse(input)
}

#[inline]
fn peripheral_heartbeat(input: &[u8]) -> Parsed<'_, Message> {
    (address, address, be_u8, be_u16, be_u16)
        .map(|(sender, recipient, state, available, delivered)| {
            Message::PeripheralHeartbeat(PeripheralHeartbeat {
                sender,
                recipient,
                state: PeripheralState::from(state),
                current_available_ca: available,
                current_delivered_ca: delivered,
            })
        })
        .parse(input)
}

#[inline]
fn meter(input: &[u8]) -> Parsed<'_, Meter> {
    let (rest, (energy_raw, l1, l2, l3, half_amps)) =
        (be_u32, be_u16, be_u16, be_u16, be_u8).parse(input)?;
    let second = rest.first().copied();
    let third = rest.get(1).copied();
    let meter = Meter {
        energy_raw,
        volts: [l1, l2, l3],
        half_amps: [Some(half_amps), second, third],
    };
    Ok((rest, meter))
}

#[inline]
fn version(input: &[u8]) -> Parsed<'_, FirmwareVersion> {
    (be_u8, be_u8, be_u8, be_u8)
        .map(|(release, major, minor, patch)| FirmwareVersion {
            release,
            major,
            minor,
            patch: Some(patch),
        })
        .parse(input)
}

fn unknown<'a>() -> Parsed<'a, Message> {
    Err(nom::Err::Error(()))
}
