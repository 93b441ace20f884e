//! Fault bits as faults.

use em_client::proto::message::{ChargerState, Fault as Code, Status};

use crate::model::Fault;

/// What a charger reports as wrong: each of its faults; the emergency stop also without its fault; and a faulty state
/// without any.
pub fn faults(status: &Status) -> Vec<Fault> {
    let mut faults: Vec<_> = status.faults.iter().map(fault).collect();
    if status.emergency_stop() && !status.faults.contains(Code::EmergencyStop) {
        faults.push(fault(Code::EmergencyStop));
    }
    let state = status.current_state();
    if faults.is_empty() && is_faulty(state) {
        faults.push(Fault::new(
            state.code().into(),
            "faulted",
            "it reports a fault and does not say which",
        ));
    }
    faults
}

/// Whether the state itself says that something is wrong: 1, 2 or 3.
pub(super) const fn is_faulty(state: ChargerState) -> bool {
    matches!(
        state,
        ChargerState::Fault | ChargerState::ChargingFault2 | ChargerState::ChargingFault3
    )
}

/// The fault of a number.
///
/// | number | name |
/// | --- | --- |
/// | 0, 1, 2 | `relay_stuck_l1`, `relay_stuck_l2`, `relay_stuck_l3` |
/// | 3 | `offline` |
/// | 4 | `cc_error` |
/// | 5 | `cp_error` |
/// | 6 | `emergency_stop` |
/// | 7, 8 | `over_temperature_inside`, `over_temperature_outside` |
/// | 9 | `unknown_error` |
/// | 10 | `leakage_protection` |
/// | 11 | `short_circuit` |
/// | 12 | `over_current` |
/// | 13 | `not_grounded` |
/// | 14, 15 | `over_voltage`, `low_voltage` |
/// | 24 | `no_ventilation` |
/// | 25 | `input_power_error` |
/// | 26 | `mains_overload` |
/// | 27 | `diode_short_circuit` |
/// | 28 | `clock_failure` |
/// | 29, 30 | `flash_failure`, `eeprom_failure` |
/// | 31 | `meter_failure` |
/// | 16 to 23 | `unknown` |
pub fn fault(code: Code) -> Fault {
    let text = match code {
        Code::RelayStuckL1 => "the relay of L1 is stuck",
        Code::RelayStuckL2 => "the relay of L2 is stuck",
        Code::RelayStuckL3 => "the relay of L3 is stuck",
        Code::Offline => "it says that it is offline",
        Code::CcError => "an error of the line that tells the cable's rating",
        Code::CpError => "an error of the control pilot",
        Code::EmergencyStop => "the emergency stop is pressed",
        Code::OverTemperatureInside => "it is too hot inside",
        Code::OverTemperatureOutside => "it is too hot outside",
        Code::UnknownError => "an error that it does not know itself",
        Code::LeakageProtection => "the residual current protection tripped",
        Code::ShortCircuit => "a short circuit",
        Code::OverCurrent => "the current was too high",
        Code::NotGrounded => "there is no earth",
        Code::OverVoltage => "the voltage is too high",
        Code::LowVoltage => "the voltage is too low",
        Code::NoVentilation => "the vehicle asks for ventilation, and there is none",
        Code::InputPowerError => "an error of the supply",
        Code::MainsOverload => "the mains are overloaded",
        Code::DiodeShortCircuit => "the diode of the vehicle is shorted",
        Code::ClockFailure => "its clock fails",
        Code::FlashFailure => "its flash memory fails",
        Code::EepromFailure => "its EEPROM fails",
        Code::MeterFailure => "the meter fails",
        Code::Unknown(number) => return Fault::unknown(number.into()),
    };
    Fault::new(code.code().into(), code.name().unwrap_or("unknown"), text)
}

#[cfg(test)]
mod tests {
    use em_client::proto::frame::Datagram;
    use em_client::proto::message::{Faults, Message};
    use em_client::proto::{Command, Password, Serial};

    use super::*;

    #[test]
    fn every_row_of_the_fault_table_holds() {
        let names = [
            "relay_stuck_l1",
            "relay_stuck_l2",
            "relay_stuck_l3",
            "offline",
            "cc_error",
            "cp_error",
            "emergency_stop",
            "over_temperature_inside",
            "over_temperature_outside",
            "unknown_error",
            "leakage_protection",
            "short_circuit",
            "over_current",
            "not_grounded",
            "over_voltage",
            "low_voltage",
            "unknown",
            "unknown",
            "unknown",
            "unknown",
            "unknown",
            "unknown",
            "unknown",
            "unknown",
            "no_ventilation",
            "input_power_error",
            "mains_overload",
            "diode_short_circuit",
            "clock_failure",
            "flash_failure",
            "eeprom_failure",
            "meter_failure",
        ];
        for (code, name) in (0_u8..).zip(names) {
            let got = fault(Code::from(code));
            assert_eq!((got.code, &*got.name), (code.into(), name));
            assert!(!got.text.is_empty());
        }
    }

    /// The names of the faults of a status with this fault word, emergency byte and state.
    #[track_caller]
    fn check(word: u32, emergency: u8, state: u8, expected: &[&str]) {
        let mut payload = [0; 25];
        payload[17] = emergency;
        payload[20] = state;
        payload[21..25].copy_from_slice(&Faults(word).0.to_be_bytes());
        let datagram = Datagram::new(Serial::ZERO, Password::NONE, Command::StatusPush, &payload);
        let Ok(Message::StatusPush(status)) = Message::decode(&datagram) else {
            unreachable!("it is one");
        };
        let got = faults(&status);
        let names: Vec<_> = got.iter().map(|fault| &*fault.name).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn faults_come_from_bits_emergency_stop_and_state() {
        check(0, 1, 12, &[]);
        check(0x0200_0000, 0, 12, &["emergency_stop"]);
        check(0x0200_0000, 1, 12, &["emergency_stop"]);
        check(0, 0, 12, &["emergency_stop"]);
        check(0, 1, 1, &["faulted"]);
        check(0, 1, 3, &["faulted"]);
        check(
            0x8002_0001,
            1,
            1,
            &["relay_stuck_l1", "over_voltage", "meter_failure"],
        );
    }
}
