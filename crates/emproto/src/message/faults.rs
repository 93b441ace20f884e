//! The faults of a status.

use core::fmt;

use super::codes::open_enum;

open_enum! {
    /// A fault by its number. 16 to 23 have no names.
    ///
    /// Source: the vendor app, by two ports of it.
    Fault {
        RelayStuckL1 = 0 "relay_stuck_l1" "The relay of L1 is stuck.",
        RelayStuckL2 = 1 "relay_stuck_l2" "The relay of L2 is stuck.",
        RelayStuckL3 = 2 "relay_stuck_l3" "The relay of L3 is stuck.",
        Offline = 3 "offline" "Offline.",
        CcError = 4 "cc_error" "An error of the CC line.",
        CpError = 5 "cp_error" "An error of the control pilot.",
        EmergencyStop = 6 "emergency_stop" "The emergency stop is pressed.",
        OverTemperatureInside = 7 "over_temperature_inside" "Too hot inside.",
        OverTemperatureOutside = 8 "over_temperature_outside" "Too hot outside.",
        UnknownError = 9 "unknown_error" "An unknown error.",
        LeakageProtection = 10 "leakage_protection" "The residual current protection tripped.",
        ShortCircuit = 11 "short_circuit" "A short circuit.",
        OverCurrent = 12 "over_current" "The current was too high.",
        NotGrounded = 13 "not_grounded" "No earth.",
        OverVoltage = 14 "over_voltage" "The voltage is too high.",
        LowVoltage = 15 "low_voltage" "The voltage is too low.",
        NoVentilation = 24 "no_ventilation" "No ventilation.",
        InputPowerError = 25 "input_power_error" "An error of the supply.",
        MainsOverload = 26 "mains_overload" "The mains are overloaded (load balancing).",
        DiodeShortCircuit = 27 "diode_short_circuit" "The diode of the vehicle is shorted.",
        ClockFailure = 28 "clock_failure" "The clock fails.",
        FlashFailure = 29 "flash_failure" "The flash memory fails.",
        EepromFailure = 30 "eeprom_failure" "The EEPROM fails.",
        MeterFailure = 31 "meter_failure" "The meter fails.",
    }
}

/// A set of faults, as the 32 bits of a status.
///
/// Fault n is bit 31 − n: the vendor app takes positions in the binary text of the word, and the 16 bits of short
/// statuses fit only this way. Confidence: high.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Faults(pub u32);

impl Faults {
    /// No fault.
    pub const NONE: Self = Self(0);

    /// Whether there is no fault.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set has this fault.
    pub const fn contains(self, fault: Fault) -> bool {
        self.0 & bit(fault) != 0
    }

    /// The set with this fault too; a number above 31 changes nothing.
    #[must_use]
    pub const fn with(self, fault: Fault) -> Self {
        Self(self.0 | bit(fault))
    }

    /// The faults in ascending order.
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        (0..32_u8)
            .map(Fault::from)
            .filter(move |fault| self.contains(*fault))
    }
}

const fn bit(fault: Fault) -> u32 {
    match fault.code() {
        number @ 0..32 => 1 << (31 - number),
        _ => 0,
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        faults.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::{Fault, Faults};

    #[test]
    fn faults_count_from_the_most_significant_bit() {
        let pressed = Faults(0x0200_0000);
        assert_eq!(pressed.iter().collect::<Vec<_>>(), [Fault::EmergencyStop]);
        assert_eq!(pressed, Faults::NONE.with(Fault::EmergencyStop));
        let ends = Faults(0x8000_0001);
        assert_eq!(
            ends.iter().collect::<Vec<_>>(),
            [Fault::RelayStuckL1, Fault::MeterFailure]
        );
        assert_eq!(ends.iter().collect::<Faults>(), ends);
    }

    #[test]
    fn all_ones_are_all_faults() {
        assert_eq!(Faults(u32::MAX).iter().count(), 32);
        assert_eq!(Faults::NONE.with(Fault::Unknown(32)), Faults::NONE);
    }
}
