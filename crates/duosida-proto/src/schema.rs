//! The schema as tables, and a bounded walk over bytes by it.
//!
//! prost drops unknown fields and its errors name no field. This walker does both jobs: [`check`] classifies what is
//! wrong with a message, [`unknown_fields`] lists what the schema does not know, and [`fields`] is the ground for
//! printing a message by name.

use alloc::vec::Vec;
use core::ops::Range;

use crate::frame::{MAX_MESSAGE_LEN, MESSAGE_ID};
use crate::wire::{Reader, Value as WireValue, zigzag};
use crate::{DecodeError, DecodeErrorKind};

pub use crate::generated::schema::ENVELOPE;
pub use crate::wire::Value;

/// A message of the schema.
#[derive(Debug)]
pub struct MessageSchema {
    /// Its name, such as `BootNotificationReq`.
    pub name: &'static str,
    /// Its fields, in ascending order.
    pub fields: &'static [FieldSchema],
}

impl MessageSchema {
    /// The field with this number, if the schema has one.
    pub fn field(&self, number: u32) -> Option<&'static FieldSchema> {
        self.fields.iter().find(|field| field.number == number)
    }
}

/// A field of a message.
#[derive(Debug)]
pub struct FieldSchema {
    /// Number on the wire.
    pub number: u32,
    /// Name in `snake_case`, with its unit.
    pub name: &'static str,
    /// What its bytes mean.
    pub kind: Kind,
    /// Whether occurrences add up to a list.
    pub repeated: bool,
    /// Whether it must never be printed (a password).
    pub secret: bool,
}

/// An open enum: numbers without a name stay numbers.
#[derive(Debug)]
pub struct EnumSchema {
    /// The name of each number from 0 on.
    pub names: &'static [&'static str],
}

impl EnumSchema {
    /// The name of a code, if it has one.
    pub fn name(&self, code: i64) -> Option<&'static str> {
        usize::try_from(code)
            .ok()
            .and_then(|index| self.names.get(index).copied())
    }
}

/// What the bytes of a field mean.
#[derive(Debug)]
pub enum Kind {
    /// Plain varint, signed, 32 bits.
    Int,
    /// Plain varint, signed, 64 bits.
    Long,
    /// Plain varint, unsigned.
    Uint,
    /// Zigzag varint.
    ZigZag,
    /// Varint 0 or 1.
    Bool,
    /// fixed32.
    Float,
    /// UTF-8.
    Text,
    /// Anything.
    Bytes,
    /// Varint with names.
    Enum(&'static EnumSchema),
    /// A message inside.
    Message(&'static MessageSchema),
}

impl Kind {
    const fn wire_type(&self) -> u8 {
        match self {
            Self::Int | Self::Long | Self::Uint | Self::ZigZag | Self::Bool | Self::Enum(_) => 0,
            Self::Text | Self::Bytes | Self::Message(_) => 2,
            Self::Float => 5,
        }
    }
}

/// One field as found, with what the schema says about it.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// Number on the wire.
    pub number: u32,
    /// The schema's entry, or `None` for an unknown field.
    pub schema: Option<&'static FieldSchema>,
    /// The value; for a known field its wire type is the schema's.
    pub value: WireValue<'a>,
    /// Offset of the field's end within the bytes given.
    pub end: usize,
}

impl Field<'_> {
    /// The signed number of a varint, by the schema's encoding; of 32 bits only the lower half counts, as in
    /// [`crate::message::decode`].
    pub fn integer(&self) -> Option<i64> {
        let WireValue::Varint(raw) = self.value else {
            return None;
        };
        match self.schema.map(|field| &field.kind) {
            Some(Kind::ZigZag) => Some(zigzag(raw)),
            #[expect(clippy::cast_possible_truncation, reason = "protobuf asks for it")]
            Some(Kind::Int | Kind::Enum(_)) => Some((raw as i32).into()),
            _ => Some(raw.cast_signed()),
        }
    }
}

/// The fields of one message, in the order of the bytes.
pub fn fields<'a>(
    schema: &'static MessageSchema,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<Field<'a>, DecodeError>> {
    let mut reader = Reader::new(bytes);
    let mut failed = false;
    core::iter::from_fn(move || {
        if failed || reader.is_at_end() {
            return None;
        }
        let field = next_field(schema, &mut reader);
        failed = field.is_err();
        Some(field)
    })
}

fn next_field<'a>(
    schema: &'static MessageSchema,
    reader: &mut Reader<'a>,
) -> Result<Field<'a>, DecodeError> {
    let start = reader.position();
    let raw = reader
        .field()
        .map_err(|kind| DecodeError::new(kind, schema.name, start))?;
    let known = schema.field(raw.number);
    if let Some(known) = known
        && known.kind.wire_type() != raw.value.wire_type()
    {
        let kind = DecodeErrorKind::WireTypeMismatch(raw.value.wire_type());
        return Err(DecodeError::new(kind, known.name, start));
    }
    Ok(Field {
        number: raw.number,
        schema: known,
        value: raw.value,
        end: reader.position(),
    })
}

