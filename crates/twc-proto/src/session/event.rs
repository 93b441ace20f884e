//! What a controller or a listener tells its owner.

use evse_sharing::Overload;

use super::{Reply, RequestFailure, RequestId, State};
use crate::Address;
use crate::frame::FrameErrorKind;
use crate::message::{Message, PeripheralState, Vin};

/// What happened on the bus, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The controller is in another state. A listener has none.
    State(State),
    /// A frame of another unit was decoded, and is part of what is known of it by now.
    Frame {
        /// Who sent it.
        from: Sender,
        /// What it says.
        message: Message,
    },
    /// A peripheral was heard for the first time.
    Found {
        /// Its id.
        unit: Address,
    },
    /// Version and serial number of a peripheral are known; once for each.
    NewDevice {
        /// Its id.
        unit: Address,
    },
    /// A peripheral has been silent for 26 s.
    Lost {
        /// Its id.
        unit: Address,
    },
    /// A lost peripheral was heard again.
    Returned {
        /// Its id.
        unit: Address,
    },
    /// A peripheral drew another session number: what was known of it is read anew.
    Restarted {
        /// Its id.
        unit: Address,
        /// How often it did so while it was watched.
        count: u32,
    },
    /// A peripheral reports another state.
    StateChanged {
        /// Its id.
        unit: Address,
        /// The state before.
        before: Option<PeripheralState>,
        /// The state now.
        now: PeripheralState,
    },
    /// The third of the three parts of a VIN came in, or one of them reverted to null. Vehicles of other makers never
    /// tell their VIN: see [`Peripheral::vehicle_present`](super::Peripheral::vehicle_present).
    CarConnected {
        /// The id of the peripheral.
        unit: Address,
        /// The VIN; `None` when the vehicle has gone.
        vin: Option<Vin>,
    },
    /// A part of a VIN is neither complete nor null; it was ignored.
    VinMalformed {
        /// The id of the peripheral.
        unit: Address,
    },
    /// An energy meter shows more than a unit can have given: its counts may not be kWh. Once for each unit.
    EnergyImplausible {
        /// The id of the peripheral.
        unit: Address,
        /// What it shows.
        raw: u32,
    },
    /// A unit has been told a limit five times and reports another one. It is told on.
    LimitNotAccepted {
        /// Its id.
        unit: Address,
        /// What it was told, A.
        limit_a: u16,
        /// What it reports, 0.01 A.
        reported_ca: u16,
    },
    /// Another controller speaks.
    ForeignController {
        /// Its id.
        controller: Address,
    },
    /// A peripheral has the id of this controller; it is made to choose another one.
    IdConflict {
        /// The id.
        address: Address,
    },
    /// Nothing but errors for two ticks; the controller pauses for one.
    BusNoise,
    /// What arrived is no frame.
    LineError {
        /// What is wrong with it.
        kind: FrameErrorKind,
        /// Whether something was to be expected: then probably two units spoke at once.
        collision: bool,
    },
    /// The limit is below what cannot be stopped, for the bus offers no stop; `None` when that is over.
    Overload(Option<Overload>),
    /// The budget that was set is too old; the safe limit is shared.
    BudgetExpired {
        /// What is shared now, A.
        limit_a: u16,
    },
    /// This controller falls silent. A unit that charges stops by itself within about 30 s, and some vehicles then have
    /// to be plugged in again. One event for each unit that answered, before [`State::Stopped`].
    Left {
        /// Its id.
        unit: Address,
        /// Whether a vehicle charges.
        charges: bool,
        /// The limit that it goes on with until it stops, 0.01 A.
        available_ca: u16,
    },
    /// A request ended; each does exactly once.
    Done {
        /// Which one.
        id: RequestId,
        /// How.
        result: Result<Reply, RequestFailure>,
    },
}

impl Event {
    /// The unit that it concerns; `None` where it concerns the bus, or is a request's end.
    pub const fn unit(&self) -> Option<Address> {
        match self {
            Self::Frame {
                from: Sender::Peripheral(unit),
                ..
            }
            | Self::Found { unit }
            | Self::NewDevice { unit }
            | Self::Lost { unit }
            | Self::Returned { unit }
            | Self::Restarted { unit, .. }
            | Self::StateChanged { unit, .. }
            | Self::CarConnected { unit, .. }
            | Self::VinMalformed { unit }
            | Self::EnergyImplausible { unit, .. }
            | Self::LimitNotAccepted { unit, .. }
            | Self::IdConflict { address: unit }
            | Self::Left { unit, .. } => Some(*unit),
            Self::Frame { .. }
            | Self::State(_)
            | Self::ForeignController { .. }
            | Self::BusNoise
            | Self::LineError { .. }
            | Self::Overload(_)
            | Self::BudgetExpired { .. }
            | Self::Done { .. } => None,
        }
    }
}

/// Who sent a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sender {
    /// A unit that answers a controller.
    Peripheral(Address),
    /// Another controller.
    Controller(Address),
    /// Somebody whose role is not known: legacy answers do not even name one.
    Unknown(Option<Address>),
}

/// What came in and went out so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames of other units.
    pub frames: u64,
    /// Frames of our own.
    pub sent: u64,
    /// Frames of our own that an adapter brought back.
    pub echoes: u64,
    /// Bytes that are no frame.
    pub errors: u64,
    /// Those among them while an answer was due, or an echo.
    pub collisions: u64,
    /// Questions without an answer.
    pub missed: u64,
    /// Frames that nobody could be found for: late answers, senders without a role, and more units than a bus has.
    pub ignored: u64,
    /// Parts of VINs that are neither complete nor null.
    pub malformed: u64,
    /// Events that were not fetched in time.
    pub events_dropped: u64,
}
