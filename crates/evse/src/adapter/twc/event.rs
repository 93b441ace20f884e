//! Events of a bus as events of the model.

use twc_director::Event;
use twc_director::proto::message::Message;
use twc_director::proto::session::Event as BusEvent;

use crate::model::EventKind;

/// What an event is in the model for the unit that it concerns; none or one. Changes of state, sessions and faults are
/// not among them: they are told from the readings, the same way for every protocol.
///
/// | event | model |
/// | --- | --- |
/// | frame: heartbeat or meter of the unit | telemetry |
/// | car connected | telemetry |
/// | new device, restarted | settings |
/// | found, lost, returned, state changed, port opened or closed | none of its own |
/// | limit not accepted, implausible energy, foreign controller, overload, expired budget | alarm |
/// | missed | missed |
/// | other | other |
pub fn events(event: &Event) -> Option<EventKind> {
    let event = match event {
        Event::Bus(event) => event,
        Event::Missed { count } => return Some(EventKind::Missed { count: *count }),
        Event::PortClosed { .. } | Event::PortOpened => return None,
    };
    Some(match event {
        BusEvent::Frame {
            message: Message::PeripheralHeartbeat(_) | Message::Meter { .. },
            ..
        }
        | BusEvent::CarConnected { .. } => EventKind::Telemetry,
        BusEvent::NewDevice { .. } | BusEvent::Restarted { .. } => EventKind::Settings,
        BusEvent::Found { .. }
        | BusEvent::Lost { .. }
        | BusEvent::Returned { .. }
        | BusEvent::StateChanged { .. } => return None,
        BusEvent::LimitNotAccepted {
            limit_a,
            reported_ca,
            ..
        } => alarm(format!(
            "the unit was told {limit_a} A five times and reports {} A",
            f32::from(*reported_ca) / 100.0
        )),
        BusEvent::EnergyImplausible { .. } => {
            alarm("the energy meter shows more than the unit can have given".to_owned())
        }
        BusEvent::ForeignController { controller } => alarm(format!(
            "another controller, {controller}, speaks on the bus: this one only listens"
        )),
        BusEvent::Overload(Some(_)) => {
            alarm("the limit is below what the units draw and cannot be told to leave".to_owned())
        }
        BusEvent::BudgetExpired { limit_a } => alarm(format!(
            "the budget is too old, {limit_a} A are shared instead"
        )),
        _ => EventKind::Other,
    })
}

const fn alarm(text: String) -> EventKind {
    EventKind::Alarm { text }
}

#[cfg(test)]
mod tests {
    use twc_director::proto::Address;

    use super::*;

    #[test]
    fn every_row_of_the_event_table_holds() {
        let unit = Address(0x3495);
        for (event, expected) in [
            (
                BusEvent::CarConnected { unit, vin: None },
                Some("telemetry"),
            ),
            (BusEvent::NewDevice { unit }, Some("settings")),
            (BusEvent::Restarted { unit, count: 1 }, Some("settings")),
            (BusEvent::Found { unit }, None),
            (BusEvent::Lost { unit }, None),
            (BusEvent::Returned { unit }, None),
            (BusEvent::EnergyImplausible { unit, raw: 1 }, Some("alarm")),
            (
                BusEvent::ForeignController { controller: unit },
                Some("alarm"),
            ),
            (BusEvent::BudgetExpired { limit_a: 6 }, Some("alarm")),
            (BusEvent::Overload(None), Some("other")),
            (BusEvent::BusNoise, Some("other")),
        ] {
            let got = events(&Event::Bus(event));
            assert_eq!(got.as_ref().map(EventKind::name), expected, "{event:?}");
        }
        let missed = events(&Event::Missed { count: 3 });
        assert_eq!(missed, Some(EventKind::Missed { count: 3 }));
        let refused = events(&Event::Bus(BusEvent::LimitNotAccepted {
            unit,
            limit_a: 10,
            reported_ca: 1_650,
        }));
        let text = "the unit was told 10 A five times and reports 16.5 A".to_owned();
        assert_eq!(refused, Some(EventKind::Alarm { text }));
    }
}
