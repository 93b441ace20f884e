//! What the charger tells: identity, statuses, sessions.
use std::time::Instant;

use emproto::Command;
use emproto::message::{
    ChargeType, ChargerState, ChargingStatus, DeviceType, FaultWidth, Faults, Identifier, Limit,
    LoginInfo, LoginMore, Message, OutputState, Phase as PhaseReading, PlugState, RawBytes,
    RawMessage, Reading, StartType, Status, Temperature, Text, Version,
};
use emproto::time::RawTime;

use super::charge::Phase;
use super::device::Device;
use super::orders::LINE;
use super::timer::Timer;
use crate::number::{centi_kwh, whole_u16, whole_u32};

impl Device {
    pub(super) fn login_info(&self) -> LoginInfo {
        let config = &self.config;
        let len = config.login_len;
        let hot_line: [[u8; 16]; 4] = parts(&config.hot_line);
        let (first, rest) = hot_line.as_flattened().split_at(16);
        let rest = Text(rest.first_chunk().copied().unwrap_or([0; 48]));
        let [brand, brand_2]: [[u8; 16]; 2] = parts(&config.brand);
        let [model, model_2]: [[u8; 16]; 2] = parts(&config.model);
        let more = match len {
            118 => LoginMore::HotLine(rest),
            119.. => LoginMore::Long {
                byte_70: 0,
                hot_line: rest,
                names: (len >= 151).then_some((Text(brand_2), Text(model_2))),
                extra: vec![0; if len >= 151 { len - 151 } else { len - 119 }]
                    .as_slice()
                    .into(),
            },
            _ => LoginMore::Other(vec![0; len.saturating_sub(70)].as_slice().into()),
        };
        LoginInfo {
            device_type: DeviceType::from(config.device_type),
            brand: Text(brand),
            model: Text(model),
            hardware_version: Text::new(&config.hardware_version),
            max_power_w: config.max_power_w,
            max_current_a: config.max_current_a,
            hot_line: first
                .get(..len.saturating_sub(54).min(16))
                .unwrap_or(first)
                .into(),
            more,
        }
    }

    pub(super) fn version(&self) -> Version {
        Version {
            hardware: Text::new(&self.config.hardware_version),
            software: Text::new(&self.config.software_version),
            feature: (self.config.version_len >= 36).then_some(FEATURE),
            support_new: (self.config.version_len >= 37).then_some(0),
            extra: RawBytes::EMPTY,
        }
    }

    pub(super) fn status(&mut self) -> Status {
        let odd = std::mem::take(&mut self.odd_status);
        let len = self.config.status_len;
        let readings = self.electrics.phase_readings(&self.vehicle);
        let phases = readings.map(|(volts, amps)| PhaseReading {
            voltage_decivolts: Reading(whole_u16(volts * 10.0)),
            current_centiamps: Reading(whole_u16(amps * 100.0)),
        });
        let absent = PhaseReading {
            voltage_decivolts: Reading(0),
            current_centiamps: Reading(0),
        };
        let three = self.config.phases >= 3;
        let temperature = whole_u16(self.electrics.celsius() * 100.0 + 20_000.0);
        let short = len < 25;
        let blanks = if len >= 33 {
            len - 33
        } else {
            len.saturating_sub(if short { 23 } else { 25 })
        };
        // On three phases the reported power is that of one. Source: several clients.
        let watts = readings[0].0 * readings[0].1;
        Status {
            line_id: LINE,
            l1: phases[0],
            power_w: Reading(whole_u32(watts)),
            energy_centikwh: Reading(centi_kwh(self.electrics.meter.register_wh())),
            inner_temperature: Temperature(temperature),
            outer_temperature: Temperature(temperature),
            emergency_raw: u8::from(!self.faults.contains(emproto::message::Fault::EmergencyStop)),
            plug: if odd {
                PlugState::from(16)
            } else {
                self.plug()
            },
            output: self.output(),
            state: if odd {
                ChargerState::from(99)
            } else {
                self.state
            },
            faults: if odd {
                Faults(self.faults.0 | UNNAMED_FAULT)
            } else {
                self.faults
            },
            fault_width: if short {
                FaultWidth::Upper16
            } else {
                FaultWidth::All32
            },
            l2_l3: (len >= 33).then(|| {
                if three {
                    [phases[1], phases[2]]
                } else {
                    [absent; 2]
                }
            }),
            extra: vec![0xFF; blanks].as_slice().into(),
        }
    }

    fn plug(&self) -> PlugState {
        match (
            self.vehicle.is_plugged(),
            self.electrics.contactor.is_closed(),
        ) {
            (false, _) => PlugState::Disconnected,
            (true, false) => PlugState::Connected,
            (true, true) => PlugState::Locked,
        }
    }

