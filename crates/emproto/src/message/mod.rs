//! Payloads, typed, in both directions.
//!
//! Raw integers stay as they are, with the unit in the name; what stands for none is `None` in the accessors. Enums
//! are open. Bytes beyond what is known are kept, so that encoding gives back what was decoded.
//!
//! ```
//! use emproto::Password;
//! use emproto::frame::datagrams;
//! use emproto::message::{Message, Setting};
//!
//! let pin: emproto::Pin = "123456".parse().unwrap();
//! let serial: emproto::Serial = "1122334455667788".parse().unwrap();
//! let message = Message::OutputAmps(Setting::<emproto::message::Amps>::set(16)?);
//! let packet = message.to_datagram(serial, pin.into())?;
//! let datagram = datagrams(&packet).next().unwrap().unwrap();
//! assert_eq!(Message::decode(&datagram).unwrap(), message);
//! # Ok::<(), emproto::InvalidArgument>(())
//! ```

mod charging;
mod codes;
mod faults;
mod login;
mod parse;
mod plan;
mod raw_bytes;
mod record;
mod setting;
mod start_stop;
mod status;
mod text;
mod value;
mod wifi;

use alloc::vec::Vec;

use crate::frame::Datagram;
use crate::time::RawTime;
use crate::{Command, Direction, InvalidArgument, Password, PayloadError, Serial};

pub use charging::ChargingStatus;
pub use codes::{
    Action, ChargeType, ChargerState, DeviceType, Language, OutputState, PlugState,
    ReservationResult, SlotFlag, StartError, StartMethod, StartType, StopReason, TemperatureUnit,
};
pub use faults::{Fault, Faults};
pub use login::{LoginInfo, LoginMore, Version};
pub use plan::{PlanSlot, WeeklyPlan};
pub use raw_bytes::RawBytes;
pub use record::{ChargeRecord, HistoryInfo, HistorySlot, HistorySlotRequest, Price, RecordAck};
pub use setting::{Amps, Nickname, Setting};
pub use start_stop::{ChargeStart, ChargeStop, StartOrder, StartReply, StopOrder, StopReply};
pub use status::{FaultWidth, Phase, Status};
pub use text::{Identifier, Text};
pub use value::{Limit, Reading, Temperature};
pub use wifi::WifiConfig;

use parse::{Payload, complete, finish};

