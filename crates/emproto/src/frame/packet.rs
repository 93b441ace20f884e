//! Cutting a packet into datagrams.

use core::iter::FusedIterator;

use super::{Datagram, HEADER, MIN_LEN};
use crate::{FrameError, FrameErrorKind};

/// The datagrams of a packet in order, and what is wrong between them.
///
/// Garbage costs only itself: reading goes on at the next datagram that is right in every respect. After a bad tail or
/// checksum it goes on only where the declared length leads to another header; else the rest is one error.
///
/// ```
/// let errors: Vec<_> = emproto::frame::datagrams(b"hello").collect();
/// assert_eq!(errors[0].unwrap_err().kind.name(), "too_short");
/// ```
pub const fn datagrams(packet: &[u8]) -> Datagrams<'_> {
    Datagrams {
        packet,
        offset: 0,
        state: State::First,
    }
}

/// Iterator over the datagrams of a packet; see [`datagrams`].
#[derive(Clone, Debug)]
pub struct Datagrams<'a> {
    packet: &'a [u8],
    offset: usize,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    First,
    Later,
    Done,
}

impl<'a> Iterator for Datagrams<'a> {
    type Item = Result<Datagram<'a>, FrameError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.packet.get(self.offset..).unwrap_or_default();
        let is_first = self.state == State::First;
        if self.state == State::Done || (rest.is_empty() && !is_first) {
            return None;
        }
        self.state = State::Later;
        let (kind, next) = if is_first && rest.len() < MIN_LEN {
            (FrameErrorKind::TooShort, rest.len())
        } else if !rest.starts_with(&HEADER) {
            let kind = if is_first {
                FrameErrorKind::BadHeader
            } else {
                FrameErrorKind::TrailingGarbage
            };
            (kind, next_datagram(rest))
        } else {
            match Datagram::read(rest) {
                Ok((datagram, len)) => {
                    self.offset += len;
                    return Some(Ok(datagram));
                }
                Err((kind, Some(end))) if goes_on(rest, end) => (kind, end),
                Err((kind, Some(_))) => (kind, rest.len()),
                Err((kind, None)) => (kind, next_datagram(rest)),
            }
        };
        let error = FrameError {
            kind,
            offset: self.offset,
            bytes: next,
        };
        self.offset += next;
        if self.offset >= self.packet.len() {
            self.state = State::Done;
        }
        Some(Err(error))
    }
}

impl FusedIterator for Datagrams<'_> {}

/// Whether a declared end can be believed.
fn goes_on(rest: &[u8], end: usize) -> bool {
    rest.get(end..)
        .is_some_and(|after| after.is_empty() || after.starts_with(&HEADER))
}

/// Where the next good datagram begins behind the first byte, or the end.
fn next_datagram(rest: &[u8]) -> usize {
    (1..rest.len())
        .find(|at| {
            let candidate = rest.get(*at..).unwrap_or_default();
            let window = candidate.get(..LONGEST_FOUND).unwrap_or(candidate);
            candidate.starts_with(&HEADER) && Datagram::read(window).is_ok()
        })
        .unwrap_or(rest.len())
}

/// Longer datagrams are not looked for in garbage, so that a malicious packet cannot make the search slow. The longest
/// known one has 470 bytes.
const LONGEST_FOUND: usize = 1_024;
