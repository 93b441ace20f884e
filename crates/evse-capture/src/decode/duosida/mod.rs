//! Duosida: OCPP 1.6 in protobuf, and its discovery datagrams.

mod body;
mod stream;

use std::net::Ipv4Addr;

use duosida_proto::frame::{self, Direction};
use duosida_proto::schema::{self, ENVELOPE, Kind, MessageSchema, UnknownField, Value as Wire};
use duosida_proto::{DecodeError, discovery};
use serde_json::{Map, Value, json};

use crate::{Secrets, credentials};

pub use stream::StreamDecoder;
pub(crate) use stream::{Cut, Cutter};

/// How the bytes are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// Messages one after the other.
    #[default]
    Raw,
    /// Messages in the "user Wi-Fi" wrapper, in either direction.
    Wrapped,
    /// One UDP datagram that answers a discovery probe.
    Discovery,
}

/// Decodes everything in `bytes`: an object for each frame, for each stretch that had to be skipped, and for an
/// unfinished rest.
pub fn decode_stream(bytes: &[u8], framing: Framing, secrets: Secrets) -> Vec<Value> {
    let framing = match framing {
        Framing::Raw => frame::Framing::Raw,
        Framing::Wrapped => frame::Framing::Wrapped,
        Framing::Discovery => return vec![reply(bytes, Ipv4Addr::UNSPECIFIED, secrets)],
    };
    let incoming = match bytes {
        [0xAA, ..] => Direction::ToCharger,
        _ => Direction::FromCharger,
    };
    let mut stream = StreamDecoder::with_framing(framing, incoming, secrets);
    let mut objects = stream.push(bytes);
    if objects.is_empty() && bytes.is_empty() {
        objects.push(stream.unfinished(bytes));
    }
    objects.extend(stream.finish());
    if objects.is_empty() {
        objects.push(failure("truncated", "an empty payload", bytes, secrets));
    }
    objects
}

/// Decodes one raw message, as a frame decoder cuts it.
pub fn decode_frame(frame: &[u8], secrets: Secrets) -> Value {
    match decode_envelope(frame, secrets) {
        Ok(object) => object,
        Err(error) => failure_of(error, frame, secrets),
    }
}

fn decode_envelope(frame: &[u8], secrets: Secrets) -> Result<Value, DecodeError> {
    let mut shown = frame.to_vec();
    if secrets == Secrets::Redact {
        credentials::mask(&mut shown);
    }
    let frame = &*shown;
    let mut message: Option<(u32, Option<&'static str>)> = None;
    let mut content: Vec<u8> = Vec::new();
    let (mut client_id, mut message_id, mut unknown_payload) = (Value::Null, Value::Null, None);
    for field in schema::fields(&ENVELOPE, frame) {
        let field = field?;
        match (field.schema.map(|known| &known.kind), field.value) {
            (Some(Kind::Message(inner)), Wire::Delimited(bytes)) => {
                // The last member of a oneof wins; repeated occurrences of the same one merge.
                if message.map(|(number, _)| number) != Some(field.number) {
                    content.clear();
                }
                message = Some((field.number, Some(inner.name)));
                content.extend_from_slice(bytes);
            }
            (Some(Kind::Text), Wire::Delimited(text)) => {
                client_id = String::from_utf8_lossy(text).into();
            }
            (Some(_), Wire::Varint(id)) => message_id = id.into(),
            (_, value) => unknown_payload = Some((field.number, value)),
        }
    }
    let schema = message.and_then(|(number, _)| match ENVELOPE.field(number)?.kind {
        Kind::Message(inner) => Some(inner),
        _ => None,
    });
    let body = match (schema, unknown_payload) {
        (Some(schema), _) => Value::Object(body::object(schema, &content, secrets)?),
        (None, Some((number, value))) => {
            message = Some((number, None));
            json!({ "payload": body::unknown(value, secrets) })
        }
        (None, None) => Value::Null,
    };
    let mut object = Map::new();
    object.insert("protocol".into(), PROTOCOL.into());
    object.insert(
        "direction".into(),
        message
            .and_then(|(number, _)| direction(number, &body))
            .into(),
    );
    object.insert(
        "message".into(),
        message
            .map(|(field, name)| json!({ "field": field, "name": name }))
            .into(),
    );
    object.insert("client_id".into(), client_id);
    object.insert("message_id".into(), message_id);
    object.insert("body".into(), body);
    let unknown = schema::unknown_fields(frame);
    if !unknown.is_empty() {
        object.insert(
            "unknown_fields".into(),
            unknown.iter().map(unknown_field).collect(),
        );
    }
    object.insert("raw".into(), raw(frame, secrets).into());
    Ok(Value::Object(object))
}

/// Decodes the answer to a discovery probe that came from `source`. Bytes that are no answer are shown as they are.
pub fn decode_reply(datagram: &[u8], source: Ipv4Addr) -> Value {
    reply(datagram, source, Secrets::Show)
}

/// As [`decode_reply`]; what is no answer may be anything, also a setting of the Wi-Fi module.
pub(crate) fn reply(datagram: &[u8], source: Ipv4Addr, secrets: Secrets) -> Value {
    match discovery::parse_reply(datagram, source) {
        Ok(reply) => json!({
            "protocol": PROTOCOL,
            "direction": "from_charger",
            "ip": reply.ip.to_string(),
            "mac": reply.mac.to_string(),
            "type": reply.kind,
            "firmware": reply.firmware,
            "raw": hex::encode(datagram),
        }),
        Err(error) => failure_of(error, datagram, secrets),
    }
}

/// Who sends a message, where its kind alone says so.
fn direction(number: u32, body: &Value) -> Option<&'static str> {
    let from_charger = match number {
        // The charger's own requests; their answers go the other way.
        2 | 4 | 18 | 20 | 30 | 32 | 46 | 48 | 50 => true,
        1 | 3 | 17 | 19 | 29 | 31 | 45 | 47 | 49 => false,
        15 | 16 => match body["case"]["field"].as_u64()? {
            10 | 12 | 15 | 17 | 19 | 21 | 23 | 25 => true,
            11 | 13 | 14 | 16 | 18 | 20 | 22 | 24 => false,
            _ => return None,
        },
        5..=56 => number % 2 == 1,
        _ => return None,
    };
    Some(if from_charger {
        "from_charger"
    } else {
        "to_charger"
    })
}

