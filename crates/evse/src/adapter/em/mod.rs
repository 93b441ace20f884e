//! EVSEMaster: what a charger reports and what it means in the model.

mod command;
mod event;
mod fault;
mod telemetry;

use std::net::SocketAddrV4;

use em_client::Error;
use em_client::proto::message::{ChargerState, OutputState, PlugState, Status};
use em_client::proto::session::{self, Info, RequestError, RequestFailure, Session};
use em_client::proto::{Command, Serial};

pub use command::{effect, start_request, stop_effect, whole_amps};
pub use event::events;
pub use fault::{fault, faults};
pub use telemetry::{Known, capabilities, device, limit_at, telemetry};

use crate::adapter::NO_STATUS;
use crate::address::Address;
use crate::error::ErrorKind;
use crate::model::{Identity, Protocol, State};
use crate::state_store::{Device, LiveLimit};

/// The facade's state for what is known of a charger. The first row that fits counts.
///
/// | condition | state | IEC 61851 |
/// | --- | --- | --- |
/// | nothing heard for a while | offline | none |
/// | PIN missing or refused | unauthenticated | none |
/// | no status yet | unknown ([`NO_STATUS`]) | none |
/// | any fault, emergency stop, state 1, 2 or 3 | fault | F |
/// | state 20 | reserved | A, or B with a car |
/// | output 1 | charging | C |
/// | plug 1 | available | A |
/// | state 14 or 18 | suspended by vehicle | B |
/// | state 15 or 17 | finished | B |
/// | state 10, 11, 12 or 13 | connected | B |
/// | other | unknown, with the state's number | none |
///
/// For the letter of a reservation, [`State::iec_letter`] wants to know whether the plug is
/// [connected](PlugState::is_connected).
pub fn state(is_online: bool, is_authorised: bool, status: Option<&Status>) -> State {
    if !is_online {
        return State::Offline;
    }
    if !is_authorised {
        return State::Unauthenticated;
    }
    let Some(status) = status else {
        return State::Unknown(NO_STATUS);
    };
    let state = status.current_state();
    if fault::is_faulty(state) || status.emergency_stop() || !status.faults.is_empty() {
        return State::Fault;
    }
    match state {
        ChargerState::Reserved => State::Reserved,
        _ if status.output == OutputState::On => State::Charging,
        _ if status.plug == PlugState::Disconnected => State::Available,
        ChargerState::Charging | ChargerState::StoppedByVehicle => State::SuspendedByVehicle,
        ChargerState::Completed | ChargerState::Full => State::Finished,
        ChargerState::WaitingForCard
        | ChargerState::WaitingForButton
        | ChargerState::Standby
        | ChargerState::Ready => State::Connected,
        other => State::Unknown(other.code().into()),
    }
}

/// [`state`] of a session: a PIN that was not tried yet counts as a good one.
pub fn session_state(session: &Session) -> State {
    state(
        session.is_online(),
        session.has_pin() && session.is_authorised() != Some(false),
        session.status().map(|report| &report.status),
    )
}

/// The identity of the charger with this serial number.
pub fn identity(serial: Serial) -> Identity {
    Identity::new(Protocol::Em, serial.to_string())
}

/// The address to remember a charger by.
pub fn address(at: SocketAddrV4) -> Address {
    Address::em(at.ip().to_string(), Some(at.port()))
}

/// What the state file keeps of a session's knowledge of new currents during a charge.
pub const fn remembered_live_limit(live_limit: session::LiveLimit) -> LiveLimit {
    match live_limit {
        session::LiveLimit::Unknown => LiveLimit::Unknown,
        session::LiveLimit::Yes => LiveLimit::Yes,
        session::LiveLimit::No => LiveLimit::No,
    }
}

/// A session's knowledge of new currents during a charge, from what the state file kept.
pub const fn session_live_limit(live_limit: LiveLimit) -> session::LiveLimit {
    match live_limit {
        LiveLimit::Unknown => session::LiveLimit::Unknown,
        LiveLimit::Yes => session::LiveLimit::Yes,
        LiveLimit::No => session::LiveLimit::No,
    }
}

/// What the state file keeps of what a charger said that it is; nothing while that is not known.
pub fn remembered_device(info: &Info) -> Option<Device> {
    (!info.model.is_empty()).then(|| Device {
        brand: info.brand.clone(),
        model: info.model.clone(),
        phases: info.phases,
        max_current_a: info.max_current_a,
    })
}

