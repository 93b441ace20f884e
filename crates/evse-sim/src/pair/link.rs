//! The connection between the two ends: two pipes, two decoders.
use std::time::{Duration, Instant};

use duosida_proto::frame::{Decoder, Direction, Framing};

use crate::duosida::DelayRange;
use crate::faults::{Injector, Output, Pipe};

/// One TCP connection.
#[derive(Debug)]
pub(super) struct Link {
    to_client: Pipe,
    to_charger: Pipe,
    client: Decoder,
    charger: Decoder,
    known_to_charger: bool,
    broken: bool,
}

impl Link {
    pub(super) fn new(seed: u64, connection: u64, latency: DelayRange) -> Self {
        // Jitter on the way to the charger would look like a client that sends too fast.
        let steady = DelayRange {
            min: latency.min,
            max: latency.min + Duration::from_millis(5),
        };
        Self {
            to_client: Pipe::new(seed, connection * 2, latency),
            to_charger: Pipe::new(seed, connection * 2 + 1, steady),
            client: Decoder::new(Framing::Raw, Direction::FromCharger),
            charger: Decoder::new(Framing::Raw, Direction::ToCharger),
            known_to_charger: true,
            broken: false,
        }
    }

    pub(super) fn is_known_to_charger(&self) -> bool {
        self.known_to_charger
    }

    /// The stream to the client ended within a message.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The charger forgets this connection; what it had sent still arrives.
    pub(super) fn vanish(&mut self) {
        self.known_to_charger = false;
    }

    pub(super) fn stall_until(&mut self, until: Instant) {
        self.to_client.stall_until(until);
        self.to_charger.stall_until(until);
    }

    pub(super) fn resume(&mut self) {
        self.to_client.resume();
        self.to_charger.resume();
    }

    pub(super) fn send_to_client(&mut self, now: Instant, message: &[u8], faults: &mut Injector) {
        self.to_client.send(now, message, Some(faults));
    }

    pub(super) fn send_to_charger(&mut self, now: Instant, message: &[u8]) {
        self.to_charger.send(now, message, None);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [
            self.to_client.poll_timeout(),
            self.to_charger.poll_timeout(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The next frame that reaches the charger by `now`.
    pub(super) fn poll_charger(&mut self, now: Instant) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.charger.next_frame() {
                return Some(frame).filter(|_| self.known_to_charger);
            }
            match self.to_charger.poll_output(now)? {
                Output::Bytes(bytes) => self.charger.push(&bytes),
                Output::Closed => return None,
            }
        }
    }

    /// The next frame that reaches the client by `now`.
    pub(super) fn poll_client(&mut self, now: Instant) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.client.next_frame() {
                return Some(frame);
            }
            match self.to_client.poll_output(now)? {
                Output::Bytes(bytes) => self.client.push(&bytes),
                Output::Closed => {
                    self.broken = true;
                    return None;
                }
            }
        }
    }
}
