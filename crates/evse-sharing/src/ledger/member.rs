//! One member of a ledger.

use core::time::Duration;

use super::terms::{Bounds, Terms};
use super::view::{Heard, Standing, Why};
use crate::commitment::Commitment;
use crate::demand::Demand;
use crate::target::{Claim, Share, Target};
use crate::tree::Bottleneck;

/// So long a member may hold more than it was sent. Source: ours; a unit follows within 5 s.
const ASTRAY_AFTER: Duration = Duration::from_mins(1);

/// A member that has not reported is believed to have stopped by itself so long after the last frame to it.
const UNHEARD: Duration = Duration::from_mins(1);

/// What a measurement may be above the limit that was sent, A.
const ASTRAY_A: u16 = 1;

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) bounds: Bounds,
    pub(super) terms: Terms,
    pub(super) wish_a: Option<u16>,
    /// What its vehicle can use, if the owner knows, A.
    pub(super) wanted_a: Option<u16>,
    /// Since when a vehicle is plugged in.
    pub(super) plugged: Option<Duration>,
    pub(super) lost: bool,
    /// It has reported, with a limit if it counts at its cap until then; or nothing has kept it charging for so long that
    /// nobody has to wait for it.
    pub(super) heard: bool,
    /// The last frame either way.
    frame_at: Duration,
    /// When the limit that was sent last first was.
    changed_at: Option<Duration>,
    /// Until when its changes have to be paid for.
    paid_at: Duration,
    /// Both before the last limit was sent, if that was a change.
    before: Option<(Option<Duration>, Duration)>,
    pub(super) commitment: Commitment,
    demand: Demand,
    /// Since when it holds more than it was sent.
    astray_since: Option<Duration>,
    /// The owner knows that.
    pub(super) astray_told: bool,
    pub(super) spike_until: Option<Duration>,
    pub(super) target: Target,
    pub(super) why: Why,
    pub(super) bottleneck: Option<Bottleneck>,
}

impl Member {
    pub(super) fn new(now: Duration, bounds: Bounds) -> Self {
        Self {
            bounds,
            terms: Terms::default(),
            wish_a: None,
            wanted_a: None,
            plugged: None,
            lost: false,
            heard: false,
            frame_at: now,
            changed_at: None,
            paid_at: Duration::ZERO,
            before: None,
            commitment: Commitment::default(),
            demand: Demand::default(),
            astray_since: None,
            astray_told: false,
            spike_until: None,
            target: Target::Waiting,
            why: Why::Unplugged,
            bottleneck: None,
        }
    }

    /// The most that it may draw on each phase of the supply, A.
    pub(super) fn amps(&self) -> [u16; 3] {
        let mut amps = self.commitment.amps();
        if self.terms.keeps_charging && !self.heard {
            amps = amps.map(|amps| amps.max(self.bounds.cap_a));
        }
        self.terms.phases.on_supply(amps)
    }

    /// What it draws from each phase of the supply, A.
    pub(super) fn delivered_a(&self) -> [u16; 3] {
        self.terms.phases.on_supply(self.commitment.delivered_a())
    }

    /// Another vehicle, or none.
    pub(super) fn set_plugged(&mut self, plugged: Option<Duration>) {
        self.plugged = plugged;
        self.demand = Demand::default();
        self.spike_until = None;
    }

    pub(super) fn sent(&mut self, now: Duration, limit_a: Option<u16>) {
        self.frame_at = now;
        self.before = None;
        if limit_a.is_some() && limit_a != self.commitment.sent_a() {
            self.before = Some((self.changed_at, self.paid_at));
            self.changed_at = Some(now);
            self.paid_at = self.paid_at.max(now);
            self.paid_at = self.paid_at.saturating_add(self.terms.pace.write_every);
        }
        self.commitment.sent(limit_a);
    }

    pub(super) fn take_back(&mut self, limit_a: u16, was_refused: bool) {
        if let Some(before) = self.before.take_if(|_| was_refused) {
            (self.changed_at, self.paid_at) = before;
        }
        self.commitment.sent(Some(limit_a));
    }

    pub(super) fn heard(&mut self, now: Duration, heard: Heard, reopen: Duration) {
        self.frame_at = now;
        self.heard |= heard.limit_a.is_some() || !self.terms.keeps_charging;
        self.lost = false;
        self.commitment
            .heard(heard.limit_a, heard.delivered_ma, heard.answers);
        let offered_a = match heard.limit_a {
            Some(0) | None => self.target.amps(),
            // It may follow a higher one from before no more.
            limit_a => limit_a.min(self.commitment.sent_a().or(limit_a)),
        };
        if let Some(offered_a) = offered_a
            && self.plugged.is_some()
        {
            let most_ma = most(heard.delivered_ma);
            self.demand.observe(now, offered_a, most_ma, reopen);
        }
    }

