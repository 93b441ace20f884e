//! What can go wrong, with a kind to match on.

use thiserror::Error;

use crate::address::{Address, AddressError};
use crate::config::ConfigError;
use crate::guard::{LimitRefusal, Refusal};
use crate::model::{Identity, Protocol};
use crate::secret::SecretError;
use crate::state_store::StateError;
use crate::units::Milliamps;

/// Why something was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The address belongs to a charger of another protocol.
    #[error("{address} is no address of the {wanted} protocol")]
    OtherProtocol {
        /// The address that was given.
        address: Address,
        /// The protocol that was to be spoken.
        wanted: Protocol,
    },
    /// The host's name leads to no IP address.
    #[error("the name of {address} cannot be resolved: {reason}")]
    Resolve {
        /// The address that was given.
        address: Address,
        /// What the resolver says.
        reason: String,
    },
    /// Several chargers are behind one address, as behind a router.
    #[error("{count} chargers are at {address}; name one, as em://SERIAL or twc://PORT#ID")]
    SeveralChargers {
        /// The address that was given.
        address: Address,
        /// How many answered.
        count: usize,
    },
    /// The safety guard holds the start back.
    #[error(transparent)]
    HeldBack(#[from] Refusal),
    /// Automatic control wrote a setting a moment ago; the next one waits.
    #[error(
        "the charger {charger} was told a setting a moment ago, and each wears its flash memory; automatic control may \
         retry in {} s", source.wait_seconds()
    )]
    FlashWear {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
        /// When it may be retried.
        source: Refusal,
    },
    /// The charger refused a start while a session is open.
    #[error("the charger {charger} charges already: a session is open; stop it first")]
    AlreadyCharging {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
    },
    /// A charge runs, and to replace it at once would switch the contactor off and on again.
    #[error(
        "the charger {charger} charges; stop it and start again after the spacing of the guard, or force the start"
    )]
    ReplacesCharge {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
    },
    /// The charger is not sent another current while it charges.
    #[error("the charger {charger} was not told the current: {source}")]
    LiveLimit {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
        /// Why, and what to do.
        source: LimitRefusal,
    },
    /// The current is not one that the charger may be told; nothing was sent.
    #[error("the charger {charger} takes {min} to {max}, not {wanted}; nothing was sent")]
    CurrentOutOfRange {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
        /// What was asked for.
        wanted: Milliamps,
        /// The lowest.
        min: Milliamps,
        /// The highest.
        max: Milliamps,
    },
    /// The charger has no way to do it; nothing was sent.
    #[error("the charger {charger} cannot be told {what}; nothing was sent")]
    Unsupported {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
        /// What it cannot.
        what: &'static str,
    },
    /// Somebody else is at the address.
    #[error(
        "the charger at {address} has another serial number than the one that is wanted; check the address"
    )]
    OtherCharger {
        /// The address that was given.
        address: Address,
    },
    /// This program was built without the protocol.
    #[error(
        "this program was built without the {protocol} protocol, so {address} cannot be reached"
    )]
    NotBuilt {
        /// The address that was given.
        address: Address,
        /// Its protocol.
        protocol: Protocol,
    },
    /// A PIN cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// What was read as a PIN is none.
    #[error("{from} holds no PIN, which is six digits; check it")]
    NoPin {
        /// Where it came from.
        from: String,
    },
    /// The configuration is wrong, or has no such charger.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A charger of a fleet cannot be told anything, for it is not connected.
    #[error("the charger {name} is not connected: {reason}")]
    NotConnected {
        /// Its name.
        name: String,
        /// What kind of error keeps it from being connected.
        kind: ErrorKind,
        /// Why, and what to try.
        reason: String,
    },
    /// The handle, or a clone of it, was shut down; nothing was sent.
    #[cfg(any(feature = "em", feature = "twc"))]
    #[error("the charger {charger} was shut down, so nothing was sent; connect to it again")]
    ShutDown {
        /// The charger: its protocol and the last four characters of its serial number.
        charger: String,
    },
    /// A backend of the application's own, or what it speaks to.
    #[error(transparent)]
    Custom(#[from] CustomError),
    /// The state file cannot be used, and without it the guard cannot tell.
    #[error(transparent)]
    State(#[from] StateError),
    /// A Duosida charger, or the way to it.
    #[cfg(feature = "duosida")]
    #[error(transparent)]
    Duosida(#[from] duosida_client::Error),
    /// An EVSEMaster charger, or the way to it.
    #[cfg(feature = "em")]
    #[error(transparent)]
    Em(#[from] em_client::Error),
    /// A Tesla Gen2 unit, or the way to it.
    #[cfg(feature = "twc")]
    #[error(transparent)]
    Twc(#[from] twc_director::Error),
}

/// What a [`Backend`](crate::Backend) of the application's own has to say.
#[derive(Debug, Error)]
#[error("{text}")]
pub struct CustomError {
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// What happened, to which charger, and what to try.
    pub text: String,
}

/// The kinds of [`enum@Error`], for decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request itself is wrong: an address, or a value outside its range. Nothing was sent.
    BadInput,
    /// No connection, or the charger's one session is taken.
    Unreachable,
    /// The PIN is missing or wrong.
    Unauthenticated,
    /// The charger has no way to do it. Nothing was sent.
    Unsupported,
    /// The charger said no or did not do it, or it would do harm in this state.
    Refused,
    /// It was sent, and it is not known what came of it.
    Unconfirmed,
    /// The connection ended before it was sent.
    NotSent,
    /// The safety guard holds it back for a while.
    HeldBack,
    /// The state file cannot be used.
    StateFile,
}

impl ErrorKind {
    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadInput => "bad_input",
            Self::Unreachable => "unreachable",
            Self::Unauthenticated => "unauthenticated",
            Self::Unsupported => "unsupported",
            Self::Refused => "refused",
            Self::Unconfirmed => "unconfirmed",
            Self::NotSent => "not_sent",
            Self::HeldBack => "held_back",
            Self::StateFile => "state_file",
        }
    }
}

impl Error {
    /// The charger has no way to do `what`, such as `a time` or `to open its contactors`.
    pub fn unsupported(charger: &Identity, what: &'static str) -> Self {
        Self::Unsupported {
            charger: charger.short(),
            what,
        }
    }

    /// What kind of error it is.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Address(_)
            | Self::OtherProtocol { .. }
            | Self::SeveralChargers { .. }
            | Self::OtherCharger { .. }
            | Self::CurrentOutOfRange { .. } => ErrorKind::BadInput,
            Self::Unsupported { .. } | Self::NotBuilt { .. } => ErrorKind::Unsupported,
            Self::Secret(_) | Self::NoPin { .. } => ErrorKind::Unauthenticated,
            Self::Config(_) => ErrorKind::BadInput,
            Self::NotConnected { kind, .. } => *kind,
            Self::Custom(error) => error.kind,
            Self::Resolve { .. } => ErrorKind::Unreachable,
            #[cfg(any(feature = "em", feature = "twc"))]
            Self::ShutDown { .. } => ErrorKind::Unreachable,
            Self::HeldBack(_) | Self::FlashWear { .. } => ErrorKind::HeldBack,
            Self::AlreadyCharging { .. } | Self::ReplacesCharge { .. } | Self::LiveLimit { .. } => {
                ErrorKind::Refused
            }
            Self::State(_) => ErrorKind::StateFile,
            #[cfg(feature = "duosida")]
            Self::Duosida(error) => crate::adapter::duosida::error_kind(error),
            #[cfg(feature = "em")]
            Self::Em(error) => crate::adapter::em::error_kind(error),
            #[cfg(feature = "twc")]
            Self::Twc(error) => crate::adapter::twc::error_kind(error),
        }
    }
}
