//! Why requests are not taken, and why they fail.

use std::time::Duration;

use evse_sharing::Why;

use crate::Address;

/// Why a request was not taken; nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// No such id.
    #[error("no unit {0} has been heard on this bus; wait for it, or look at its id")]
    UnknownUnit(Address),
    /// The unit does not answer.
    #[error("unit {0} does not answer; look at its power and at the line")]
    NotLinked(Address),
    /// This controller only listens, by configuration.
    #[error("this controller only listens; nothing is sent")]
    ListenOnly,
    /// Another controller is on the bus.
    #[error("controller {0} runs this bus; two would make the units fault, so nothing is sent")]
    ForeignController(Address),
    /// Another controller uses this one's id.
    #[error(
        "another controller uses the id {0} of this one; give another id, and nothing is sent until then"
    )]
    IdInUse(Address),
    /// The serial line, or the gateway, is not there.
    #[error("the line is closed; look at the adapter or the gateway")]
    Closed,
    /// The controller was shut down.
    #[error("the controller has been shut down")]
    Stopped,
    /// No current is between 0 and the floor.
    #[error("{asked_a} A is below the smallest current of {floor_a} A; this bus offers no stop")]
    BelowFloor {
        /// What was asked for.
        asked_a: u16,
        /// The least.
        floor_a: u16,
    },
    /// The unit says that nothing is plugged in.
    #[error("no vehicle is plugged into unit {0}")]
    NoVehicle(Address),
    /// They were opened by command: nothing can be drawn until they are closed.
    #[error("the contactors of unit {0} were opened by command; close them first")]
    ContactorsOpen(Address),
    /// Steps up and down work only while a vehicle charges.
    #[error("unit {0} does not charge; only a charge can be stepped up or down")]
    NotCharging(Address),
    /// 2 A more are not to be had.
    #[error(
        "2 A more are not free ({why}; {spare_a} A is); lower another unit first, or raise the limit"
    )]
    NoCapacity {
        /// What nobody may draw now, A.
        spare_a: u16,
        /// Why not.
        why: Why,
    },
    /// The last command to the contactors is too recent to close them.
    #[error("the contactors of unit {unit} were commanded just now; wait {} s", retry_after.as_secs() + 1)]
    TooSoon {
        /// The unit.
        unit: Address,
        /// When it may be asked again.
        retry_after: Duration,
    },
    /// Too many requests wait already.
    #[error("{0} requests are waiting already; wait for their results")]
    QueueFull(usize),
}

/// Why a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestFailure {
    /// It was sent and nothing came back. It may have been carried out, and is not repeated.
    #[error(
        "no answer; whether the unit carried it out is unknown: look at its state before asking again"
    )]
    OutcomeUnknown,
    /// It could not be sent in time.
    #[error("it could not be sent: the line was busy, or the unit fell silent")]
    NotSent,
    /// The unit stopped charging first.
    #[error("the unit does not charge any more; nothing was sent")]
    NotCharging,
    /// Others need what was free.
    #[error("2 A more are not free any more; nothing was sent")]
    NoCapacity,
    /// A later request for the same replaced it.
    #[error("a later request replaced it")]
    Superseded,
    /// Another controller spoke: this one fell silent.
    #[error("another controller appeared, so this one is silent{}", also(*sent))]
    ForeignController {
        /// Whether the request had been sent.
        sent: bool,
    },
    /// The unit was lost, or started anew.
    #[error("the unit was lost or restarted{}", also(*sent))]
    UnitLost {
        /// Whether the request had been sent.
        sent: bool,
    },
    /// The serial line, or the gateway, went away.
    #[error("the line was closed{}", also(*sent))]
    Closed {
        /// Whether the request had been sent.
        sent: bool,
    },
    /// The controller was shut down.
    #[error("the controller was shut down{}", also(*sent))]
    Stopped {
        /// Whether the request had been sent.
        sent: bool,
    },
}

const fn also(sent: bool) -> &'static str {
    if sent {
        "; whether the unit carried it out is unknown"
    } else {
        " before it was sent"
    }
}
