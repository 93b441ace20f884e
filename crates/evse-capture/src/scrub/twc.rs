//! Personal data on the bus of Tesla's wall connectors: serial numbers, the ids that stem from them, and VINs.
//!
//! Replacements have the same sum as what they replace, and bytes that are escaped stay such. So every checksum and
//! every length stays right.

use std::ops::Range;

use twc_proto::frame::{Decoder, Frame, Trailer};
use twc_proto::message::Message;

use super::book::Book;
use super::frame::text;

/// Scrubs all frames in the bytes of a line. Damaged bytes wait until all ids of the capture are known: see
/// [`damage`].
pub(super) fn line(book: &mut Book, line: &mut [u8]) {
    for stretch in stretches(line) {
        let place = line.get_mut(stretch).unwrap_or_default();
        let Some(frame) = frame(place) else { continue };
        let wire = scrubbed(book, &frame).map(|frame| frame.encode(Trailer::None));
        match wire.as_deref() {
            Some([_, raw @ .., _]) if raw.len() == place.len() => place.copy_from_slice(raw),
            _ => text(place),
        }
    }
}

/// Scrubs what is no frame: known ids, and all text.
pub(super) fn damage(book: &Book, line: &mut [u8]) {
    for stretch in stretches(line) {
        let place = line.get_mut(stretch).unwrap_or_default();
        if frame(place).is_none() {
            book.ids_everywhere(place);
            text(place);
        }
    }
}

/// What stands before, between and behind the markers.
fn stretches(line: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let lens = line.split(|byte| *byte == MARKER).map(<[u8]>::len);
    lens.map(|len| {
        let stretch = start..start + len;
        start = stretch.end + 1;
        stretch
    })
    .collect()
}

/// The frame between two markers.
fn frame(raw: &[u8]) -> Option<Frame> {
    let line = [&[MARKER], raw, &[MARKER]].concat();
    Decoder::new().push(&line).next()?.ok()
}

fn scrubbed(book: &mut Book, frame: &Frame) -> Option<Frame> {
    let mut content = frame.content().to_vec();
    let message = Message::decode(frame);
    if message.sender().is_some() {
        book.id(content.first_chunk_mut()?);
    }
    if message.recipient().is_some() {
        book.id(content.get_mut(2..)?.first_chunk_mut()?);
    }
    match &message {
        Message::Serial { serial, .. } => {
            let len = serial.as_bytes().len();
            self::serial(book, content.get_mut(2..2 + len)?);
        }
        Message::LegacySerial(serial) => {
            self::serial(book, content.get_mut(..serial.as_bytes().len())?);
        }
        Message::VinPart { part, .. } => {
            let text = content.get_mut(2..2 + part.expose().len())?;
            let sum = sum(text);
            flatten(text, sum);
        }
        Message::Unknown(_) => text(content.get_mut(2..)?),
        _ => {}
    }
    Frame::new(frame.frame_type(), frame.command(), &content, frame.len())
}

/// A serial number ends with the id of its unit, in hexadecimal digits.
fn serial(book: &mut Book, serial: &mut [u8]) {
    let sum = sum(serial);
    let Some((start, end)) = serial.split_last_chunk_mut::<4>() else {
        return flatten(serial, sum);
    };
    let mut id = [0; 2];
    if start.len() < SHORTEST_START || hex::decode_to_slice(*end, &mut id).is_err() {
        return flatten(serial, sum);
    }
    book.id(&mut id);
    end.copy_from_slice(format!("{:04X}", u16::from_be_bytes(id)).as_bytes());
    let rest = sum.wrapping_sub(self::sum(end));
    flatten(start, rest);
}

/// Makes all characters the same, or nearly, with this sum modulo 256.
fn flatten(text: &mut [u8], sum: u8) {
    let Ok(len) = u8::try_from(text.len()) else {
        return;
    };
    let least = len.wrapping_mul(b'0');
    let more = sum.wrapping_sub(least);
    for (number, place) in (0..len).zip(text) {
        let share = more / len + u8::from(number < more % len);
        *place = b'0'.wrapping_add(share);
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum.wrapping_add(*byte))
}

const MARKER: u8 = 0xC0;
/// Fewer characters cannot have every sum and stay printable.
const SHORTEST_START: usize = 4;
