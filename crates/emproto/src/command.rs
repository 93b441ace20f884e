//! Command codes: which way they go and which belong together.

use core::fmt;

/// Names for the codes of the protocol; other codes are kept.
macro_rules! commands {
    ($($variant:ident = $code:literal $name:literal $doc:literal,)*) => {
        /// What a datagram is about. Bit 15 is set on the way to the charger.
        ///
        /// Source: captures and the tables of several clients; the codes without a typed message are from tables only.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Command {
            $(#[doc = $doc] $variant,)*
            /// A code without a name.
            Unknown(u16),
        }

        impl Command {
            /// All named commands, in the order of their codes.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name in `snake_case`; `unknown` for a code without one.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Unknown(_) => "unknown",
                }
            }

            /// The code on the wire.
            pub const fn code(self) -> u16 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unknown(code) => code,
                }
            }

            /// The command with a code.
            #[inline]
            pub const fn from_code(code: u16) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    other => Self::Unknown(other),
                }
            }
        }
    };
}

commands! {
    Announce = 0x0001 "announce" "A charger without a client presents itself.",
    LoginOk = 0x0002 "login_ok" "The login is accepted.",
    Heading = 0x0003 "heading" "Keep-alive of the charger, about every 10 s.",
    StatusPush = 0x0004 "status_push" "Readings and state, unasked.",
    ChargingPush = 0x0005 "charging_push" "The session, unasked.",
    ChargingReply = 0x0006 "charging_reply" "The session, asked for.",
    ChargeStartReply = 0x0007 "charge_start_reply" "Whether the charge starts.",
    ChargeStopReply = 0x0008 "charge_stop_reply" "Whether the charge stops.",
    RecordCurrent = 0x0009 "record_current" "The record of the session that has just ended.",
    RecordLocal = 0x000A "record_local" "A stored record, repeated until it is acknowledged.",
    HistoryInfo = 0x000B "history_info" "The size of the ring of records.",
    HistorySlot = 0x000C "history_slot" "One slot of the ring of records.",
    StatusReply = 0x000D "status_reply" "Readings and state, asked for.",
    SystemTimeReply = 0x0101 "system_time_reply" "The charger's clock.",
    PasswordReply = 0x0102 "password_reply" "Answer to a change of the PIN.",
    SecretReply = 0x0103 "secret_reply" "Answer about the encryption secret.",
    ChargeFeeReply = 0x0104 "charge_fee_reply" "The charge fee; layout unknown.",
    ServiceFeeReply = 0x0105 "service_fee_reply" "The service fee; layout unknown.",
    VersionReply = 0x0106 "version_reply" "Hardware and software version.",
    OutputAmpsReply = 0x0107 "output_amps_reply" "The configured current.",
    NicknameReply = 0x0108 "nickname_reply" "The charger's name.",
    BlePasswordReply = 0x0109 "ble_password_reply" "Answer about the BLE password.",
    WifiReply = 0x010A "wifi_reply" "The Wi-Fi configuration, with the passphrase in clear.",
    ServerReply = 0x010B "server_reply" "Answer about the server address.",
    PipeReply = 0x010C "pipe_reply" "Answer about the communication pipe.",
    StartMethodReply = 0x010D "start_method_reply" "How charging may be started.",
    WeeklyPlanReply = 0x010E "weekly_plan_reply" "The weekly plan.",
    LanguageReply = 0x010F "language_reply" "The language of the display.",
    ChargeCountReply = 0x0110 "charge_count_reply" "The number of charges; layout unknown.",
    RelaunchCountReply = 0x0111 "relaunch_count_reply" "The number of restarts; layout unknown.",
    TemperatureUnitReply = 0x0112 "temperature_unit_reply" "The temperature unit of the display.",
    RfidSetReply = 0x0122 "rfid_set_reply" "Answer to a change of the RFID list; layout unknown.",
    RfidGetReply = 0x0123 "rfid_get_reply" "The RFID list; layout unknown.",
    UpgradeStartReply = 0x0150 "upgrade_start_reply" "Answer to the start of a firmware upgrade.",
    UpgradeDataRequest = 0x0151 "upgrade_data_request" "The charger asks for a block of firmware.",
    UpgradeResult = 0x0152 "upgrade_result" "The end of a firmware upgrade.",
    UpgradeCancelReply = 0x0153 "upgrade_cancel_reply" "Answer to the end of a firmware upgrade.",
    ResetReply = 0x0154 "reset_reply" "Answer to a reset.",
    PasswordError = 0x0155 "password_error" "The PIN of a request was wrong, or it was a probe.",
    ManeuverReply = 0x0162 "maneuver_reply" "The brightness of the display.",
    LoginConfirm = 0x8001 "login_confirm" "Confirms [`Command::LoginOk`]: the client is registered.",
    LoginRequest = 0x8002 "login_request" "Logs in; without serial and PIN, the probe.",
    HeadingAck = 0x8003 "heading_ack" "Acknowledges [`Command::Heading`].",
    StatusAck = 0x8004 "status_ack" "Acknowledges [`Command::StatusPush`].",
    ChargingAck = 0x8005 "charging_ack" "Acknowledges [`Command::ChargingPush`].",
    ChargingRequest = 0x8006 "charging_request" "Asks for the session.",
    ChargeStart = 0x8007 "charge_start" "Starts a charge, now or later.",
    ChargeStop = 0x8008 "charge_stop" "Stops a charge or cancels a reservation.",
    RecordCurrentAck = 0x8009 "record_current_ack" "Acknowledges [`Command::RecordCurrent`].",
    RecordLocalAck = 0x800A "record_local_ack" "Acknowledges [`Command::RecordLocal`].",
    HistoryInfoRequest = 0x800B "history_info_request" "Asks for the size of the ring of records.",
    HistorySlotRequest = 0x800C "history_slot_request" "Asks for one slot of the ring of records.",
    StatusRequest = 0x800D "status_request" "Asks for readings and state.",
    SystemTime = 0x8101 "system_time" "Sets or asks for the clock.",
    SetPassword = 0x8102 "set_password" "Changes the PIN. Never sent.",
    SetSecret = 0x8103 "set_secret" "Changes the encryption secret. Never sent.",
    ChargeFee = 0x8104 "charge_fee" "Sets or asks for the charge fee. Never sent.",
    ServiceFee = 0x8105 "service_fee" "Sets or asks for the service fee. Never sent.",
    VersionRequest = 0x8106 "version_request" "Asks for the versions.",
    OutputAmps = 0x8107 "output_amps" "Sets or asks for the configured current.",
    Nickname = 0x8108 "nickname" "Sets or asks for the charger's name.",
    BlePassword = 0x8109 "ble_password" "Changes the BLE password. Never sent.",
    Wifi = 0x810A "wifi" "Changes the Wi-Fi configuration. Never sent.",
    Server = 0x810B "server" "Changes the server address. Never sent.",
    Pipe = 0x810C "pipe" "Changes the communication pipe. Never sent.",
    StartMethod = 0x810D "start_method" "Sets or asks for how charging may be started.",
    WeeklyPlan = 0x810E "weekly_plan" "Sets or asks for the weekly plan.",
    Language = 0x810F "language" "Sets or asks for the language.",
    ChargeCount = 0x8110 "charge_count" "Sets or asks for the number of charges. Never sent.",
    RelaunchCount = 0x8111 "relaunch_count" "Sets or asks for the number of restarts. Never sent.",
    TemperatureUnit = 0x8112 "temperature_unit" "Sets or asks for the temperature unit.",
    RfidSet = 0x8122 "rfid_set" "Changes the RFID list. Never sent.",
    RfidGet = 0x8123 "rfid_get" "Asks for the RFID list; payload unknown. Never sent.",
    UpgradeStart = 0x8150 "upgrade_start" "Starts a firmware upgrade. Never sent.",
    UpgradeData = 0x8151 "upgrade_data" "A block of firmware. Never sent.",
    UpgradeEnd = 0x8152 "upgrade_end" "Ends a firmware upgrade. Never sent.",
    UpgradeCancel = 0x8153 "upgrade_cancel" "Cancels a firmware upgrade. Never sent.",
    Reset = 0x8154 "reset" "Restarts the charger. Never sent.",
    Maneuver = 0x8162 "maneuver" "Sets or asks for the brightness of the display. Never sent.",
}

