//! What a session tells its owner, and what it can be asked for.

use std::string::String;

use super::{Identity, Quirks};
use crate::DecodeError;
use crate::config::{OutOfRange, Setting};
use crate::message::ChargePointStatus;
use crate::proto::MessageTrigger;

/// Something to do on the charger. The result comes as [`Event::Done`].
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Change a setting; verified by reading back where the charger reports it.
    Set(Setting),
    /// Start charging. Verified by the state within 15 s.
    Start {
        /// Instead of [`super::Config::id_tag`].
        id_tag: Option<String>,
    },
    /// Stop charging. Goes ahead of everything else; verified by the state within 15 s.
    Stop {
        /// Instead of the one that the session knows.
        transaction_id: Option<i64>,
    },
    /// Read the settings back.
    PullConfiguration,
    /// Ask for status and meter values now.
    Refresh,
    /// Write settings to flash. Not needed: they persist without it.
    UpdateToFlash {
        /// 0 or 1 in one client; meaning unknown.
        update_type: i32,
    },
    /// Ask for one kind of message.
    Trigger(MessageTrigger),
    /// Answer a card that was shown, see [`Event::CardShown`].
    AnswerCard {
        /// The message id of the event.
        message_id: u64,
        /// Whether the card may charge.
        accept: bool,
    },
}

impl core::fmt::Debug for Command {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Set(setting) => write!(f, "Set({})", setting.key()),
            Self::Start { id_tag: _ } => f.write_str("Start"),
            Self::Stop { transaction_id } => write!(f, "Stop({transaction_id:?})"),
            Self::PullConfiguration => f.write_str("PullConfiguration"),
            Self::Refresh => f.write_str("Refresh"),
            Self::UpdateToFlash { update_type } => write!(f, "UpdateToFlash({update_type})"),
            Self::Trigger(what) => write!(f, "Trigger({what:?})"),
            Self::AnswerCard {
                message_id: _,
                accept,
            } => write!(f, "AnswerCard({accept})"),
        }
    }
}

/// Names one request of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub(super) u64);

/// What happened, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The charger's identifier is known: requests are sent from now on.
    Ready(Identity),
    /// More became known about the charger.
    Identity(Identity),
    /// Readings came in: see [`super::Session::status`].
    Updated,
    /// The state changed.
    State(ChargePointStatus),
    /// The settings were read: see [`super::Session::configuration`].
    Configuration,
    /// A transaction began and was confirmed to the charger.
    TransactionStarted {
        /// The id that the session assigned.
        transaction_id: i64,
    },
    /// A transaction ended.
    TransactionStopped {
        /// Its id.
        transaction_id: Option<i64>,
        /// The register at its end, Wh.
        meter_stop_wh: Option<i32>,
        /// The reason's raw number: names are disputed.
        reason: Option<i32>,
    },
    /// A card was shown. Nothing is answered unless the owner does, by [`Command::AnswerCard`].
    CardShown {
        /// To be given back with the answer.
        message_id: u64,
    },
    /// The charger restarted in the middle of the session.
    Restarted,
    /// A request ended; each does exactly once, but for one that was taken back by [`super::Session::cancel`].
    Done {
        /// Which one.
        id: RequestId,
        /// How.
        result: Result<Completion, CommandError>,
    },
    /// The charger's firmware turned out to want another form: keep this for next time.
    Learned(Quirks),
    /// A message could not be decoded; it is lost, the session goes on.
    Malformed(DecodeError),
    /// A message that nobody waited for and that needs no answer.
    Unexpected {
        /// Its outer field number.
        field: u32,
        /// Its name; `unknown` when the schema has no such field.
        name: &'static str,
    },
    /// The session is over: close the connection.
    Failed(SessionError),
}

/// How far a request's success is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The charger accepted, and its next report showed the effect.
    Verified,
    /// The charger accepted; it has no way to show the effect, or did not show it in time.
    Accepted,
    /// The charger accepted and wants to be restarted first.
    RebootRequired,
    /// A start was accepted, but no power flows after 15 s.
    NotChargingYet,
    /// A start was accepted, and the charger waits for a vehicle.
    WaitingForVehicle,
}

impl core::fmt::Display for Completion {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Verified => "done, confirmed by the charger",
            Self::Accepted => "accepted by the charger, not verified",
            Self::RebootRequired => "accepted, takes effect after the charger restarts",
            Self::NotChargingYet => "accepted, not charging yet",
            Self::WaitingForVehicle => "accepted, waiting for the vehicle",
        })
    }
}

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The charger said no.
    #[error("the charger rejected {what} ({status})")]
    Rejected {
        /// Key and value, or the command.
        what: String,
        /// The charger's word.
        status: String,
    },
    /// The charger accepted a limit and reports another one.
    #[error("the charger accepted a limit of {wanted_amps} A but still reports {}.{:02} A", reported_centiamps / 100, reported_centiamps % 100)]
    NotApplied {
        /// What was asked for.
        wanted_amps: u8,
        /// What the charger reports.
        reported_centiamps: u16,
    },
    /// The charger accepted a stop and goes on charging.
    #[error("the charger accepted the stop but still reports charging after 15 s")]
    NotStopped,
    /// The charger accepted a change and reports the old value.
    #[error("the charger accepted {what} but still reports the old value")]
    NotChanged {
        /// The key.
        what: String,
    },
    /// No answer in 15 s: whether it was carried out is unknown.
    #[error("no answer within 15 s; whether the charger carried it out is unknown")]
    NoAnswer,
    /// The connection ended first.
    #[error("the connection ended {}", if *sent { "before the answer; whether the charger carried it out is unknown" } else { "before the command was sent" })]
    LinkLost {
        /// Whether the command had been sent: then its outcome is unknown.
        sent: bool,
    },
    /// A stop came and went ahead.
    #[error("cancelled by a stop{}", if *sent { "; it had been sent already" } else { "" })]
    Superseded {
        /// Whether the command had been sent.
        sent: bool,
    },
    /// The value is above what the charger turned out to be rated for.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
}

/// Why a request was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The value is not allowed; nothing was sent.
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    /// Too many commands wait already.
    #[error("{0} commands are waiting already; wait for their results")]
    QueueFull(usize),
    /// The session is over.
    #[error("not connected")]
    Closed,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Nothing came within 15 s of the opening message.
    #[error(
        "no answer to the opening message within 15 s: no Duosida charger, or its one local connection is taken"
    )]
    NoBoot,
    /// Nothing came for 45 s, or three poll intervals.
    #[error("the charger fell silent")]
    Idle,
    /// The address belongs to another charger now, or to another than was expected.
    #[error("another charger answers at this address than the one expected")]
    IdentityChanged,
    /// Five messages in a row could not be decoded.
    #[error("five messages in a row could not be decoded")]
    TooManyMalformed,
}
