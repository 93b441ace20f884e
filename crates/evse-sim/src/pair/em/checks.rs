//! Built-in invariants: every request ends exactly once, nothing is reported as done that is not so, no charge is
//! started twice, and no rule of the protocol is broken.
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use emproto::message::Identifier;
use emproto::session::{Reply, Request, RequestFailure, RequestId, Setting};
use emproto::time::RawTime;

use super::PairOptions;
use super::charger::Charger;
use super::facts::{Facts, History};
use crate::em::{Event, ViolationKind};

/// Open requests, the chargers' pasts, and what was found.
#[derive(Debug)]
pub(super) struct Checks {
    start: Instant,
    utc_offset_s: i32,
    open: BTreeMap<RequestId, Open>,
    pasts: Vec<Past>,
    problems: Vec<String>,
    stuck: bool,
}

#[derive(Debug)]
struct Open {
    asked: Instant,
    charger: usize,
    request: Request,
}

#[derive(Debug)]
struct Past {
    facts: History,
    /// Starts that the client was asked for.
    orders: usize,
    /// New currents that the client was asked for: each may interrupt a charge.
    currents: u64,
    charge_ids: BTreeSet<Identifier>,
}

impl Checks {
    pub(super) fn new(start: Instant, options: &PairOptions, chargers: &[Charger]) -> Self {
        let past = |charger: &Charger| Past {
            facts: History::new(start, Facts::of(&charger.device)),
            orders: 0,
            currents: 0,
            charge_ids: BTreeSet::new(),
        };
        Self {
            start,
            utc_offset_s: options.utc_offset_s,
            open: BTreeMap::new(),
            pasts: chargers.iter().map(past).collect(),
            problems: Vec::new(),
            stuck: false,
        }
    }

    pub(super) fn unfinished(&self) -> usize {
        self.open.len()
    }

    pub(super) fn problems(&self) -> &[String] {
        &self.problems
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.stuck
    }

    pub(super) fn stuck(&mut self, at: Duration) {
        self.stuck = true;
        self.problem(at, "the two ends keep each other busy without time passing");
    }

