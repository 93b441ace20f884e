//! Events of a communicator as events of the model.

use em_client::Event;
use em_client::proto::session::Changes;

use crate::model::EventKind;

/// What an event of one charger is in the model; none, one or two. Changes of state, sessions and faults are not among
/// them: they are told from the readings, the same way for every protocol.
///
/// | event | model |
/// | --- | --- |
/// | changed: status, charge | telemetry |
/// | changed: info, configuration | settings |
/// | changed: address, online, login, clock | none of its own |
/// | added | settings |
/// | record | record |
/// | alarm | alarm |
/// | missed | missed |
/// | removed, malformed, garbage, datagram | other |
pub fn events(event: &Event) -> Vec<EventKind> {
    let kind = match event {
        Event::Changed { changes, .. } => {
            let any = |of: [Changes; 2]| of.into_iter().any(|one| changes.contains(one));
            let settings = any([Changes::INFO, Changes::CONFIGURATION]);
            let readings = any([Changes::STATUS, Changes::CHARGE]);
            let settings = settings.then_some(EventKind::Settings);
            let readings = readings.then_some(EventKind::Telemetry);
            return settings.into_iter().chain(readings).collect();
        }
        Event::Added { .. } => EventKind::Settings,
        Event::Record { .. } => EventKind::Record,
        Event::Alarm { alarm, .. } => EventKind::Alarm {
            text: alarm.to_string(),
        },
        Event::Missed { count } => EventKind::Missed { count: *count },
        Event::Removed { .. }
        | Event::Malformed { .. }
        | Event::Garbage { .. }
        | Event::Datagram(_) => EventKind::Other,
    };
    vec![kind]
}

#[cfg(test)]
mod tests {
    use em_client::proto::Serial;
    use em_client::proto::session::Alarm;

    use super::*;

    #[test]
    fn every_row_of_the_event_table_holds() {
        let serial = Serial::ZERO;
        let changed = |changes| Event::Changed { serial, changes };
        for (event, expected) in [
            (changed(Changes::STATUS), &["telemetry"][..]),
            (changed(Changes::CHARGE), &["telemetry"]),
            (changed(Changes::INFO), &["settings"]),
            (changed(Changes::CONFIGURATION), &["settings"]),
            (changed(Changes::ADDRESS), &[]),
            (changed(Changes::ONLINE), &[]),
            (changed(Changes::LOGIN), &[]),
            (changed(Changes::CLOCK), &[]),
            (Event::Added { serial }, &["settings"]),
            (Event::Missed { count: 3 }, &["missed"]),
            (Event::Removed { serial }, &["other"]),
        ] {
            let got = events(&event);
            let names: Vec<_> = got.iter().map(EventKind::name).collect();
            assert_eq!(names, expected, "{event:?}");
        }
        let alarm = Event::Alarm {
            serial,
            alarm: Alarm::PinChanged,
        };
        let text = "the charger does not take the PIN any more".to_owned();
        assert_eq!(events(&alarm), [EventKind::Alarm { text }]);
    }
}
