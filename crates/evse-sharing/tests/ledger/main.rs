//! What a ledger does, one behaviour at a time.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod abilities;
mod circuits;
mod commitments;
mod limits;
mod shares;

use core::time::Duration;

use evse_sharing::{Bounds, Heard, Ledger, Settings, Standing, Why};

const BOUNDS: Bounds = Bounds {
    floor_a: 6,
    cap_a: 32,
};

/// A ledger whose members are joined and heard; each step takes 1.3 s.
struct Bus {
    ledger: Ledger<u8>,
    now: Duration,
}

impl Bus {
    fn new(members: u8, rated_a: u16) -> Self {
        Self::with(members, rated_a, Settings::default())
    }

    fn with(members: u8, rated_a: u16, settings: Settings) -> Self {
        let mut bus = Self {
            ledger: Ledger::new(rated_a, settings),
            now: Duration::ZERO,
        };
        for key in 0..members {
            bus.ledger.join(key, bus.now, BOUNDS);
            bus.hear(key, 0, 0);
        }
        bus
    }

    /// Members with a vehicle, each following its limit.
    fn charging(members: u8, rated_a: u16) -> Self {
        let mut bus = Self::new(members, rated_a);
        for key in 0..members {
            bus.plug(key);
        }
        for _ in 0..40 {
            for key in 0..members {
                bus.follow(key);
            }
        }
        bus
    }

    fn pass(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.ledger.update(self.now);
    }

    fn plug(&mut self, key: u8) {
        self.pass(1);
        self.ledger.plugged(key, self.now);
    }

    fn offer(&mut self, key: u8) -> (Option<u16>, Why) {
        let offer = self.ledger.offer(key, self.now);
        (offer.limit_a, offer.why)
    }

    /// A frame with what is on offer.
    fn send(&mut self, key: u8) -> Option<u16> {
        self.now += Duration::from_millis(1_300);
        self.ledger.update(self.now);
        let limit_a = self.offer(key).0;
        self.ledger.sent(key, self.now, limit_a);
        limit_a
    }

    fn send_nothing(&mut self, key: u8) {
        self.ledger.sent(key, self.now, None);
    }

    /// The reply to the last frame.
    fn hear(&mut self, key: u8, limit_a: u16, delivered_ma: u32) {
        let heard = Heard {
            limit_a: Some(limit_a),
            delivered_ma: [delivered_ma; 3],
            answers: true,
        };
        self.ledger.heard(key, self.now, heard);
    }

    /// A frame with what is on offer, and a reply after it was obeyed.
    fn follow(&mut self, key: u8) {
        if let Some(limit_a) = self.send(key) {
            self.hear(key, limit_a, u32::from(limit_a) * 1_000 - 400);
        }
    }

    fn member(&self, key: u8) -> Standing {
        self.ledger.member(key).unwrap()
    }

    fn commitment(&self, key: u8) -> u16 {
        self.member(key).commitment_a
    }

    fn targets(&self) -> Vec<Option<u16>> {
        let members = self.ledger.members();
        members.map(|(_, standing)| standing.target_a).collect()
    }
}
