//! Why requests are not taken, and why they fail.

use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use crate::message::{ChargerState, Faults, ReservationResult, StartError};
use crate::time::CivilTime;
use crate::{Command, InvalidArgument};

/// Why a request was not taken; nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No such serial.
    #[error("no charger with this serial is known; wait for its announcement, or probe")]
    UnknownCharger,
    /// The charger has not been heard, and no address was given.
    #[error("the charger's address is not known; wait for its announcement, or probe")]
    NoAddress,
    /// No PIN is known.
    #[error("no PIN is known for this charger; log in with one")]
    NoPin,
    /// The charger refused the PIN.
    #[error("the charger refused the PIN; log in with another one")]
    WrongPin,
    /// A value is out of range.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
    /// The model ignores a new current while it charges and later faults.
    #[error(
        "this model does not take another current while it charges; stop, then start with the new one"
    )]
    NotWhileCharging,
    /// Too many requests wait already. A stop is never refused for that.
    #[error("{0} requests are waiting already; wait for their results")]
    QueueFull(usize),
}

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// No answer. Reading again is harmless; after a set read first.
    #[error("no answer to {command} within {} s{}", waited.as_secs(), heard(*last_seen))]
    NoAnswer {
        /// What was sent.
        command: Command,
        /// How long it was waited.
        waited: Duration,
        /// How long ago anything was heard from the charger.
        last_seen: Option<Duration>,
    },
    /// The charger refused the PIN.
    #[error("the charger refused the PIN; log in with another one")]
    WrongPin,
    /// The charger refused to start.
    #[error("the charger refused to start: {error} ({}), {reservation} ({})", error.code(), reservation.code())]
    StartRejected {
        /// What became of the time.
        reservation: ReservationResult,
        /// Why.
        error: StartError,
    },
    /// The charger refused to stop.
    #[error("the charger refused to stop, with the reason {fail_reason}")]
    StopRejected {
        /// Its number; no list is known.
        fail_reason: u8,
    },
    /// The charger has another value than the one that was set.
    #[error("the charger was told {what} {wanted} and reports {got}")]
    EchoMismatch {
        /// Which setting.
        what: &'static str,
        /// What was set.
        wanted: String,
        /// What the charger reports.
        got: String,
    },
    /// Some settings were not answered; what was answered is known now.
    #[error("no answer to {}", names(missing))]
    Incomplete {
        /// The requests without an answer.
        missing: Vec<Command>,
    },
    /// Nobody said which current to charge with, and the charger does not say what is configured.
    #[error("no current was given, and the charger does not tell the configured one; give one")]
    CurrentUnknown,
    /// A value that became known is out of range.
    #[error(transparent)]
    InvalidArgument(#[from] InvalidArgument),
    /// The charger does not tell its time; a reservation might start at once.
    #[error(
        "the charger does not tell its time, so a reservation might start at once; none was made"
    )]
    ClockUnknown,
    /// Nothing is plugged in.
    #[error("no vehicle is plugged in")]
    NotPluggedIn,
    /// A session runs.
    #[error("a session runs already; stop it first, or ask to replace it")]
    AlreadyCharging,
    /// A reservation is pending.
    #[error("a reservation is pending{}; stop it first, or ask to replace it", until(*start))]
    ReservationPending {
        /// When it starts, if known, by the owner's clock.
        start: Option<CivilTime>,
    },
    /// The charger is faulty, or its emergency stop is active.
    #[error("the charger is faulty: {faults:?}{}", if *emergency_stop { ", emergency stop" } else { "" })]
    Faulty {
        /// The faults.
        faults: Faults,
        /// Whether the emergency stop is active.
        emergency_stop: bool,
    },
    /// What stood in the way of a start was told to stop and did not go; nothing was started.
    #[error("the charger stays in state {state} after a stop, so nothing was started")]
    NotCleared {
        /// Its state.
        state: ChargerState,
    },
    /// No answer to a start, and the charger shows no session of this name. It may still have been carried out.
    #[error("no answer to the start; whether the charger carries it out is unknown{}: check before starting again", if *shows_none { " (it shows no session)" } else { "" })]
    OutcomeUnknown {
        /// Whether the charger answered meanwhile and showed no session that runs.
        shows_none: bool,
    },
    /// A charge that was meant for later began at once; it is being stopped.
    #[error("the reservation started at once and is being stopped{}", ahead(*clock_delta_s))]
    StartedAtOnce {
        /// Seconds by which the charger's clock is ahead, as last read.
        clock_delta_s: Option<i64>,
    },
    /// A stop came and went ahead, or another login.
    #[error("cancelled by a later request{}", if *sent { "; it had been sent already" } else { "" })]
    Superseded {
        /// Whether it had been sent.
        sent: bool,
    },
    /// The charger was removed.
    #[error("the charger was removed")]
    Removed,
}

fn heard(last_seen: Option<Duration>) -> String {
    match last_seen {
        Some(ago) => std::format!("; the charger was last heard {} s ago", ago.as_secs()),
        None => "; the charger was never heard: is it on, and in this network?".into(),
    }
}

fn names(commands: &[Command]) -> String {
    let names: Vec<_> = commands.iter().map(|command| command.name()).collect();
    names.join(", ")
}

fn until(start: Option<CivilTime>) -> String {
    start.map_or_else(String::new, |start| {
        let ((year, month, day), (hour, minute, _)) = (start.date(), start.time());
        std::format!(" for {year:04}-{month:02}-{day:02} {hour:02}:{minute:02}")
    })
}

fn ahead(clock_delta_s: Option<i64>) -> String {
    clock_delta_s.map_or_else(String::new, |delta_s| {
        std::format!("; the charger's clock is {delta_s} s ahead")
    })
}
