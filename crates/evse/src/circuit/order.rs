//! What a planner wants done, and what came of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind};
use crate::guard::Requester;
use crate::units::Milliamps;

/// What one member is to be told. It has one order at a time: the next comes after [`Planner::done`](super::Planner::done).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The member's place among all.
    pub member: usize,
    /// What it is called: a charger by its name, a bus by its port.
    pub name: Arc<str>,
    /// What.
    pub action: Action,
}

/// What to tell a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Draw no more than this. For a bus: its budget, which may be 0.
    SetCurrent {
        /// Whole amps.
        current: Milliamps,
        /// Why it is wanted.
        requester: Requester,
    },
    /// Stop charging.
    Stop,
    /// Charge again.
    Start {
        /// With this, in whole amps.
        current: Milliamps,
    },
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SetCurrent { current, .. } => write!(f, "set to {current}"),
            Self::Stop => f.write_str("stop"),
            Self::Start { current } => write!(f, "start with {current}"),
        }
    }
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// It was accepted, and does not show yet: what the member reports may be of before.
    Accepted,
    /// Nothing was changed.
    Refused {
        /// How long it has to wait by the guard's word.
        wait: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// Nobody knows.
    Unknown {
        /// Why.
        reason: String,
    },
}

impl From<&Error> for Outcome {
    fn from(error: &Error) -> Self {
        let reason = error.to_string();
        if error.kind() == ErrorKind::Unconfirmed || may_follow_yet(error) {
            return Self::Unknown { reason };
        }
        let wait = match error {
            Error::HeldBack(refusal)
            | Error::FlashWear {
                source: refusal, ..
            } => Some(refusal.wait),
            _ => None,
        };
        Self::Refused { wait, reason }
    }
}

/// It has taken the order, and shows something else so far.
fn may_follow_yet(error: &Error) -> bool {
    match error {
        #[cfg(feature = "duosida")]
        Error::Duosida(duosida_client::Error::Refused { source, .. }) => {
            use duosida_client::proto::session::CommandError;
            !matches!(source, CommandError::Rejected { .. })
        }
        #[cfg(feature = "em")]
        Error::Em(em_client::Error::Failed { source, .. }) => {
            use em_client::proto::session::RequestFailure;
            matches!(
                source,
                RequestFailure::EchoMismatch { .. } | RequestFailure::NotCleared { .. }
            )
        }
        _ => false,
    }
}
