//! A planner and ideal chargers in virtual time.

use std::fmt::Write as _;
use std::time::Duration;

use evse::circuit::{
    Action, BusControl, BusReading, CircuitEvent, Outcome, Planner, Reading, Standing,
};
use evse::config::Config;
use evse::model::{CurrentRange, StartStop, Support};
use evse::units::Milliamps;
use evse::{Capabilities, State, Telemetry};

pub(crate) const fn amps(amps: u16) -> Milliamps {
    Milliamps::from_amps(amps)
}

/// What becomes of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// They are followed.
    Follows,
    /// They are refused, with this word of the guard.
    Refuses(Option<Duration>),
    /// They are lost, and nobody knows.
    Loses,
    /// They are confirmed, and nothing changes.
    Ignores,
}

/// A charger with one phase, that draws all that it may.
#[derive(Clone, Debug)]
pub(crate) struct Fake {
    pub(crate) state: State,
    pub(crate) limit: Milliamps,
    /// What the vehicle takes at most.
    pub(crate) appetite: Milliamps,
    pub(crate) live_change: Support,
    pub(crate) start_stop: StartStop,
    pub(crate) manner: Manner,
    pub(crate) is_silent: bool,
    pub(crate) tells_limit: bool,
    pub(crate) tells_current: bool,
    /// It tells something only now and then.
    pub(crate) told: Option<Reading>,
}

impl Fake {
    pub(crate) fn plugged(limit: u16) -> Self {
        Self {
            state: State::Charging,
            limit: amps(limit),
            appetite: amps(32),
            live_change: Support::Yes,
            start_stop: StartStop::Yes,
            manner: Manner::Follows,
            is_silent: false,
            tells_limit: true,
            tells_current: true,
            told: None,
        }
    }

    pub(crate) fn idle(limit: u16) -> Self {
        Self {
            state: State::Available,
            ..Self::plugged(limit)
        }
    }

    pub(crate) fn draws(&self) -> Milliamps {
        if self.state == State::Charging {
            self.limit.min(self.appetite)
        } else {
            Milliamps(0)
        }
    }

    pub(crate) fn reading(&self) -> Reading {
        let mut telemetry = Telemetry::default();
        telemetry.vehicle_connected = Some(self.state != State::Available);
        telemetry.limit.reported = Some(self.limit).filter(|_| self.tells_limit);
        telemetry.limit.effective = telemetry.limit.reported;
        telemetry.current[0] = Some(self.draws()).filter(|_| self.tells_current);
        let mut capabilities = Capabilities::default();
        capabilities.current = Some(CurrentRange::from_six_to(32));
        capabilities.live_change = self.live_change;
        capabilities.start_stop = self.start_stop;
        Reading::new(Some(Duration::ZERO), self.state, &telemetry, capabilities)
    }

    fn take(&mut self, action: Action) -> Outcome {
        match self.manner {
            Manner::Refuses(wait) => {
                let reason = "it says no".to_owned();
                return Outcome::Refused { wait, reason };
            }
            Manner::Loses => {
                let reason = "no answer".to_owned();
                return Outcome::Unknown { reason };
            }
            Manner::Ignores => return Outcome::Done,
            Manner::Follows => {}
        }
        match action {
            Action::SetCurrent { current, .. } => self.limit = current,
            Action::Stop => self.state = State::Finished,
            Action::Start { current } => {
                self.limit = current;
                self.state = State::Charging;
            }
        }
        Outcome::Done
    }
}

pub(crate) struct Bench {
    pub(crate) now: Duration,
    pub(crate) planner: Planner,
    pub(crate) chargers: Vec<Fake>,
    /// After the chargers, if there is one.
    pub(crate) bus: Option<BusReading>,
    pub(crate) orders: Vec<(Duration, usize, Action)>,
    pub(crate) events: Vec<CircuitEvent>,
}

/// Chargers of these schemes on one circuit called `house`, by names `a`, `b`, …
pub(crate) fn config(house: &str, schemes: &[&str]) -> Config {
    let mut text = format!("[circuits.house]\n{house}\n");
    for (place, scheme) in schemes.iter().enumerate() {
        let name = char::from(b'a' + u8::try_from(place).expect("few"));
        let _ = write!(
            text,
            "[chargers.{name}]\naddress = \"{scheme}://{name}\"\nphases = \"L1\"\ncircuit = \"house\"\n"
        );
    }
    Config::parse(&text, "circuits").expect(&text)
}

impl Bench {
    pub(crate) fn new(config: &Config, chargers: Vec<Fake>) -> Self {
        Self {
            now: Duration::ZERO,
            planner: Planner::new(config, Duration::ZERO),
            chargers,
            bus: None,
            orders: Vec::new(),
            events: Vec::new(),
        }
    }

    /// One that has run for some minutes, so that all have settled.
    pub(crate) fn settled(config: &Config, chargers: Vec<Fake>) -> Self {
        let mut bench = Self::new(config, chargers);
        bench.run(600);
        bench.orders.clear();
        bench.events.clear();
        bench
    }

    pub(crate) fn run(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now += Duration::from_secs(1);
            for (place, charger) in self.chargers.iter().enumerate() {
                let mut reading = charger.told.clone().unwrap_or_else(|| charger.reading());
                if charger.told.is_some() {
                    reading.age = Some(Duration::from_secs(20));
                }
                if charger.is_silent {
                    reading.state = State::Offline;
                }
                self.planner.hear(place, self.now, &reading);
            }
            if let Some(bus) = self.bus {
                self.planner.hear_bus(self.chargers.len(), self.now, bus);
            }
            for order in self.planner.tick(self.now) {
                self.orders.push((self.now, order.member, order.action));
                let outcome = match self.chargers.get_mut(order.member) {
                    Some(charger) => charger.take(order.action),
                    None => self.allow(order.action),
                };
                self.planner.done(order.member, self.now, &outcome);
            }
            self.events
                .extend(std::iter::from_fn(|| self.planner.poll_event()));
        }
    }

    /// The bus draws its whole budget, but never less than its floor.
    fn allow(&mut self, action: Action) -> Outcome {
        if let (Some(bus), Action::SetCurrent { current, .. }) = (&mut self.bus, action) {
            bus.limit_a = u16::try_from(current.whole_amps()).expect("few");
            let drawn_a = bus.limit_a.max(bus.floor_a);
            bus.committed_a = if bus.wanted_a > 0 { drawn_a } else { 0 };
            bus.delivered_ma = u32::from(bus.committed_a) * 1_000;
        }
        Outcome::Done
    }

    pub(crate) fn standing(&self) -> Standing {
        self.planner.standing()
    }

    pub(crate) fn committed(&self) -> Vec<u32> {
        let members = self.standing().members;
        members
            .iter()
            .map(|member| member.committed.whole_amps())
            .collect()
    }

    pub(crate) fn limits(&self) -> Vec<u32> {
        let chargers = self.chargers.iter();
        chargers.map(|one| one.draws().whole_amps()).collect()
    }

    pub(crate) fn actions(&self) -> Vec<(usize, Action)> {
        let orders = self.orders.iter();
        orders
            .map(|(_, member, action)| (*member, *action))
            .collect()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.events.iter().map(ToString::to_string).collect()
    }
}

/// A bus with one vehicle on it.
pub(crate) fn bus() -> BusReading {
    BusReading {
        is_open: true,
        control: BusControl::Ours,
        limit_a: 40,
        committed_a: 0,
        floor_a: 6,
        cap_a: 32,
        wanted_a: 32,
        delivered_ma: 0,
    }
}