/// Which way a datagram goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the client to the charger.
    ToCharger,
    /// From the charger to the client.
    FromCharger,
}

impl Command {
    /// The way it goes, by bit 15.
    pub const fn direction(self) -> Direction {
        if self.code() & TO_CHARGER == 0 {
            Direction::FromCharger
        } else {
            Direction::ToCharger
        }
    }

    /// What a charger answers to this request; `None` for acknowledgements and for what a charger sends.
    pub const fn reply(self) -> Option<Self> {
        match self {
            Self::LoginConfirm
            | Self::HeadingAck
            | Self::StatusAck
            | Self::ChargingAck
            | Self::RecordCurrentAck
            | Self::RecordLocalAck
            | Self::Unknown(_) => None,
            _ if self.code() & TO_CHARGER == 0 => None,
            _ => Some(Self::from_code(self.code() & !TO_CHARGER)),
        }
    }

    /// The request that this answers; `None` for what a charger sends unasked only.
    pub const fn request(self) -> Option<Self> {
        match self {
            Self::Announce
            | Self::Heading
            | Self::StatusPush
            | Self::ChargingPush
            | Self::RecordCurrent
            | Self::RecordLocal
            | Self::PasswordError
            | Self::Unknown(_) => None,
            _ if self.code() & TO_CHARGER != 0 => None,
            _ => Some(Self::from_code(self.code() | TO_CHARGER)),
        }
    }

