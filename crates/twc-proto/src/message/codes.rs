//! Codes as open enums: a name, or the number.

use core::fmt;

/// An enum for one-byte codes, with names in `snake_case`; other codes are kept.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal $text:literal $variant_doc:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $variant_doc] $variant,)*
            /// A code without a name.
            Unknown(u8),
        }

        impl $name {
            /// All named codes, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in `snake_case`; `unknown` for a code without one.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(_) => "unknown",
                }
            }

            /// The code on the wire.
            pub const fn code(self) -> u8 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(code) => code,
                }
            }
        }

        impl From<u8> for $name {
            #[inline]
            fn from(code: u8) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }
        }

        impl From<$name> for u8 {
            fn from(value: $name) -> Self {
                value.code()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Unknown(code) => write!(f, "Unknown({code:#04x})"),
                    _ => f.write_str(self.name()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Self::Unknown(code) => write!(f, "unknown ({code:02X})"),
                    _ => f.write_str(self.name()),
                }
            }
        }
    };
}

open_enum! {
    /// What a peripheral does: byte 6 of its heartbeat.
    ///
    /// Source: captures for 00, 02 and 08; several implementations for the rest; 0F was seen once.
    PeripheralState {
        Ready = 0x00 "ready" "Idle. A vehicle may or may not be plugged in: a full or sleeping one is.",
        Charging = 0x01 "charging" "A vehicle charges.",
        Error = 0x02 "error" "An error, such as no controller for too long. Current may still flow.",
        PluggedNotCharging = 0x03 "plugged_not_charging" "Plugged in: just now, or after the vehicle stopped or is full.",
        PluggedReady = 0x04 "plugged_ready" "Plugged in and ready, or waiting for a schedule; asks for a limit when it has none.",
        Busy = 0x05 "busy" "For about a second, within any other state.",
        Increasing = 0x06 "increasing" "The answer to [`Action::Increase`].",
        Decreasing = 0x07 "decreasing" "The answer to [`Action::Decrease`].",
        Starting = 0x08 "starting" "The current ramps up; asks for a limit when it has none.",
        Limiting = 0x09 "limiting" "The answer to [`Action::SetSessionCurrent`]; says nothing about the vehicle.",
        AdjustmentComplete = 0x0A "adjustment_complete" "The end of an increase or a decrease.",
    }
}

impl PeripheralState {
    /// Whether the state says something about the vehicle. 05, 06, 07, 09 and 0A hide what it does, and unknown codes
    /// may.
    pub const fn tells_of_vehicle(self) -> bool {
        matches!(
            self,
            Self::Ready
                | Self::Charging
                | Self::Error
                | Self::PluggedNotCharging
                | Self::PluggedReady
                | Self::Starting
        )
    }
}

open_enum! {
    /// What a controller wants of a peripheral: byte 6 of its heartbeat.
    ///
    /// Source: several implementations; captures for 00 and 09.
    Action {
        None = 0x00 "none" "Nothing but an answer. The first one claims the peripheral.",
        Error = 0x02 "error" "Latches an error that only the reset button or a power cycle ends. Never to be sent.",
        SetInitialCurrent = 0x05 "set_initial_current" "The limit with which a charge starts; in protocol version 1 the running one too.",
        Increase = 0x06 "increase" "2 A more, for good.",
        Decrease = 0x07 "decrease" "2 A less, for about ten seconds.",
        AcknowledgeStartOrStop = 0x08 "acknowledge_start_or_stop" "The limit for a charge that is starting.",
        SetSessionCurrent = 0x09 "set_session_current" "The running limit; protocol version 2 only.",
    }
}

open_enum! {
    /// Whether a cable is in a vehicle. The only clear answer to that, for any make of vehicle.
    ///
    /// Source: several implementations; 2 has been seen, its meaning is not known.
    PlugState {
        Unplugged = 0x00 "unplugged" "No vehicle.",
        Charging = 0x01 "charging" "A vehicle charges.",
        Plugged = 0x03 "plugged_not_charging" "A vehicle that does not charge.",
    }
}
