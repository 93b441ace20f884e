//! Duosida: what a charger reports and what it means in the model.

mod command;
mod event;
mod fault;
mod telemetry;

use duosida_client::Error;
use duosida_client::proto::config::LimitFormat;
use duosida_client::proto::message::{ChargePointStatus, TagForm};
use duosida_client::proto::session::Quirks;

pub use command::{effect, unsupported, whole_amps};
pub use event::event;
pub use fault::{fault, faults};
pub use telemetry::{capabilities, device, telemetry};

use crate::adapter::NO_STATUS;
use crate::error::ErrorKind;
use crate::model::State;
use crate::state_store;

/// The facade's state for a status of the wire.
///
/// | code | status | state | IEC 61851 |
/// | --- | --- | --- | --- |
/// | 0 | Available | available | A |
/// | 1 | Preparing | connected | B |
/// | 2 | Charging | charging | C |
/// | 3 | SuspendedEVSE | suspended by charger | B |
/// | 4 | SuspendedEV | suspended by vehicle | B |
/// | 5 | Finishing | finished | B |
/// | 6 | Reserved | reserved | A, or B with a car |
/// | 7 | Unavailable | fault | F |
/// | 8 | Faulted | fault | F |
/// | other | – | unknown | none |
pub fn state(status: ChargePointStatus) -> State {
    match status {
        ChargePointStatus::Available => State::Available,
        ChargePointStatus::Preparing => State::Connected,
        ChargePointStatus::Charging => State::Charging,
        ChargePointStatus::SuspendedEvse => State::SuspendedByCharger,
        ChargePointStatus::SuspendedEv => State::SuspendedByVehicle,
        ChargePointStatus::Finishing => State::Finished,
        ChargePointStatus::Reserved => State::Reserved,
        ChargePointStatus::Unavailable | ChargePointStatus::Faulted => State::Fault,
        ChargePointStatus::Unknown(raw) => State::Unknown(raw),
    }
}

/// [`state`] of a session: offline without a connection, unknown ([`NO_STATUS`]) before the first status.
pub fn session_state(is_connected: bool, status: Option<ChargePointStatus>) -> State {
    if !is_connected {
        return State::Offline;
    }
    status.map_or(State::Unknown(NO_STATUS), state)
}

/// What the state file keeps of a session's quirks.
pub fn remembered_quirks(quirks: Quirks) -> state_store::Quirks {
    state_store::Quirks {
        limit_format: match quirks.limit_format {
            LimitFormat::Integer => state_store::LimitFormat::Integer,
            LimitFormat::TwoDecimals => state_store::LimitFormat::TwoDecimals,
        },
        tag_form: match quirks.tag_form {
            TagForm::Nested => state_store::TagForm::Nested,
            TagForm::Plain => state_store::TagForm::Plain,
        },
    }
}

/// A session's quirks, from what the state file kept.
pub fn session_quirks(quirks: state_store::Quirks) -> Quirks {
    Quirks {
        limit_format: match quirks.limit_format {
            state_store::LimitFormat::Integer => LimitFormat::Integer,
            state_store::LimitFormat::TwoDecimals => LimitFormat::TwoDecimals,
        },
        tag_form: match quirks.tag_form {
            state_store::TagForm::Nested => TagForm::Nested,
            state_store::TagForm::Plain => TagForm::Plain,
        },
    }
}

/// The kind of a client's error.
pub(crate) const fn error_kind(error: &Error) -> ErrorKind {
    match error {
        Error::OutOfRange { .. } => ErrorKind::BadInput,
        Error::Refused { .. } => ErrorKind::Refused,
        Error::Unconfirmed { .. } => ErrorKind::Unconfirmed,
        Error::NotSent { .. } | Error::Overloaded { .. } => ErrorKind::NotSent,
        Error::Connect { .. }
        | Error::ConnectTimeout { .. }
        | Error::Busy { .. }
        | Error::Silent { .. }
        | Error::Disconnected { .. }
        | Error::Broken { .. }
        | Error::Stalled { .. }
        | Error::Idle { .. }
        | Error::Unreadable { .. }
        | Error::OtherCharger { .. }
        | Error::NotConnected { .. }
        | Error::Closed { .. } => ErrorKind::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_state_table_holds() {
        for (code, expected, letter) in [
            (0, State::Available, Some('A')),
            (1, State::Connected, Some('B')),
            (2, State::Charging, Some('C')),
            (3, State::SuspendedByCharger, Some('B')),
            (4, State::SuspendedByVehicle, Some('B')),
            (5, State::Finished, Some('B')),
            (6, State::Reserved, Some('A')),
            (7, State::Fault, Some('F')),
            (8, State::Fault, Some('F')),
            (9, State::Unknown(9), None),
            (-1, State::Unknown(-1), None),
            (i32::MAX, State::Unknown(i32::MAX), None),
        ] {
            let got = state(ChargePointStatus::from(code));
            assert_eq!(got, expected, "code {code}");
            assert_eq!(got.iec_letter(None), letter, "code {code}");
        }
    }

    #[test]
    fn a_session_without_a_connection_is_offline() {
        let charging = Some(ChargePointStatus::Charging);
        assert_eq!(session_state(true, charging), State::Charging);
        assert_eq!(session_state(false, charging), State::Offline);
        assert_eq!(session_state(true, None), State::Unknown(NO_STATUS));
        assert_eq!(session_state(false, None), State::Offline);
    }

    #[test]
    fn quirks_survive_the_state_file() {
        for limit_format in [LimitFormat::Integer, LimitFormat::TwoDecimals] {
            for tag_form in [TagForm::Nested, TagForm::Plain] {
                let quirks = Quirks {
                    limit_format,
                    tag_form,
                };
                assert_eq!(session_quirks(remembered_quirks(quirks)), quirks);
            }
        }
    }
}
