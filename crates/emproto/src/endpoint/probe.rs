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

/// Packets of a probe that left together; each of them is answered.
#[derive(Clone, Copy, Debug)]
struct Probe {
    /// Number of the first packet, counted from 1.
    first: u64,
    /// Number of the last one.
    last: u64,
    at: Instant,
    /// Whom it asked; `None` for all.
    to: Option<Ipv4Addr>,
}

impl Probes {
    /// A probe leaves in so many packets, to one address or to all.
    pub(super) fn sent(&mut self, now: Instant, to: Option<Ipv4Addr>, packets: u32) {
        self.forget(now);
        if self.waiting.len() >= MAX_PROBES {
            self.waiting.pop_front();
        }
        let first = self.sent + 1;
        self.sent += u64::from(packets);
        self.waiting.push_back(Probe {
            first,
            last: self.sent,
            at: now,
            to,
        });
    }

    /// The oldest packet after number `after` that a refusal from this address may answer; 0 when there is none. Each
    /// packet accounts for one refusal of each charger.
    pub(super) fn answered(&mut self, now: Instant, from: SocketAddrV4, after: u64) -> u64 {
        self.forget(now);
        let asked =
            |probe: &&Probe| probe.last > after && probe.to.is_none_or(|to| to == *from.ip());
        self.waiting
            .iter()
            .find(asked)
            .map_or(0, |probe| probe.first.max(after + 1))
    }

    fn forget(&mut self, now: Instant) {
        self.waiting
            .retain(|probe| now.saturating_duration_since(probe.at) <= PROBE_WAIT);
    }
}

/// How long answers to a probe may take.
const PROBE_WAIT: Duration = Duration::from_secs(3);
/// Probes whose answers are told from refusals: 16, each of which may have left in copies.
const MAX_PROBES: usize = 32;
