//! One member of a ledger.

use core::time::Duration;

use super::view::{Bounds, Heard, Standing, Why};
use crate::commitment::Commitment;
use crate::demand::Demand;
use crate::target::{Claim, Target};

/// So long a member may hold more than it was sent. Source: ours; a unit follows within 5 s.
const ASTRAY_AFTER: Duration = Duration::from_mins(1);

/// What a measurement may be above the limit that was sent, A.
const ASTRAY_A: u16 = 1;

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) bounds: Bounds,
    pub(super) wish_a: Option<u16>,
    /// Since when a vehicle is plugged in.
    pub(super) plugged: Option<Duration>,
    pub(super) lost: bool,
    pub(super) heard: bool,
    /// The last frame either way.
    frame_at: Duration,
    /// When the limit that was sent last first was.
    pub(super) changed_at: Option<Duration>,
    pub(super) commitment: Commitment,
    demand: Demand,
    /// Since when it holds more than it was sent.
    astray_since: Option<Duration>,
    pub(super) spike_until: Option<Duration>,
    pub(super) target: Target,
    pub(super) why: Why,
}

impl Member {
    pub(super) fn new(now: Duration, bounds: Bounds) -> Self {
        Self {
            bounds,
            wish_a: None,
            plugged: None,
            lost: false,
            heard: false,
            frame_at: now,
            changed_at: None,
            commitment: Commitment::default(),
            demand: Demand::default(),
            astray_since: None,
            spike_until: None,
            target: Target::Waiting,
            why: Why::Unplugged,
        }
    }

    /// Another vehicle, or none.
    pub(super) fn set_plugged(&mut self, plugged: Option<Duration>) {
        self.plugged = plugged;
        self.demand = Demand::default();
        self.spike_until = None;
    }

    pub(super) fn sent(&mut self, now: Duration, limit_a: Option<u16>) {
        self.frame_at = now;
        if limit_a.is_some() && limit_a != self.commitment.sent_a() {
            self.changed_at = Some(now);
        }
        self.commitment.sent(limit_a);
    }

    pub(super) fn heard(&mut self, now: Duration, heard: Heard) {
        self.frame_at = now;
        self.heard = true;
        self.lost = false;
        self.commitment
            .heard(heard.limit_a, heard.delivered_ma, heard.answers);
        let offered_a = match heard.limit_a {
            Some(0) | None => self.target.amps(),
            limit_a => limit_a,
        };
        if let Some(offered_a) = offered_a
            && self.plugged.is_some()
        {
            self.demand.observe(now, offered_a, heard.delivered_ma);
        }
    }

    /// Time passes: a lost member is released, one that does not follow is found out.
    pub(super) fn age(&mut self, now: Duration, release_after: Option<Duration>) {
        let silent = now.saturating_sub(self.frame_at);
        if self.lost && release_after.is_some_and(|after| silent >= after) {
            self.commitment = Commitment::default();
        }
        let sent_a = self.commitment.sent_a();
        let astray =
            sent_a.is_some_and(|sent_a| self.commitment.amps() > sent_a.saturating_add(ASTRAY_A));
        self.astray_since = self.astray_since.or(Some(now)).filter(|_| astray);
    }

    pub(super) fn is_astray(&self, now: Duration) -> bool {
        let since = self.astray_since;
        since.is_some_and(|since| now.saturating_sub(since) >= ASTRAY_AFTER)
    }

    /// The most that it may get by bounds and wish, A.
    pub(super) fn cap_a(&self) -> u16 {
        let Bounds { floor_a, cap_a } = self.bounds;
        match self.wish_a {
            Some(wish_a @ 1..) => cap_a.min(wish_a.max(floor_a)),
            Some(0) => 0,
            None => cap_a,
        }
    }

    /// The limit that it is to hold now, as far as we know, A.
    pub(super) fn held_a(&self) -> u16 {
        self.commitment
            .sent_a()
            .unwrap_or_else(|| self.commitment.high_a())
    }

    /// What it brings to the division, unless it takes no part.
    pub(super) fn claim(&self, now: Duration) -> Option<Claim> {
        let since = self
            .plugged
            .filter(|_| !self.lost && !self.is_astray(now))?;
        Some(Claim {
            floor_a: self.bounds.floor_a,
            cap_a: self.cap_a(),
            demand_a: self.demand.amps(),
            since,
            holds: self.commitment.high_a() > 0,
        })
    }

    /// Takes its part of a division.
    pub(super) fn assign(&mut self, target: Target) {
        self.target = target;
        self.why = match target {
            Target::Waiting | Target::Withdrawn(_) if self.cap_a() < self.bounds.floor_a => {
                Why::Refused
            }
            Target::Waiting => Why::Waiting,
            Target::Withdrawn(_) => Why::Withdrawn,
            Target::Admitted(amps) => self.why_admitted(amps),
        };
    }

    fn why_admitted(&self, amps: u16) -> Why {
        let Bounds { floor_a, cap_a } = self.bounds;
        let (wish_a, demand_a) = (self.wish_a.unwrap_or(u16::MAX), self.demand.amps());
        let top_a = cap_a.min(wish_a).min(demand_a);
        if amps < top_a {
            Why::Share
        } else if wish_a == top_a && wish_a != u16::MAX {
            if wish_a < floor_a {
                Why::Floor
            } else {
                Why::Wish
            }
        } else if demand_a < cap_a {
            Why::Demand
        } else {
            Why::Cap
        }
    }

    /// It takes no part: what it may draw stays reserved. One that holds more than its floor is told its floor.
    pub(super) fn stand_aside(&mut self, now: Duration) {
        let floor_a = self.bounds.floor_a;
        let lower = !self.lost && self.commitment.high_a() > floor_a;
        self.target = if lower {
            Target::Withdrawn(floor_a)
        } else {
            Target::Waiting
        };
        self.why = if self.lost {
            Why::Lost
        } else if self.is_astray(now) {
            Why::Astray
        } else {
            Why::Unplugged
        };
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            bounds: self.bounds,
            wish_a: self.wish_a,
            target_a: self.target.amps(),
            why: self.why,
            sent_a: self.commitment.sent_a(),
            delivered_a: self.commitment.delivered_a(),
            commitment_a: self.commitment.amps(),
            plugged: self.plugged.is_some(),
            lost: self.lost,
        }
    }
}
