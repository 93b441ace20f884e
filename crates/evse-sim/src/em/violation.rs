//! What a client did that a real charger might not forgive.
use std::fmt;
use std::time::Duration;

use emproto::{Command, FrameErrorKind};

/// One breach of the rules, with the time since the device was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViolationKind {
    /// Bytes that are no datagram.
    BadFrame(FrameErrorKind),
    /// A datagram for another charger.
    ForeignSerial,
    /// A key type other than 0.
    KeyType(u8),
    /// A datagram of the kind that only chargers send.
    WrongDirection(Command),
    /// A command that must never be sent. It was not obeyed.
    Forbidden(Command),
    /// The payload is too short; the datagram was dropped.
    ShortPayload(Command),
    /// The payload is not as long as the vendor app's. It was obeyed.
    Length {
        /// What it was about.
        command: Command,
        /// Bytes of payload.
        found: usize,
    },
    /// A value that the charger does not have.
    OutOfRange(Command),
    /// A confirmation without a login before it.
    ConfirmWithoutLogin,
    /// The registered client did not acknowledge one of these within seconds; noticed at the next one.
    MissingAck(Command),
    /// A record was acknowledged that the charger does not have.
    UnknownRecord,
    /// A start without "no limit" in parameter 3: the session ends after seconds.
    Parameter3,
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadFrame(kind) => write!(f, "bytes are no datagram: {kind}"),
            Self::ForeignSerial => f.write_str("datagram for another charger"),
            Self::KeyType(key) => write!(f, "key type {key}"),
            Self::WrongDirection(command) => write!(f, "{command} is sent by chargers only"),
            Self::Forbidden(command) => write!(f, "{command} must never be sent"),
            Self::ShortPayload(command) => write!(f, "payload of {command} is too short"),
            Self::Length { command, found } => {
                write!(f, "payload of {command} has {found} bytes")
            }
            Self::OutOfRange(command) => write!(f, "value of {command} is out of range"),
            Self::ConfirmWithoutLogin => f.write_str("login confirmed that was never accepted"),
            Self::MissingAck(command) => write!(f, "{command} was not acknowledged"),
            Self::UnknownRecord => f.write_str("acknowledged record is unknown"),
            Self::Parameter3 => f.write_str("start with a value in parameter 3"),
        }
    }
}