    fn output(&self) -> OutputState {
        if self.electrics.contactor.is_closed() {
            OutputState::On
        } else {
            OutputState::Off
        }
    }

    /// The session that runs, else the planned one, else the last one.
    pub(super) fn charging_status(&self, now: Instant) -> ChargingStatus {
        let Some(charge) = &self.charge else {
            let mut last = self.last.clone().unwrap_or_else(no_session);
            last.state = self.state;
            return last;
        };
        let reserved = charge.phase == Phase::Reserved;
        let lasted = now.saturating_duration_since(charge.begun).as_secs();
        let register = self.electrics.meter.register_wh();
        let start = if reserved { register } else { charge.start_wh };
        ChargingStatus {
            line_id: LINE,
            state: self.state,
            charge_id: charge.id,
            start_type: charge.start_type,
            charge_type: charge.charge_type,
            max_duration_min: charge.max_duration_min,
            max_energy_centikwh: charge.max_energy_centikwh,
            parameter_3: charge.parameter_3,
            reservation: charge.reservation,
            user_id: charge.user,
            max_current_a: Limit(charge.current_a),
            started: charge.started,
            duration_s: Reading(if reserved {
                0
            } else {
                u32::try_from(lasted).unwrap_or(u32::MAX)
            }),
            start_energy_centikwh: centi_kwh(start),
            current_energy_centikwh: centi_kwh(register),
            session_energy_centikwh: centi_kwh(register - start),
            price_cents: 0,
            fee_type: 0,
            fee_cents: 0,
            extra: RawBytes::EMPTY,
        }
    }

    /// What is still told about a session after its end.
    pub(super) fn finished(&self, mut report: ChargingStatus) -> ChargingStatus {
        if self.config.forgets_start_counter {
            report.start_energy_centikwh = 0;
        }
        report
    }

    pub(super) fn push_status(&mut self, now: Instant) {
        if self.registration.client().is_some() {
            let status = self.status();
            self.push(now, &Message::StatusPush(status));
            let next = self.random.delay(self.config.status_interval);
            self.timers.set(Timer::Status, now + next);
        }
    }

    pub(super) fn push_charging(&mut self, now: Instant) {
        if self.registration.client().is_some() {
            let report = self.charging_status(now);
            self.push(now, &Message::ChargingPush(report));
            if self.charge.is_some() {
                self.timers
                    .set(Timer::Charging, now + self.config.charging_interval);
            }
        }
    }

    /// The next status holds values that nobody knows, and comes now.
    pub fn show_unknown_values(&mut self, now: Instant) {
        self.handle_timeout(now);
        self.odd_status = true;
        self.timers.set(Timer::Status, now);
        self.handle_timeout(now);
    }

    /// Sends a command that nobody knows to the client.
    pub fn send_unknown_command(&mut self, now: Instant) {
        self.handle_timeout(now);
        let command = Command::Unknown(0x0777);
        let payload = self.random.bytes(12).as_slice().into();
        self.push(now, &Message::Raw(RawMessage { command, payload }));
        self.handle_timeout(now);
    }
}

/// Nothing was charged since the power came.
fn no_session() -> ChargingStatus {
    ChargingStatus {
        line_id: LINE,
        state: ChargerState::Standby,
        charge_id: Identifier::default(),
        start_type: StartType::Unknown(0),
        charge_type: ChargeType::Unknown(0),
        max_duration_min: Limit::<u16>::NONE,
        max_energy_centikwh: Reading::<u16>::NONE,
        parameter_3: Reading::<u16>::NONE,
        reservation: RawTime::NONE,
        user_id: Identifier::default(),
        max_current_a: Limit::<u8>::NONE,
        started: RawTime::NONE,
        duration_s: Reading(0),
        start_energy_centikwh: 0,
        current_energy_centikwh: 0,
        session_energy_centikwh: 0,
        price_cents: 0,
        fee_type: 0,
        fee_cents: 0,
        extra: RawBytes::EMPTY,
    }
}

/// A text in fields of 16 bytes.
fn parts<const N: usize>(text: &str) -> [[u8; 16]; N] {
    let mut parts = [[0; 16]; N];
    for (place, byte) in parts.as_flattened_mut().iter_mut().zip(text.bytes()) {
        *place = byte;
    }
    parts
}

/// Feature digits as a real charger reports them in form; the value is an assumption.
const FEATURE: u32 = 1_000;
/// Fault 17, which has no name.
const UNNAMED_FAULT: u32 = 1 << (31 - 17);
