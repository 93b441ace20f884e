//! Where a controller stands.

use std::fmt;

use crate::Address;

/// Where a controller stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// For 5 s nothing is sent, to hear whether there is another controller.
    Listening,
    /// Five announces and three discovers.
    Announcing,
    /// Units are polled.
    Running,
    /// Nothing is sent.
    ListenOnly(Silence),
    /// Units are brought to their floor, then all is over: see [`Farewell::Floor`](super::Farewell::Floor).
    Leaving,
    /// Nothing is sent any more.
    Stopped,
}

/// Why nothing is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Silence {
    /// By configuration.
    Configured,
    /// Another controller speaks.
    ForeignController(Address),
    /// Another controller speaks with this one's id: the configuration is wrong.
    IdInUse(Address),
}

impl State {
    /// Whether anything may be sent.
    pub const fn may_speak(self) -> bool {
        matches!(self, Self::Announcing | Self::Running | Self::Leaving)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listening => f.write_str("listening before speaking"),
            Self::Announcing => f.write_str("announcing"),
            Self::Running => f.write_str("running"),
            Self::ListenOnly(Silence::Configured) => f.write_str("listening only"),
            Self::ListenOnly(Silence::ForeignController(address)) => {
                write!(f, "listening only: controller {address} runs this bus")
            }
            Self::ListenOnly(Silence::IdInUse(address)) => {
                write!(
                    f,
                    "listening only: another controller has this one's id, {address}"
                )
            }
            Self::Leaving => f.write_str("bringing the units to their floor"),
            Self::Stopped => f.write_str("stopped"),
        }
    }
}
