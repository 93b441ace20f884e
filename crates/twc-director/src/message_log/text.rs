//! What frames say, in words.

use std::fmt;

use twc_proto::message::{
    Action, ControllerHeartbeat, Message, Meter, PeripheralHeartbeat, VinPart,
};

/// A message in words.
pub(super) struct Text<'a>(pub(super) &'a Message);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Message::ControllerAnnounce(presence)
            | Message::ControllerDiscover(presence)
            | Message::PeripheralPresence(presence) => {
                let (session, maximum) = (presence.session, Amps(presence.max_current_ca));
                write!(f, "{}, session {session}, maximum {maximum}", self.0.kind())
            }
            Message::ControllerHeartbeat(heartbeat) => request(f, heartbeat),
            Message::PeripheralHeartbeat(heartbeat) => report(f, heartbeat),
            Message::Query {
                recipient, query, ..
            } => {
                write!(f, "asks {recipient} for {}", query.name())
            }
            Message::Meter {
                meter: readings, ..
            } => meter(f, readings),
            Message::Version { version, .. } | Message::LegacyVersion(version) => {
                write!(f, "version {version}")
            }
            Message::Serial { serial, .. } | Message::LegacySerial(serial) => {
                write!(f, "serial {serial}")
            }
            Message::LegacyModel(model) => write!(f, "model {model}"),
            Message::VinPart { part, .. } => vin(f, part),
            Message::PlugState { plug, .. } => write!(f, "plug {plug}"),
            Message::CloseContactors { recipient, .. } => {
                write!(f, "close contactors of {recipient}")
            }
            Message::OpenContactors { recipient, .. } => {
                write!(f, "open contactors of {recipient}")
            }
            Message::CloseContactorsAck { .. }
            | Message::OpenContactorsAck { .. }
            | Message::Idle { .. }
            | Message::Unknown(_) => f.write_str(self.0.kind()),
        }
    }
}

fn request(f: &mut fmt::Formatter<'_>, heartbeat: &ControllerHeartbeat) -> fmt::Result {
    write!(
        f,
        "heartbeat to {}: {}",
        heartbeat.recipient, heartbeat.action
    )?;
    match heartbeat.action {
        Action::SetInitialCurrent | Action::AcknowledgeStartOrStop | Action::SetSessionCurrent => {
            write!(f, " {}", Amps(heartbeat.current_ca))
        }
        _ => Ok(()),
    }
}

fn report(f: &mut fmt::Formatter<'_>, heartbeat: &PeripheralHeartbeat) -> fmt::Result {
    write!(
        f,
        "reports to {}: {}, available {}, delivered {}",
        heartbeat.recipient,
        heartbeat.state,
        Amps(heartbeat.current_available_ca),
        Amps(heartbeat.current_delivered_ca),
    )
}

fn meter(f: &mut fmt::Formatter<'_>, meter: &Meter) -> fmt::Result {
    write!(f, "total {} kWh", meter.energy_raw)?;
    for ((volts, half_amps), phase) in meter.volts.iter().zip(meter.half_amps).zip(1..) {
        write!(f, ", L{phase} {volts} V")?;
        if let Some(half_amps) = half_amps {
            write!(f, " {} A", f32::from(half_amps) / 2.0)?;
        }
    }
    Ok(())
}

fn vin(f: &mut fmt::Formatter<'_>, part: &VinPart) -> fmt::Result {
    write!(f, "VIN {}: ", part.section().name())?;
    match String::from_utf8_lossy(part.expose()) {
        text if text.is_empty() => f.write_str("none"),
        text => write!(f, "{}", text.escape_debug()),
    }
}

/// Centi-amps.
struct Amps(u16);

impl fmt::Display for Amps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} A", self.0 / 100, self.0 % 100)
    }
}