    /// Time passes: a lost member is released, one that does not follow is found out.
    pub(super) fn age(&mut self, now: Duration, release_after: Option<Duration>) {
        let silent = now.saturating_sub(self.frame_at);
        if silent >= UNHEARD && !self.terms.keeps_charging {
            self.heard = true;
        }
        let release = self.lost && !self.terms.keeps_charging;
        if release && release_after.is_some_and(|after| silent >= after) {
            self.commitment = Commitment::default();
        }
        let most_a = most(self.commitment.amps());
        let high_a = Some(self.commitment.high_a()).filter(|high_a| *high_a > 0);
        let limit_a = self.commitment.sent_a().or(high_a);
        let follows = limit_a.is_none_or(|limit_a| most_a <= limit_a.saturating_add(ASTRAY_A));
        if self.lost || follows {
            self.excuse();
        } else {
            self.astray_since = self.astray_since.or(Some(now));
        }
    }

    /// It is not known not to follow.
    pub(super) fn excuse(&mut self) {
        (self.astray_since, self.astray_told) = (None, false);
    }

    /// Whether it may be raised again.
    pub(super) fn is_settled(&self, now: Duration) -> bool {
        let settle = self.terms.pace.settle;
        let settled = |at| now.saturating_sub(at) >= settle;
        self.changed_at.is_none_or(settled) && now >= self.paid_at
    }

    /// It charges, and cannot be changed meanwhile.
    pub(super) fn is_fixed(&self) -> bool {
        !self.terms.live && self.plugged.is_some() && most(self.commitment.amps()) > 0
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

    /// What its vehicle can use, A.
    fn demand_a(&self) -> u16 {
        self.wanted_a.unwrap_or_else(|| self.demand.amps())
    }

    /// What has to be kept for it on each phase of the supply while it takes no part, A. One that starts by itself will
    /// start with what it was told, though it may still follow a higher limit from before.
    pub(super) fn kept_a(&self, now: Duration) -> [u16; 3] {
        let follows = self.heard && !(self.lost || self.is_astray(now) || self.is_fixed());
        let mut amps = self.amps();
        if follows && self.terms.starts_itself {
            let told_a = self.held_a();
            for (amps, delivered_a) in amps.iter_mut().zip(self.delivered_a()) {
                *amps = told_a.max(delivered_a).min(*amps);
            }
        }
        amps
    }

    /// What it brings to the division, unless it takes no part.
    pub(super) fn claim(&self, now: Duration) -> Option<Claim> {
        let aside = self.lost || self.is_astray(now) || self.is_fixed();
        let since = self.plugged.filter(|_| !aside)?;
        Some(Claim {
            circuit: self.terms.circuit,
            phases: self.terms.phases,
            floor_a: self.bounds.floor_a,
            cap_a: self.cap_a(),
            demand_a: self.demand_a(),
            since,
            holds: self.commitment.high_a() > 0,
            priority: self.terms.priority,
            guaranteed_a: self.terms.guaranteed_a,
        })
    }

    /// Takes its part of a division.
    pub(super) fn assign(&mut self, share: Share) {
        self.target = share.target;
        self.bottleneck = share.bottleneck;
        self.why = match share.target {
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
        let (wish_a, demand_a) = (self.wish_a.unwrap_or(u16::MAX), self.demand_a());
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

    /// It takes no part: what it may draw stays reserved. One that holds more than its floor is told its floor; if it
    /// starts by itself, only while `others_need` the rest.
    pub(super) fn stand_aside(&mut self, now: Duration, others_need: bool) {
        let floor_a = self.bounds.floor_a;
        self.why = if self.lost {
            Why::Lost
        } else if self.is_astray(now) {
            Why::Astray
        } else if self.is_fixed() {
            Why::Fixed
        } else {
            Why::Unplugged
        };
        let may_keep = self.why == Why::Unplugged && self.terms.starts_itself && !others_need;
        let lower = !self.lost && !self.is_fixed() && !may_keep;
        self.target = if lower && self.commitment.high_a() > floor_a {
            Target::Withdrawn(floor_a)
        } else {
            Target::Waiting
        };
        self.bottleneck = None;
    }

    fn most_wanted_a(&self) -> u16 {
        let (floor_a, cap_a) = (self.bounds.floor_a, self.cap_a());
        if self.plugged.is_none() || cap_a < floor_a {
            return 0;
        }
        cap_a.min(self.demand_a()).max(floor_a)
    }

    pub(super) fn standing(&self) -> Standing {
        Standing {
            bounds: self.bounds,
            terms: self.terms,
            wish_a: self.wish_a,
            wanted_a: self.most_wanted_a(),
            target_a: self.target.amps(),
            why: self.why,
            bottleneck: self.bottleneck,
            sent_a: self.commitment.sent_a(),
            delivered_a: most(self.commitment.delivered_a()),
            commitment_a: most(self.amps()),
            plugged: self.plugged.is_some(),
            lost: self.lost,
            may_draw: most(self.amps()) > 0 || !self.heard,
        }
    }
}

fn most<T: Copy + Ord + Default>(all: [T; 3]) -> T {
    all.into_iter().max().unwrap_or_default()
}
