//! A planner, its members, and what is checked after every step.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use evse::circuit::{Action, CircuitEvent, MemberStanding, Order, Planner, Standing};
use evse::config::{Config, Phase};
use evse::units::Milliamps;

use super::draw::Draw;
use super::members::{Member, Sent};
use super::script::{self, LENGTH};

const STEP: Duration = Duration::from_secs(1);
/// Readings are noisy, and currents are rounded.
const NOISE_A: f64 = 0.6;
/// From a lower limit until all follow: sessions come back, are asked again, and follow.
const FOLLOWED: Duration = Duration::from_mins(7);

/// Silence of 60 s, and what it takes to tell that a session is gone.
const UNHEARD: Duration = Duration::from_secs(100);

/// What happened in a run, or in many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) orders: u64,
    pub(crate) raises: u64,
    pub(crate) stops: u64,
    pub(crate) starts: u64,
    pub(crate) failures: u64,
    pub(crate) dishonoured: u64,
    pub(crate) overloads: u64,
    pub(crate) probed: u64,
    pub(crate) restarts: u64,
    /// Seconds in which two or more vehicles charged.
    pub(crate) shared_s: u64,
    pub(crate) charged_s: u64,
    /// Seconds in which a charger that was stopped for want of room charged all the same: its vehicle was plugged in
    /// again, which was not heard yet.
    pub(crate) surprised_s: u64,
    /// Seconds in which a circuit carried more than its limit, after that fell.
    pub(crate) above_s: u64,
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.orders += other.orders;
        self.raises += other.raises;
        self.stops += other.stops;
        self.starts += other.starts;
        self.failures += other.failures;
        self.dishonoured += other.dishonoured;
        self.overloads += other.overloads;
        self.probed += other.probed;
        self.restarts += other.restarts;
        self.shared_s += other.shared_s;
        self.charged_s += other.charged_s;
        self.surprised_s += other.surprised_s;
        self.above_s += other.above_s;
    }
}

impl Figures {
    /// Whether the runs were worth it.
    pub(crate) fn shows_something(&self) -> bool {
        let counts = [
            self.orders,
            self.raises,
            self.stops,
            self.starts,
            self.overloads,
            self.probed,
            self.restarts,
            self.shared_s,
        ];
        counts.iter().all(|count| *count > 0)
    }
}

