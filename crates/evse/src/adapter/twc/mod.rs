//! Tesla Gen2: what a unit reports and what it means in the model.

mod event;
mod telemetry;

use std::time::Duration;

use twc_director::Error;
use twc_director::proto::Address;
use twc_director::proto::message::{PeripheralState, SerialNumber};
use twc_director::proto::session::{LifeCycle, Peripheral, RequestError, RequestFailure};

pub use event::events;
pub use telemetry::{capabilities, device, effect, faults, telemetry};

use crate::adapter::NO_STATUS;
use crate::error::ErrorKind;
use crate::model::{Identity, Protocol, State};

/// What is known of a unit, as far as its state hangs on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// It is heard.
    pub is_online: bool,
    /// What it said last; `None` before its first heartbeat.
    pub state: Option<PeripheralState>,
    /// The last of its states that tell of the vehicle: 05, 06, 07, 09 and 0A hide it.
    pub last_vehicle_state: Option<PeripheralState>,
    /// Whether a vehicle is plugged in, as far as that is known.
    pub is_connected: Option<bool>,
    /// A vehicle has charged since it was plugged in.
    pub has_charged: bool,
    /// We opened the contactors.
    pub is_opened: bool,
}

/// The facade's state for what is known of a unit. The first row that fits counts.
///
/// | condition | state | IEC 61851 |
/// | --- | --- | --- |
/// | nothing heard for a while | offline | none |
/// | no heartbeat yet | unknown ([`NO_STATUS`]) | none |
/// | state 02 | fault | F |
/// | contactors opened by us, a vehicle not known to have left | suspended by charger | B |
/// | state 01 or 08 | charging | C |
/// | state 03, after a charge of the same plug-in | suspended by vehicle | B |
/// | state 03 otherwise, state 04 | connected | B |
/// | state 00, a vehicle plugged in | connected | B |
/// | state 00 otherwise | available | A |
/// | state 05, 06, 07, 09 or 0A | as the last state that tells of the vehicle | |
/// | other | unknown, with the state's number | none |
///
/// That a charge has finished cannot be told from a pause of the vehicle, and nothing can be reserved on this bus.
pub fn state(known: Known) -> State {
    if !known.is_online {
        return State::Offline;
    }
    let Some(state) = known.state else {
        return State::Unknown(NO_STATUS);
    };
    if state == PeripheralState::Error {
        return State::Fault;
    }
    if known.is_opened && known.is_connected != Some(false) {
        return State::SuspendedByCharger;
    }
    let shown = match state {
        PeripheralState::Unknown(code) => return State::Unknown(code.into()),
        state if state.tells_of_vehicle() => state,
        _ => known.last_vehicle_state.unwrap_or(state),
    };
    match shown {
        PeripheralState::Charging | PeripheralState::Starting => State::Charging,
        PeripheralState::PluggedNotCharging if known.has_charged => State::SuspendedByVehicle,
        PeripheralState::PluggedNotCharging | PeripheralState::PluggedReady => State::Connected,
        PeripheralState::Ready if known.is_connected == Some(true) => State::Connected,
        PeripheralState::Ready => State::Available,
        other => State::Unknown(other.code().into()),
    }
}

/// What [`state`] wants to know of a unit.
pub fn known(unit: &Peripheral) -> Known {
    Known {
        // The life cycle stands still while the port is closed.
        is_online: unit.life != LifeCycle::Lost && unit.last_seen.elapsed() < LOST,
        state: unit.state,
        last_vehicle_state: unit.vehicle_state,
        is_connected: unit.vehicle_present(),
        has_charged: unit.has_charged,
        is_opened: unit.contactors.is_some_and(|command| command.open),
    }
}

/// A unit that was silent for so long is lost. Source: a real controller, `TWCManager`.
const LOST: Duration = Duration::from_secs(26);

/// The identity of the unit with this serial number.
pub fn identity(serial: &SerialNumber) -> Identity {
    Identity::new(Protocol::Twc, serial.to_string())
}

/// The identity of a unit whose firmware does not tell its serial number: its id on the bus, by default the last four
/// digits of that.
pub fn nameless(unit: Address) -> Identity {
    Identity::new(Protocol::Twc, unit.to_string())
}

