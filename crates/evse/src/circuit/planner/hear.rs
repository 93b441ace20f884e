//! What members tell, and what follows from it for the ledger.

use std::time::Duration;

use evse_sharing::{Heard, Ledger};

use super::Planner;
use super::load::rounded_up;
use super::member::{Kind, Lag, MOST_A, Member};
use crate::circuit::event::CircuitEvent;
use crate::circuit::reading::{BusControl, BusReading, Reading};
use crate::model::State;

impl Planner {
    /// What a charger tells, or that it tells nothing.
    pub fn hear(&mut self, member: usize, now: Duration, reading: &Reading) {
        let key = member;
        let Some(member) = self.members.get_mut(key) else {
            return;
        };
        let Some(ledger) = self.ledgers.get_mut(member.tree) else {
            return;
        };
        let is_silent = matches!(reading.state, State::Offline | State::Unauthenticated)
            || reading.age.is_none_or(|age| age > SILENT);
        let at = now.saturating_sub(reading.age.unwrap_or_default());
        if is_silent {
            member.suspect(key, now, ledger);
            ledger.lost(key);
            self.events.extend(member.lose());
            return;
        }
        let is_new = member
            .last
            .as_ref()
            .is_none_or(|(last, _)| at > *last + SAME);
        if !is_new {
            return;
        }
        self.events.extend(member.find());
        member.take_in(now, at, reading);
        member.report(key, now, ledger);
    }

    /// What a bus tells.
    pub fn hear_bus(&mut self, member: usize, now: Duration, reading: BusReading) {
        let key = member;
        let Some(member) = self.members.get_mut(key).filter(|member| member.is_bus()) else {
            return;
        };
        let Some(ledger) = self.ledgers.get_mut(member.tree) else {
            return;
        };
        if !reading.is_open {
            // The room that it leaves goes to others after a while; it takes its place anew then.
            member.budget_a = None;
            if !member.was_heard() && member.is_long_closed(now) {
                // Somebody else may run it.
                let held = Heard {
                    limit_a: Some(member.bounds().cap_a),
                    delivered_ma: [0; 3],
                    answers: false,
                };
                ledger.heard(key, now, held);
            }
            ledger.lost(key);
            self.events.extend(member.lose());
            return;
        }
        if reading.control == BusControl::Nobody {
            return;
        }
        self.events.extend(member.find());
        let was_foreign = member.bus.control == BusControl::Foreign;
        if member.bus.is_idle() && !reading.is_idle() {
            // It was there for a vehicle that might come, and takes its place among the others now.
            ledger.unplugged(key);
        }
        member.bus = reading;
        let is_foreign = reading.control == BusControl::Foreign;
        if is_foreign && !was_foreign {
            let member = member.name.clone();
            self.events
                .push_back(CircuitEvent::ForeignController { member });
        }
        member.report_bus(key, now, ledger);
    }
}

impl Member {
    fn lose(&mut self) -> Option<CircuitEvent> {
        let member = self.name.clone();
        let is_news = !std::mem::replace(&mut self.is_lost, true);
        (is_news && self.was_heard()).then_some(CircuitEvent::Lost { member })
    }

    /// One that was stopped may be plugged in again and start by itself, and nobody would know.
    fn suspect(&self, key: usize, now: Duration, ledger: &mut Ledger<usize>) {
        let may_begin = !self.is_lost && self.stopped.is_some() && self.sharing.self_start;
        if let Some(reading) = self.reading().filter(|_| may_begin) {
            let limit_a = reading.effective().map(rounded_up);
            let suspected = Heard {
                limit_a: limit_a.map(|limit_a| limit_a.max(self.hidden_a())),
                delivered_ma: [0; 3],
                answers: false,
            };
            ledger.heard(key, now, suspected);
        }
    }

    /// One that was never heard could have been opened by now.
    pub(super) fn is_long_closed(&self, now: Duration) -> bool {
        now >= self.joined_at + OPENS
    }

    fn find(&mut self) -> Option<CircuitEvent> {
        let member = self.name.clone();
        let is_news = std::mem::replace(&mut self.is_lost, false);
        (is_news && self.was_heard()).then_some(CircuitEvent::Back { member })
    }

