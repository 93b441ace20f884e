//! What a client did that a real charger might not forgive.
use std::fmt;
use std::time::Duration;

/// One breach of the rules, with the time since the device was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Virtual time since [`Device::new`](super::Device::new).
    pub at: Duration,
    /// What happened.
    pub kind: ViolationKind,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:.3} s: {}", self.at.as_secs_f64(), self.kind)
    }
}

/// The rules. Source: spec 3, 8 and 16.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// A boot confirmation would set the clock more than an hour off.
    ClockOff {
        /// How far from the true time, seconds.
        by_s: i64,
    },
    /// Two requests came less than 0.2 s apart.
    TooFast {
        /// The gap.
        gap: Duration,
    },
    /// A request of the charger was not confirmed within 15 s.
    MissingConfirmation {
        /// Its OCPP name.
        message: &'static str,
    },
    /// A confirmation matches no open request of its kind.
    WrongMessageId {
        /// OCPP name of the request that it should belong to.
        message: &'static str,
    },
    /// Field 100 is not the charger's identifier.
    WrongIdentifier,
    /// A connection was tried beside a live one or while the slot was busy.
    SecondConnection,
    /// A message that no source has seen on a charger.
    InferredMessage {
        /// Its OCPP or vendor name.
        message: &'static str,
    },
    /// A message that must never be sent: firmware or work mode.
    ForbiddenMessage {
        /// Its OCPP or vendor name.
        message: &'static str,
    },
    /// A request before the opening message.
    BeforeOpening,
    /// A frame that cannot be decoded.
    Malformed,
    /// A `StartTransaction` confirmation without an explicit status 0, or without an id.
    UnusableConfirmation,
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClockOff { by_s } => write!(f, "boot confirmation sets the clock {by_s} s off"),
            Self::TooFast { gap } => write!(f, "requests only {} ms apart", gap.as_millis()),
            Self::MissingConfirmation { message } => write!(f, "{message} was not confirmed"),
            Self::WrongMessageId { message } => {
                write!(f, "confirmation of {message} has an unknown message id")
            }
            Self::WrongIdentifier => f.write_str("message carries another identifier"),
            Self::SecondConnection => f.write_str("connection while the slot was taken or busy"),
            Self::InferredMessage { message } => write!(f, "{message} was never seen on hardware"),
            Self::ForbiddenMessage { message } => write!(f, "{message} must never be sent"),
            Self::BeforeOpening => f.write_str("request before the opening message"),
            Self::Malformed => f.write_str("frame cannot be decoded"),
            Self::UnusableConfirmation => {
                f.write_str("StartTransaction confirmed without explicit status 0 and id")
            }
        }
    }
}
