//! What happens on circuits.

use std::fmt;
use std::sync::Arc;

use crate::config::Phase;
use crate::model::Support;
use crate::units::Milliamps;

/// Something that happened on a circuit. `Display` tells it to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CircuitEvent {
    /// For a minute a member drew or held more than it was told; it is counted at that from now on.
    LimitNotHonoured {
        /// The member.
        member: Arc<str>,
        /// What it may draw.
        counted: Milliamps,
    },
    /// More has to be kept than the circuit bears, and not everything of it can be stopped.
    Overload {
        /// The circuit.
        circuit: Arc<str>,
        /// On this phase.
        phase: Phase,
        /// What has to be kept.
        needed: Milliamps,
        /// What there is.
        limit: Milliamps,
    },
    /// The circuit bears what it has to again.
    OverloadOver {
        /// The circuit.
        circuit: Arc<str>,
        /// On this phase.
        phase: Phase,
    },
    /// What measures other loads is silent; the reserve counts.
    MeterStale {
        /// The circuit.
        circuit: Arc<str>,
    },
    /// Other loads are measured again.
    MeterBack {
        /// The circuit.
        circuit: Arc<str>,
    },
    /// A member is not heard; what it may draw stays reserved.
    Lost {
        /// The member.
        member: Arc<str>,
    },
    /// A member is heard again.
    Back {
        /// The member.
        member: Arc<str>,
    },
    /// A member is stopped, for there is no room for it.
    Stopped {
        /// The member.
        member: Arc<str>,
    },
    /// A member that was stopped is started again.
    Started {
        /// The member.
        member: Arc<str>,
        /// With this.
        current: Milliamps,
    },
    /// A member did not take an order; it is tried again.
    OrderFailed {
        /// The member.
        member: Arc<str>,
        /// Why.
        reason: String,
    },
    /// A member was raised step by step, and this is known now of whether it takes another current while it charges.
    Probed {
        /// The member.
        member: Arc<str>,
        /// What is known; still unknown when its vehicle did not follow.
        live_change: Support,
    },
    /// Another controller runs a bus: it counts at all that it can draw.
    ForeignController {
        /// The bus.
        member: Arc<str>,
    },
    /// What was learned of a member could not be kept for later programs.
    NotKept {
        /// The member.
        member: Arc<str>,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for CircuitEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LimitNotHonoured { member, counted } => write!(
                f,
                "{member} does not follow its limit and counts at {counted}"
            ),
            Self::Overload {
                circuit,
                phase,
                needed,
                limit,
            } => write!(
                f,
                "{circuit} {phase} has to keep {needed} and bears {limit}: something has to be switched off"
            ),
            Self::OverloadOver { circuit, phase } => {
                write!(f, "{circuit} {phase} bears what it has to again")
            }
            Self::MeterStale { circuit } => write!(
                f,
                "nothing measures the other loads on {circuit}, the reserve counts"
            ),
            Self::MeterBack { circuit } => {
                write!(f, "the other loads on {circuit} are measured again")
            }
            Self::Lost { member } => {
                write!(f, "{member} is not heard, what it may draw stays reserved")
            }
            Self::Back { member } => write!(f, "{member} is heard again"),
            Self::Stopped { member } => write!(f, "{member} is stopped, there is no room for it"),
            Self::Started { member, current } => {
                write!(f, "{member} is started again with {current}")
            }
            Self::OrderFailed { member, reason } => {
                write!(f, "{member} did not take an order: {reason}")
            }
            Self::Probed {
                member,
                live_change,
            } => write!(
                f,
                "whether {member} takes another current while it charges: {}",
                match live_change {
                    Support::Yes => "yes",
                    Support::No => "no",
                    Support::Unknown => "still not known, its vehicle did not follow",
                }
            ),
            Self::ForeignController { member } => write!(
                f,
                "another controller runs {member}, which counts at all that it can draw"
            ),
            Self::NotKept { member, reason } => {
                write!(f, "what is known of {member} is not kept: {reason}")
            }
        }
    }
}
