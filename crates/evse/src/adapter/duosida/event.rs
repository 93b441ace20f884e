//! Events of a session as events of the model.

use duosida_client::proto::session::Event;

use crate::model::EventKind;

/// What an event of the session is in the model. Changes of state, sessions and faults are not in it: they are told
/// from the readings, the same way for every protocol.
///
/// | event | model |
/// | --- | --- |
/// | `Updated` | telemetry |
/// | `Ready`, `Identity`, `Configuration` | settings |
/// | `Restarted` | alarm |
/// | `State`, `TransactionStarted`, `TransactionStopped`, `Done`, `Failed` | none of its own |
/// | `CardShown`, `Learned`, `Malformed`, `Unexpected` | other |
pub fn event(event: &Event) -> Option<EventKind> {
    match event {
        Event::Updated => Some(EventKind::Telemetry),
        Event::Ready(_) | Event::Identity(_) | Event::Configuration => Some(EventKind::Settings),
        Event::Restarted => Some(EventKind::Alarm {
            text: "the charger restarted in the middle of a session".to_owned(),
        }),
        Event::CardShown { .. }
        | Event::Learned(_)
        | Event::Malformed(_)
        | Event::Unexpected { .. } => Some(EventKind::Other),
        Event::State(_)
        | Event::TransactionStarted { .. }
        | Event::TransactionStopped { .. }
        | Event::Done { .. }
        | Event::Failed(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use duosida_client::proto::message::ChargePointStatus;
    use duosida_client::proto::session::{Quirks, SessionError};

    use super::*;

    #[test]
    fn every_row_of_the_event_table_holds() {
        let id = duosida_client::proto::session::Identity {
            identifier: String::new(),
            model: None,
            vendor: None,
            firmware: None,
        };
        for (from, expected) in [
            (Event::Updated, Some("telemetry")),
            (Event::Ready(id.clone()), Some("settings")),
            (Event::Identity(id), Some("settings")),
            (Event::Configuration, Some("settings")),
            (Event::Restarted, Some("alarm")),
            (Event::State(ChargePointStatus::Charging), None),
            (Event::TransactionStarted { transaction_id: 1 }, None),
            (
                Event::TransactionStopped {
                    transaction_id: None,
                    meter_stop_wh: None,
                    reason: None,
                },
                None,
            ),
            (Event::Failed(SessionError::Idle), None),
            (Event::CardShown { message_id: 1 }, Some("other")),
            (Event::Learned(Quirks::default()), Some("other")),
            (Event::Unexpected { field: 1, name: "" }, Some("other")),
        ] {
            let got = event(&from);
            assert_eq!(got.as_ref().map(EventKind::name), expected, "{from:?}");
        }
    }
}
