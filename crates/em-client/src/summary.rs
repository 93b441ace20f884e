//! Readings in a line of text each, as a list of devices shows them.

use std::fmt;

use emproto::message::{ChargingStatus, Phase, Status};

/// Whether the emergency stop input is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// It is not.
    Ok,
    /// It is: the charger gives no power.
    EmergencyStop,
}

impl fmt::Display for Safety {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::EmergencyStop => "emergency stop active",
        })
    }
}

pub(crate) const fn safety(status: &Status) -> Safety {
    if status.emergency_stop() {
        Safety::EmergencyStop
    } else {
        Safety::Ok
    }
}

/// Charger and plug, such as `charging, locked`.
pub(crate) fn state(status: &Status) -> String {
    format!("{}, {}", status.current_state(), status.plug)
}

/// Voltage and current of each phase, such as `L1 230.1 V 15.98 A, L2 229.8 V 16.01 A`; what was not measured is left
/// out.
pub(crate) fn phases(status: &Status, count: Option<u8>) -> String {
    // Some single-phase chargers send zeros for the others.
    let phases = status.phases().zip(["L1", "L2", "L3"]);
    let phases = phases.take(count.unwrap_or(3).into());
    let texts: Vec<_> = phases.filter_map(|(phase, name)| of(phase, name)).collect();
    texts.join(", ")
}

fn of(phase: Phase, name: &str) -> Option<String> {
    let volts = phase.voltage_decivolts.get();
    let volts = volts.map(|volts| format!(" {}.{} V", volts / 10, volts % 10));
    let amps = phase.current_centiamps.get();
    let amps = amps.map(|amps| format!(" {} A", hundredths(amps)));
    let readings = [volts, amps].into_iter().flatten().reduce(|a, b| a + &b)?;
    Some(format!("{name}{readings}"))
}

/// Current, duration and energy that end or bound a charge, such as `16 A, 90 min, 10.00 kWh`; `none` without any.
pub(crate) fn limits(charge: &ChargingStatus) -> String {
    let current = charge.max_current_a.get().map(|amps| format!("{amps} A"));
    let duration = charge.max_duration_min.get();
    let duration = duration.map(|minutes| format!("{minutes} min"));
    let energy = charge.max_energy_centikwh.get();
    let energy = energy.map(|energy| format!("{} kWh", hundredths(energy)));
    let limits: Vec<_> = [current, duration, energy].into_iter().flatten().collect();
    if limits.is_empty() {
        return "none".to_owned();
    }
    limits.join(", ")
}

fn hundredths(number: u16) -> String {
    format!("{}.{:02}", number / 100, number % 100)
}

/// Whether a part of any of the texts is the filter, without regard to upper and lower case.
pub(crate) fn matches<'a>(filter: &str, texts: impl IntoIterator<Item = &'a str>) -> bool {
    let filter = filter.to_lowercase();
    texts
        .into_iter()
        .any(|text| text.to_lowercase().contains(&filter))
}

#[cfg(test)]
mod tests {
    use emproto::{
        Command, Password, Serial,
        frame::Datagram,
        message::{Message, Status},
    };

    use super::{Safety, limits, matches, phases, safety, state};

    fn decoded(command: Command, payload: &[u8]) -> Message {
        let datagram = Datagram::new(Serial::ZERO, Password::NONE, command, payload);
        Message::decode(&datagram).expect("a long enough payload")
    }

    fn status(payload: &[u8]) -> Status {
        match decoded(Command::StatusPush, payload) {
            Message::StatusPush(status) => status,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn phases_that_were_not_measured_are_left_out() {
        let mut payload = [0xFF; 33];
        payload[1..5].copy_from_slice(&[0x08, 0xFD, 0x06, 0x40]);
        payload[29..31].copy_from_slice(&[0x08, 0xFC]);
        payload[17..21].copy_from_slice(&[1, 4, 1, 14]);
        let status = status(&payload);
        assert_eq!(phases(&status, Some(3)), "L1 230.1 V 16.00 A, L3 230.0 V");
        assert_eq!(phases(&status, Some(1)), "L1 230.1 V 16.00 A");
        assert_eq!(state(&status), "charging, locked");
        assert_eq!(safety(&status), Safety::Ok);
    }

    #[test]
    fn an_active_emergency_stop_and_unknown_states_show() {
        let mut payload = [0xFF; 23];
        payload[17..21].copy_from_slice(&[0, 16, 2, 99]);
        let status = status(&payload);
        assert_eq!(safety(&status), Safety::EmergencyStop);
        assert_eq!(state(&status), "unknown (99), unknown (16)");
        assert_eq!(phases(&status, None), "");
    }

    #[test]
    fn limits_of_a_charge_name_what_is_limited() {
        let mut payload = [0xFF; 74];
        for (current, minutes, energy, expected) in [
            (16, 90, 1_000, "16 A, 90 min, 10.00 kWh"),
            (0xFF, 0, 5, "0.05 kWh"),
            (0, 0xFFFF, 0xFFFF_u16, "none"),
        ] {
            payload[46] = current;
            payload[20..22].copy_from_slice(&u16::to_be_bytes(minutes));
            payload[22..24].copy_from_slice(&energy.to_be_bytes());
            let Message::ChargingPush(charge) = decoded(Command::ChargingPush, &payload) else {
                unreachable!("it is one");
            };
            assert_eq!(limits(&charge), expected);
        }
    }

    #[test]
    fn a_filter_is_any_part_in_any_case() {
        assert!(matches("STAR", ["", "Telestar"]));
        assert!(matches("", ["x"]));
        assert!(!matches("garage", ["Telestar", "EC311S"]));
    }
}
