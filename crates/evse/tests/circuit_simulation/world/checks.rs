//! What is checked after every step.

use std::time::Duration;

use evse::circuit::{BusControl, MemberStanding, PhaseStanding, Reading, Standing};
use evse::config::Phase;
use evse::units::Milliamps;

use super::World;

/// Readings are noisy, and currents are rounded.
const NOISE_A: f64 = 0.6;
/// From a lower limit until all follow: sessions come back, are asked again, and follow.
const FOLLOWED: Duration = Duration::from_mins(7);

/// The least current of a charge.
const FLOOR: Milliamps = Milliamps(6_000);
/// How soon a vehicle at a bus is offered that once nobody else on the bus may draw it, and twice as long in all, far from
/// the 30 s after which it gives up.
const OFFERED: Duration = Duration::from_secs(10);
/// Silence of 60 s, and what it takes to tell that a session is gone.
const UNHEARD: Duration = Duration::from_secs(100);

/// A vehicle at a bus that asks and is offered nothing yet, though its budget has the floor for it.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    since: Duration,
    /// Since when nobody else on the bus may draw its floor.
    free_since: Option<Duration>,
}

impl Waiting {
    const fn since(now: Duration) -> Self {
        Self {
            since: now,
            free_since: None,
        }
    }

    fn is_late(self, now: Duration) -> bool {
        let is_late = |since: Duration| now > since + OFFERED;
        now > self.since + 2 * OFFERED || self.free_since.is_some_and(is_late)
    }
}

impl World {
    /// By what we do, nobody may draw more unless all that may be drawn stays below the limit.
    pub(super) fn check_raises(&mut self, before: &Standing, after: &Standing) {
        for (before, after) in before.circuits.iter().zip(&after.circuits) {
            for (before, after) in before.phases.iter().zip(&after.phases) {
                if after.committed > before.committed && after.committed > after.available() {
                    self.problems.push(format!(
                        "{:?}: raised from {} to {} of {}",
                        self.elapsed,
                        before.committed,
                        after.committed,
                        after.available()
                    ));
                }
            }
        }
    }

    /// Nobody draws more than it counts at.
    pub(super) fn check_draws(&mut self, standing: &Standing) {
        let mut charging = 0;
        for (key, (draws, known)) in self.draws.iter().zip(&standing.members).enumerate() {
            charging += draws.iter().filter(|(amps, _)| *amps > 1.0).count();
            let sum_a: f64 = draws.iter().map(|(amps, _)| amps).sum();
            let counted_a = amps(known.committed);
            let is_above = is_heard(known)
                && self.elapsed > self.began + Duration::from_secs(10)
                && sum_a > counted_a + NOISE_A;
            let may_surprise = known.why.starts_with("stopped");
            let since = &mut self.surprised[key];
            if !is_above || !may_surprise {
                *since = None;
            }
            if !is_above {
                continue;
            }
            if may_surprise
                && self.elapsed <= since.get_or_insert(self.elapsed).saturating_add(UNHEARD)
            {
                self.figures.surprised_s += 1;
                continue;
            }
            let text = format!(
                "{:?}: {key} draws {sum_a:.1} A and counts at {counted_a} A: {known:?}",
                self.elapsed
            );
            self.problems.push(text);
        }
        self.figures.charged_s += u64::from(charging > 0);
        self.figures.shared_s += u64::from(charging > 1);
    }

    /// Nobody is said not to follow while it tells that it does.
    pub(super) fn check_blame(&mut self, before: &Standing, after: &Standing) {
        let is_blamed = |known: &MemberStanding| known.why.starts_with("does not follow");
        for (key, member) in self.members.iter().enumerate() {
            let told = Milliamps::from_amps(self.budgets_a[key] + 1);
            let Reading { age, limit, .. } = member.reading();
            // What it tells is heard with its status.
            let is_fresh = age.is_some_and(|age| age < super::STEP);
            let follows = is_fresh && limit.effective.max(limit.delivered) <= Some(told);
            let known = &after.members[key];
            if follows && is_blamed(known) && !is_blamed(&before.members[key]) && !known.is_bus {
                let text = format!("{:?}: {key} follows: {known:?}", self.elapsed);
                self.problems.push(text);
            }
        }
    }