    pub(super) fn problem(&mut self, at: Duration, text: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems
                .push(format!("at {:.3} s: {text}", at.as_secs_f64()));
        }
    }

    pub(super) fn asked(&mut self, now: Instant, charger: usize, id: RequestId, request: Request) {
        if let Some(past) = self.pasts.get_mut(charger) {
            past.orders += usize::from(matches!(request, Request::Start(_)));
            past.currents += u64::from(matches!(
                request,
                Request::Start(_) | Request::Set(Setting::OutputCurrent(_))
            ));
        }
        let open = Open {
            asked: now,
            charger,
            request,
        };
        self.open.insert(id, open);
    }

    /// Rules that hold whatever the network does. A damaged packet is a bad frame, never another one.
    pub(super) fn device_event(&mut self, at: Duration, charger: usize, event: &Event) {
        if let Event::Violation(violation) = event
            && matches!(
                violation.kind,
                ViolationKind::Forbidden(_)
                    | ViolationKind::KeyType(_)
                    | ViolationKind::WrongDirection(_)
                    | ViolationKind::Length { .. }
                    | ViolationKind::ShortPayload(_)
                    | ViolationKind::OutOfRange(_)
                    | ViolationKind::Parameter3
                    | ViolationKind::ForeignSerial
                    | ViolationKind::UnknownRecord
            )
        {
            self.problem(at, &format!("charger {charger}: {}", violation.kind));
        }
    }

    /// Looks at a charger after each round.
    pub(super) fn observe(&mut self, now: Instant, index: usize, charger: &Charger) {
        let facts = Facts::of(&charger.device);
        let Some(past) = self.pasts.get_mut(index) else {
            return;
        };
        let (starts, cycles, id) = (facts.starts, facts.contactor_cycles, facts.charge_id);
        if !past.facts.push(now, facts) {
            return;
        }
        past.charge_ids.extend(id);
        let at = now.duration_since(self.start);
        if past.charge_ids.len() > past.orders {
            self.problem(at, "more sessions than starts that were asked for");
        } else if cycles > starts + past.currents {
            self.problem(at, "the contactor closed more often than it was asked to");
        }
    }

    pub(super) fn done(
        &mut self,
        now: Instant,
        at: Duration,
        id: RequestId,
        result: &Result<Reply, RequestFailure>,
    ) {
        let Some(open) = self.open.remove(&id) else {
            self.problem(at, &format!("{id:?} ended without being open"));
            return;
        };
        let Some(past) = self.pasts.get(open.charger) else {
            return;
        };
        let since = open.asked.min(now);
        if let Ok(reply) = result
            && !self.holds(&past.facts, since, &open.request, reply)
        {
            let Open {
                charger, request, ..
            } = open;
            let text =
                format!("charger {charger}: {request:?} ended with {reply:?}, but it differs");
            self.problem(at, &text);
        }
    }

    /// Whether the charger is, or since the request was, what a result says.
    fn holds(&self, past: &History, since: Instant, request: &Request, reply: &Reply) -> bool {
        match (request, reply) {
            (Request::Login { pin: Some(pin) }, Reply::LoggedIn) => {
                past.was(since, |facts| facts.pin == *pin)
            }
            (Request::Set(setting), Reply::Set) => {
                past.was(since, |facts| is_stored(setting, facts))
            }
            (_, Reply::Clock(clock)) => past.was(since, |facts| {
                (facts.clock_skew_s - clock.delta_s).abs() <= CLOCK_TOLERANCE_S
            }),
            (_, Reply::Started(started)) => past.was(since, |facts| {
                let wanted = started.reserved_for_unix_s;
                facts.charge_id == Some(started.charge_id)
                    // Once it runs, only its id is left.
                    && wanted
                        .zip(facts.reserved_for)
                        .is_none_or(|(wanted, reserved)| self.is_then(past, since, reserved, wanted))
            }),
            (_, Reply::Stopped(_)) => past.was(since, |facts| facts.charge_id.is_none()),
            (_, Reply::WeeklyPlan(plan)) => past.was(since, |facts| facts.plan == **plan),
            (Request::FetchConfiguration { max_age }, Reply::Configuration(got)) => {
                let since = since
                    .checked_sub(*max_age)
                    .unwrap_or(self.start)
                    .max(self.start);
                let matches = |facts: &Facts| {
                    got.output_current_a
                        .is_none_or(|amps| amps == facts.output_a)
                };
                past.was(since, matches)
                    && past.was(since, |facts| {
                        got.name.as_ref().is_none_or(|name| *name == facts.nickname)
                    })
            }
            _ => true,
        }
    }

    /// Whether a reservation is for the wanted time by what the charger's clock was when it may have been read.
    fn is_then(&self, past: &History, since: Instant, reserved: RawTime, wanted: i64) -> bool {
        let local = i64::from(reserved.0) + EIGHT_HOURS_S - i64::from(self.utc_offset_s);
        let since = since.checked_sub(CLOCK_FRESH).unwrap_or(self.start);
        past.was(since.max(self.start), |facts| {
            (local - facts.clock_skew_s - wanted).abs() <= START_TOLERANCE_S
        })
    }
}

fn is_stored(setting: &Setting, facts: &Facts) -> bool {
    match setting {
        Setting::Name(name) => name.to_str_lossy() == facts.nickname,
        Setting::Language(language) => language.code() == facts.language,
        Setting::TemperatureUnit(unit) => unit.code() == facts.temperature_unit,
        Setting::StartMethod(method) => method.code() == facts.start_method,
        Setting::OutputCurrent(amps) => *amps == facts.output_a,
        Setting::WeeklyPlan(plan) => **plan == facts.plan,
    }
}

/// One problem is enough to fail; a hundred are enough to read.
const MAX_PROBLEMS: usize = 100;
/// A clock reply may be some seconds old.
const CLOCK_TOLERANCE_S: i64 = 15;
/// A correction by the clock's error is rounded up to a full minute, and less than a minute is not corrected.
const START_TOLERANCE_S: i64 = 125;
/// A reading of the clock is believed for so long.
const CLOCK_FRESH: Duration = Duration::from_mins(1);
/// The charger's zone.
const EIGHT_HOURS_S: i64 = 8 * 3_600;
