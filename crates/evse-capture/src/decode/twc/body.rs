//! Messages by the names that the vectors use.

use serde_json::{Map, Value, json};
use twc_proto::message::{
    ControllerHeartbeat, Message, Meter, PeripheralHeartbeat, Presence, VinPart,
};

/// What a message says beside who sent it.
pub(super) fn fields(message: &Message) -> Map<String, Value> {
    let fields = match message {
        Message::ControllerAnnounce(presence)
        | Message::ControllerDiscover(presence)
        | Message::PeripheralPresence(presence) => self::presence(*presence),
        Message::ControllerHeartbeat(heartbeat) => controller_heartbeat(heartbeat),
        Message::PeripheralHeartbeat(heartbeat) => peripheral_heartbeat(heartbeat),
        Message::Query {
            recipient, query, ..
        } => json!({ "query": query.name(), "recipient": recipient.to_string() }),
        Message::Meter { meter, .. } => self::meter(meter),
        Message::Version { version, .. } | Message::LegacyVersion(version) => {
            json!({ "version": version.to_string() })
        }
        Message::Serial { serial, .. } => json!({ "serial": text(serial) }),
        Message::VinPart { part, .. } => vin_part(part),
        Message::PlugState { plug, .. } => json!({ "plug_code": plug.code(), "plug": plug.name() }),
        Message::CloseContactors { recipient, .. } | Message::OpenContactors { recipient, .. } => {
            json!({ "recipient": recipient.to_string() })
        }
        Message::LegacySerial(serial) => json!({ "text": text(serial) }),
        Message::LegacyModel(model) => json!({ "text": text(model) }),
        Message::Unknown(frame) => json!({ "payload_hex": hex::encode_upper(frame.payload()) }),
        Message::CloseContactorsAck { .. }
        | Message::OpenContactorsAck { .. }
        | Message::Idle { .. } => Value::Null,
    };
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn presence(presence: Presence) -> Value {
    json!({ "session": presence.session, "max_current_ca": presence.max_current_ca })
}

fn controller_heartbeat(heartbeat: &ControllerHeartbeat) -> Value {
    let mut fields = json!({
        "recipient": heartbeat.recipient.to_string(),
        "action_code": heartbeat.action.code(),
        "action": heartbeat.action.name(),
        "current_ca": heartbeat.current_ca,
        "controller_plugged": heartbeat.controller_plugged,
    });
    if let Some(bits) = heartbeat.error_bits() {
        fields["error_bits"] = bits.into();
    }
    fields
}

fn peripheral_heartbeat(heartbeat: &PeripheralHeartbeat) -> Value {
    json!({
        "recipient": heartbeat.recipient.to_string(),
        "state_code": heartbeat.state.code(),
        "state": heartbeat.state.name(),
        "current_available_ca": heartbeat.current_available_ca,
        "current_delivered_ca": heartbeat.current_delivered_ca,
    })
}

fn meter(meter: &Meter) -> Value {
    json!({
        "energy_raw": meter.energy_raw,
        "volts": meter.volts,
        "half_amps": meter.half_amps,
    })
}

fn vin_part(part: &VinPart) -> Value {
    let shown = String::from_utf8_lossy(part.expose());
    json!({
        "part": part.section().name(),
        "text": Some(shown).filter(|text| !text.is_empty()),
        "complete": part.is_complete(),
    })
}

/// Null when there is no text.
fn text(text: &impl ToString) -> Option<String> {
    Some(text.to_string()).filter(|text| !text.is_empty())
}
