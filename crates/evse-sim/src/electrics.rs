//! Mains, contactor, meter, temperature and the pilot, with the limit that travels to the car.
use std::time::{Duration, Instant};

use crate::hardware::{Contactor, Mains, Meter, Thermometer};
use crate::random::Random;
use crate::vehicle::Vehicle;

/// The limit on the pilot follows a new setting within 2 to 30 s. Source: hardware (spec 3).
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimitRamp {
    from_a: f64,
    to_a: f64,
    since: Instant,
    lasts: Duration,
}

impl LimitRamp {
    pub(crate) fn steady(amps: f64, now: Instant) -> Self {
        Self {
            from_a: amps,
            to_a: amps,
            since: now,
            lasts: Duration::ZERO,
        }
    }

    pub(crate) fn change(&mut self, to_a: f64, now: Instant, lasts: Duration) {
        *self = Self {
            from_a: self.value(now),
            to_a,
            since: now,
            lasts,
        };
    }

    pub(crate) fn value(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.since);
        if passed >= self.lasts {
            return self.to_a;
        }
        self.from_a + (self.to_a - self.from_a) * (passed.as_secs_f64() / self.lasts.as_secs_f64())
    }
}

/// The electrical side of the device.
#[derive(Clone, Debug)]
pub(crate) struct Electrics {
    pub(crate) contactor: Contactor,
    pub(crate) meter: Meter,
    pub(crate) limit: LimitRamp,
    pub(crate) frequency_hz: f64,
    thermometer: Thermometer,
    mains: Mains,
    phases: u8,
    updated: Instant,
}

impl Electrics {
    pub(crate) fn new(
        phases: u8,
        register_wh: f64,
        limit_a: f64,
        random: &mut Random,
        now: Instant,
    ) -> Self {
        Self {
            contactor: Contactor::default(),
            meter: Meter::new(register_wh),
            limit: LimitRamp::steady(limit_a, now),
            frequency_hz: 50.0,
            thermometer: Thermometer::default(),
            mains: Mains::new(random),
            phases: if phases >= 3 { 3 } else { 1 },
            updated: now,
        }
    }

    /// Lets the time until `now` pass in steps of at most a second while current flows.
    pub(crate) fn advance(&mut self, now: Instant, vehicle: &mut Vehicle, random: &mut Random) {
        while self.updated < now {
            let left = now.duration_since(self.updated);
            let flowing = self.contactor.is_closed() || vehicle.current_a() > 0.0;
            let step = if flowing { left.min(STEP) } else { left };
            self.updated += step;
            self.mains.wander(random);
            let phases = usize::from(self.phases.min(vehicle.phases()));
            let volts: f64 = self.mains.voltage_v().iter().take(phases).sum();
            let offered = self
                .contactor
                .is_closed()
                .then(|| self.limit.value(self.updated));
            let before = vehicle.current_a();
            let amps = vehicle.advance(step, offered, volts);
            let mean = if self.contactor.is_closed() {
                f64::midpoint(before, amps)
            } else {
                0.0
            };
            self.meter.add(mean * volts * step.as_secs_f64() / 3600.0);
            self.thermometer.advance(step, amps);
        }
    }

    /// Opens the contactor: the current is gone at once.
    pub(crate) fn cut(&mut self, vehicle: &mut Vehicle) {
        self.contactor.open();
        vehicle.advance(Duration::ZERO, None, 0.0);
    }

    /// The time up to which the physics is known.
    pub(crate) fn updated(&self) -> Instant {
        self.updated
    }

    pub(crate) fn celsius(&self) -> f64 {
        self.thermometer.celsius()
    }

    /// Uses so many phases from now on, 1 or 3.
    pub(crate) fn set_phases(&mut self, phases: u8) {
        self.phases = if phases >= 3 { 3 } else { 1 };
    }

    /// Phases that this unit has, 1 or 3.
    pub(crate) fn phases(&self) -> usize {
        usize::from(self.phases)
    }

    /// Volts and amperes of each phase.
    pub(crate) fn phase_readings(&self, vehicle: &Vehicle) -> [(f64, f64); 3] {
        let used = usize::from(self.phases.min(vehicle.phases()));
        let amps = if self.contactor.is_closed() {
            vehicle.current_a()
        } else {
            0.0
        };
        let mut phase = 0;
        self.mains.voltage_v().map(|volts| {
            phase += 1;
            (volts, if phase <= used { amps } else { 0.0 })
        })
    }

    /// Power of all phases, W.
    pub(crate) fn power_w(&self, vehicle: &Vehicle) -> f64 {
        self.phase_readings(vehicle)
            .iter()
            .map(|(volts, amps)| volts * amps)
            .sum()
    }
}

/// Step of the integration while current flows.
pub(crate) const STEP: Duration = Duration::from_secs(1);