/// The kind of a director's error.
pub(crate) const fn error_kind(error: &Error) -> ErrorKind {
    match error {
        Error::Permission { .. }
        | Error::NoSuchPort { .. }
        | Error::Busy { .. }
        | Error::Open { .. }
        | Error::Rs485 { .. }
        | Error::Gateway { .. }
        | Error::Silent { .. }
        | Error::Lost { .. } => ErrorKind::Unreachable,
        // What was on its way may have been carried out.
        Error::NotRunning => ErrorKind::Unconfirmed,
        Error::NotSent { source } => not_taken(source),
        Error::Failed { source, .. } => failed(*source),
    }
}

const fn not_taken(error: &RequestError) -> ErrorKind {
    match error {
        RequestError::UnknownUnit(_) | RequestError::NotLinked(_) | RequestError::Closed => {
            ErrorKind::Unreachable
        }
        RequestError::BelowFloor { .. } => ErrorKind::BadInput,
        RequestError::ListenOnly
        | RequestError::ForeignController(_)
        | RequestError::IdInUse(_)
        | RequestError::NoVehicle(_)
        | RequestError::ContactorsOpen(_)
        | RequestError::NotCharging(_)
        | RequestError::NoCapacity { .. } => ErrorKind::Refused,
        RequestError::TooSoon { .. } => ErrorKind::HeldBack,
        RequestError::Stopped | RequestError::QueueFull(_) => ErrorKind::NotSent,
    }
}

const fn failed(failure: RequestFailure) -> ErrorKind {
    match failure {
        RequestFailure::OutcomeUnknown
        | RequestFailure::ForeignController { sent: true }
        | RequestFailure::UnitLost { sent: true }
        | RequestFailure::Closed { sent: true }
        | RequestFailure::Stopped { sent: true } => ErrorKind::Unconfirmed,
        RequestFailure::NotCharging | RequestFailure::NoCapacity => ErrorKind::Refused,
        RequestFailure::NotSent
        | RequestFailure::Superseded
        | RequestFailure::ForeignController { sent: false }
        | RequestFailure::UnitLost { sent: false }
        | RequestFailure::Closed { sent: false }
        | RequestFailure::Stopped { sent: false } => ErrorKind::NotSent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_state_table_holds() {
        let known = |code: u8| Known {
            is_online: true,
            state: Some(code.into()),
            ..Known::default()
        };
        let connected = |code| Known {
            is_connected: Some(true),
            ..known(code)
        };
        let charged = |code| Known {
            has_charged: true,
            ..connected(code)
        };
        let hiding = |code: u8, last: u8| Known {
            last_vehicle_state: Some(last.into()),
            ..connected(code)
        };
        let opened = |code, is_connected| Known {
            is_opened: true,
            is_connected,
            ..known(code)
        };
        for (known, expected, letter) in [
            (Known::default(), State::Offline, None),
            (
                Known {
                    is_online: false,
                    ..connected(1)
                },
                State::Offline,
                None,
            ),
            (
                Known {
                    state: None,
                    ..known(0)
                },
                State::Unknown(NO_STATUS),
                None,
            ),
            (connected(2), State::Fault, Some('F')),
            (opened(2, Some(true)), State::Fault, Some('F')),
            (opened(3, Some(true)), State::SuspendedByCharger, Some('B')),
            (opened(0, None), State::SuspendedByCharger, Some('B')),
            (opened(0, Some(false)), State::Available, Some('A')),
            (connected(1), State::Charging, Some('C')),
            (known(1), State::Charging, Some('C')),
            (connected(8), State::Charging, Some('C')),
            (charged(3), State::SuspendedByVehicle, Some('B')),
            (connected(3), State::Connected, Some('B')),
            (charged(4), State::Connected, Some('B')),
            (connected(0), State::Connected, Some('B')),
            (charged(0), State::Connected, Some('B')),
            (known(0), State::Available, Some('A')),
            (hiding(5, 1), State::Charging, Some('C')),
            (hiding(6, 1), State::Charging, Some('C')),
            (hiding(7, 8), State::Charging, Some('C')),
            (hiding(9, 1), State::Charging, Some('C')),
            (hiding(0x0A, 1), State::Charging, Some('C')),
            (hiding(9, 4), State::Connected, Some('B')),
            (connected(9), State::Unknown(9), None),
            (connected(0x0F), State::Unknown(15), None),
            (hiding(0x0F, 1), State::Unknown(15), None),
        ] {
            let got = state(known);
            assert_eq!(got, expected, "{known:?}");
            assert_eq!(got.iec_letter(known.is_connected), letter, "{known:?}");
        }
    }
}
