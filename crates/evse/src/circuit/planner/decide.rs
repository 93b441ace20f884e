//! What one member is told next.

use std::time::Duration;

use evse_sharing::{Offer, Why};

use super::Planner;
use super::member::{Kind, Member, READING, WRITE_EVERY};
use crate::circuit::event::CircuitEvent;
use crate::circuit::order::Action;
use crate::circuit::reading::BusControl;
use crate::guard::Requester;
use crate::model::Support;
use crate::units::Milliamps;

impl Planner {
    pub(super) fn decide(&mut self, key: usize, now: Duration, may_stop: bool) -> Option<Action> {
        let member = self.members.get(key)?;
        if member.pending.is_some() || member.is_lost {
            return None;
        }
        let ledger = self.ledgers.get_mut(member.tree)?;
        let offer = ledger.offer(key, now);
        if member.is_bus() {
            return member.decide_bus(offer);
        }
        let (at, _) = member.last.as_ref()?;
        let waits_for_reading = |ended: Duration| *at <= ended && now < ended + READING;
        let is_unread = member.ended_at.is_some_and(waits_for_reading);
        if member.stopped.is_some() && !member.is_open {
            return member.start_again(now, offer).filter(|_| !is_unread);
        }
        let not_admitted = matches!(offer.why, Why::Waiting | Why::Withdrawn | Why::Refused);
        if member.is_open && not_admitted && member.can_stop() {
            let is_stopping = is_unread && member.is_stopping;
            let may = may_stop && !is_stopping && now >= member.urgent_until;
            return may.then_some(Action::Stop);
        }
        if offer.why == Why::Fixed {
            return if is_unread {
                None
            } else {
                self.probe(key, now)
            };
        }
        let protects = self.is_overfull(key);
        let next_a = self.next_charge_a(key, now);
        let knows_buses = self.knows_buses(now);
        let member = self.members.get_mut(key)?;
        let most_a = member.told_a().filter(|_| !knows_buses);
        let limit_a = offer.limit_a.or(next_a);
        let limit_a = limit_a.map(|amps| amps.min(most_a.unwrap_or(amps)));
        let offer = Offer { limit_a, ..offer };
        let is_unread = is_unread || member.may_tell_of_before(now);
        let action = member.set_current(now, offer, protects, is_unread)?;
        if next_a.is_some() {
            member.next_told_at = Some(now);
        }
        Some(action)
    }

    /// Whether it is known of all buses what they draw, or may draw: until then nobody is told more than it has.
    fn knows_buses(&self, now: Duration) -> bool {
        let mut members = self.members.iter();
        members.all(|member| !member.is_bus() || member.was_heard() || member.is_long_closed(now))
    }

    /// Whether more may be drawn than the limit anywhere where a member counts.
    fn is_overfull(&self, key: usize) -> bool {
        self.places(key)
            .any(|place| place.standing.committed_a > u32::from(place.standing.limit_a))
    }

    /// What nobody may draw wherever a member counts, A.
    fn spare_a(&self, key: usize) -> u16 {
        let spare_a = self.places(key).map(|place| place.standing.spare_a());
        spare_a.min().unwrap_or(0)
    }

    /// The next step of finding out whether a member takes another current while it charges.
    fn probe(&mut self, key: usize, now: Duration) -> Option<Action> {
        let spare_a = self.spare_a(key);
        let member = self.members.get_mut(key)?;
        let may_try = member.sharing.probe
            && member.kind == Kind::Em
            && member.live_change() == Support::Unknown
            && now >= member.calm_until;
        let (told_a, cap_a) = (member.told_a()?, member.bounds().cap_a);
        let draws_ma = member.reading()?.delivered_ma().into_iter().max()?;
        // One that leaves a part of what it has would not follow either.
        let may_try = may_try && draws_ma + 1_000 >= u32::from(told_a) * 1_000;
        let room_a = spare_a.min(cap_a.saturating_sub(told_a));
        let next = member.probe.step(now, may_try, told_a, room_a);
        if let Some(live_change) = member.probe.take_finding() {
            member.learned = live_change;
            let member = member.name.clone();
            self.events.push_back(CircuitEvent::Probed {
                member,
                live_change,
            });
        }
        let requester = Requester::Probe;
        next.map(|amps| Action::SetCurrent {
            current: Milliamps::from_amps(amps),
            requester,
        })
    }

