//! Chargers of all kinds on one supply, never above its limit.
//!
//! [`Circuits`] looks after the circuits of a [`Config`](crate::Config): once a second it reads all members of a
//! [`Fleet`](crate::Fleet) and tells each what it may draw. What to tell whom is decided by a [`Planner`], which does no
//! I/O and has no clock, so that simulations and tests run it as it is.
//!
//! Each member counts at the most that it may draw right now, and nobody is raised into what another may still draw.
//! Decreases are told at once, and counted when the member shows them. In particular:
//!
//! - A charger that takes no other current while it charges, or of which that is not known, counts at the current that
//!   its charge began with. Between charges it is told what the next one may draw. With `probe` it is raised by 2 A, and
//!   by 2 A again, with room for each step; if its vehicle follows both, it is known to take other currents.
//! - One that may start by itself counts at what it would start with; it is told its least while others need the rest.
//!   What nobody needs is told to those idle ones that cannot be raised once they charge.
//! - A charge for which there is no room is stopped, and started again when there is, five minutes later at the
//!   earliest. What charged before is not ours to start.
//! - Flash memory of chargers is written once a minute at most, unless the circuit could not bear the wait, and a charger
//!   that interrupts its charge for a change is raised once in five minutes at most.
//! - A bus of Tesla Gen2 units is one member: it has a budget, which it divides. While it is idle it keeps 6 A for a
//!   vehicle that comes, for one that is offered nothing for 30 s goes to an error; `self_start = false` frees them.
//!
//! | what fails | what happens |
//! | --- | --- |
//! | a charger was never heard | it counts at `max_current`, else at 32 A, whatever it may draw before it can be told |
//! | a charger does not tell its limit | it counts at 32 A until it does |
//! | a charger is not heard for 60 s, or offline | it gets no orders; what it may draw stays reserved; others share the rest |
//! | one that was stopped is not heard | it counts at what it would start with, for its vehicle may be plugged in anew |
//! | one that was stopped is started by a person, or by being plugged in anew | it is stopped again as soon as that is heard |
//! | an order is refused, for the state file cannot be used, by the guard, by the charger | it counts at what it holds; the order is repeated, after 5 s at first, then ever more slowly up to 5 min, decreases up to 40 s, or when the guard lets it |
//! | the end of an order is not known, or it is only accepted | it counts at the most of before, after and all else on its way, until its settings were read after that; the order is repeated |
//! | it draws or holds more than it was told for a minute | it counts at that, with an event; an EVSEMaster charger is not told other currents while it charges any more, by this and later programs |
//! | that cannot be kept in the state file | an event; this program knows all the same |
//! | the meter of other loads is silent | after `meter_max_age_s` the `reserve` counts, with an event |
//! | the meter is wild | it is believed: downwards at once, upwards at the pace of the members |
//! | the limit falls | decreases at once, or when an order that is on its way to the same charger has ended; what cannot be lowered is stopped; if that is not enough, an alarm |
//! | a member that cannot be stopped has no room | it is held at its least, with an alarm |
//! | this program ends or hangs | a Duosida keeps its limit; an EVSEMaster charger keeps the current of its charge; units of a bus go to the safe limit of their bus within 10 s if that still runs, else they stop within 30 s |
//! | it starts anew | in its first minute nobody is stopped, nor before the settings of all were read, for 3 min at most; each counts at all that it can draw until its settings were read in this run and it has followed whatever it was told before |
//! | there is no room for the floor of an idle bus | it has no budget, with an alarm until that is so; a vehicle that comes may have to be plugged in again |
//! | a bus is closed | it stays reserved for 60 s, until its units have stopped by themselves; opened again, it begins with nothing |
//! | a bus was never opened | for 30 s nobody is raised; then it counts at its breaker, for somebody else may run it |
//! | another controller runs a bus, or it is only listened to | it counts at its breaker, with an event |
//!
//! Each row has tests in `crates/evse/tests/facade/circuits`, found there by the words of its first column.

#[cfg(feature = "twc")]
mod bus;
mod circuits;
mod event;
mod meter;
mod order;
mod planner;
mod reading;
mod standing;
mod task;

pub use circuits::Circuits;
pub use event::CircuitEvent;
pub use meter::{HouseLoad, Meter};
pub use order::{Action, Order, Outcome};
pub use planner::Planner;
pub use reading::{BusControl, BusReading, Reading};
pub use standing::{CircuitStanding, House, MemberStanding, PhaseStanding, Standing};
