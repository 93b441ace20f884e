//! What the charger reported, value by value: the newer one wins, absent stays absent.

use std::time::{Duration, Instant};

use super::Clock;
use super::effect::in_session;
use crate::message::{ChargePointStatus, ErrorCode};
use crate::proto::{
    DataVendorStatusReq, Measurand, MeterValuesReq, SampledValue, StatusNotificationReq,
    UnitOfMeasure,
};

/// A snapshot of everything that is known about the charger now. `None` is: not reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// The state.
    pub state: Option<ChargePointStatus>,
    /// The error code; anything but [`ErrorCode::NoError`] is a fault.
    pub error_code: Option<ErrorCode>,
    /// Voltage of L1 to L3, V.
    pub voltage_v: [Option<f32>; 3],
    /// Current of L1 to L3, A; 0 while the state excludes charging.
    pub current_a: [Option<f32>; 3],
    /// Active power, W; 0 while the state excludes charging.
    pub power_w: Option<f32>,
    /// The power is voltage times current, not the charger's own figure.
    pub power_is_derived: bool,
    /// Temperature inside the station, °C.
    pub station_temperature_c: Option<f32>,
    /// Energy of the running session, kWh.
    pub session_energy_kwh: Option<f32>,
    /// The local register, kWh. Not the cloud's lifetime value; some units restart it with a power cycle.
    pub energy_register_kwh: Option<f32>,
    /// Energy since midnight, kWh; `None` until a midnight was seen.
    pub today_energy_kwh: Option<f32>,
    /// Mains frequency, Hz.
    pub frequency_hz: Option<f32>,
    /// High level of the control pilot, V.
    pub cp_voltage_v: Option<f32>,
    /// The control pilot's level is what the state implies, not a reading.
    pub cp_voltage_is_derived: bool,
    /// Whether a vehicle is plugged in.
    pub vehicle_connected: Option<bool>,
    /// The running transaction.
    pub transaction_id: Option<i64>,
    /// When the session began, seconds since 1970.
    pub session_start_unix_s: Option<i64>,
    /// How long the session has lasted, s.
    pub session_time_s: Option<u64>,
    /// The limit that the charger last reported, in hundredths of an amp.
    pub limit_reported_centiamps: Option<u16>,
    /// The limit that was last asked for, A.
    pub limit_wanted_amps: Option<u8>,
    /// By how many seconds the charger's clock was ahead of the owner's when it last told a time; negative is behind.
    /// A charger that has no time tells none, or 0. Times of day come with meter values (source: hardware) and status
    /// notifications (source: OCPP; no capture).
    pub clock_ahead_s: Option<i64>,
    /// How old the reported limit is at most: it was asked for so long ago.
    pub limit_age: Option<Duration>,
    /// How old the newest reading is.
    pub age: Option<Duration>,
}

/// A reading and when it came.
type Timed<T> = Option<(Instant, T)>;

#[derive(Debug, Default)]
pub(super) struct Readings {
    pub(super) state: Option<ChargePointStatus>,
    error_code: Option<ErrorCode>,
    voltage_v: [Option<f32>; 3],
    current_a: [Option<f32>; 3],
    power_w: Timed<f32>,
    /// When voltage or current last came.
    mains_at: Option<Instant>,
    temperature_c: Option<f32>,
    session_energy_kwh: Option<f32>,
    register_kwh: Option<f32>,
    today: Today,
    frequency_hz: Option<f32>,
    cp_voltage_v: Timed<f32>,
    transaction_start_s: Option<i64>,
    /// When we saw the session begin, by our own clock.
    session_seen: Option<(Instant, i64)>,
    clock_ahead_s: Option<i64>,
    newest: Option<Instant>,
}

impl Readings {
    pub(super) fn status_notification(
        &mut self,
        now: Instant,
        clock: &Clock,
        message: &StatusNotificationReq,
    ) {
        self.newest = Some(now);
        self.told_time(now, clock, message.timestamp);
        if let Some(code) = message.error_code {
            self.error_code = Some(code.into());
        }
        // OCPP requires the state, so an absent one is the zero default.
        self.set_state(now, clock, message.status.unwrap_or_default().into());
    }

    pub(super) fn vendor_status(
        &mut self,
        now: Instant,
        clock: &Clock,
        message: &DataVendorStatusReq,
    ) {
        self.newest = Some(now);
        let [l1_voltage, ..] = &mut self.voltage_v;
        let [l1_current, ..] = &mut self.current_a;
        let mains = keep(l1_voltage, message.voltage_v) | keep(l1_current, message.current_a);
        if mains {
            self.mains_at = Some(now);
        }
        keep(&mut self.temperature_c, message.station_temperature_c);
        keep(&mut self.session_energy_kwh, message.session_energy_kwh);
        keep(&mut self.frequency_hz, message.frequency_hz);
        if let Some(register) = message.energy_register_kwh {
            self.register(clock.unix_s(now) + clock.utc_offset_s, register);
        }
        if let Some(level) = message.cp_voltage_v.filter(|v| v.is_finite() && *v > 0.0) {
            self.cp_voltage_v = Some((now, level));
        }
        if let Some(code) = message.status {
            self.set_state(now, clock, code.into());
        }
        self.transaction_start_s = message.transaction_start.filter(|start| *start > 0);
    }