pub(crate) struct World {
    draw: Draw,
    config: Config,
    planner: Planner,
    members: Vec<Member>,
    sent: Vec<Option<Sent>>,
    budgets_a: Vec<u16>,
    /// When the process of this planner began.
    began: Duration,
    elapsed: Duration,
    /// Other loads of the house, A, and whether they are measured.
    house_a: u16,
    is_measured: bool,
    plugged: Vec<Vec<bool>>,
    /// What really flows at this moment, by members and their units: A, on so many phases.
    draws: Vec<Vec<(f64, usize)>>,
    /// Since when a circuit may bear more than its limit.
    above: Vec<[Option<Duration>; 3]>,
    /// Since when a stopped charger charges.
    surprised: Vec<Option<Duration>>,
    problems: Vec<String>,
    log: Vec<String>,
    pub(crate) figures: Figures,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let (members, config) = script::members(&mut draw, seed, Instant::now());
        let plugged = members.iter().map(|one| vec![false; one.places()]);
        Self {
            planner: Planner::new(&config, Duration::ZERO),
            sent: members.iter().map(|_| None).collect(),
            budgets_a: vec![0; members.len()],
            began: Duration::ZERO,
            elapsed: Duration::ZERO,
            house_a: 0,
            is_measured: false,
            plugged: plugged.collect(),
            draws: Vec::new(),
            above: vec![[None; 3]; config.circuits.len()],
            surprised: vec![None; members.len()],
            problems: Vec::new(),
            log: Vec::new(),
            figures: Figures::default(),
            draw,
            config,
            members,
        }
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        let own = self.problems.iter().cloned();
        let pairs = self.members.iter().flat_map(Member::problems);
        let mut all: Vec<_> = own.chain(pairs).collect();
        if !all.is_empty() {
            all.truncate(5);
            all.push(self.config.to_toml(true));
            all.extend(self.log.iter().rev().take(60).rev().cloned());
        }
        all
    }

    pub(crate) fn log(&self) -> &[String] {
        &self.log
    }

    pub(crate) fn run(&mut self) {
        while self.elapsed < LENGTH && self.problems.is_empty() {
            self.elapsed += STEP;
            for member in &mut self.members {
                member.run_for(STEP);
            }
            self.happen();
            self.listen();
            self.draws = self.members.iter().map(Member::draws).collect();
            let before = self.planner.standing();
            self.check_draws(&before);
            let orders = self.planner.tick(self.elapsed);
            let after = self.planner.standing();
            self.check_raises(&before, &after);
            self.check_limits(&after);
            self.carry_out(&before, orders);
        }
    }

    fn note(&mut self, what: &str) {
        self.log
            .push(format!("{:>5} {what}", self.elapsed.as_secs()));
    }

    /// Something happens to vehicles, loads and limits.
    fn happen(&mut self) {
        if self.draw.is_one_in(30) {
            let member = self.draw.place(self.members.len());
            let place = self.draw.place(self.members[member].places());
            let is_in = !self.plugged[member][place];
            // Those who charge stay for a while.
            if is_in || self.draw.is_one_in(4) {
                self.plugged[member][place] = is_in;
                self.members[member].plug(place, is_in);
                self.note(&format!("plug {member}.{place} {is_in}"));
            }
        }
        if self.draw.is_one_in(60) {
            let member = self.draw.place(self.members.len());
            // Who starts what was stopped for want of room is only found out.
            let is_stopped = self.planner.standing().members[member]
                .why
                .starts_with("stopped");
            if self.plugged[member][0] && !is_stopped {
                self.members[member].start_by_person();
                self.note(&format!("start {member} by a person"));
            }
        }
        if self.draw.is_one_in(150) {
            let (circuit, amps) = (self.draw.place(2), self.draw.one(&[12, 16, 20, 25, 32]));
            self.planner
                .set_limit(circuit, [Milliamps::from_amps(amps); 3]);
            self.note(&format!("limit of {circuit} {amps}"));
        }
        if self.draw.is_one_in(60) {
            self.house_a = u16::try_from(self.draw.below(12)).expect("small");
            self.is_measured = !self.draw.is_one_in(4);
        }
        if self.is_measured && self.elapsed.as_secs().is_multiple_of(5) {
            let house = [Milliamps::from_amps(self.house_a); 3];
            self.planner.measured(0, self.elapsed, house);
        }
        if self.draw.is_one_in(900) {
            self.planner = Planner::new(&self.config, self.elapsed);
            self.sent = self.members.iter().map(|_| None).collect();
            self.members.iter_mut().for_each(Member::begin_anew);
            self.began = self.elapsed;
            self.is_measured = false;
            self.above = vec![[None; 3]; self.config.circuits.len()];
            self.figures.restarts += 1;
            self.note("the process begins anew");
        }
    }

    fn listen(&mut self) {
        for (key, member) in self.members.iter_mut().enumerate() {
            match member.bus_reading() {
                Some(reading) => self.planner.hear_bus(key, self.elapsed, reading),
                None => self.planner.hear(key, self.elapsed, &member.reading()),
            }
            let Some(sent) = self.sent[key].take() else {
                continue;
            };
            match member.ended(&sent) {
                None => self.sent[key] = Some(sent),
                Some(Err(next)) => self.sent[key] = Some(next),
                Some(Ok(outcome)) => {
                    self.log
                        .push(format!("{:>5} {key} {outcome:?}", self.elapsed.as_secs()));
                    self.planner.done(key, self.elapsed, &outcome);
                }
            }
        }
    }

    fn carry_out(&mut self, before: &Standing, orders: Vec<Order>) {
        for order in orders {
            self.figures.orders += 1;
            self.note(&format!("{} {}", order.member, order.action));
            match order.action {
                Action::Stop => self.figures.stops += 1,
                Action::Start { .. } => self.figures.starts += 1,
                Action::SetCurrent { current, .. } => {
                    if before.members[order.member].committed < current {
                        self.figures.raises += 1;
                    }
                    let amps = current.whole_amps();
                    self.budgets_a[order.member] = u16::try_from(amps).expect("small");
                }
            }
            let member = &mut self.members[order.member];
            match member.send(order.action) {
                Sent::Now(outcome) => self.planner.done(order.member, self.elapsed, &outcome),
                sent => self.sent[order.member] = Some(sent),
            }
        }
        if self.elapsed > self.began + STEP {
            for (member, budget_a) in self.members.iter_mut().zip(&self.budgets_a) {
                member.renew(*budget_a);
            }
        }
        while let Some(event) = self.planner.poll_event() {
            match event {
                CircuitEvent::LimitNotHonoured { .. } => self.figures.dishonoured += 1,
                CircuitEvent::Overload { .. } => self.figures.overloads += 1,
                CircuitEvent::OrderFailed { .. } => self.figures.failures += 1,
                CircuitEvent::Probed { .. } => self.figures.probed += 1,
                _ => {}
            }
            self.note(&event.to_string());
        }
    }

    /// By what we do, nobody may draw more unless all that may be drawn stays below the limit.
    fn check_raises(&mut self, before: &Standing, after: &Standing) {
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
    fn check_draws(&mut self, standing: &Standing) {
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

    /// What may be drawn is above the limit only for a while after that fell, or with an alarm.
    fn check_limits(&mut self, standing: &Standing) {
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
