//! What leaves.

use std::time::{Duration, Instant};

use super::controller::Controller;
use crate::frame::{Trailer, WireFrame};
use crate::message::{Message, ProtocolVersion};
use crate::{Address, Role};

/// One frame for the line.
#[derive(Clone, Copy, Debug)]
pub struct Transmit {
    /// Its bytes, trailer included. Write all of them at once, and with manual direction control hold the driver until
    /// the last bit is out.
    pub wire: WireFrame,
    /// How long that takes at the configured speed. The wait for an answer begins then.
    pub airtime: Duration,
}

impl Controller {
    /// Sends what is to be answered.
    pub(super) fn ask_for(
        &mut self,
        now: Instant,
        unit: Address,
        message: &Message,
        version: ProtocolVersion,
    ) {
        let leaves = self.transmit(now, message, version);
        let (_, command) = message.code();
        let until = now + leaves + self.config.reply_window.min(LONGEST_REPLY_WINDOW);
        self.line.await_answer(unit, command, until);
    }

    /// Sends a frame, and returns how long it takes.
    pub(super) fn transmit(
        &mut self,
        now: Instant,
        message: &Message,
        version: ProtocolVersion,
    ) -> Duration {
        debug_assert!(message.is_sendable(Role::Controller), "{message:?}");
        let frame = message.encode(version);
        let wire = frame.encode(Trailer::default());
        let bits = u64::try_from(wire.len() * 10).unwrap_or(u64::MAX);
        let airtime =
            Duration::from_nanos(bits * 1_000_000_000 / u64::from(self.config.baud.max(1)));
        self.line.sent(now, frame, airtime);
        self.schedule.slot_until = now + SLOT;
        self.records.counters.sent += 1;
        self.outgoing = Some(Transmit { wire, airtime });
        airtime
    }
}

/// Longer would keep the line from all other units.
const LONGEST_REPLY_WINDOW: Duration = Duration::from_secs(2);
/// From the beginning of one frame to that of the next.
const SLOT: Duration = Duration::from_millis(320);