fn unknown_field(field: &UnknownField) -> Value {
    json!({ "message": field.message, "field": field.number, "wire_type": field.wire_type })
}

fn raw(frame: &[u8], secrets: Secrets) -> String {
    let mut bytes = frame.to_vec();
    if secrets == Secrets::Redact {
        for span in schema::secret_spans(frame) {
            bytes.get_mut(span).unwrap_or_default().fill(b'*');
        }
        mask_unknown(&ENVELOPE, &mut bytes);
    }
    hex::encode(bytes)
}

/// The rest of a message whose beginning was lost can look like another message: then its passwords stand in fields that
/// the schema does not know.
fn mask_unknown(schema: &'static MessageSchema, bytes: &mut [u8]) {
    let original = bytes.to_vec();
    for field in schema::fields(schema, &original).map_while(Result::ok) {
        let Wire::Delimited(content) = field.value else {
            continue;
        };
        let place = bytes.get_mut(field.end - content.len()..field.end);
        match field.schema.map(|known| &known.kind) {
            None => crate::scrub::mask_text(place.unwrap_or_default()),
            Some(Kind::Message(inner)) => mask_unknown(inner, place.unwrap_or_default()),
            Some(_) => {}
        }
    }
}

fn failure_of(error: DecodeError, bytes: &[u8], secrets: Secrets) -> Value {
    failure(error.kind.name(), &error.to_string(), bytes, secrets)
}

/// In damaged bytes a password may be anywhere.
fn failure(kind: &str, detail: &str, bytes: &[u8], secrets: Secrets) -> Value {
    let raw = hex::encode(body::shown(bytes, secrets));
    json!({ "protocol": PROTOCOL, "error": kind, "detail": detail, "raw": raw })
}

/// The question that a charger answers: `text` holds it.
pub(crate) fn decode_probe(datagram: &[u8]) -> Value {
    json!({
        "protocol": PROTOCOL,
        "direction": "to_charger",
        "text": String::from_utf8_lossy(datagram).trim_end_matches('\0'),
        "raw": hex::encode(datagram),
    })
}

/// What a gap in a capture cost.
pub(crate) fn decode_gap(missing: u64) -> Value {
    let detail = format!("{missing} bytes are missing from the capture");
    failure("truncated", &detail, &[], Secrets::Redact)
}

const PROTOCOL: &str = "duosida";