    /// A bus has its floor as soon as that can be drawn by nobody else, loses it only where more is needed than there is,
    /// and while its budget has a floor for each of its vehicles, one that asks is offered current.
    pub(super) fn check_buses(&mut self, before: &Standing, after: &Standing) {
        for (key, member) in self.members.iter().enumerate() {
            let Some(reading) = member.bus_reading() else {
                continue;
            };
            let is_ours = reading.is_open && reading.control == BusControl::Ours;
            let known = &after.members[key];
            let has_floor = known.committed >= FLOOR;
            let is_admitted = known.granted.is_some();
            let is_room = self.places(after, &known.circuit).all(|on| {
                let free = |taken: Milliamps| taken.0 + FLOOR.0 <= on.available().0;
                free(on.committed) && (is_admitted || free(on.needed))
            });
            let waits = |other: &MemberStanding| other.why.contains("waits");
            let is_room = is_room
                && (is_admitted || after.members.iter().filter(|one| waits(one)).count() < 2);
            let is_needed = [before, after].into_iter().any(|standing| {
                let mut places = self.places(standing, &known.circuit);
                places.any(PhaseStanding::is_overloaded)
            });
            let since = &mut self.lacking[key];
            if !is_ours || has_floor || !is_room {
                *since = None;
            } else if self.elapsed > since.get_or_insert(self.elapsed).saturating_add(OFFERED) {
                let text = format!("{:?}: {key} has no floor, and there is room", self.elapsed);
                self.problems.push(text);
            }
            if is_ours && before.members[key].committed >= FLOOR && !has_floor && !is_needed {
                let text = format!("{:?}: {key} lost its floor", self.elapsed);
                self.problems.push(text);
            }
            let asking = member.asking().filter(|_| is_ours).unwrap_or_default();
            let wanted_a = 6 * asking.iter().filter(|asks| **asks).count();
            let is_free = |of_a: u16| usize::from(of_a) + wanted_a <= usize::from(reading.limit_a);
            let now = self.elapsed;
            for (place, waiting) in self.asking[key].iter_mut().enumerate() {
                let asks = asking.get(place).copied();
                if asks != Some(true) || !is_free(reading.floor_a) {
                    let is_served = waiting.take().is_some() && asks == Some(false);
                    self.figures.served += u64::from(is_served);
                    continue;
                }
                let waiting = waiting.get_or_insert(Waiting::since(now));
                let is_free = is_free(reading.committed_a);
                waiting.free_since = is_free.then(|| waiting.free_since.unwrap_or(now));
                if waiting.is_late(now) {
                    let text = format!("{now:?}: {key}.{place} is offered nothing");
                    self.problems.push(text);
                }
            }
        }
    }

    /// What may be drawn is above the limit only for a while after that fell, or with an alarm.
    pub(super) fn check_limits(&mut self, standing: &Standing) {
        for (index, circuit) in standing.circuits.iter().enumerate() {
            for (phase, on) in circuit.phases.iter().enumerate() {
                let carried_a = self.carried_a(standing, &circuit.name, phase);
                let left_a = amps(on.available());
                let is_above = carried_a > left_a + 3.0 * NOISE_A;
                self.figures.above_s += u64::from(is_above);
                let since = &mut self.above[index][phase];
                if on.committed <= on.available() {
                    let is_surprised = self.surprised.iter().any(Option::is_some);
                    if is_above
                        && !is_surprised
                        && self.elapsed > self.began + Duration::from_mins(1)
                    {
                        self.problems
                            .push(format!("{:?}: {carried_a} A of {on:?}", self.elapsed));
                    }
                    *since = None;
                    continue;
                }
                if on.is_overloaded() {
                    *since = None;
                }
                let since = *since.get_or_insert(self.elapsed);
                if self.elapsed > since + FOLLOWED {
                    let text = format!(
                        "{:?}: not followed since {since:?}: {on:?} {:#?}",
                        self.elapsed, standing.members
                    );
                    self.problems.push(text);
                }
            }
        }
    }
}

impl World {
    /// Wherever something on a circuit counts that counts on all phases.
    fn places<'a>(
        &'a self,
        standing: &'a Standing,
        circuit: &'a str,
    ) -> impl Iterator<Item = &'a PhaseStanding> {
        let of = self.config.circuits.iter().find(|one| one.name == circuit);
        let within = of.and_then(|one| one.within.as_deref());
        let path = move |name: &str| name == circuit || Some(name) == within;
        let circuits = standing.circuits.iter();
        let found = circuits.filter(move |one| path(&one.name));
        found.flat_map(|one| &one.phases)
    }

    /// What really flows through a circuit on a phase, A.
    fn carried_a(&self, standing: &Standing, circuit: &str, phase: usize) -> f64 {
        let within = |name: &str| {
            let of = self.config.circuits.iter().find(|one| one.name == name);
            name == circuit || of.is_some_and(|one| one.within.as_deref() == Some(circuit))
        };
        let all = self.draws.iter().zip(&standing.members);
        let members = all.filter(|(_, known)| within(&known.circuit));
        let draws = members.flat_map(|(draws, known)| {
            let wiring = wiring(known);
            draws.iter().map(move |(amps, count)| {
                let is_on = wiring.iter().take(*count).any(|own| *own == phase);
                if is_on { *amps } else { 0.0 }
            })
        });
        draws.sum()
    }
}

/// The phases of the supply at its terminals.
fn wiring(known: &MemberStanding) -> Vec<usize> {
    let Some(wiring) = &known.phases else {
        return vec![0, 1, 2];
    };
    let place = |phase: &Phase| match phase {
        Phase::L1 => 0,
        Phase::L2 => 1,
        Phase::L3 => 2,
    };
    wiring.phases().iter().map(place).collect()
}

fn amps(current: Milliamps) -> f64 {
    f64::from(current.0) / 1_000.0
}

/// In this process: before, it counts at all that it may be told.
fn is_heard(known: &MemberStanding) -> bool {
    known.is_bus || known.state.is_some()
}
