//! One direction of a byte stream: latency, segments, and the faults that strike single messages.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Fault, Injector};
use crate::duosida::DelayRange;
use crate::random::Random;

/// What comes out of a pipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bytes of one segment.
    Bytes(Vec<u8>),
    /// The connection broke here.
    Closed,
}

/// One direction of a connection. Bytes keep their order; only time and cuts change, unless faults strike.
#[derive(Clone, Debug)]
pub struct Pipe {
    random: Random,
    latency: DelayRange,
    queue: VecDeque<Segment>,
    /// How many bytes are in the queue.
    waiting: usize,
    stalled_until: Option<Instant>,
    /// Messages sent at one instant travel together.
    last_send: Option<(Instant, Duration)>,
    broken: bool,
}

#[derive(Clone, Debug)]
struct Segment {
    due: Instant,
    bytes: Vec<u8>,
    /// The next message joins this segment.
    open: bool,
    closes: bool,
}

impl Pipe {
    /// An empty pipe. `stream` tells pipes of one seed apart.
    pub fn new(seed: u64, stream: u64, latency: DelayRange) -> Self {
        Self {
            random: Random::new(seed, PIPE_STREAMS + stream),
            latency,
            queue: VecDeque::new(),
            waiting: 0,
            stalled_until: None,
            last_send: None,
            broken: false,
        }
    }

    /// Puts one message in. With `faults`, those that strike messages may strike this one.
    pub fn send(&mut self, now: Instant, bytes: &[u8], faults: Option<&mut Injector>) {
        if self.broken || bytes.is_empty() {
            return;
        }
        let latency = match self.last_send {
            Some((at, latency)) if at == now => latency,
            _ => self.random.delay(self.latency),
        };
        self.last_send = Some((now, latency));
        let due = now + latency;
        match faults {
            Some(faults) => self.send_with_faults(now, due, bytes, faults),
            None => self.push(due, bytes.to_vec(), false, false),
        }
    }

    fn send_with_faults(
        &mut self,
        now: Instant,
        mut due: Instant,
        bytes: &[u8],
        faults: &mut Injector,
    ) {
        if faults.strikes(now, Fault::Delay) {
            due += Duration::from_secs_f64(faults.random().between(0.3, 5.0));
        }
        if faults.strikes(now, Fault::Garbage) {
            let length = faults.random().length(1, 64);
            let garbage = faults.random().bytes(length);
            self.push(due, garbage, false, false);
        }
        if faults.strikes(now, Fault::Oversize) {
            self.push(due, OVERSIZED.to_vec(), false, false);
        }
        if faults.strikes(now, Fault::Cut) {
            let kept = faults.random().length(1, bytes.len());
            self.push(due, bytes.iter().take(kept).copied().collect(), false, true);
            self.broken = true;
        } else if faults.strikes(now, Fault::Fragment) {
            let mut rest = bytes;
            due = self.queue.back().map_or(due, |last| last.due.max(due));
            while !rest.is_empty() {
                let length = faults.random().length(1, 24).min(rest.len());
                let (piece, tail) = rest.split_at(length);
                due += Duration::from_millis(1 + faults.random().below(20));
                self.push(due, piece.to_vec(), false, false);
                rest = tail;
            }
        } else {
            let open = faults.strikes(now, Fault::Coalesce);
            let wait = if open { COALESCE_WAIT } else { Duration::ZERO };
            self.push(due + wait, bytes.to_vec(), open, false);
        }
    }

    fn push(&mut self, due: Instant, mut bytes: Vec<u8>, open: bool, closes: bool) {
        self.waiting += bytes.len();
        let last_due = self.queue.back().map_or(due, |last| last.due);
        let due = due.max(last_due);
        match self.queue.back_mut() {
            Some(last) if !last.closes && (last.open || last.due == due) => {
                last.bytes.append(&mut bytes);
                last.open = open;
                last.closes = closes;
            }
            _ => self.queue.push_back(Segment {
                due,
                bytes,
                open,
                closes,
            }),
        }
    }

    /// Lets nothing out before `until`.
    pub fn stall_until(&mut self, until: Instant) {
        self.stalled_until = Some(self.stalled_until.map_or(until, |old| old.max(until)));
    }

    /// Ends a stall at once.
    pub fn resume(&mut self) {
        self.stalled_until = None;
    }

    /// How many bytes went in and did not come out yet.
    pub fn waiting_bytes(&self) -> usize {
        self.waiting
    }

    /// When there is something to take out.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let due = self.queue.front()?.due;
        Some(self.stalled_until.map_or(due, |until| until.max(due)))
    }

    /// What arrives by `now`.
    pub fn poll_output(&mut self, now: Instant) -> Option<Output> {
        if self.poll_timeout()? > now {
            return None;
        }
        let front = self.queue.front_mut()?;
        if front.bytes.is_empty() {
            self.queue.clear();
            self.waiting = 0;
            return Some(Output::Closed);
        }
        let bytes = std::mem::take(&mut front.bytes);
        self.waiting -= bytes.len();
        if !front.closes {
            self.queue.pop_front();
        }
        Some(Output::Bytes(bytes))
    }
}

/// A `DataTransfer` of 2,147,483,647 bytes.
const OVERSIZED: [u8; 7] = [0x82, 0x01, 0xff, 0xff, 0xff, 0xff, 0x07];
/// How long a message waits for the next one to share its segment.
const COALESCE_WAIT: Duration = Duration::from_millis(150);
const PIPE_STREAMS: u64 = 16;
