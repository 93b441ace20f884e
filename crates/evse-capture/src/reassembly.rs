//! One direction of a TCP connection, put together again from its segments.
//!
//! Segments may come twice, late, overlapping or never; the capture may begin or end in the middle. Bytes come out in
//! order and once; what never came is a [`Piece::Gap`], given up when [`MAX_WAITING`] bytes wait behind it or the
//! stream ends.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::link::Segment;

/// How many bytes may wait for a missing segment: more than the receive window of any charger.
pub const MAX_WAITING: usize = 1 << 20;

/// What comes out of a [`Stream`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A new connection begins: offsets begin again, nothing belongs to what came before.
    Start,
    /// Bytes that follow those before.
    Data {
        /// Position of the first byte since the start.
        offset: u64,
        /// When the segment with these bytes was captured.
        time: Duration,
        /// Never empty.
        bytes: Vec<u8>,
    },
    /// That many bytes were never captured.
    Gap(u64),
    /// The sender has finished, or the connection was reset.
    End,
}

/// One direction of a connection.
#[derive(Debug, Default)]
pub struct Stream {
    /// Nothing before the first segment with data, or SYN.
    state: Option<State>,
}

#[derive(Debug)]
struct State {
    /// Sequence number of offset 0.
    origin: u32,
    /// Everything before has come out.
    next: u64,
    waiting: BTreeMap<u64, (Duration, Vec<u8>)>,
    waiting_bytes: usize,
    /// Where the stream ends, once a FIN was seen.
    end: Option<u64>,
    ended: bool,
}

impl Stream {
    /// A stream of which nothing was seen.
    pub const fn new() -> Self {
        Self { state: None }
    }

    /// Takes a segment of this direction, captured at `time`.
    pub fn push(&mut self, time: Duration, segment: &Segment<'_>) -> Vec<Piece> {
        let mut out = Vec::new();
        let origin = segment.sequence.wrapping_add(u32::from(segment.syn));
        match &mut self.state {
            Some(state) if segment.syn && state.origin != origin => {
                state.flush(&mut out);
                self.state = Some(State::new(origin));
                out.push(Piece::Start);
            }
            // An acknowledgement alone may be a keep-alive, whose number is one too low.
            None if segment.syn || segment.fin || !segment.payload.is_empty() => {
                self.state = Some(State::new(origin));
                out.push(Piece::Start);
            }
            _ => {}
        }
        if let Some(state) = &mut self.state {
            let at = state.offset(origin);
            if segment.fin {
                let len = i64::try_from(segment.payload.len()).unwrap_or(i64::MAX);
                let end = at.saturating_add(len);
                state.end = state.end.or_else(|| u64::try_from(end).ok());
            }
            state.insert(at, time, segment.payload);
            state.deliver(&mut out);
            if segment.rst {
                state.flush(&mut out);
            }
        }
        out
    }

    /// The position of a segment's first data byte, where it lies in the present connection.
    pub fn offset_of(&self, segment: &Segment<'_>) -> Option<u64> {
        let first = segment.sequence.wrapping_add(u32::from(segment.syn));
        u64::try_from(self.state.as_ref()?.offset(first)).ok()
    }

    /// The capture ends: what still waits comes out, with its gaps.
    pub fn finish(&mut self) -> Vec<Piece> {
        let mut out = Vec::new();
        if let Some(mut state) = self.state.take() {
            state.flush(&mut out);
        }
        out
    }
}

impl State {
    const fn new(origin: u32) -> Self {
        Self {
            origin,
            next: 0,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            end: None,
            ended: false,
        }
    }

    /// The offset of a sequence number: of all those that are equal in 32 bits, the nearest to what comes next.
    /// Negative before the start.
    fn offset(&self, sequence: u32) -> i64 {
        let low = self.next & u64::from(u32::MAX);
        let next_sequence = self
            .origin
            .wrapping_add(u32::try_from(low).unwrap_or_default());
        let distance = sequence.wrapping_sub(next_sequence).cast_signed();
        self.next.cast_signed().saturating_add(distance.into())
    }

    fn insert(&mut self, at: i64, time: Duration, payload: &[u8]) {
        // Only what has not come out yet.
        let known = self.next.cast_signed().saturating_sub(at).max(0);
        let new = usize::try_from(known)
            .ok()
            .and_then(|known| payload.get(known..))
            .unwrap_or_default();
        let Ok(offset) = u64::try_from(at.saturating_add(known)) else {
            return;
        };
        let held = self
            .waiting
            .get(&offset)
            .map_or(0, |(_, bytes)| bytes.len());
        if self.ended || new.len() <= held {
            return;
        }
        self.waiting_bytes = self.waiting_bytes - held + new.len();
        self.waiting.insert(offset, (time, new.to_vec()));
    }

    /// Brings out what follows without a gap, and skips a gap when too much waits.
    fn deliver(&mut self, out: &mut Vec<Piece>) {
        loop {
            let waiting = self.waiting.len();
            let Some(first) = self.waiting.first_entry() else {
                break;
            };
            let at = *first.key();
            if at > self.next {
                if self.waiting_bytes <= MAX_WAITING && waiting <= MAX_SEGMENTS {
                    break;
                }
                out.push(Piece::Gap(at - self.next));
                self.next = at;
            }
            let (time, mut bytes) = first.remove();
            self.waiting_bytes -= bytes.len();
            let known = usize::try_from(self.next - at).unwrap_or(usize::MAX);
            bytes.drain(..known.min(bytes.len()));
            if bytes.is_empty() {
                continue;
            }
            let offset = self.next;
            self.next += bytes.len() as u64;
            out.push(Piece::Data {
                offset,
                time,
                bytes,
            });
        }
        if !self.ended && self.end.is_some_and(|end| end <= self.next) {
            self.close(out);
        }
    }

    /// Brings everything out and ends.
    fn flush(&mut self, out: &mut Vec<Piece>) {
        while let Some((&at, _)) = self.waiting.first_key_value() {
            if let Some(missing) = at.checked_sub(self.next).filter(|missing| *missing > 0) {
                out.push(Piece::Gap(missing));
                self.next = at;
            }
            self.deliver(out);
        }
        if !self.ended {
            self.close(out);
        }
    }

    fn close(&mut self, out: &mut Vec<Piece>) {
        self.ended = true;
        self.waiting.clear();
        self.waiting_bytes = 0;
        out.push(Piece::End);
    }
}

/// How many segments may wait: small ones cost more memory than their bytes.
const MAX_SEGMENTS: usize = 4096;