/// What a charger is, from what the state file kept.
pub fn session_info(device: &Device) -> Info {
    Info {
        brand: device.brand.clone(),
        model: device.model.clone(),
        phases: device.phases,
        max_current_a: device.max_current_a,
        ..Info::default()
    }
}

/// The kind of a client's error.
pub(crate) const fn error_kind(error: &Error) -> ErrorKind {
    match error {
        Error::NoMatch { .. }
        | Error::Ambiguous { .. }
        | Error::File { .. }
        | Error::Json { .. } => ErrorKind::BadInput,
        Error::PortTaken { .. }
        | Error::Bind { .. }
        | Error::NotHeard { .. }
        | Error::Unreachable { .. } => ErrorKind::Unreachable,
        // What was on its way may have been carried out.
        Error::NotRunning => ErrorKind::Unconfirmed,
        Error::NotSent { source, .. } => not_taken(source),
        Error::Failed { source, .. } => failed(source),
    }
}

const fn not_taken(error: &RequestError) -> ErrorKind {
    match error {
        RequestError::UnknownCharger | RequestError::NoAddress => ErrorKind::Unreachable,
        RequestError::NoPin | RequestError::WrongPin => ErrorKind::Unauthenticated,
        RequestError::InvalidArgument(_) => ErrorKind::BadInput,
        RequestError::NotWhileCharging => ErrorKind::Refused,
        RequestError::QueueFull(_) => ErrorKind::NotSent,
    }
}

const fn failed(failure: &RequestFailure) -> ErrorKind {
    match failure {
        // Questions change nothing.
        RequestFailure::NoAnswer {
            command: Command::LoginRequest | Command::StatusRequest | Command::ChargingRequest,
            ..
        }
        | RequestFailure::Incomplete { .. } => ErrorKind::Unreachable,
        RequestFailure::NoAnswer { .. }
        | RequestFailure::OutcomeUnknown { .. }
        | RequestFailure::Superseded { sent: true }
        | RequestFailure::Removed => ErrorKind::Unconfirmed,
        RequestFailure::Superseded { sent: false } => ErrorKind::NotSent,
        RequestFailure::WrongPin => ErrorKind::Unauthenticated,
        RequestFailure::CurrentUnknown | RequestFailure::InvalidArgument(_) => ErrorKind::BadInput,
        RequestFailure::StartRejected { .. }
        | RequestFailure::StopRejected { .. }
        | RequestFailure::EchoMismatch { .. }
        | RequestFailure::ClockUnknown
        | RequestFailure::NotPluggedIn
        | RequestFailure::AlreadyCharging
        | RequestFailure::ReservationPending { .. }
        | RequestFailure::Faulty { .. }
        | RequestFailure::NotCleared { .. }
        | RequestFailure::StartedAtOnce { .. } => ErrorKind::Refused,
    }
}

#[cfg(test)]
mod tests {
    use em_client::Peer;
    use em_client::proto::Password;
    use em_client::proto::frame::Datagram;
    use em_client::proto::message::Message;

    use super::*;

