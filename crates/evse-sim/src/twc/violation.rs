//! What a client did that real units might not forgive.
use std::fmt;
use std::time::Duration;

use twc_proto::Address;
use twc_proto::frame::FrameErrorKind;
use twc_proto::message::Action;

/// One breach of the rules, with the time since the bus was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Virtual time since [`Bus::new`](super::Bus::new).
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
    /// Bytes that are no frame.
    BadFrame(FrameErrorKind),
    /// More than one frame without a pause, or none.
    FrameCount(usize),
    /// A type and command that no controller may send.
    Forbidden {
        /// The type.
        frame_type: u8,
        /// The command.
        command: u8,
    },
    /// An action that no controller may ask for.
    ForbiddenAction(Action),
    /// Something else than one FC behind the frame.
    Trailer,
    /// A body of 13 or 15 bytes.
    Length(usize),
    /// It began while an answer to its own request was on its way.
    ReplyDue,
    /// It began within 50 ms of a byte from another station.
    NoSilence,
    /// It began within 250 ms of its frame before.
    TooFast,
    /// It spoke although another controller was heard.
    SecondController,
    /// A limit of 0: sources disagree on what units make of it.
    ZeroLimit(Address),
    /// A limit that is above 0 and below what a car can use.
    BelowMinimum(Address, u16),
    /// A limit that the unit's hardware cannot give.
    AboveMaximum(Address, u16),
    /// A limit that is no whole number of amps.
    PartOfAmp(Address, u16),
    /// A session limit for a unit that speaks version 1.
    SessionLimitForVersion1(Address),
}

impl fmt::Display for ViolationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadFrame(kind) => write!(f, "bytes are no frame: {kind}"),
            Self::FrameCount(count) => write!(f, "{count} frames at once"),
            Self::Forbidden {
                frame_type,
                command,
            } => write!(f, "{frame_type:02X} {command:02X} must never be sent"),
            Self::ForbiddenAction(action) => write!(f, "action {action} must never be sent"),
            Self::Trailer => f.write_str("not exactly one FC behind the frame"),
            Self::Length(len) => write!(f, "body of {len} bytes"),
            Self::ReplyDue => f.write_str("talked while a reply was due"),
            Self::NoSilence => f.write_str("talked within 50 ms of another station"),
            Self::TooFast => f.write_str("two frames within 250 ms"),
            Self::SecondController => f.write_str("talked beside another controller"),
            Self::ZeroLimit(unit) => write!(f, "limit of 0 for {unit}"),
            Self::BelowMinimum(unit, ca) => write!(f, "limit of {ca} cA for {unit} is too low"),
            Self::AboveMaximum(unit, ca) => write!(f, "limit of {ca} cA for {unit} is too high"),
            Self::PartOfAmp(unit, ca) => {
                write!(f, "limit of {ca} cA for {unit} is not in whole amps")
            }
            Self::SessionLimitForVersion1(unit) => {
                write!(f, "session limit for {unit}, which speaks version 1")
            }
        }
    }
}
