//! Datagrams on their way: latency, and the faults that strike single packets.
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Fault, Injector};
use crate::DelayRange;
use crate::random::Random;

/// One direction of a network. `A` travels with each packet: its addresses.
///
/// Packets keep their order unless latency or faults change it.
#[derive(Clone, Debug)]
pub struct Network<A> {
    random: Random,
    latency: DelayRange,
    /// By due time, then in the order in which they were sent.
    queue: BTreeMap<(Instant, u64), (A, Vec<u8>)>,
    sent: u64,
    silent_until: Option<Instant>,
}

impl<A: Clone> Network<A> {
    /// An empty network. `stream` tells networks of one seed apart.
    pub fn new(seed: u64, stream: u64, latency: DelayRange) -> Self {
        Self {
            random: Random::new(seed, NETWORK_STREAMS + stream),
            latency,
            queue: BTreeMap::new(),
            sent: 0,
            silent_until: None,
        }
    }

    /// Puts a packet in; faults may strike it.
    pub fn send(&mut self, now: Instant, address: A, mut bytes: Vec<u8>, faults: &mut Injector) {
        let mut due = now + self.random.delay(self.latency);
        if faults.strikes(now, Fault::Drop) || self.silent_until.is_some_and(|until| now < until) {
            return;
        }
        if faults.strikes(now, Fault::Corrupt) {
            let bit = faults.random().below(8);
            let place = faults.random().length(0, bytes.len());
            if let Some(byte) = bytes.get_mut(place) {
                *byte ^= 1 << bit;
            }
        }
        if faults.strikes(now, Fault::Truncate) {
            bytes.truncate(faults.random().length(0, bytes.len()));
        }
        if faults.strikes(now, Fault::Delay) {
            due += Duration::from_secs_f64(faults.random().between(0.3, 6.0));
        }
        if faults.strikes(now, Fault::Reorder) {
            due += Duration::from_secs_f64(faults.random().between(0.0, 0.4));
        }
        if faults.strikes(now, Fault::Duplicate) {
            let again = due + Duration::from_secs_f64(faults.random().between(0.0, 0.5));
            self.push(again, address.clone(), bytes.clone());
        }
        self.push(due, address, bytes);
    }

    fn push(&mut self, due: Instant, address: A, bytes: Vec<u8>) {
        self.sent += 1;
        self.queue.insert((due, self.sent), (address, bytes));
    }

    /// Loses everything that is sent before `until`.
    pub fn silence_until(&mut self, until: Option<Instant>) {
        self.silent_until = until;
    }

    /// When a packet arrives.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.queue.first_key_value().map(|((due, _), _)| *due)
    }

    /// The next packet that arrives by `now`.
    pub fn poll_packet(&mut self, now: Instant) -> Option<(A, Vec<u8>)> {
        let entry = self
            .queue
            .first_entry()
            .filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }
}

const NETWORK_STREAMS: u64 = 64;
