//! A planner, its members, and what is checked after every step.

mod checks;

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use evse::circuit::{Action, CircuitEvent, Order, Planner, Standing};
use evse::config::Config;
use evse::units::Milliamps;

use checks::Waiting;

use super::draw::Draw;
use super::members::{Member, Sent};
use super::script::{self, LENGTH};

const STEP: Duration = Duration::from_secs(1);
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
    /// Vehicles that were plugged in at a bus and got what they asked for.
    pub(crate) served: u64,
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
        self.served += other.served;
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
            self.served,
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
    /// Since when units of a bus ask for current that they could have.
    asking: Vec<Vec<Option<Waiting>>>,
    /// Since when a bus lacks a floor that it could have.
    lacking: Vec<Option<Duration>>,
    problems: Vec<String>,
    log: Vec<String>,
    pub(crate) figures: Figures,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let (members, config) = script::members(&mut draw, seed, Instant::now());
        let plugged = members.iter().map(|one| vec![false; one.places()]);
        let asking = members.iter().map(|one| vec![None; one.places()]);
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
            asking: asking.collect(),
            lacking: vec![None; members.len()],
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
            self.check_blame(&before, &after);
            self.check_buses(&before, &after);
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
}
