//! Reading payloads: nom steps with a field's name, and fixed layouts by offset.

use alloc::vec::Vec;

use nom::error::{ContextError, ErrorKind, ParseError};
use nom::{IResult, Parser};

use crate::PayloadError;

/// A nom result whose error names the field.
pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, Missing>;

/// The payload ended; so many bytes of it were left at the beginning of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    field: &'static str,
    left: usize,
}

impl ParseError<&[u8]> for Missing {
    fn from_error_kind(input: &[u8], _: ErrorKind) -> Self {
        Self {
            field: "",
            left: input.len(),
        }
    }

    fn append(_: &[u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

impl ContextError<&[u8]> for Missing {
    fn add_context(input: &[u8], field: &'static str, other: Self) -> Self {
        if other.field.is_empty() {
            Self {
                field,
                left: input.len(),
            }
        } else {
            other
        }
    }
}

/// What a payload holds.
pub(super) trait Payload: Sized {
    /// Reads it; what remains is more than is known.
    fn parse(input: &[u8]) -> Parsed<'_, Self>;
    /// Writes it.
    fn put(&self, out: &mut Vec<u8>);
}

/// One field.
pub(super) fn field<'a, T>(
    name: &'static str,
    parser: impl Parser<&'a [u8], Output = T, Error = Missing>,
    input: &'a [u8],
) -> Parsed<'a, T> {
    nom::error::context(name, parser).parse(input)
}

/// A field of bytes.
pub(super) fn bytes<'a, const N: usize>(
    name: &'static str,
    input: &'a [u8],
) -> Parsed<'a, [u8; N]> {
    match input.split_first_chunk() {
        Some((bytes, rest)) => Ok((rest, *bytes)),
        None => Err(nom::Err::Error(Missing {
            field: name,
            left: input.len(),
        })),
    }
}

/// All of a payload, the unknown rest included.
pub(super) fn complete<T: Payload>(payload: &[u8]) -> Result<T, PayloadError> {
    finish(payload, T::parse(payload))
}

/// The value, or where the payload ended.
pub(super) fn finish<T>(payload: &[u8], parsed: Parsed<'_, T>) -> Result<T, PayloadError> {
    match parsed {
        Ok((_, value)) => Ok(value),
        Err(nom::Err::Error(missing) | nom::Err::Failure(missing)) => Err(PayloadError {
            field: missing.field,
            offset: payload.len() - missing.left.min(payload.len()),
            len: payload.len(),
        }),
        // Complete parsers do not ask for more.
        Err(nom::Err::Incomplete(_)) => Err(PayloadError {
            field: "payload",
            offset: 0,
            len: payload.len(),
        }),
    }
}

/// The fixed part of a payload, whose fields are known by name and offset.
pub(super) fn fixed<'a, const N: usize>(
    payload: &'a [u8],
    fields: &[(&'static str, usize)],
) -> Result<(&'a [u8; N], &'a [u8]), PayloadError> {
    payload
        .split_first_chunk()
        .ok_or_else(|| missing(payload.len(), N, fields))
}

#[cold]
fn missing(len: usize, end: usize, fields: &[(&'static str, usize)]) -> PayloadError {
    let ends = fields.iter().skip(1).map(|(_, start)| *start).chain([end]);
    let cut = fields.iter().zip(ends).find(|(_, end)| *end > len);
    let (field, offset) = cut.map_or(("payload", 0), |(field, _)| *field);
    PayloadError { field, offset, len }
}

/// Two bytes of a fixed layout.
pub(super) const fn u16_at<const N: usize>(bytes: &[u8; N], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Four bytes of a fixed layout.
pub(super) const fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Sixteen bytes of a fixed layout.
pub(super) fn text_at<const N: usize>(bytes: &[u8; N], at: usize) -> [u8; 16] {
    let mut text = [0; 16];
    text.copy_from_slice(&bytes[at..at + 16]);
    text
}