    pub(super) fn meter_values(&mut self, now: Instant, clock: &Clock, message: &MeterValuesReq) {
        self.newest = Some(now);
        let current = message
            .meter_values
            .iter()
            .max_by_key(|value| value.timestamp.unwrap_or(i64::MIN));
        self.told_time(now, clock, current.and_then(|value| value.timestamp));
        let mut phase_power = None;
        for sample in current.into_iter().flat_map(|value| &value.sampled_values) {
            let Some((measurand, value)) = reading(sample) else {
                continue;
            };
            let phase = sample.phase.and_then(phase_index);
            match measurand {
                Measurand::Voltage => {
                    self.mains(now, phase, value, |readings| &mut readings.voltage_v);
                }
                Measurand::CurrentImport => {
                    self.mains(now, phase, value, |readings| &mut readings.current_a);
                }
                Measurand::PowerActiveImport if phase.is_some() => {
                    phase_power = Some(phase_power.unwrap_or(0.0) + value);
                }
                Measurand::PowerActiveImport => self.power_w = Some((now, value)),
                Measurand::Temperature => self.temperature_c = Some(value),
                Measurand::EnergyActiveImportInterval => self.session_energy_kwh = Some(value),
                Measurand::EnergyActiveImportRegister => {
                    self.register(clock.unix_s(now) + clock.utc_offset_s, value);
                }
                Measurand::Frequency => self.frequency_hz = Some(value),
                _ => {}
            }
        }
        if let Some(sum) = phase_power {
            self.power_w = Some((now, sum));
        }
    }

    fn told_time(&mut self, now: Instant, clock: &Clock, unix_s: Option<i64>) {
        if let Some(unix_s) = unix_s.filter(|unix_s| *unix_s > 0) {
            self.clock_ahead_s = Some(unix_s.saturating_sub(clock.unix_s(now)));
        }
    }

    fn mains(
        &mut self,
        now: Instant,
        phase: Option<usize>,
        value: f32,
        of: fn(&mut Self) -> &mut [Option<f32>; 3],
    ) {
        self.mains_at = Some(now);
        if let Some(slot) = of(self).get_mut(phase.unwrap_or(0)) {
            *slot = Some(value);
        }
    }

    fn register(&mut self, local_unix_s: i64, value: f32) {
        if value.is_finite() {
            self.today
                .register(local_unix_s.div_euclid(86_400), self.register_kwh, value);
            self.register_kwh = Some(value);
        }
    }

    fn set_state(&mut self, now: Instant, clock: &Clock, state: ChargePointStatus) {
        let before = self.state.replace(state);
        match state {
            ChargePointStatus::Available | ChargePointStatus::Finishing => self.session_ended(),
            // When one began that already ran as we came is not known.
            _ if in_session(state) && before.is_some_and(|before| !in_session(before)) => {
                self.session_seen
                    .get_or_insert_with(|| (now, clock.unix_s(now)));
            }
            _ => {}
        }
    }

    pub(super) fn session_ended(&mut self) {
        self.session_seen = None;
        self.transaction_start_s = None;
    }

    /// After a restart of the charger the register may begin anew.
    pub(super) fn restarted(&mut self) {
        self.session_ended();
        self.register_kwh = None;
    }

    pub(super) fn snapshot(&self, now: Instant, clock: &Clock) -> Status {
        let (power_w, power_is_derived) = self.power();
        let (cp_voltage_v, cp_voltage_is_derived) = match self.fresh(self.cp_voltage_v) {
            Some(level) => (Some(level), false),
            None => (self.state.and_then(implied_cp_voltage_v), true),
        };
        let (session_start_unix_s, session_time_s) = self.session_time(now, clock);
        Status {
            state: self.state,
            error_code: self.error_code,
            voltage_v: self.voltage_v,
            current_a: self.current_a.map(|current| {
                if self.is_off() {
                    current.map(|_| 0.0)
                } else {
                    current
                }
            }),
            power_w,
            power_is_derived,
            station_temperature_c: self.temperature_c,
            session_energy_kwh: self.session_energy_kwh,
            energy_register_kwh: self.register_kwh,
            today_energy_kwh: self.today.energy_kwh(),
            frequency_hz: self.frequency_hz,
            cp_voltage_v,
            cp_voltage_is_derived: cp_voltage_is_derived && cp_voltage_v.is_some(),
            vehicle_connected: self.vehicle_connected(),
            session_start_unix_s,
            session_time_s,
            clock_ahead_s: self.clock_ahead_s,
            age: self.newest.map(|at| now.saturating_duration_since(at)),
            ..Status::default()
        }
    }

