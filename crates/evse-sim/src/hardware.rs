//! What is inside a wallbox, whatever its protocol: contactor, meter, thermometer, mains, supply rails.
use std::time::Duration;

use crate::random::Random;

/// The relay that connects the car to the mains; counts its wear.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contactor {
    closed: bool,
    cycles: u64,
}

impl Contactor {
    /// Whether current can flow.
    pub fn is_closed(self) -> bool {
        self.closed
    }

    /// How often it was closed so far.
    pub fn cycles(self) -> u64 {
        self.cycles
    }

    /// Closes it; counts only a real change.
    pub fn close(&mut self) {
        if !self.closed {
            self.closed = true;
            self.cycles += 1;
        }
    }

    /// Opens it.
    pub fn open(&mut self) {
        self.closed = false;
    }
}

/// The energy meter: a register and the energy of the running session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Meter {
    register_wh: f64,
    session_wh: f64,
}

impl Meter {
    /// A meter that has counted this much already, Wh.
    pub fn new(register_wh: f64) -> Self {
        Self {
            register_wh,
            session_wh: 0.0,
        }
    }

    /// Adds energy, Wh.
    pub fn add(&mut self, energy_wh: f64) {
        self.register_wh += energy_wh;
        self.session_wh += energy_wh;
    }

    /// Total since the last reset, Wh.
    pub fn register_wh(self) -> f64 {
        self.register_wh
    }

    /// Energy of the running session, Wh.
    pub fn session_wh(self) -> f64 {
        self.session_wh
    }

    /// Starts or ends a session: its energy is 0.
    pub fn clear_session(&mut self) {
        self.session_wh = 0.0;
    }

    /// The register restarts, as one real unit does at a power cycle. Source: hardware (spec 7.4, field 3).
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Station temperature: 26 °C at rest, up to 35 °C at full current, with a time constant of some minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thermometer {
    celsius: f64,
}

impl Default for Thermometer {
    fn default() -> Self {
        Self { celsius: REST_C }
    }
}

impl Thermometer {
    /// The temperature, °C.
    pub fn celsius(self) -> f64 {
        self.celsius
    }

    /// Lets `step` pass with this current, A.
    pub fn advance(&mut self, step: Duration, current_a: f64) {
        let load = (current_a / FULL_LOAD_A).clamp(0.0, 1.0);
        let target = REST_C + (FULL_LOAD_C - REST_C) * load;
        let kept = (-step.as_secs_f64() / TIME_CONSTANT_S).exp();
        self.celsius = target + (self.celsius - target) * kept;
    }
}

/// The mains: three voltages that wander between 224 and 231 V. Source of the range: hardware captures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mains {
    voltage_v: [f64; 3],
}

impl Mains {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            voltage_v: std::array::from_fn(|_| random.between(MIN_V, MAX_V)),
        }
    }

    /// Voltage of each phase, V.
    pub fn voltage_v(self) -> [f64; 3] {
        self.voltage_v
    }

    /// One step of a random walk; a high current pulls the voltage down a little.
    pub(crate) fn wander(&mut self, random: &mut Random) {
        for voltage in &mut self.voltage_v {
            *voltage = (*voltage + random.between(-0.3, 0.3)).clamp(MIN_V, MAX_V);
        }
    }
}

const MIN_V: f64 = 224.0;
const MAX_V: f64 = 231.0;
const REST_C: f64 = 26.0;
const FULL_LOAD_C: f64 = 35.0;
const FULL_LOAD_A: f64 = 32.0;
const TIME_CONSTANT_S: f64 = 420.0;
