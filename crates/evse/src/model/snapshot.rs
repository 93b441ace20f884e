//! Everything about a charger at one moment: what screens, home automations and gateways show.

use std::time::{Duration, SystemTime};

use super::{Capabilities, Device, Fault, Identity, State, Telemetry};
use crate::address::Address;
use crate::error::ErrorKind;

/// Everything about a charger at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Who it is.
    pub identity: Identity,
    /// What to call it.
    pub name: String,
    /// Where it is.
    pub address: Option<Address>,
    /// What it is.
    pub device: Device,
    /// What it is doing.
    pub state: State,
    /// Its last readings; see [`Snapshot::last_update`] for their age.
    pub telemetry: Telemetry,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What it reports as wrong.
    pub faults: Vec<Fault>,
    /// When the last readings came.
    pub last_update: Option<SystemTime>,
    /// Its reported limit is no older than this.
    pub limit_update: Option<SystemTime>,
    /// What last went wrong with it, however long ago.
    pub last_error: Option<LastError>,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// When.
    pub at: SystemTime,
    /// What kind of error.
    pub kind: ErrorKind,
    /// What happened and what to try.
    pub text: String,
}

impl Snapshot {
    /// Whether it is heard, whatever it says.
    pub fn is_connected(&self) -> bool {
        self.state != State::Offline
    }

    /// Whether it takes our credentials; `None` while it is offline.
    pub fn is_auth_ok(&self) -> Option<bool> {
        self.is_connected()
            .then_some(self.state != State::Unauthenticated)
    }

    /// Whether power may flow.
    pub const fn is_charging(&self) -> bool {
        self.state.is_charging()
    }

    /// Whether a session is open: it is on, whether or not the vehicle draws.
    pub const fn is_on(&self) -> bool {
        self.state.is_session_open()
    }

    /// Whether a vehicle is plugged in.
    pub const fn is_vehicle_connected(&self) -> Option<bool> {
        self.telemetry.vehicle_connected
    }

    /// The letter of IEC 61851-1.
    pub const fn iec_letter(&self) -> Option<char> {
        self.state.iec_letter(self.telemetry.vehicle_connected)
    }

    /// How long the session has lasted.
    pub fn session_duration(&self) -> Option<Duration> {
        self.telemetry.session?.length
    }

    /// See [`Telemetry::phase_summary`].
    pub fn phase_summary(&self) -> String {
        self.telemetry.phase_summary()
    }

    /// See [`Telemetry::limits_text`].
    pub fn limits_text(&self) -> String {
        self.telemetry.limits_text()
    }

    /// State and plug, such as `charging, vehicle connected`.
    pub fn state_summary(&self) -> String {
        let state = self.state.text();
        match self.telemetry.vehicle_connected {
            Some(true) => format!("{state}, vehicle connected"),
            Some(false) => format!("{state}, no vehicle"),
            None => state,
        }
    }

    /// One line for a person: what it does and how much, or why it does not.
    pub fn status_text(&self) -> String {
        let state = self.state.text();
        match self.state {
            State::Charging => {
                let power = self.telemetry.power.map(|power| power.to_string());
                let limit = self.telemetry.limit.effective;
                let limit = limit.map(|limit| format!("limit {limit}"));
                [Some(state), power, limit]
                    .into_iter()
                    .flatten()
                    .reduce(|a, b| a + ", " + &b)
                    .unwrap_or_default()
            }
            State::Fault if !self.faults.is_empty() => {
                let faults: Vec<_> = self.faults.iter().map(|fault| &*fault.text).collect();
                format!("{state}: {}", faults.join(", "))
            }
            State::Offline | State::Unauthenticated => match &self.last_error {
                Some(error) => format!("{state}: {}", error.text),
                None => state,
            },
            _ => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;
    use crate::units::{Milliamps, Watts};

    fn snapshot(state: State) -> Snapshot {
        Snapshot {
            identity: Identity::new(Protocol::Custom("acme"), "1234"),
            name: "garage".to_owned(),
            address: None,
            device: Device::default(),
            state,
            telemetry: Telemetry::default(),
            capabilities: Capabilities::default(),
            faults: Vec::new(),
            last_update: None,
            limit_update: None,
            last_error: None,
        }
    }

    #[test]
    fn a_status_is_one_line_for_a_person() {
        let mut charging = snapshot(State::Charging);
        assert_eq!(charging.status_text(), "charging");
        charging.telemetry.power = Some(Watts(3_680));
        charging.telemetry.limit.effective = Some(Milliamps(16_000));
        assert_eq!(charging.status_text(), "charging, 3680 W, limit 16 A");

        let mut fault = snapshot(State::Fault);
        assert_eq!(fault.status_text(), "fault");
        fault.faults = vec![
            Fault::new(14, "over_voltage", "the voltage is too high"),
            Fault::unknown(20),
        ];
        assert_eq!(
            fault.status_text(),
            "fault: the voltage is too high, fault 20, which has no name"
        );

        let mut offline = snapshot(State::Offline);
        assert_eq!(offline.status_text(), "offline");
        offline.last_error = Some(LastError {
            at: SystemTime::UNIX_EPOCH,
            kind: ErrorKind::Unreachable,
            text: "check its Wi-Fi".to_owned(),
        });
        assert_eq!(offline.status_text(), "offline: check its Wi-Fi");
        let suspended = snapshot(State::SuspendedByVehicle);
        assert_eq!(suspended.status_text(), "suspended by the vehicle");
    }

    #[test]
    fn connected_and_authorised_follow_the_state() {
        for (state, connected, auth_ok, on) in [
            (State::Offline, false, None, false),
            (State::Unauthenticated, true, Some(false), false),
            (State::Available, true, Some(true), false),
            (State::Charging, true, Some(true), true),
            (State::SuspendedByCharger, true, Some(true), true),
            (State::Reserved, true, Some(true), false),
        ] {
            let snapshot = snapshot(state);
            assert_eq!(snapshot.is_connected(), connected, "{state}");
            assert_eq!(snapshot.is_auth_ok(), auth_ok, "{state}");
            assert_eq!(snapshot.is_on(), on, "{state}");
        }
    }

    #[test]
    fn a_summary_tells_state_and_plug() {
        let mut snapshot = snapshot(State::Reserved);
        assert_eq!(snapshot.state_summary(), "reserved");
        assert_eq!(snapshot.iec_letter(), Some('A'));
        snapshot.telemetry.vehicle_connected = Some(true);
        assert_eq!(snapshot.state_summary(), "reserved, vehicle connected");
        assert_eq!(snapshot.iec_letter(), Some('B'));
        snapshot.telemetry.vehicle_connected = Some(false);
        assert_eq!(snapshot.state_summary(), "reserved, no vehicle");
    }
}
