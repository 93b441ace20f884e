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

            /// The name in `snake_case`, or `None` for an unknown code.
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($text),)*
                    Self::Unknown(_) => None,
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
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "Unknown({:#04x})", self.code()),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.name() {
                    Some(name) => f.write_str(name),
                    None => write!(f, "unknown ({})", self.code()),
                }
            }
        }
    };
}
pub(super) use open_enum;

open_enum! {
    /// State of the charger: status byte 20, charging status byte 1.
    ///
    /// Source: live observation for 12, 13, 14 and 20; the vendor app and other clients for the rest.
    ChargerState {
        Fault = 1 "fault" "The charger is faulty.",
        ChargingFault2 = 2 "charging_fault_2" "A fault while charging.",
        ChargingFault3 = 3 "charging_fault_3" "A fault while charging.",
        WaitingForCard = 10 "waiting_for_card" "Waits for an RFID card.",
        WaitingForButton = 11 "waiting_for_button" "Waits for its button.",
        Standby = 12 "standby" "No vehicle.",
        Ready = 13 "ready" "A vehicle is plugged in; also after a session.",
        Charging = 14 "charging" "A session runs; the vehicle may still hold back.",
        Completed = 15 "completed" "The charger has ended the session. An immediate start needs a stop first.",
        Full = 17 "full" "The battery is full. An immediate start needs a stop first.",
        StoppedByVehicle = 18 "stopped_by_vehicle" "The vehicle has ended the session.",
        Reserved = 20 "reserved" "A reservation is pending, with or without a vehicle.",
    }
}

open_enum! {
    /// State of the plug: status byte 18. 3 and 16 have been seen; their meaning is unknown.
    PlugState {
        Disconnected = 1 "disconnected" "No vehicle.",
        Connected = 2 "connected" "Plugged in, not locked.",
        Locked = 4 "locked" "Plugged in and locked.",
    }
}

impl PlugState {
    /// Whether a vehicle is connected: any code but 0 and 1.
    pub const fn is_connected(self) -> bool {
        !matches!(self.code(), 0 | 1)
    }
}

open_enum! {
    /// Whether there is power on the plug: status byte 19.
    OutputState {
        Idle = 0 "idle" "Idle, on some models.",
        On = 1 "on" "Power is on.",
        Off = 2 "off" "Power is off.",
    }
}

open_enum! {
    /// How charging may be started ("offline charge").
    StartMethod {
        AppAndButton = 0 "app_and_button" "Anyone standing at the charger can start.",
        AppOnly = 1 "app_only" "Only a client can start.",
        Automatic = 2 "automatic" "Starts when plugged in. Sources disagree.",
    }
}

open_enum! {
    /// Language of the display. Sources disagree on 8.
    Language {
        English = 1 "english" "English.",
        Italian = 2 "italian" "Italian.",
        German = 3 "german" "German.",
        French = 4 "french" "French.",
        Spanish = 5 "spanish" "Spanish.",
        Hebrew = 6 "hebrew" "Hebrew.",
        Polish = 7 "polish" "Polish.",
        Turkish = 8 "turkish" "Turkish; Chinese by other sources.",
        Chinese = 9 "chinese" "Chinese.",
    }
}

open_enum! {
    /// Temperature unit of the display; readings are always Celsius.
    TemperatureUnit {
        Celsius = 1 "celsius" "°C.",
        Fahrenheit = 2 "fahrenheit" "°F.",
    }
}

open_enum! {
    /// What began a session.
    StartType {
        App = 1 "app" "A client.",
        PlugAndCharge = 3 "plug_and_charge" "Plugging in.",
        WeeklyPlan = 4 "weekly_plan" "The weekly plan.",
    }
}

open_enum! {
    /// Kind of a session. 2 has been seen in a record of a weekly plan.
    ChargeType {
        Normal = 1 "normal" "The usual one.",
        SinglePhase = 11 "single_phase" "Forces one phase where the model can. Sources disagree.",
    }
}

