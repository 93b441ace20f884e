//! What a user, or someone who looks for a fault, should see. Units are named by their bus id, which is the end of their
//! serial number.

use tracing::{debug, info, trace, warn};
use twc_proto::session::{Event, Overload};

/// Something happened on the bus.
pub(crate) fn event(event: &Event) {
    match *event {
        Event::State(state) => info!("{state}"),
        Event::Found { unit } => debug!(%unit, "a unit was heard"),
        Event::NewDevice { unit } => info!(%unit, "a new unit"),
        Event::Lost { unit } => {
            warn!(%unit, "lost: nothing was heard of it for 26 s; check its power and the line");
        }
        Event::Returned { unit } => info!(%unit, "back"),
        Event::Restarted { unit, count } => info!(%unit, count, "restarted"),
        Event::StateChanged { unit, now, .. } => debug!(%unit, state = %now, "changed"),
        Event::CarConnected { unit, vin } => {
            info!(%unit, connected = vin.is_some(), "a vehicle that tells its VIN");
        }
        Event::VinMalformed { unit } => debug!(%unit, "a part of a VIN that is none"),
        Event::EnergyImplausible { unit, raw } => {
            warn!(%unit, raw, "its meter does not count kWh; set the unit's energy divisor");
        }
        Event::LimitNotAccepted {
            unit,
            limit_a,
            reported_ca,
        } => warn!(%unit, limit_a, reported_ca, "does not take its limit"),
        Event::ForeignController { controller } => {
            warn!(%controller, "another controller is on this bus");
        }
        Event::IdConflict { address } => warn!(%address, "a unit has this controller's id"),
        Event::BusNoise => warn!("nothing but noise; check wires, polarity and termination"),
        Event::LineError { kind, collision } => debug!(%kind, collision, "no frame"),
        Event::Overload(Some(Overload { needed_a, limit_a })) => {
            warn!(
                needed_a,
                limit_a, "the limit is below what may be drawn; this bus offers no stop"
            );
        }
        Event::Overload(None) => info!("within the limit again"),
        Event::Left { unit, charges, .. } => info!(%unit, charges, "left alone"),
        Event::BudgetExpired { limit_a } => warn!(limit_a, "the budget is too old"),
        Event::Done {
            result: Err(error), ..
        } => debug!(%error, "a request failed"),
        Event::Frame { message, .. } => {
            let sender = message.sender().unwrap_or_default();
            trace!(%sender, kind = message.kind(), "heard");
        }
        Event::Done { result: Ok(_), .. } => {}
    }
}
