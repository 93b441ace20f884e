//! The content of a message by its schema.

use std::collections::BTreeMap;

use duosida_proto::DecodeError;
use duosida_proto::message::{TagForm, decode_id_tag};
use duosida_proto::schema::{self, Field, FieldSchema, Kind, MessageSchema, Value as Wire};
use serde_json::{Map, Value, json};

use crate::Secrets;

/// All fields of a message by name. Absent fields are absent, repeated ones are lists.
pub(super) fn object(
    schema: &'static MessageSchema,
    bytes: &[u8],
    secrets: Secrets,
) -> Result<Map<String, Value>, DecodeError> {
    let mut out = Map::new();
    // Occurrences of one message field merge; concatenated, their bytes do.
    let mut parts: BTreeMap<u32, (&'static FieldSchema, &'static MessageSchema, Vec<u8>)> =
        BTreeMap::new();
    let is_transfer = matches!(schema.name, "DataTransferReq" | "DataTransferConf");
    for field in schema::fields(schema, bytes) {
        let field = field?;
        let Some(known) = field.schema else { continue };
        let is_case = is_transfer && known.number >= FIRST_CASE;
        if is_case {
            parts.retain(|number, _| *number == known.number);
            out.remove("data");
        }
        match (&known.kind, field.value) {
            (Kind::Message(inner), Wire::Delimited(content)) if known.repeated => {
                push(&mut out, known, message(inner, content, secrets)?);
            }
            (Kind::Message(inner), Wire::Delimited(content)) => {
                let part = parts
                    .entry(known.number)
                    .or_insert((known, inner, Vec::new()));
                part.2.extend_from_slice(content);
            }
            (Kind::Bytes, Wire::Delimited(content)) if is_case => {
                out.insert(
                    "case".into(),
                    json!({ "field": known.number, "name": "Raw" }),
                );
                out.insert("data".into(), hex::encode(content).into());
            }
            _ if known.repeated => push(&mut out, known, scalar(known, &field, secrets)),
            _ => {
                out.insert(known.name.into(), scalar(known, &field, secrets));
            }
        }
    }
    for (number, (known, inner, content)) in parts {
        let value = message(inner, &content, secrets)?;
        if is_transfer && number >= FIRST_CASE {
            out.insert(
                "case".into(),
                json!({ "field": number, "name": inner.name }),
            );
            out.insert("data".into(), value);
        } else {
            out.insert(known.name.into(), value);
        }
    }
    Ok(out)
}

fn push(out: &mut Map<String, Value>, known: &FieldSchema, value: Value) {
    let list = out
        .entry(known.name)
        .or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(list) = list {
        list.push(value);
    }
}

/// A message inside another. An id token is only its text.
fn message(
    schema: &'static MessageSchema,
    bytes: &[u8],
    secrets: Secrets,
) -> Result<Value, DecodeError> {
    let mut fields = object(schema, bytes, secrets)?;
    Ok(if schema.name == "IdToken" {
        fields.remove("id_token").unwrap_or_default()
    } else {
        Value::Object(fields)
    })
}

fn scalar(known: &FieldSchema, field: &Field<'_>, secrets: Secrets) -> Value {
    if known.secret && secrets == Secrets::Redact {
        return "[redacted]".into();
    }
    match (&known.kind, field.value) {
        (Kind::Bool, Wire::Varint(raw)) => (raw != 0).into(),
        (Kind::Uint, Wire::Varint(raw)) => raw.into(),
        (Kind::Enum(names), Wire::Varint(_)) => {
            let code = field.integer().unwrap_or_default();
            json!({ "code": code, "name": names.name(code) })
        }
        (Kind::Float, Wire::Fixed32(bytes)) => shortest(f32::from_le_bytes(bytes)),
        (Kind::Text, Wire::Delimited(text)) => String::from_utf8_lossy(text).into(),
        // The only bytes outside a transfer are the id tag of a start.
        (Kind::Bytes, Wire::Delimited(bytes)) => {
            let (text, form) = decode_id_tag(bytes);
            let form = if form == TagForm::Nested {
                "nested"
            } else {
                "plain"
            };
            json!({ "text": text, "form": form })
        }
        _ => field.integer().into(),
    }
}

/// A value that no schema describes. Its texts may be passwords.
pub(super) fn unknown(value: Wire<'_>, secrets: Secrets) -> Value {
    match value {
        Wire::Varint(raw) => raw.into(),
        Wire::Fixed64(bytes) => hex::encode(bytes).into(),
        Wire::Delimited(bytes) => hex::encode(shown(bytes, secrets)).into(),
        Wire::Fixed32(bytes) => hex::encode(bytes).into(),
    }
}

/// Bytes that may hold a password.
pub(super) fn shown(bytes: &[u8], secrets: Secrets) -> Vec<u8> {
    let mut shown = bytes.to_vec();
    if secrets == Secrets::Redact {
        crate::scrub::mask_text(&mut shown);
    }
    shown
}

/// The shortest decimal that gives the same `f32`; null when there is none.
fn shortest(value: f32) -> Value {
    value
        .to_string()
        .parse::<f64>()
        .ok()
        .filter(|v| v.is_finite())
        .into()
}

/// Smaller numbers are the transfer's own fields.
const FIRST_CASE: u32 = 3;