    /// Those who did not follow for a minute, by their own readings: what is only suspected of one is no news.
    pub(super) fn find_dishonoured(&mut self, now: Duration) {
        for ledger in &mut self.ledgers {
            while let Some(key) = ledger.next_dishonoured(now) {
                let (Some(member), Some(standing)) =
                    (self.members.get_mut(key), ledger.member(key))
                else {
                    continue;
                };
                if !standing.sent_a.is_some_and(|sent_a| member.exceeds(sent_a)) {
                    continue;
                }
                if member.kind == Kind::Em {
                    member.learned = Support::No;
                }
                self.events.push_back(CircuitEvent::LimitNotHonoured {
                    member: member.name.clone(),
                    counted: Milliamps::from_amps(standing.commitment_a),
                });
            }
        }
    }
}

impl Member {
    /// Whether it holds or draws clearly more than this, when it should follow.
    pub(super) fn exceeds(&self, amps: u16) -> bool {
        let limit = Milliamps::from_amps(amps.saturating_add(1));
        if self.is_bus() {
            return self.bus.delivered_ma > limit.0;
        }
        self.last.as_ref().is_some_and(|(at, reading)| {
            let draws = reading.delivered_ma().into_iter().max();
            let is_more = draws > Some(limit.0) || reading.effective() > Some(limit);
            self.is_open && *at > self.ordered_at + self.follows_within() && is_more
        })
    }

    fn decide_bus(&self, offer: Offer) -> Option<Action> {
        if self.bus.control != BusControl::Ours {
            return None;
        }
        // One that is idle can be brought to nothing.
        let asks = !self.bus.is_idle() || self.sharing.self_start && offer.why != Why::Withdrawn;
        let budget_a = offer.limit_a.filter(|_| asks).unwrap_or(0);
        (self.budget_a != Some(budget_a)).then(|| Action::SetCurrent {
            current: Milliamps::from_amps(budget_a),
            requester: Requester::Automation,
        })
    }

    /// One that we stopped may charge again once there is room, its contactor has rested, and it follows a limit from
    /// before that was higher no more.
    fn start_again(&self, now: Duration, offer: Offer) -> Option<Action> {
        // It may have agreed to start, and not done it.
        let since = self.stopped.max(self.started_at);
        let rested = since.is_some_and(|since| now >= since + REST);
        let amps = offer.limit_a.filter(|_| offer.why != Why::Withdrawn)?;
        if !rested || now < self.calm_until {
            return None;
        }
        let current = Milliamps::from_amps(amps);
        if self.kind == Kind::Em || self.told().is_some_and(|told| told <= current) {
            return (self.hidden_a() <= amps).then_some(Action::Start { current });
        }
        let requester = Requester::Automation;
        Some(Action::SetCurrent { current, requester })
    }

    /// Before it was read after the last order only less than that is told.
    fn set_current(
        &self,
        now: Duration,
        offer: Offer,
        protects: bool,
        is_unread: bool,
    ) -> Option<Action> {
        let ordered = Milliamps::from_amps(self.ordered_a);
        let told = if is_unread {
            Some(ordered)
        } else {
            self.told()
        };
        // One that is idle keeps what it has while nobody else wants it, but not more than there is.
        let least = || self.bounds().floor_a;
        let may_begin = !self.is_open && protects && offer.why == Why::Unplugged;
        let limit_a = offer.limit_a.or_else(|| may_begin.then(least))?;
        let current = Milliamps::from_amps(limit_a);
        if told == Some(current) {
            return None;
        }
        let is_lower = told.is_none_or(|told| current < told);
        let until = if is_lower {
            self.urgent_until
        } else {
            self.calm_until
        };
        let protects = is_lower && protects;
        let wears = matches!(self.kind, Kind::Duosida | Kind::Em) && !protects;
        let is_worn = self.written_at.is_some_and(|at| now < at + WRITE_EVERY);
        if now < until || wears && is_worn || is_unread && !is_lower {
            return None;
        }
        let requester = if protects {
            Requester::Protection
        } else {
            Requester::Automation
        };
        Some(Action::SetCurrent { current, requester })
    }
}

/// How long a charger that was stopped for want of room rests, so that a load that comes and goes does not wear its
/// contactor. Source: ours.
const REST: Duration = Duration::from_mins(5);
