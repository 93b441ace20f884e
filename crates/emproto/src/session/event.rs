//! What a session tells its owner.

use std::boxed::Box;
use std::fmt;

use super::{Reply, RequestFailure, RequestId};
use crate::message::{ChargeRecord, Identifier};
use crate::time::RawTime;
use crate::{Command, PayloadError};

/// What happened to one charger, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It was seen for the first time, or added.
    Added,
    /// Something is not as before: see [`Session`](super::Session).
    Changed(Changes),
    /// It was removed.
    Removed,
    /// A request ended; each does exactly once.
    Done {
        /// Which one.
        id: RequestId,
        /// How.
        result: Result<Reply, RequestFailure>,
    },
    /// A reading of the ring of records goes on.
    Progress {
        /// The request.
        id: RequestId,
        /// Slots read so far.
        done: u32,
        /// Slots in all.
        total: u32,
    },
    /// A session has ended, now or earlier. Comes once for each [`RecordKey`], as long as it is among the last 256.
    Record {
        /// Names it, for [`Endpoint::record_taken`](crate::Endpoint::record_taken).
        key: RecordKey,
        /// The record.
        record: Box<ChargeRecord>,
        /// Whether the charger had it in store.
        is_replay: bool,
        /// Whether the charger's clock is known to be wrong: then so may be the times.
        is_time_doubtful: bool,
    },
    /// Somebody should know.
    Alarm(Alarm),
    /// A payload was too short; it is lost, the session goes on.
    Malformed {
        /// What it was about.
        command: Command,
        /// What is missing.
        error: PayloadError,
    },
}

/// Names a record. The charge id alone does not: some clients use one for all sessions of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordKey {
    /// Of the session.
    pub charge_id: Identifier,
    /// When it started, by the charger's clock.
    pub started: RawTime,
}

/// Something that a person should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// A charge that was reserved for later began at once. It is being stopped.
    ReservationStartedAtOnce {
        /// Seconds by which the charger's clock is ahead, as last read.
        clock_delta_s: Option<i64>,
    },
    /// And it could not be stopped.
    ReservationNotStopped,
    /// Another client has set the charger's clock to another time three times; it is left alone from now on.
    ForeignClock {
        /// Seconds by which it is ahead.
        delta_s: i64,
        /// Whether it looks as if it were set to UTC, which some clients do.
        looks_like_utc: bool,
    },
    /// The charger does not take the PIN any more.
    PinChanged,
    /// The charger sends payloads that are probably encrypted. They are not read. Comes once.
    Encrypted {
        /// [`Datagram::key_type`](crate::frame::Datagram::key_type) of the first one; 0 in every capture.
        key_type: u8,
    },
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReservationStartedAtOnce {
                clock_delta_s: Some(delta_s),
            } => write!(
                f,
                "a reserved charge began at once and is being stopped; the charger's clock is {delta_s} s ahead"
            ),
            Self::ReservationStartedAtOnce {
                clock_delta_s: None,
            } => f.write_str("a reserved charge began at once and is being stopped"),
            Self::ReservationNotStopped => f.write_str(
                "a reserved charge began at once, and the charger did not confirm a stop",
            ),
            Self::ForeignClock {
                delta_s,
                looks_like_utc,
            } => write!(
                f,
                "another client sets this charger's clock: {delta_s} s ahead{}",
                if *looks_like_utc {
                    ", as by a client that writes UTC"
                } else {
                    ""
                }
            ),
            Self::PinChanged => f.write_str("the charger does not take the PIN any more"),
            Self::Encrypted { key_type } => write!(
                f,
                "the charger sends payloads of key type {key_type}, which are probably encrypted; they are not read"
            ),
        }
    }
}

macro_rules! changes {
    ($($name:ident = $bit:literal $text:literal $doc:literal,)*) => {
        /// What changed: a set.
        #[derive(Clone, Copy, Default, PartialEq, Eq)]
        pub struct Changes(u8);

        impl Changes {
            $(#[doc = $doc] pub const $name: Self = Self(1 << $bit);)*

            /// The names of what changed, in `snake_case`.
            pub fn names(self) -> impl Iterator<Item = &'static str> {
                [$((Self::$name, $text)),*]
                    .into_iter()
                    .filter_map(move |(one, name)| self.contains(one).then_some(name))
            }
        }
    };
}

changes! {
    ADDRESS = 0 "address" "The address, or the port.",
    ONLINE = 1 "online" "Whether it is heard.",
    LOGIN = 2 "login" "The state of the session, or whether the PIN is accepted.",
    INFO = 3 "info" "What the charger is.",
    CONFIGURATION = 4 "configuration" "A setting.",
    STATUS = 5 "status" "Readings or states.",
    CHARGE = 6 "charge" "The session.",
    CLOCK = 7 "clock" "Whether the charger's clock is right.",
}

impl Changes {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Whether nothing changed.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` changed.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
