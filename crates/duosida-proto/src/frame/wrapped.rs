//! The "user Wi-Fi" framing: a header, one raw message, a checksum.
//!
//! | bytes | field | meaning |
//! | --- | --- | --- |
//! | 0..3 | magic | `aa fd 55` to the charger, `55 fd aa` from it |
//! | 3..5 | length | of the payload, plus 2; big endian |
//! | 5..7 | constant | `61 00` |
//! | 7..7+n | payload | one raw message |
//! | last | checksum | low byte of the sum of bytes 5 to the last payload byte |
//!
//! Source: one client's source code. Confidence: APP; never seen on a charger's TCP port.

use alloc::vec::Vec;

use super::{Buffer, Direction, MAX_MESSAGE_LEN, Skipped};
use crate::{DecodeError, DecodeErrorKind};

pub(super) fn wrap(direction: Direction, payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() > MAX_MESSAGE_LEN - OVERHEAD {
        return None;
    }
    let length = u16::try_from(payload.len() + CONSTANT.len()).ok()?;
    let mut out = Vec::with_capacity(payload.len() + OVERHEAD);
    out.extend_from_slice(&magic(direction));
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(&CONSTANT);
    out.extend_from_slice(payload);
    out.push(checksum(payload));
    Some(out)
}

pub(super) fn unwrap(direction: Direction, bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let error = |kind, field, offset| Err(DecodeError::new(kind, field, offset));
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else {
        return error(DecodeErrorKind::Truncated, "header", bytes.len());
    };
    let Some(payload_len) = header_payload_len(direction, *header) else {
        return error(DecodeErrorKind::Wrapper, "header", 0);
    };
    if payload_len > MAX_MESSAGE_LEN - OVERHEAD {
        return error(DecodeErrorKind::Length(payload_len as u64), "length", 3);
    }
    let (Some(payload), Some(&sum)) = (rest.get(..payload_len), rest.get(payload_len)) else {
        return error(DecodeErrorKind::Truncated, "payload", bytes.len());
    };
    if sum != checksum(payload) {
        return error(
            DecodeErrorKind::Checksum(sum),
            "checksum",
            HEADER_LEN + payload_len,
        );
    }
    Ok(payload)
}

pub(super) fn next_frame(
    direction: Direction,
    buffer: &mut Buffer,
    skipped: &mut Skipped,
) -> Option<Vec<u8>> {
    loop {
        let start = find_magic(buffer.rest(), &magic(direction));
        if start > 0 {
            skipped.damage = Some(DecodeErrorKind::Wrapper);
        }
        skipped.bytes += buffer.take(start).len() as u64;
        match unwrap(direction, buffer.rest()) {
            Ok(payload) => {
                let frame = payload.to_vec();
                buffer.take(frame.len() + OVERHEAD);
                if !frame.is_empty() {
                    return Some(frame);
                }
            }
            Err(DecodeError {
                kind: DecodeErrorKind::Truncated,
                ..
            }) => return None,
            Err(DecodeError { kind, .. }) => {
                skipped.damage = Some(kind);
                skipped.bytes += buffer.take(1).len() as u64;
            }
        }
    }
}

/// Where the magic, or the part of it that the buffer ends with, begins.
fn find_magic(buffer: &[u8], magic: &[u8]) -> usize {
    (0..buffer.len())
        .find(|&at| {
            let rest = buffer.get(at..).unwrap_or_default();
            rest.iter().zip(magic).all(|(a, b)| a == b)
        })
        .unwrap_or(buffer.len())
}

/// The payload's length by the header, or `None` when this is no header.
fn header_payload_len(direction: Direction, header: [u8; HEADER_LEN]) -> Option<usize> {
    let [m0, m1, m2, l0, l1, c0, c1] = header;
    let length = u16::from_be_bytes([l0, l1]);
    let is_header = [m0, m1, m2] == magic(direction) && [c0, c1] == CONSTANT;
    is_header
        .then_some(usize::from(length))
        .and_then(|length| length.checked_sub(CONSTANT.len()))
}

fn checksum(payload: &[u8]) -> u8 {
    CONSTANT
        .iter()
        .chain(payload)
        .fold(0, |sum: u8, byte| sum.wrapping_add(*byte))
}

const fn magic(direction: Direction) -> [u8; 3] {
    match direction {
        Direction::ToCharger => [0xAA, 0xFD, 0x55],
        Direction::FromCharger => [0x55, 0xFD, 0xAA],
    }
}

const CONSTANT: [u8; 2] = [0x61, 0x00];
const HEADER_LEN: usize = 7;
/// Header and checksum.
const OVERHEAD: usize = HEADER_LEN + 1;