/// Commands with a typed payload: how each is read and written.
macro_rules! messages {
    (
        signals { $($signal:ident [$($canonical:literal),*] $signal_doc:literal,)* }
        payloads { $($payload:ident($payload_type:ty) $payload_doc:literal,)* }
        own { $($own:ident($own_type:ty) $own_doc:literal,)* }
        settings { $($setting:ident($value:ty) $setting_doc:literal,)* }
    ) => {
        /// A datagram's content. Variants are named as their [`Command`].
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Message {
            $(#[doc = $signal_doc] $signal(RawBytes),)*
            $(#[doc = $payload_doc] $payload($payload_type),)*
            $(#[doc = $own_doc] $own($own_type),)*
            $(#[doc = $setting_doc] $setting(Setting<$value>),)*
            /// A command without a typed payload.
            Raw(RawMessage),
        }

        impl Message {
            /// Reads the payload of a datagram.
            ///
            /// # Errors
            /// When the payload is shorter than its command needs; the datagram still holds it.
            #[inline]
            pub fn decode(datagram: &Datagram<'_>) -> Result<Self, PayloadError> {
                let payload = datagram.payload;
                match datagram.command {
                    $(Command::$signal => Ok(Self::$signal(payload.into())),)*
                    $(Command::$payload => complete(payload).map(Self::$payload),)*
                    $(Command::$own => <$own_type>::parse(payload).map(Self::$own),)*
                    $(Command::$setting => {
                        let is_request = matches!(datagram.command.direction(), Direction::ToCharger);
                        finish(payload, Setting::parse(payload, is_request)).map(Self::$setting)
                    })*
                    command => Ok(Self::Raw(RawMessage { command, payload: payload.into() })),
                }
            }

            /// What it is about.
            pub const fn command(&self) -> Command {
                match self {
                    $(Self::$signal(_) => Command::$signal,)*
                    $(Self::$payload(_) => Command::$payload,)*
                    $(Self::$own(_) => Command::$own,)*
                    $(Self::$setting(_) => Command::$setting,)*
                    Self::Raw(raw) => raw.command,
                }
            }

            /// Appends the payload.
            pub fn put_payload(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$signal(payload) => out.extend_from_slice(payload),)*
                    $(Self::$payload(payload) => payload.put(out),)*
                    $(Self::$own(payload) => payload.put(out),)*
                    $(Self::$setting(setting) => setting.put(out),)*
                    Self::Raw(raw) => out.extend_from_slice(&raw.payload),
                }
            }

            /// The canonical form of a message whose payload has no meaning; `None` for all others.
            pub fn signal(command: Command) -> Option<Self> {
                match command {
                    $(Command::$signal => Some(Self::$signal(RawBytes::from([$($canonical),*]))),)*
                    _ => None,
                }
            }
        }
    };
}

messages! {
    signals {
        Heading [] "Keep-alive of the charger.",
        PasswordError [] "The PIN was wrong, or it was a probe.",
        LoginConfirm [0] "Confirms a login.",
        LoginRequest [0] "Logs in; the probe has an empty payload.",
        HeadingAck [0] "Acknowledges a heading.",
        StatusAck [1] "Acknowledges a status.",
        ChargingAck [0] "Acknowledges a charging status.",
        ChargingRequest [0] "Asks for the session.",
        HistoryInfoRequest [1] "Asks for the size of the ring of records.",
        StatusRequest [] "Asks for readings and state.",
        VersionRequest [] "Asks for the versions.",
    }
    payloads {
        Announce(LoginInfo) "A charger without a client presents itself.",
        LoginOk(LoginInfo) "The login is accepted.",
        ChargeStartReply(StartReply) "Whether the charge starts.",
        ChargeStopReply(StopReply) "Whether the charge stops.",
        RecordCurrent(ChargeRecord) "The record of the session that has just ended.",
        RecordLocal(ChargeRecord) "A stored record.",
        HistoryInfo(HistoryInfo) "The size of the ring of records.",
        HistorySlot(HistorySlot) "One slot of the ring of records.",
        VersionReply(Version) "Hardware and software version.",
        WifiReply(WifiConfig) "The Wi-Fi configuration.",
        ChargeStart(ChargeStart) "Starts a charge.",
        ChargeStop(ChargeStop) "Stops a charge.",
        RecordCurrentAck(RecordAck) "Acknowledges a record.",
        RecordLocalAck(RecordAck) "Acknowledges a stored record.",
        HistorySlotRequest(HistorySlotRequest) "Asks for one slot of the ring of records.",
    }
    own {
        StatusPush(Status) "Readings and state, unasked.",
        StatusReply(Status) "Readings and state, asked for.",
        ChargingPush(ChargingStatus) "The session, unasked.",
        ChargingReply(ChargingStatus) "The session, asked for.",
    }
    settings {
        SystemTimeReply(RawTime) "The charger's clock.",
        OutputAmpsReply(Amps) "The configured current.",
        NicknameReply(Nickname) "The charger's name.",
        StartMethodReply(StartMethod) "How charging may be started.",
        WeeklyPlanReply(WeeklyPlan) "The weekly plan.",
        LanguageReply(Language) "The language of the display.",
        TemperatureUnitReply(TemperatureUnit) "The temperature unit of the display.",
        SystemTime(RawTime) "Sets or asks for the clock.",
        OutputAmps(Amps) "Sets or asks for the configured current.",
        Nickname(Nickname) "Sets or asks for the charger's name.",
        StartMethod(StartMethod) "Sets or asks for how charging may be started.",
        WeeklyPlan(WeeklyPlan) "Sets or asks for the weekly plan.",
        Language(Language) "Sets or asks for the language.",
        TemperatureUnit(TemperatureUnit) "Sets or asks for the temperature unit.",
    }
}

impl Message {
    /// The datagram for the wire.
    ///
    /// # Errors
    /// When the payload is too long for a datagram.
    pub fn to_datagram(
        &self,
        serial: Serial,
        password: Password,
    ) -> Result<Vec<u8>, InvalidArgument> {
        // Longer than all payloads of clients.
        let mut payload = Vec::with_capacity(96);
        self.put_payload(&mut payload);
        Datagram::new(serial, password, self.command(), &payload).to_vec()
    }

    /// The probe: a login without serial and PIN, to which every charger answers with
    /// [`Command::PasswordError`] and thus its serial. It may be broadcast: it holds no secret.
    pub fn probe() -> Self {
        Self::LoginRequest(RawBytes::EMPTY)
    }

    /// What a client must answer to this from the charger; `None` for most messages.
    pub fn ack(&self) -> Option<Self> {
        match self {
            Self::RecordCurrent(record) => {
                Some(Self::RecordCurrentAck(RecordAck::new(record.charge_id)))
            }
            Self::RecordLocal(record) => {
                Some(Self::RecordLocalAck(RecordAck::new(record.charge_id)))
            }
            _ => Self::signal(self.command().ack()?),
        }
    }
}

/// A command without a typed payload: unknown, or with an unknown layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMessage {
    /// What it is about.
    pub command: Command,
    /// The payload; it may hold a secret, see [`Command::holds_secret`].
    pub payload: RawBytes,
}
