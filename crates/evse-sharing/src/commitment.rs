//! The most that a member may draw right now, as far as one can tell when messages are lost.

use crate::demand::whole_amps;

/// What a member that was sent 0 is counted at: some firmware takes 0 for the least current of a charge. Source:
/// author of twc-director; IEC 61851; confidence: one source, others differ, this is the safe side.
const ZERO_SENT_A: u16 = 6;

/// What a member without a limit may show without drawing anything, A: idle ones measure up to 0.25 A. Source:
/// published frames of real units.
const IDLE_A: u16 = 1;

/// The limits that a member may hold, and its draw.
///
/// Only the highest of the possible limits is kept: they grow in number with all that is sent and reported, and only
/// ever shrink to a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Commitment {
    /// The highest limit that it may hold, A.
    high_a: u16,
    /// The limit in the last frame that had one, A.
    sent_a: Option<u16>,
    /// Frames since the first of those in a row that had this limit.
    since_first: u8,
    /// Frames since the last that had a limit.
    since_last: u8,
    /// On its own phases, A, rounded up.
    delivered_a: [u16; 3],
}

impl Commitment {
    /// The most that it may draw on each of its own phases, A.
    pub(crate) fn amps(&self) -> [u16; 3] {
        self.delivered_a.map(|delivered_a| {
            if self.high_a == 0 && delivered_a <= IDLE_A {
                return 0;
            }
            self.high_a.max(delivered_a)
        })
    }

    /// The highest limit that it may hold, A.
    pub(crate) fn high_a(&self) -> u16 {
        self.high_a
    }

    /// The limit that was sent last, A, unless the member has none any more.
    pub(crate) fn sent_a(&self) -> Option<u16> {
        self.sent_a
    }

    pub(crate) fn delivered_a(&self) -> [u16; 3] {
        self.delivered_a
    }

    fn is_idle(&self) -> bool {
        self.delivered_a
            .iter()
            .all(|delivered_a| *delivered_a <= IDLE_A)
    }

    /// A frame leaves.
    pub(crate) fn sent(&mut self, limit_a: Option<u16>) {
        self.since_first = self.since_first.saturating_add(1);
        self.since_last = self.since_last.saturating_add(1);
        let Some(amps) = limit_a else { return };
        self.since_last = 0;
        if self.sent_a.replace(amps) != Some(amps) {
            self.since_first = 0;
        }
        self.high_a = self.high_a.max(counted_a(amps));
    }

    /// The member reports its limit; `answers`: in the reply to the last frame.
    ///
    /// The reply to a frame may tell the limit from before it, and a late reply looks like that to the next frame.
    /// So the limit that was sent last is certain from the first later frame on. That the member has none is certain
    /// after two frames without a limit.
    pub(crate) fn heard(&mut self, limit_a: Option<u16>, delivered_ma: [u32; 3], answers: bool) {
        for (delivered_a, delivered_ma) in self.delivered_a.iter_mut().zip(delivered_ma) {
            let kept_a = if answers { 0 } else { *delivered_a };
            *delivered_a = whole_amps(delivered_ma).max(kept_a);
        }
        let Some(amps) = limit_a else { return };
        if answers && self.since_first >= 1 && self.sent_a == Some(amps) {
            self.high_a = counted_a(amps);
        } else if answers && self.since_last >= 2 && amps == 0 && self.is_idle() {
            self.high_a = 0;
            self.sent_a = None;
        } else {
            self.high_a = self.high_a.max(amps);
        }
    }
}

fn counted_a(sent_a: u16) -> u16 {
    if sent_a == 0 { ZERO_SENT_A } else { sent_a }
}
