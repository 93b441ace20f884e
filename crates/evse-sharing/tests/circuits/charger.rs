//! Chargers as they are in truth: wired to phases, each of its kind.

use core::time::Duration;

use evse_sharing::{CircuitId, Heard, Pace, Phase, Terms};

use crate::model::{Dice, Line, Unit};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Changed at any time; stops when it hears nothing for 30 s.
    Bus,
    /// Changed at any time, remembers its limit for ever, charges alone and starts by itself.
    Live,
    /// Takes a limit with its start only, and charges alone.
    Fixed,
}

pub(crate) struct Charger {
    pub(crate) kind: Kind,
    pub(crate) unit: Unit,
    pub(crate) circuit: CircuitId,
    /// The phases of the supply that its own are on.
    wiring: Vec<Phase>,
    /// Whether the ledger knows that.
    known: bool,
    /// Its vehicle draws from so many of its phases.
    vehicle_phases: usize,
    pub(crate) pace: Pace,
}

impl Charger {
    pub(crate) fn roll(dice: &mut Dice, circuits: &[CircuitId]) -> Self {
        use Phase::{L1, L2, L3};
        let wirings: [&[Phase]; 6] = [&[L1], &[L2], &[L3], &[L1, L2, L3], &[L2, L3, L1], &[L3, L1]];
        let kind = [Kind::Bus, Kind::Live, Kind::Fixed][dice.index(3)];
        let rarely = Pace {
            settle: Duration::from_mins(1),
            deadband_a: 2,
            write_every: Duration::from_mins(1),
        };
        Self {
            kind,
            unit: Unit {
                keeps_limit: kind == Kind::Live || kind == Kind::Bus && dice.one_in(4),
                lag: u8::try_from(dice.below(6)).unwrap(),
                ..Unit::default()
            },
            circuit: circuits[dice.index(circuits.len())],
            wiring: wirings[dice.index(6)].to_vec(),
            known: !dice.one_in(4),
            vehicle_phases: 3,
            pace: if kind == Kind::Live {
                rarely
            } else {
                Pace::default()
            },
        }
    }

    pub(crate) fn terms(&self, dice: &mut Dice) -> Terms {
        let wiring: String = self.wiring.iter().map(ToString::to_string).collect();
        let phases = if self.known {
            wiring.as_str()
        } else {
            "unknown"
        };
        Terms {
            circuit: self.circuit,
            phases: phases.parse().unwrap(),
            priority: u8::try_from(dice.below(3)).unwrap(),
            guaranteed_a: dice.amps(0..20),
            live: self.kind != Kind::Fixed,
            keeps_charging: self.kind != Kind::Bus,
            starts_itself: self.kind == Kind::Live,
            pace: self.pace,
        }
    }

    pub(crate) fn plug(&mut self, dice: &mut Dice) {
        self.vehicle_phases = if dice.one_in(2) { 1 } else { 3 };
        self.unit.plug(u32::try_from(dice.below(33_000)).unwrap());
    }

    pub(crate) fn unplug(&mut self) {
        self.unit.unplug();
    }

    /// Power-up.
    pub(crate) fn restart(&mut self) {
        let limit_a = self.unit.limit_a;
        self.unit.restart();
        if self.kind == Kind::Live {
            self.unit.limit_a = limit_a;
        }
    }

    /// Nothing was heard for 30 s.
    pub(crate) fn is_left_alone(&mut self) {
        if self.kind == Kind::Bus {
            self.unit.restart();
        }
    }

    /// A frame, and a reply unless one of them is lost.
    pub(crate) fn exchange(&mut self, limit_a: Option<u16>, line: Line) -> Option<Heard> {
        let takes_limit = match self.kind {
            Kind::Bus | Kind::Live => true,
            Kind::Fixed => self.unit.plugged && self.unit.limit_a == 0,
        };
        let draw_ma = self.draw_ma();
        let reply = self.unit.exchange(limit_a.filter(|_| takes_limit), line)?;
        Some(Heard {
            delivered_ma: draw_ma,
            ..reply
        })
    }

    /// On its own phases, mA.
    fn draw_ma(&self) -> [u32; 3] {
        let phases = self.vehicle_phases.min(self.wiring.len());
        [0, 1, 2].map(|own| if own < phases { self.unit.draw_ma } else { 0 })
    }

    /// The most that it may draw on each phase of the supply in truth, A.
    pub(crate) fn may_draw_a(&self) -> [u16; 3] {
        Phase::ALL.map(|phase| {
            let Some(own) = self.wiring.iter().position(|wired| *wired == phase) else {
                return 0;
            };
            let draw_a = u16::try_from(self.draw_ma()[own].div_ceil(1_000)).unwrap();
            self.unit.limit_a.max(draw_a)
        })
    }
}
