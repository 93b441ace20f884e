//! The two codes that clients decide by, as open enums.

use core::fmt;

/// A Rust enum for wire codes from 0 on, with the field's names; other codes are kept.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A code without a name.
            Unknown(i32),
        }

        impl $name {
            /// All named codes, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The OCPP name, or `None` for an unknown code.
            pub const fn ocpp_name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($text),)*
                    Self::Unknown(_) => None,
                }
            }
        }

        impl From<i32> for $name {
            fn from(code: i32) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<$name> for i32 {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => $code,)*
                    $name::Unknown(code) => code,
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.ocpp_name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "Unknown({:#x})", i32::from(*self)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.ocpp_name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "Unknown ({})", i32::from(*self)),
                }
            }
        }
    };
}

open_enum! {
    /// State of the charging point: `StatusNotificationReq` field 4 and vendor status field 17.
    ///
    /// Source: captures for 0, 2 and 5; several clients agree on the rest.
    ChargePointStatus {
        /// No vehicle (IEC 61851 state A).
        Available = 0 "Available",
        /// A vehicle is connected, nothing runs yet (B).
        Preparing = 1 "Preparing",
        /// Power may flow (C).
        Charging = 2 "Charging",
        /// The charger holds back (B or C); shown as "Cooling" by older clients.
        SuspendedEvse = 3 "SuspendedEVSE",
        /// The vehicle takes nothing (B).
        SuspendedEv = 4 "SuspendedEV",
        /// The session is over, the vehicle still connected (B). It can stay after unplugging.
        Finishing = 5 "Finishing",
        /// Reserved (A); shown as "Holiday" by older clients.
        Reserved = 6 "Reserved",
        /// Out of order by command.
        Unavailable = 7 "Unavailable",
        /// A fault: see the error code (F).
        Faulted = 8 "Faulted",
    }
}

impl ChargePointStatus {
    /// Whether a session is going on or has just ended, with the vehicle connected, by this code alone.
    pub const fn is_connected(self) -> bool {
        matches!(
            self,
            Self::Preparing
                | Self::Charging
                | Self::SuspendedEvse
                | Self::SuspendedEv
                | Self::Finishing
        )
    }

    /// The name that the Python library duosida-ev prints; its names come from the vendor's cloud.
    pub const fn seed_name(self) -> &'static str {
        match self {
            Self::Available => "Available",
            Self::Preparing => "Preparing",
            Self::Charging => "Charging",
            Self::SuspendedEvse => "Cooling",
            Self::SuspendedEv => "SuspendedEV",
            Self::Finishing => "Finished",
            Self::Reserved => "Holiday",
            Self::Unavailable => "Unavailable",
            Self::Faulted => "Faulted",
            Self::Unknown(_) => "Unknown",
        }
    }
}

open_enum! {
    /// Error code: `StatusNotificationReq` field 2. Every code but [`ErrorCode::NoError`] is a fault.
    ///
    /// Source: OCPP 1.6; a capture for 6. From 9 on sources disagree (the order of the OCPP text against that of its
    /// JSON schema); these names follow the text. Show the number beside the name.
    ErrorCode {
        /// The connector cannot be locked or unlocked.
        ConnectorLockFailure = 0 "ConnectorLockFailure",
        /// Communication with the vehicle failed.
        EvCommunicationError = 1 "EVCommunicationError",
        /// A residual current or missing earth.
        GroundFailure = 2 "GroundFailure",
        /// Too hot.
        HighTemperature = 3 "HighTemperature",
        /// Error in the charger's hard- or software.
        InternalError = 4 "InternalError",
        /// The local authorisation list conflicts.
        LocalListConflict = 5 "LocalListConflict",
        /// No error.
        NoError = 6 "NoError",
        /// Another error; the vendor's code tells more.
        OtherError = 7 "OtherError",
        /// Over-current protection tripped.
        OverCurrentFailure = 8 "OverCurrentFailure",
        /// Voltage too high (disputed code).
        OverVoltage = 9 "OverVoltage",
        /// The meter fails (disputed code).
        PowerMeterFailure = 10 "PowerMeterFailure",
        /// The contactor fails (disputed code).
        PowerSwitchFailure = 11 "PowerSwitchFailure",
        /// The card reader fails (disputed code).
        ReaderFailure = 12 "ReaderFailure",
        /// A reset failed (disputed code).
        ResetFailure = 13 "ResetFailure",
        /// Voltage too low (disputed code).
        UnderVoltage = 14 "UnderVoltage",
        /// Weak radio signal.
        WeakSignal = 15 "WeakSignal",
    }
}
