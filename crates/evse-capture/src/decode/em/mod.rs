//! EM: datagrams in UDP packets.

mod payload;

use emproto::frame::{Datagram, datagrams};
use emproto::message::Message;
use emproto::{Direction, FrameError, Password};
use serde_json::{Map, Value, json};

use crate::Secrets;

/// Decodes everything in one UDP packet: an object for each datagram, and for each stretch that is none.
pub fn decode_packet(packet: &[u8], secrets: Secrets) -> Vec<Value> {
    let mut start = 0;
    let objects = datagrams(packet).map(|item| match item {
        Ok(datagram) => {
            let end = start + emproto::frame::MIN_LEN + datagram.payload.len();
            let bytes = packet.get(start..end).unwrap_or_default();
            start = end;
            decode_datagram(&datagram, bytes, secrets)
        }
        Err(error) => {
            start = error.offset + error.bytes;
            let bytes = packet.get(error.offset..start).unwrap_or_default();
            failure(error, bytes, secrets)
        }
    });
    objects.collect()
}

/// Whether the packet begins with a datagram that is right in every respect.
pub(crate) fn is_em(packet: &[u8]) -> bool {
    matches!(datagrams(packet).next(), Some(Ok(_)))
}

fn decode_datagram(datagram: &Datagram<'_>, bytes: &[u8], secrets: Secrets) -> Value {
    let command = datagram.command;
    let direction = match command.direction() {
        Direction::ToCharger => "to_charger",
        Direction::FromCharger => "from_charger",
    };
    let mut object = Map::new();
    object.insert("protocol".into(), PROTOCOL.into());
    object.insert("direction".into(), direction.into());
    let code = format!("{:#06x}", command.code());
    object.insert("command".into(), code.into());
    object.insert("name".into(), command.name().into());
    object.insert("key_type".into(), datagram.key_type.into());
    object.insert("serial".into(), datagram.serial.to_string().into());
    object.insert("password".into(), password(datagram.password, secrets));
    object.insert("payload_len".into(), datagram.payload.len().into());
    let hides = secrets == Secrets::Redact && command.holds_secret();
    let payload_hex = || {
        if hides {
            return Value::from(REDACTED);
        }
        hex::encode(datagram.payload).into()
    };
    match Message::decode(datagram) {
        Ok(message) => {
            let decoded = payload::decoded(&message, secrets);
            // The padding of a name says who wrote it.
            if decoded.is_null() || matches!(message, Message::Nickname(_)) {
                object.insert("payload_hex".into(), payload_hex());
            }
            object.insert("decoded".into(), decoded);
        }
        Err(error) => {
            object.insert("decoded".into(), Value::Null);
            object.insert("payload_error".into(), "too_short".into());
            object.insert("detail".into(), error.to_string().into());
            object.insert("payload_hex".into(), payload_hex());
        }
    }
    let mut raw = bytes.to_vec();
    if secrets == Secrets::Redact {
        if !datagram.password.is_none() {
            mask(raw.get_mut(PASSWORD..PASSWORD + 6));
        }
        if hides {
            mask(raw.get_mut(PAYLOAD..bytes.len() - 4));
        }
    }
    object.insert("raw".into(), hex::encode(raw).into());
    Value::Object(object)
}

/// What the PIN's field holds; text only if it is a PIN.
fn password(password: Password, secrets: Secrets) -> Value {
    match (password.pin(), secrets) {
        _ if password.is_none() => Value::Null,
        (_, Secrets::Redact) => REDACTED.into(),
        (Some(pin), Secrets::Show) => pin.expose().into(),
        (None, Secrets::Show) => hex::encode(password.expose()).into(),
    }
}

/// In damaged bytes a PIN or a password may be anywhere.
fn failure(error: FrameError, bytes: &[u8], secrets: Secrets) -> Value {
    let mut raw = bytes.to_vec();
    if secrets == Secrets::Redact {
        crate::scrub::mask_text(&mut raw);
    }
    json!({
        "protocol": PROTOCOL,
        "error": error.kind.name(),
        "detail": error.to_string(),
        "bytes": error.bytes,
        "raw": hex::encode(raw),
    })
}

fn mask(bytes: Option<&mut [u8]>) {
    bytes.unwrap_or_default().fill(b'*');
}

const PROTOCOL: &str = "em";
const REDACTED: &str = "[redacted]";
/// Where the PIN stands.
const PASSWORD: usize = 13;
/// Where the payload begins.
const PAYLOAD: usize = 21;