    /// The control pilot decides, because the state can stay at Finishing after unplugging.
    pub(super) fn vehicle_connected(&self) -> Option<bool> {
        self.fresh(self.cp_voltage_v)
            .map(|level| level < VEHICLE_BELOW_V)
            .or_else(|| self.state.map(ChargePointStatus::is_connected))
    }

    fn power(&self) -> (Option<f32>, bool) {
        if self.is_off() {
            return (Some(0.0), false);
        }
        let reported = self.fresh(self.power_w);
        let derived = || {
            let mut phases = self
                .voltage_v
                .iter()
                .zip(&self.current_a)
                .filter_map(|(v, a)| Some((*v)? * (*a)?));
            let first = phases.next()?;
            self.mains_at
                .map(|_| phases.fold(first, |sum, power| sum + power))
        };
        match reported {
            Some(power) => (Some(power), false),
            None => (derived(), derived().is_some()),
        }
    }

    fn is_off(&self) -> bool {
        use ChargePointStatus::{Available, Faulted, Finishing, Unavailable};
        matches!(
            self.state,
            Some(Available | Finishing | Faulted | Unavailable)
        )
    }

    /// A reading that is not much older than the newest of all.
    fn fresh(&self, reading: Timed<f32>) -> Option<f32> {
        let (at, value) = reading?;
        let newest = self.newest.unwrap_or(at);
        (newest.saturating_duration_since(at) <= FRESH).then_some(value)
    }

    /// The charger's own start time if it is plausible (its clock may be years off), else what we saw ourselves.
    fn session_time(&self, now: Instant, clock: &Clock) -> (Option<i64>, Option<u64>) {
        let unix_s = clock.unix_s(now);
        let plausible = |start: &i64| {
            *start > YEAR_2020 && *start <= unix_s + 3600 && *start >= unix_s - 72 * 3600
        };
        if let Some(start) = self.transaction_start_s.filter(plausible) {
            return (
                Some(start),
                Some(u64::try_from(unix_s - start).unwrap_or(0)),
            );
        }
        match self.session_seen {
            Some((at, start)) => (
                Some(start),
                Some(now.saturating_duration_since(at).as_secs()),
            ),
            None => (None, None),
        }
    }
}

/// Energy since local midnight, from differences of the register.
#[derive(Debug, Default)]
struct Today {
    day: Option<i64>,
    energy_kwh: f32,
    /// A midnight went by while we watched.
    complete: bool,
}

impl Today {
    fn register(&mut self, day: i64, before: Option<f32>, after: f32) {
        if self.day.is_some_and(|known| day > known) {
            self.complete = true;
            self.energy_kwh = 0.0;
        }
        self.day = Some(day);
        if let Some(before) = before {
            // A drop is a meter reset.
            self.energy_kwh += (after - before).max(0.0);
        }
    }

    fn energy_kwh(&self) -> Option<f32> {
        self.complete.then_some(self.energy_kwh)
    }
}

/// Takes over a finite reading; tells whether there was one.
fn keep(slot: &mut Option<f32>, reading: Option<f32>) -> bool {
    let reading = reading.filter(|value| value.is_finite());
    if reading.is_some() {
        *slot = reading;
    }
    reading.is_some()
}

/// Measurand and value in V, A, W, kWh, °C or Hz. Text that is no finite number is no reading.
fn reading(sample: &SampledValue) -> Option<(Measurand, f32)> {
    let measurand = Measurand::try_from(sample.measurand?).ok()?;
    let value: f32 = sample.value.as_deref()?.trim().parse().ok()?;
    let unit = sample
        .unit
        .and_then(|unit| UnitOfMeasure::try_from(unit).ok());
    let value = match unit {
        Some(UnitOfMeasure::Wh) => value / 1000.0,
        Some(UnitOfMeasure::KW) => value * 1000.0,
        Some(UnitOfMeasure::Fahrenheit) => (value - 32.0) / 1.8,
        Some(UnitOfMeasure::K) if measurand == Measurand::Temperature => value - 273.15,
        _ => value,
    };
    value.is_finite().then_some((measurand, value))
}

/// L1, L2, L3, also against N.
fn phase_index(phase: i32) -> Option<usize> {
    match phase {
        0 | 4 => Some(0),
        1 | 5 => Some(1),
        2 | 6 => Some(2),
        _ => None,
    }
}

/// The level of the control pilot that goes with a state.
fn implied_cp_voltage_v(state: ChargePointStatus) -> Option<f32> {
    match state {
        ChargePointStatus::Available | ChargePointStatus::Reserved => Some(12.0),
        ChargePointStatus::Preparing
        | ChargePointStatus::SuspendedEv
        | ChargePointStatus::Finishing => Some(9.0),
        ChargePointStatus::Charging | ChargePointStatus::SuspendedEvse => Some(6.0),
        _ => None,
    }
}

/// Below this level of the control pilot a vehicle is connected.
const VEHICLE_BELOW_V: f32 = 10.5;
/// Readings of one charger that lie further apart do not belong together: three default poll intervals.
const FRESH: Duration = Duration::from_secs(45);
const YEAR_2020: i64 = 1_577_836_800;