    /// What a client must answer to this from the charger.
    pub const fn ack(self) -> Option<Self> {
        match self {
            Self::LoginOk => Some(Self::LoginConfirm),
            Self::Heading => Some(Self::HeadingAck),
            Self::StatusPush => Some(Self::StatusAck),
            Self::ChargingPush => Some(Self::ChargingAck),
            Self::RecordCurrent => Some(Self::RecordCurrentAck),
            Self::RecordLocal => Some(Self::RecordLocalAck),
            _ => None,
        }
    }

    /// Whether a client may send it. Everything else could change the PIN, the Wi-Fi, fees or the firmware, or is not
    /// known well enough.
    pub const fn may_be_sent(self) -> bool {
        matches!(
            self,
            Self::LoginConfirm
                | Self::LoginRequest
                | Self::HeadingAck
                | Self::StatusAck
                | Self::ChargingAck
                | Self::ChargingRequest
                | Self::ChargeStart
                | Self::ChargeStop
                | Self::RecordCurrentAck
                | Self::RecordLocalAck
                | Self::HistoryInfoRequest
                | Self::HistorySlotRequest
                | Self::StatusRequest
                | Self::SystemTime
                | Self::VersionRequest
                | Self::OutputAmps
                | Self::Nickname
                | Self::StartMethod
                | Self::WeeklyPlan
                | Self::Language
                | Self::TemperatureUnit
        )
    }

    /// Whether the payload may hold a PIN, a password or an encryption secret.
    pub const fn holds_secret(self) -> bool {
        matches!(
            self,
            Self::PasswordReply
                | Self::SetPassword
                | Self::SecretReply
                | Self::SetSecret
                | Self::BlePasswordReply
                | Self::BlePassword
                | Self::WifiReply
                | Self::Wifi
        )
    }
}

impl From<u16> for Command {
    fn from(code: u16) -> Self {
        Self::from_code(code)
    }
}

impl From<Command> for u16 {
    fn from(command: Command) -> Self {
        command.code()
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:#06x})", self.name(), self.code())
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Set in the code of what goes to the charger.
const TO_CHARGER: u16 = 0x8000;

#[cfg(test)]
mod tests {
    use super::{Command, Direction};

    #[test]
    fn every_code_is_kept() {
        for code in 0..=u16::MAX {
            assert_eq!(Command::from(code).code(), code);
        }
    }

    #[test]
    fn requests_and_replies_name_each_other() {
        for command in Command::ALL {
            if let Some(reply) = command.reply() {
                assert!(!matches!(reply, Command::Unknown(_)), "{command}");
                assert_eq!(reply.request(), Some(*command));
                assert_eq!(reply.direction(), Direction::FromCharger);
            }
        }
        assert_eq!(Command::LoginRequest.reply(), Some(Command::LoginOk));
        assert_eq!(Command::HeadingAck.reply(), None);
        assert_eq!(Command::StatusReply.request(), Some(Command::StatusRequest));
    }

    #[test]
    fn acknowledgements_are_sent_and_secrets_are_not() {
        for command in Command::ALL {
            assert!(command.ack().is_none_or(Command::may_be_sent), "{command}");
            let goes_out = command.direction() == Direction::ToCharger;
            assert!(goes_out || !command.may_be_sent(), "{command}");
            assert!(
                !(command.holds_secret() && command.may_be_sent()),
                "{command}"
            );
        }
        for code in [
            0x8102,
            0x810A,
            0x8150,
            0x8154,
            0x8162,
            0x8003 + 0x100,
            0x9000,
        ] {
            assert!(!Command::from(code).may_be_sent(), "{code:#06x}");
        }
    }
}