    fn take_in(&mut self, now: Duration, at: Duration, reading: &Reading) {
        let was_a = self.reading().and_then(Reading::effective).map(rounded_up);
        // It was told something before it had told what it held.
        let was_told = self.pending.is_some() || self.ended_at.is_some();
        let was_a = was_a.or_else(|| was_told.then_some(MOST_A));
        let is_a = reading.effective().map(rounded_up);
        if let (Some(was_a), Some(is_a)) = (was_a, is_a)
            && is_a < was_a
        {
            self.linger(now, was_a);
            if self.kind == Kind::Em && self.is_open {
                self.begun_a = self.begun_a.max(Some(was_a));
            }
        }
        // Another charge may have begun since it was heard.
        let is_gap = self
            .last
            .as_ref()
            .is_some_and(|(last, _)| at > *last + UNSEEN);
        let was_open = self.is_open && !is_gap;
        self.is_open = match reading.state {
            State::Unknown(_) => self.is_open,
            state => state.is_session_open(),
        };
        let is_first = self.last.is_none();
        if let Some(age) = reading.limit_age {
            self.settle(now, now.saturating_sub(age));
        }
        if let (Kind::Em, Some((last, _))) = (self.kind, &self.last)
            && self.is_open
            && !was_open
        {
            self.keep_what_settings_held(*last, now + REPORTED);
        }
        let is_old = self.opened_at.is_some_and(|opened| at > opened + REPORTED);
        if !self.is_open || is_old || reading.limit.effective.is_some() {
            self.begun_a = None;
        }
        self.is_starting &= !self.is_open;
        self.lags.retain(|lag| at < lag.until);
        self.last = Some((at, reading.clone()));
        if is_first {
            // What an earlier program told it may not show yet.
            self.doubts.push((self.bounds().cap_a, self.joined_at));
        }
        if self.is_open {
            self.opened_at = self.opened_at.filter(|_| was_open).or(Some(now));
            self.stopped = None;
            let ended = self.ended_at.filter(|_| self.pending.is_none());
            // It was started again before the stop was seen.
            self.is_stopping &= ended.is_none_or(|ended| at < ended + STOPS);
        } else {
            self.opened_at = None;
            self.probe.reset();
            let was_ours = std::mem::replace(&mut self.is_stopping, false);
            if reading.is_vehicle_gone() {
                self.stopped = None;
            } else if was_ours {
                self.stopped = Some(now);
            }
        }
    }

    /// A charge has begun since it was heard: it keeps what its settings held then, or the current of our start.
    fn keep_what_settings_held(&mut self, heard: Duration, until: Duration) {
        if self.is_starting {
            self.lags.clear();
            return;
        }
        for lag in &mut self.lags {
            if lag.held_until >= heard {
                lag.until = until;
            }
        }
        let doubts = self.doubts.iter().map(|(amps, _)| Lag {
            amps: *amps,
            held_until: heard,
            until,
        });
        self.lags.extend(doubts);
    }

    /// What it may draw by its own word, A. What is said of a charge that has just begun may be of the one before.
    fn effective_a(&self) -> Option<u16> {
        let (at, reading) = self.last.as_ref()?;
        let since = self.opened_at.max(self.ended_at);
        let is_young = since.is_some_and(|since| *at < since + REPORTED);
        let of_now = reading.effective();
        let most = if is_young {
            reading.limit.reported.max(of_now)
        } else {
            of_now
        };
        most.map(rounded_up)
    }