    /// A status with the codes of emergency stop, plug, output and state, and a fault word.
    fn status(codes: [u8; 4], faults: u32) -> Status {
        let mut payload = [0; 25];
        payload[17..21].copy_from_slice(&codes);
        payload[21..25].copy_from_slice(&faults.to_be_bytes());
        let datagram = Datagram::new(Serial::ZERO, Password::NONE, Command::StatusPush, &payload);
        match Message::decode(&datagram) {
            Ok(Message::StatusPush(status)) => status,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn every_row_of_the_state_table_holds() {
        // Emergency stop, plug, output, state; fault word; state and letter.
        for (codes, faults, expected, letter) in [
            ([1, 4, 2, 1], 0, State::Fault, Some('F')),
            ([1, 4, 1, 2], 0, State::Fault, Some('F')),
            ([1, 4, 1, 3], 0, State::Fault, Some('F')),
            ([0, 1, 2, 12], 0, State::Fault, Some('F')),
            ([1, 4, 1, 14], 0x0200_0000, State::Fault, Some('F')),
            ([1, 1, 2, 20], 1, State::Fault, Some('F')),
            ([1, 1, 2, 20], 0, State::Reserved, Some('A')),
            ([1, 0, 2, 20], 0, State::Reserved, Some('A')),
            ([1, 4, 2, 20], 0, State::Reserved, Some('B')),
            ([1, 4, 1, 20], 0, State::Reserved, Some('B')),
            ([1, 4, 1, 14], 0, State::Charging, Some('C')),
            ([1, 4, 1, 13], 0, State::Charging, Some('C')),
            ([1, 1, 1, 99], 0, State::Charging, Some('C')),
            ([1, 1, 2, 12], 0, State::Available, Some('A')),
            ([1, 1, 0, 12], 0, State::Available, Some('A')),
            ([1, 1, 2, 15], 0, State::Available, Some('A')),
            ([1, 4, 2, 14], 0, State::SuspendedByVehicle, Some('B')),
            ([1, 2, 0, 14], 0, State::SuspendedByVehicle, Some('B')),
            ([1, 16, 2, 14], 0, State::SuspendedByVehicle, Some('B')),
            ([1, 4, 2, 18], 0, State::SuspendedByVehicle, Some('B')),
            ([1, 4, 2, 15], 0, State::Finished, Some('B')),
            ([1, 4, 2, 17], 0, State::Finished, Some('B')),
            ([1, 4, 2, 10], 0, State::Connected, Some('B')),
            ([1, 4, 2, 11], 0, State::Connected, Some('B')),
            ([1, 2, 2, 13], 0, State::Connected, Some('B')),
            ([1, 3, 2, 12], 0, State::Connected, Some('B')),
            ([1, 4, 2, 99], 0, State::Unknown(99), None),
        ] {
            let status = status(codes, faults);
            let row = format!("{codes:?} {faults:#x}");
            let got = state(true, true, Some(&status));
            assert_eq!(got, expected, "{row}");
            let connected = Some(status.plug.is_connected());
            assert_eq!(got.iec_letter(connected), letter, "{row}");
            assert_eq!(state(false, true, Some(&status)), State::Offline);
            assert_eq!(state(true, false, Some(&status)), State::Unauthenticated);
        }
        assert_eq!(state(true, true, None), State::Unknown(NO_STATUS));
        assert_eq!(state(true, false, None), State::Unauthenticated);
        assert_eq!(state(false, false, None), State::Offline);
    }

    #[test]
    fn live_limits_survive_the_state_file() {
        for live_limit in [LiveLimit::Unknown, LiveLimit::Yes, LiveLimit::No] {
            let there = session_live_limit(live_limit);
            assert_eq!(remembered_live_limit(there), live_limit);
        }
    }

    #[test]
    fn errors_tell_whether_anything_may_have_happened() {
        let charger = Peer {
            serial: Serial::ZERO,
            address: None,
        };
        let no_answer = |command| RequestFailure::NoAnswer {
            command,
            waited: std::time::Duration::ZERO,
            last_seen: None,
        };
        for (source, expected) in [
            (no_answer(Command::StatusRequest), ErrorKind::Unreachable),
            (no_answer(Command::ChargeStop), ErrorKind::Unconfirmed),
            (
                RequestFailure::OutcomeUnknown { shows_none: true },
                ErrorKind::Unconfirmed,
            ),
            (RequestFailure::WrongPin, ErrorKind::Unauthenticated),
            (RequestFailure::AlreadyCharging, ErrorKind::Refused),
            (
                RequestFailure::Superseded { sent: true },
                ErrorKind::Unconfirmed,
            ),
            (
                RequestFailure::Superseded { sent: false },
                ErrorKind::NotSent,
            ),
            (RequestFailure::CurrentUnknown, ErrorKind::BadInput),
        ] {
            let error = Error::Failed { charger, source };
            assert_eq!(error_kind(&error), expected, "{error}");
        }
        for (source, expected) in [
            (RequestError::NoAddress, ErrorKind::Unreachable),
            (RequestError::NoPin, ErrorKind::Unauthenticated),
            (RequestError::NotWhileCharging, ErrorKind::Refused),
            (RequestError::QueueFull(32), ErrorKind::NotSent),
        ] {
            let error = Error::NotSent { charger, source };
            assert_eq!(error_kind(&error), expected, "{error}");
        }
    }
}
