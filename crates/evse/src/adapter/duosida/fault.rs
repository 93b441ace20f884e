//! Error codes as faults.

use duosida_client::proto::message::{ChargePointStatus, ErrorCode};
use duosida_client::proto::session::Status;

use crate::model::Fault;

/// What a charger reports as wrong: its error code; and a state out of service without one.
pub fn faults(status: &Status) -> Vec<Fault> {
    if let Some(fault) = status.error_code.and_then(fault) {
        return vec![fault];
    }
    let fault = match status.state {
        Some(ChargePointStatus::Unavailable) => {
            Fault::new(7, "unavailable", "it is out of service by command")
        }
        Some(ChargePointStatus::Faulted) => {
            Fault::new(8, "faulted", "it reports a fault and does not say which")
        }
        _ => return Vec::new(),
    };
    vec![fault]
}

/// The fault of an error code.
///
/// | code | name |
/// | --- | --- |
/// | 0 | `connector_lock_failure` |
/// | 1 | `vehicle_communication_error` |
/// | 2 | `ground_failure` |
/// | 3 | `over_temperature` |
/// | 4 | `internal_error` |
/// | 5 | `local_list_conflict` |
/// | 6 | none: no error |
/// | 7 | `other_error` |
/// | 8 | `over_current` |
/// | 9 | `over_voltage` |
/// | 10 | `meter_failure` |
/// | 11 | `contactor_failure` |
/// | 12 | `card_reader_failure` |
/// | 13 | `reset_failure` |
/// | 14 | `low_voltage` |
/// | 15 | `weak_signal` |
/// | other | `unknown` |
///
/// From 9 on sources disagree about the names, so show the code beside them.
pub fn fault(code: ErrorCode) -> Option<Fault> {
    let (name, text) = match code {
        ErrorCode::NoError => return None,
        ErrorCode::ConnectorLockFailure => (
            "connector_lock_failure",
            "the plug cannot be locked or unlocked",
        ),
        ErrorCode::EvCommunicationError => (
            "vehicle_communication_error",
            "the communication with the vehicle failed",
        ),
        ErrorCode::GroundFailure => ("ground_failure", "a residual current, or no earth"),
        ErrorCode::HighTemperature => ("over_temperature", "it is too hot"),
        ErrorCode::InternalError => ("internal_error", "an error in its hardware or software"),
        ErrorCode::LocalListConflict => (
            "local_list_conflict",
            "its list of authorised cards conflicts",
        ),
        ErrorCode::OtherError => ("other_error", "another error"),
        ErrorCode::OverCurrentFailure => ("over_current", "the current was too high"),
        ErrorCode::OverVoltage => ("over_voltage", "the voltage is too high"),
        ErrorCode::PowerMeterFailure => ("meter_failure", "the meter fails"),
        ErrorCode::PowerSwitchFailure => ("contactor_failure", "the contactor fails"),
        ErrorCode::ReaderFailure => ("card_reader_failure", "the card reader fails"),
        ErrorCode::ResetFailure => ("reset_failure", "a reset failed"),
        ErrorCode::UnderVoltage => ("low_voltage", "the voltage is too low"),
        ErrorCode::WeakSignal => ("weak_signal", "its radio signal is weak"),
        ErrorCode::Unknown(code) => return Some(Fault::unknown(code)),
    };
    Some(Fault::new(code.into(), name, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_fault_table_holds() {
        for (code, expected) in [
            (0, Some("connector_lock_failure")),
            (1, Some("vehicle_communication_error")),
            (2, Some("ground_failure")),
            (3, Some("over_temperature")),
            (4, Some("internal_error")),
            (5, Some("local_list_conflict")),
            (6, None),
            (7, Some("other_error")),
            (8, Some("over_current")),
            (9, Some("over_voltage")),
            (10, Some("meter_failure")),
            (11, Some("contactor_failure")),
            (12, Some("card_reader_failure")),
            (13, Some("reset_failure")),
            (14, Some("low_voltage")),
            (15, Some("weak_signal")),
            (16, Some("unknown")),
            (-1, Some("unknown")),
        ] {
            let got = fault(ErrorCode::from(code));
            let name = got.as_ref().map(|fault| &*fault.name);
            assert_eq!(name, expected, "code {code}");
            if let Some(fault) = got {
                assert_eq!(fault.code, code);
                assert!(!fault.text.is_empty());
            }
        }
    }

    #[test]
    fn a_state_out_of_service_without_an_error_code_is_a_fault_too() {
        for (state, error_code, expected) in [
            (0, None, None),
            (2, Some(6), None),
            (7, None, Some("unavailable")),
            (7, Some(6), Some("unavailable")),
            (8, Some(6), Some("faulted")),
            (8, Some(3), Some("over_temperature")),
            (2, Some(3), Some("over_temperature")),
        ] {
            let status = Status {
                state: Some(state.into()),
                error_code: error_code.map(ErrorCode::from),
                ..Status::default()
            };
            let got = faults(&status);
            let names: Vec<_> = got.iter().map(|fault| &*fault.name).collect();
            assert_eq!(names, Vec::from_iter(expected), "{state} {error_code:?}");
        }
    }
}