    /// Passes on to the ledger what was taken in.
    fn report(&mut self, key: usize, now: Duration, ledger: &mut Ledger<usize>) {
        let Some((at, reading)) = self.last.clone() else {
            return;
        };
        // The circuit is the ledger's own.
        let _ = ledger.set_terms(key, self.terms());
        let bounds = self.bounds();
        ledger.join(key, now, bounds);
        let may_begin = self.is_open || self.sharing.self_start || reading.state == State::Reserved;
        let effective_a = self.effective_a();
        let limit_a = if may_begin && self.stopped.is_none() {
            // One that does not tell may draw anything.
            Some(effective_a.unwrap_or(MOST_A).max(self.hidden_a()))
        } else {
            Some(0)
        };
        let is_after = self.ended_at.is_none_or(|ended| at > ended);
        let answers = self.pending.is_none() && is_after;
        if answers {
            // Between charges, and where a charge keeps what it began with, the charger's word is what it was told; also
            // where it holds less than it was told, or counts at. Until that is certain it was told the most that its settings
            // may hold, or that it may follow from before, once that is less than it counts at.
            let known = ledger.member(key);
            let sent_a = known.and_then(|known| known.sent_a);
            let committed_a = known.map(|known| known.commitment_a);
            let counted_a = sent_a.or(committed_a);
            let doubted_a = self.doubts.iter().map(|(amps, _)| *amps).max();
            let told_a = if self.hidden_a() > 0 && sent_a < limit_a && limit_a < committed_a {
                limit_a
            } else if doubted_a.is_some() {
                sent_a.and_then(|_| doubted_a.max(sent_a))
            } else if !self.is_open || !self.is_live() {
                limit_a
            } else {
                effective_a.filter(|amps| Some(*amps) < counted_a && self.lags.is_empty())
            };
            let told_a = told_a.filter(|_| limit_a != Some(0) && !self.probe.is_on());
            ledger.sent(key, now, told_a.filter(|amps| *amps > 0));
        }
        let delivered_ma = reading.delivered_ma();
        ledger.heard(
            key,
            now,
            Heard {
                limit_a,
                delivered_ma,
                answers,
            },
        );
        let sent_a = ledger.member(key).and_then(|known| known.sent_a);
        if !sent_a
            .or(effective_a)
            .is_some_and(|amps| self.exceeds(amps))
        {
            // What it may still hold from before is no fault of its own.
            ledger.excuse(key);
        }
        let waits = self.stopped.is_some();
        match reading.state {
            State::Unknown(_) => {}
            state if state.is_session_open() || state == State::Connected || waits => {
                ledger.plugged(key, now);
            }
            _ => ledger.unplugged(key),
        }
        let wanted_a = match reading.state {
            _ if waits || !reading.tells_current() => Some(bounds.cap_a),
            // Once its vehicle was seen to leave its share, that is so until it draws something.
            State::SuspendedByVehicle => {
                let wanted_a = ledger.member(key).map(|known| known.wanted_a);
                wanted_a.filter(|wanted_a| *wanted_a <= bounds.floor_a)
            }
            _ => None,
        };
        ledger.set_wanted_a(key, wanted_a);
        self.probe.watch(now, delivered_ma);
    }

    fn report_bus(&self, key: usize, now: Duration, ledger: &mut Ledger<usize>) {
        let bus = &self.bus;
        ledger.join(key, now, self.bounds());
        let is_ours = bus.control == BusControl::Ours;
        let held_a = if is_ours {
            bus.limit_a.max(bus.committed_a)
        } else {
            self.bounds().cap_a.max(bus.committed_a)
        };
        let answers = is_ours && self.pending.is_none();
        if answers {
            ledger.sent(key, now, None);
        }
        ledger.heard(
            key,
            now,
            Heard {
                limit_a: Some(held_a),
                delivered_ma: [bus.delivered_ma; 3],
                answers,
            },
        );
        if is_ours && (self.sharing.self_start || !bus.is_idle()) {
            ledger.plugged(key, now);
        } else {
            ledger.unplugged(key);
        }
        ledger.set_wanted_a(key, Some(bus.wanted_a));
    }
}

/// A charger that has told nothing for so long is not heard. Source: ours; all tell more often by themselves.
const SILENT: Duration = Duration::from_mins(1);
/// From one reading to the next, for a vehicle to be taken away and another to be plugged in. Source: ours; they come every
/// few seconds.
const UNSEEN: Duration = Duration::from_secs(10);
/// A stop shows so soon. Source: ours; seconds, with all families.
const STOPS: Duration = Duration::from_secs(10);
/// A charger has told all of a charge so long after its beginning. Source: ours; they do every few seconds.
const REPORTED: Duration = Duration::from_mins(2);
/// Readings of the same moment, by a clock that is read again and again.
const SAME: Duration = Duration::from_millis(50);
/// A port takes no longer to be opened. Source: ours; less than the minute for which those that were not heard keep others
/// from being raised.
const OPENS: Duration = Duration::from_secs(30);
