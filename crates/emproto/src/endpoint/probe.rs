//! Probes, and which refusals they account for.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

/// The probes whose answers may still come.
#[derive(Debug, Default)]
pub(super) struct Probes {
    waiting: VecDeque<Probe>,
    sent: u64,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    /// Counted from 1.
    number: u64,
    at: Instant,
    /// Whom it asked; `None` for all.
    to: Option<Ipv4Addr>,
}

impl Probes {
    /// A probe leaves, to one address or to all.
    pub(super) fn sent(&mut self, now: Instant, to: Option<Ipv4Addr>) {
        self.forget(now);
        if self.waiting.len() >= MAX_PROBES {
            self.waiting.pop_front();
        }
        self.sent += 1;
        self.waiting.push_back(Probe {
            number: self.sent,
            at: now,
            to,
        });
    }

    /// The oldest probe after number `after` that a refusal from this address may answer; 0 when there is none. Each
    /// probe accounts for one refusal of each charger.
    pub(super) fn answered(&mut self, now: Instant, from: SocketAddrV4, after: u64) -> u64 {
        self.forget(now);
        let asked =
            |probe: &&Probe| probe.number > after && probe.to.is_none_or(|to| to == *from.ip());
        self.waiting
            .iter()
            .find(asked)
            .map_or(0, |probe| probe.number)
    }

    fn forget(&mut self, now: Instant) {
        self.waiting
            .retain(|probe| now.saturating_duration_since(probe.at) <= PROBE_WAIT);
    }
}

/// How long answers to a probe may take.
const PROBE_WAIT: Duration = Duration::from_secs(3);
/// Probes whose answers are told from refusals.
const MAX_PROBES: usize = 16;
