//! The contents of messages with more than one field.

use core::fmt;

use super::{Action, PeripheralState};
use crate::Address;

/// How a unit introduces itself: FC E1, FB E2 and FD E2.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 2..4 | sender | |
/// | 4 | session | drawn at power-up, kept until the next reset |
/// | 5..7 | maximum | cA |
///
/// Source: captures; confidence high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Presence {
    /// Who it is.
    pub sender: Address,
    /// Another number means that the unit has restarted.
    pub session: u8,
    /// The most the hardware can give, 0.01 A: 3200 in Europe, 8000 in the USA. Real controllers say 0.
    pub max_current_ca: u16,
}

/// What a controller tells a peripheral: FB E0.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 2..4 | sender | |
/// | 4..6 | recipient | |
/// | 6 | action | [`Action`] |
/// | 7..9 | limit | cA, for actions 05, 08 and 09; for 02 the first byte holds [`ControllerHeartbeat::error_bits`] |
/// | 9 | plugged | 1 when the controller itself has a vehicle |
///
/// Source: captures; one source for the last field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ControllerHeartbeat {
    /// The controller.
    pub sender: Address,
    /// The peripheral.
    pub recipient: Address,
    /// What it shall do.
    pub action: Action,
    /// A limit, 0.01 A. Units take any value: nothing in them protects the wiring.
    pub current_ca: u16,
    /// Whether a vehicle is plugged into the controller.
    pub controller_plugged: bool,
}

impl ControllerHeartbeat {
    /// What is wrong, if the action is [`Action::Error`]: bit 0 the rotary switch, bit 1 too many peripherals, bit 2
    /// different maximum currents.
    pub const fn error_bits(&self) -> Option<u8> {
        match self.action {
            Action::Error => Some(self.current_ca.to_be_bytes()[0]),
            _ => None,
        }
    }
}

/// What a peripheral answers: FD E0.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 2..4 | sender | |
/// | 4..6 | recipient | |
/// | 6 | state | [`PeripheralState`] |
/// | 7..9 | available | cA |
/// | 9..11 | delivered | cA |
///
/// Source: captures; confidence high.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeripheralHeartbeat {
    /// The peripheral.
    pub sender: Address,
    /// The controller; 0 was seen once.
    pub recipient: Address,
    /// What it does.
    pub state: PeripheralState,
    /// The limit that it has accepted, 0.01 A; 0 when it has none or asks for one.
    pub current_available_ca: u16,
    /// What the vehicle draws, 0.01 A; measured. An idle unit may show a little, such as 25.
    pub current_delivered_ca: u16,
}

/// Meter readings: FD EB.
///
/// | bytes | field | meaning |
/// | --- | --- | --- |
/// | 4..8 | energy | kWh on most units |
/// | 8..14 | voltages | V, three phases, 16 bits each |
/// | 14..17 | currents | half-amps, three phases; old firmware sends the first only |
///
/// Source: captures; three-phase data from one publication. Confidence high for the layout, medium for the energy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Meter {
    /// Energy of all time as counted: kWh where it was checked, implausible on some units.
    pub energy_raw: u32,
    /// Phases L1, L2 and L3, V; 0 for one that is not connected.
    pub volts: [u16; 3],
    /// Phases L1, L2 and L3, in half-amps; old firmware does not say the second and the third.
    pub half_amps: [Option<u8>; 3],
}

/// A firmware version, such as 4.5.10.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FirmwareVersion {
    /// The first number.
    pub release: u8,
    /// The second number.
    pub major: u8,
    /// The third number.
    pub minor: u8,
    /// The fourth number; legacy replies have none.
    pub patch: Option<u8>,
}

impl fmt::Display for FirmwareVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.release, self.major, self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}