/// A field that the schema does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownField {
    /// The message that holds it.
    pub message: &'static str,
    /// Its number.
    pub number: u32,
    /// Its wire type.
    pub wire_type: u8,
}

/// Walks the outer fields: whether these bytes are one message, within the limit, that ends with the first message id.
pub(crate) fn check_end(frame: &[u8]) -> Result<(), DecodeError> {
    let error = |kind, offset| Err(DecodeError::new(kind, ENVELOPE.name, offset));
    let len = DecodeErrorKind::Length(frame.len() as u64);
    if frame.len() > MAX_MESSAGE_LEN {
        return error(len, 0);
    }
    let mut reader = Reader::new(frame);
    loop {
        match reader.field() {
            Ok(field) if field.number != MESSAGE_ID => {}
            Ok(_) if reader.is_at_end() => return Ok(()),
            Ok(_) => return error(len, reader.position()),
            Err(kind) => return error(kind, reader.position()),
        }
    }
}

/// Walks a whole message.
///
/// # Errors
/// The first damage found, with field and offset.
pub fn check(frame: &[u8]) -> Result<(), DecodeError> {
    check_end(frame)?;
    visit(&ENVELOPE, frame, 0, &mut |_, field, offset| match (
        field.schema.map(|s| &s.kind),
        field.value,
    ) {
        (Some(Kind::Text), WireValue::Delimited(text)) if core::str::from_utf8(text).is_err() => {
            let name = field.schema.map_or("text", |schema| schema.name);
            Err(DecodeError::new(DecodeErrorKind::InvalidUtf8, name, offset))
        }
        _ => Ok(()),
    })
}

/// Everything in a message that the schema does not know. Damage ends the list.
pub fn unknown_fields(frame: &[u8]) -> Vec<UnknownField> {
    let mut unknown = Vec::new();
    // The part before the damage is listed.
    let _ = visit(&ENVELOPE, frame, 0, &mut |message, field, _| {
        if field.schema.is_none() {
            let wire_type = field.value.wire_type();
            unknown.push(UnknownField {
                message: message.name,
                number: field.number,
                wire_type,
            });
        }
        Ok(())
    });
    unknown
}

/// Where the contents of secret fields (passwords) lie. Damage ends the list.
pub fn secret_spans(frame: &[u8]) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    // The part before the damage is listed.
    let _ = visit(&ENVELOPE, frame, 0, &mut |_, field, offset| {
        if let (Some(true), WireValue::Delimited(text)) =
            (field.schema.map(|s| s.secret), field.value)
        {
            spans.push(offset..offset + text.len());
        }
        Ok(())
    });
    spans
}

/// Replaces bytes that are not UTF-8 in text fields by `?`, so that one bad text does not cost a whole message.
pub(crate) fn mask_invalid_text(frame: &mut [u8]) {
    let mut spans = Vec::new();
    // Other damage is reported by whoever decodes the result.
    let _ = visit(&ENVELOPE, frame, 0, &mut |_, field, offset| {
        if let (Some(Kind::Text), WireValue::Delimited(text)) =
            (field.schema.map(|s| &s.kind), field.value)
        {
            spans.push(offset..offset + text.len());
        }
        Ok(())
    });
    for span in spans {
        let mut rest = frame.get_mut(span).unwrap_or_default();
        while let Err(error) = core::str::from_utf8(rest) {
            let bad = error.error_len().unwrap_or(usize::MAX);
            let Some(tail) = core::mem::take(&mut rest).get_mut(error.valid_up_to()..) else {
                break;
            };
            let (masked, after) = tail.split_at_mut(bad.min(tail.len()));
            masked.fill(b'?');
            rest = after;
        }
    }
}

/// Calls `each` with every field of the message and of the messages inside it; the offset is that of the field's
/// content. The schema has no cycles, so the depth is bounded by it.
fn visit<'a>(
    schema: &'static MessageSchema,
    bytes: &'a [u8],
    base: usize,
    each: &mut impl FnMut(&'static MessageSchema, &Field<'a>, usize) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    for field in fields(schema, bytes) {
        let field = field.map_err(|error| DecodeError {
            offset: base + error.offset,
            ..error
        })?;
        let content_len = match field.value {
            WireValue::Delimited(content) => content.len(),
            _ => 0,
        };
        let offset = base + field.end - content_len;
        each(schema, &field, offset)?;
        if let (Some(Kind::Message(inner)), WireValue::Delimited(content)) =
            (field.schema.map(|s| &s.kind), field.value)
        {
            visit(inner, content, offset, each)?;
        }
    }
    Ok(())
}
