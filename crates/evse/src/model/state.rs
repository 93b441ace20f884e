//! The state of a charger, the same words for every protocol.

use std::fmt;

use crate::adapter::NO_STATUS;

/// What a charger is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// No fresh data: switched off, out of reach, or held by another program.
    Offline,
    /// Reachable, but our credentials are missing or refused.
    Unauthenticated,
    /// Ready, no car.
    Available,
    /// A car is plugged in, not charging.
    Connected,
    /// Power may flow.
    Charging,
    /// A session is open and the car does not draw.
    SuspendedByVehicle,
    /// A session is open and the charger does not offer current.
    SuspendedByCharger,
    /// The session has ended, the car is still plugged in.
    Finished,
    /// Kept for a schedule or a person.
    Reserved,
    /// The charger reports a fault or is out of service.
    Fault,
    /// A code that nobody has a name for.
    Unknown(i32),
}

impl State {
    /// The letter of IEC 61851-1: A no car, B car connected, C charging, F fault.
    ///
    /// `connected` is what is known of the plug; it decides for [`State::Reserved`] alone. `None` where no letter is
    /// true: offline, not authenticated, unknown.
    pub const fn iec_letter(self, connected: Option<bool>) -> Option<char> {
        match self {
            Self::Available => Some('A'),
            Self::Connected
            | Self::SuspendedByVehicle
            | Self::SuspendedByCharger
            | Self::Finished => Some('B'),
            Self::Charging => Some('C'),
            Self::Reserved => match connected {
                Some(true) => Some('B'),
                _ => Some('A'),
            },
            Self::Fault => Some('F'),
            Self::Offline | Self::Unauthenticated | Self::Unknown(_) => None,
        }
    }

    /// Whether power may flow.
    pub const fn is_charging(self) -> bool {
        matches!(self, Self::Charging)
    }

    /// Whether a session is open, whether or not the vehicle draws.
    pub const fn is_session_open(self) -> bool {
        matches!(
            self,
            Self::Charging | Self::SuspendedByVehicle | Self::SuspendedByCharger
        )
    }

    /// The state in words for people, such as `suspended by the vehicle`.
    pub fn text(self) -> String {
        match self {
            Self::SuspendedByVehicle => "suspended by the vehicle".to_owned(),
            Self::SuspendedByCharger => "suspended by the charger".to_owned(),
            Self::Unknown(NO_STATUS) => "not known yet".to_owned(),
            other => other.to_string(),
        }
    }

    /// The word used in JSON and on screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Unauthenticated => "unauthenticated",
            Self::Available => "available",
            Self::Connected => "connected",
            Self::Charging => "charging",
            Self::SuspendedByVehicle => "suspended_by_vehicle",
            Self::SuspendedByCharger => "suspended_by_charger",
            Self::Finished => "finished",
            Self::Reserved => "reserved",
            Self::Fault => "fault",
            Self::Unknown(_) => "unknown",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(raw) => write!(f, "unknown ({raw})"),
            other => f.write_str(other.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_follow_the_table() {
        for (state, expected) in [
            (State::Offline, None),
            (State::Unauthenticated, None),
            (State::Available, Some('A')),
            (State::Connected, Some('B')),
            (State::Charging, Some('C')),
            (State::SuspendedByVehicle, Some('B')),
            (State::SuspendedByCharger, Some('B')),
            (State::Finished, Some('B')),
            (State::Reserved, Some('A')),
            (State::Fault, Some('F')),
            (State::Unknown(42), None),
        ] {
            assert_eq!(state.iec_letter(None), expected, "{state}");
        }
        assert_eq!(State::Reserved.iec_letter(Some(true)), Some('B'));
        assert_eq!(State::Reserved.iec_letter(Some(false)), Some('A'));
    }
}
