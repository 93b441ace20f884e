//! What can go wrong, with the charger's address and what to try.

use std::{fmt, io, net::SocketAddr, time::Duration};

use duosida_proto::{config::OutOfRange, session::CommandError};

/// Who is at the other end, as errors and logs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A network address.
    Address(SocketAddr),
    /// A transport that the application gave to [`Charger::attach`](crate::Charger::attach).
    Transport,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Transport => f.write_str("the attached transport"),
        }
    }
}

/// Why a charger cannot be reached or did not do what was asked.
///
/// Every variant names the charger by its address, never by its identifier.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No TCP connection: refused, unreachable, reset.
    #[error(
        "cannot connect to the charger at {charger}: {kind}; check address and power; its one connection may still be \
         busy: close the vendor app and other tools, and wait 30 s after the last command"
    )]
    Connect {
        /// The charger.
        charger: Peer,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// Nothing answered the connection attempt in time.
    #[error(
        "no answer from {charger} to a connection within {} s; check address, power and firewall, or wait 30 s in case \
         its one connection is still busy", timeout.as_secs_f32()
    )]
    ConnectTimeout {
        /// The charger.
        charger: Peer,
        /// How long was waited.
        timeout: Duration,
    },
    /// The connection was closed before the charger said who it is.
    #[error(
        "the charger at {charger} is busy: it serves one client, and none for 30 s after that; close the vendor app and \
         other tools, and wait 30 s after the last command"
    )]
    Busy {
        /// The charger.
        charger: Peer,
    },
    /// The host takes connections and says nothing.
    #[error(
        "{charger} accepts a connection but never answers: no Duosida charger is there, or its one connection is taken; \
         check the address, close the vendor app and other tools"
    )]
    Silent {
        /// The host.
        charger: Peer,
    },
    /// The connection ended after it had been ready.
    #[error(
        "the charger at {charger} closed the connection; it may have restarted, try again in a minute"
    )]
    Disconnected {
        /// The charger.
        charger: Peer,
    },
    /// The connection broke after it had been ready.
    #[error(
        "the connection to the charger at {charger} broke: {kind}; check its Wi-Fi, try again in a minute"
    )]
    Broken {
        /// The charger.
        charger: Peer,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The charger no longer takes bytes.
    #[error("the charger at {charger} took no data for {} s; check its Wi-Fi", timeout.as_secs_f32())]
    Stalled {
        /// The charger.
        charger: Peer,
        /// [`Options::write_timeout`](crate::Options::write_timeout).
        timeout: Duration,
    },
    /// The charger said nothing for the session's limit.
    #[error("the charger at {charger} went silent; check its power and Wi-Fi")]
    Idle {
        /// The charger.
        charger: Peer,
    },
    /// Several messages in a row could not be read.
    #[error(
        "{charger} sends messages that cannot be read; check that it is a Duosida charger, and the framing option"
    )]
    Unreadable {
        /// The charger.
        charger: Peer,
    },
    /// The address answers with another identifier than expected. Never retried.
    #[error(
        "another charger than expected answers at {charger}: the address was given anew; search again"
    )]
    OtherCharger {
        /// The address.
        charger: Peer,
    },
    /// There is no connection now; nothing was sent.
    #[error("not connected to the charger at {charger}, nothing was sent; {}", next_attempt(*.retry_in))]
    NotConnected {
        /// The charger.
        charger: Peer,
        /// When the next attempt starts; `None` while one is running.
        retry_in: Option<Duration>,
    },
    /// The value is outside what the charger takes; nothing was sent.
    #[error("{source}; nothing was sent to the charger at {charger}")]
    OutOfRange {
        /// The charger.
        charger: Peer,
        /// The value and its range.
        source: OutOfRange,
    },
    /// The charger answered, and the answer was no, or the setting did not change.
    #[error("the charger at {charger} did not do it: {source}")]
    Refused {
        /// The charger.
        charger: Peer,
        /// What it answered.
        source: CommandError,
    },
    /// The command was sent, and it is not known what came of it.
    #[error(
        "sent to the charger at {charger} and not confirmed: it may have taken effect; ask for the status"
    )]
    Unconfirmed {
        /// The charger.
        charger: Peer,
    },
    /// The connection ended, or a newer command came, before this one was sent.
    #[error("not sent to the charger at {charger}: {reason}; try again")]
    NotSent {
        /// The charger.
        charger: Peer,
        /// What came first.
        reason: &'static str,
    },
    /// Too many commands are waiting for this charger.
    #[error(
        "{limit} commands are waiting for the charger at {charger}, nothing was sent; slow down"
    )]
    Overloaded {
        /// The charger.
        charger: Peer,
        /// The most that may wait.
        limit: usize,
    },
    /// The handle's task has ended: after a shutdown, or for the reason given.
    #[error("the connection to the charger at {charger} is closed{}; connect again", because(reason.as_deref()))]
    Closed {
        /// The charger.
        charger: Peer,
        /// Why, unless it was shut down.
        reason: Option<Box<Self>>,
    },
}

impl Error {
    /// Whether trying again can help: not when another charger answers at the address.
    pub(crate) const fn is_lasting(&self) -> bool {
        matches!(self, Self::OtherCharger { .. })
    }
}

fn next_attempt(retry_in: Option<Duration>) -> String {
    retry_in.map_or_else(
        || "a connection is being made".to_owned(),
        |wait| format!("next attempt in {} s", wait.as_secs_f32().ceil()),
    )
}

fn because(reason: Option<&Error>) -> String {
    reason.map_or_else(String::new, |reason| format!(" ({reason})"))
}
