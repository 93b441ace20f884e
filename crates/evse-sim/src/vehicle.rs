//! A car at the other end of the cable: battery, charging curve, phases. Pure; time comes in as steps.
use std::time::Duration;

/// What kind of car is simulated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VehicleConfig {
    /// Usable capacity, kWh.
    pub battery_kwh: f64,
    /// State of charge at the start, 0 to 1.
    pub state_of_charge: f64,
    /// State of charge at which the car ends the charge, 0 to 1.
    pub target: f64,
    /// State of charge from which the current tapers off, 0 to 1.
    pub taper_from: f64,
    /// What the onboard charger draws at most per phase, A.
    pub max_current_a: f64,
    /// Phases the onboard charger uses, 1 to 3.
    pub phases: u8,
    /// How fast the current rises, A per second.
    pub ramp_a_per_s: f64,
    /// How far the current stays below what is offered, A.
    pub below_offer_a: f64,
    /// Offers below this are none, A; 6 A by IEC 61851-1.
    pub min_offer_a: f64,
}

impl Default for VehicleConfig {
    fn default() -> Self {
        Self {
            battery_kwh: 52.0,
            state_of_charge: 0.4,
            target: 1.0,
            taper_from: 0.95,
            max_current_a: 32.0,
            phases: 3,
            ramp_a_per_s: 4.0,
            below_offer_a: 0.0,
            min_offer_a: 6.0,
        }
    }
}

/// A car: not there, plugged in, or charging when the charger offers current.
#[derive(Clone, Debug, PartialEq)]
pub struct Vehicle {
    config: VehicleConfig,
    plugged: bool,
    wants_charge: bool,
    stored_kwh: f64,
    current_a: f64,
}

impl Vehicle {
    /// A car that is not plugged in and will want to charge.
    pub fn new(config: VehicleConfig) -> Self {
        let stored_kwh = config.battery_kwh * config.state_of_charge.clamp(0.0, 1.0);
        Self {
            config,
            plugged: false,
            wants_charge: true,
            stored_kwh,
            current_a: 0.0,
        }
    }

    /// Puts the cable in.
    pub fn plug_in(&mut self) {
        self.plugged = true;
    }

    /// Pulls the cable; the current is 0 at once.
    pub fn unplug(&mut self) {
        self.plugged = false;
        self.current_a = 0.0;
    }

    /// Whether the cable is in.
    pub fn is_plugged(&self) -> bool {
        self.plugged
    }

    /// Lets the driver pause or resume the charge from the car's side.
    pub fn set_wants_charge(&mut self, wants: bool) {
        self.wants_charge = wants;
    }

    /// Whether the car would draw current if it were offered: plugged in, asked for, not full.
    pub fn is_ready(&self) -> bool {
        self.plugged && self.wants_charge && !self.is_full()
    }

    /// Whether the battery has reached its target.
    pub fn is_full(&self) -> bool {
        self.state_of_charge() >= self.config.target - 1e-9
    }

    /// State of charge, 0 to 1.
    pub fn state_of_charge(&self) -> f64 {
        if self.config.battery_kwh > 0.0 {
            self.stored_kwh / self.config.battery_kwh
        } else {
            1.0
        }
    }

    /// Sets the state of charge, 0 to 1, as if the car had been driven.
    pub fn set_state_of_charge(&mut self, value: f64) {
        self.stored_kwh = self.config.battery_kwh * value.clamp(0.0, 1.0);
    }

    /// Phases the car can use, 1 to 3.
    pub fn phases(&self) -> u8 {
        self.config.phases.clamp(1, 3)
    }

    /// Current drawn on each used phase, A.
    pub fn current_a(&self) -> f64 {
        self.current_a
    }

    /// Lets `step` pass and returns the current per phase at its end, A.
    ///
    /// `offered_a` is the limit on the pilot, `None` while the contactor is open.
    /// `power_per_amp` is the sum of the voltages of the phases in use, V.
    pub fn advance(&mut self, step: Duration, offered_a: Option<f64>, power_per_amp: f64) -> f64 {
        let least_a = self.config.min_offer_a;
        let offered = offered_a.filter(|amps| *amps >= least_a).unwrap_or(0.0);
        let target = if self.is_ready() {
            (offered - self.config.below_offer_a).min(self.demand_a())
        } else {
            0.0
        };
        let seconds = step.as_secs_f64();
        // Rising takes time, falling is immediate: a lower limit must be obeyed.
        self.current_a = target
            .min(self.current_a + self.config.ramp_a_per_s * seconds)
            .max(0.0);
        let stored = self.current_a * power_per_amp * seconds / 3_600_000.0 * EFFICIENCY;
        self.stored_kwh = (self.stored_kwh + stored).min(self.config.battery_kwh);
        self.current_a
    }

    /// What the onboard charger asks for at this state of charge, A: constant, then a straight line down.
    fn demand_a(&self) -> f64 {
        let config = &self.config;
        let soc = self.state_of_charge();
        if soc <= config.taper_from || config.taper_from >= config.target {
            return config.max_current_a;
        }
        let left = ((config.target - soc) / (config.target - config.taper_from)).clamp(0.0, 1.0);
        END_CURRENT_A
            .min(config.max_current_a)
            .max(config.max_current_a * left)
    }
}

/// The current at which the taper ends, A. Assumption.
const END_CURRENT_A: f64 = 2.0;
/// What of the energy drawn reaches the battery. Assumption.
const EFFICIENCY: f64 = 0.92;