open_enum! {
    /// Why a session ended.
    StopReason {
        ReservationCancelled = 0 "reservation_cancelled" "The reservation was cancelled.",
        ReservationWithoutPlug = 1 "reservation_without_plug" "Its time came and no vehicle was plugged in.",
        App = 11 "app" "A client.",
        Card = 12 "card" "An RFID card.",
        Full = 13 "full" "The battery is full.",
        FeeLimitOrAutomatic = 14 "fee_limit_or_automatic" "The fee limit, or an automatic stop: sources disagree.",
        EnergyLimit = 15 "energy_limit" "The energy limit.",
        TimeLimit = 16 "time_limit" "The time limit.",
        Unplugged = 17 "unplugged" "The vehicle was unplugged.",
        PowerFailure = 18 "power_failure" "A power failure.",
        OverCurrent = 19 "over_current" "The current was too high.",
        ShortCircuit = 20 "short_circuit" "A short circuit.",
        BoardTooHot = 21 "board_too_hot" "The board was too hot.",
        PlugTooHot = 22 "plug_too_hot" "The plug was too hot.",
        EmergencyStop = 23 "emergency_stop" "The emergency stop.",
        Key = 24 "key" "A key.",
        Over48Hours = 30 "over_48_hours" "It lasted more than 48 h.",
        Over400Kwh = 31 "over_400_kwh" "More than 400 kWh.",
        OverFee400 = 32 "over_fee_400" "More than 400 units of currency.",
        PowerLoss = 255 "power_loss" "Power was lost.",
    }
}

open_enum! {
    /// What became of a start's time.
    ReservationResult {
        StartedNow = 0 "started_now" "An immediate start.",
        Reserved = 1 "reserved" "The reservation is made.",
        NotSupported = 2 "not_supported" "The charger knows no reservations.",
        MoreThan24Hours = 3 "more_than_24_hours" "More than 24 h ahead by the charger's clock.",
        InThePast = 4 "in_the_past" "In the past by the charger's clock: charging started at once.",
        SystemError = 5 "system_error" "An error in the charger.",
        ReservationExists = 6 "reservation_exists" "There is a reservation already.",
        AlreadyCharging = 7 "already_charging" "A session runs already.",
        BadFee = 8 "bad_fee" "A bad fee limit.",
        BadEnergy = 9 "bad_energy" "A bad energy limit.",
        BadTime = 10 "bad_time" "A bad time limit.",
    }
}

open_enum! {
    /// Why a start failed.
    StartError {
        None = 0 "none" "It did not fail.",
        NotPluggedIn = 1 "not_plugged_in" "No vehicle is plugged in.",
        SystemError = 2 "system_error" "An error in the charger.",
        AlreadyCharging = 3 "already_charging" "A session runs already.",
        Maintenance = 4 "maintenance" "The charger is in maintenance.",
        BadFee = 5 "bad_fee" "A bad fee limit.",
        BadEnergy = 6 "bad_energy" "A bad energy limit.",
        BadTime = 7 "bad_time" "A bad time limit.",
        UnknownReason = 8 "unknown_reason" "Seen on a charger that was already charging.",
        ReservationPending = 20 "reservation_pending" "A reservation is pending.",
    }
}

open_enum! {
    /// First byte of settings. In replies it is not reliable.
    Action {
        Set = 1 "set" "Set the value.",
        Get = 2 "get" "Ask for the value.",
    }
}

open_enum! {
    /// What a slot of the ring of records holds.
    SlotFlag {
        Record = 1 "record" "A record follows.",
        Empty = 3 "empty" "Nothing, or past the end of the ring.",
    }
}

open_enum! {
    /// Kind of charger: first byte of an announcement.
    DeviceType {}
}

impl DeviceType {
    /// Whether the kind has three phases. Source: two independent implementations.
    pub const fn is_three_phase(self) -> bool {
        matches!(self.code(), 10..=15 | 22..=25)
    }
}
