//! Tesla Gen2: what a unit reports and what it means in the model.

use twc_director::proto::message::PeripheralState;

use crate::model::State;

/// What [`State::Unknown`] holds before the first heartbeat: a number that no unit sends.
pub const NO_STATUS: i32 = -1;

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
