//! What follows from a protocol's events: the same changes of state, sessions and faults for every protocol.

use futures_core::Stream;
use futures_util::stream::{self, StreamExt as _};

use crate::backend::{Backend, EventStream};
use crate::model::{Event, EventKind, Fault, ProtocolEvent, State};

/// What a protocol tells: what that is in the model, and its own event.
pub(super) type Told = (Vec<EventKind>, Option<ProtocolEvent>);

/// The events of a charger: what its protocol tells, and what follows from it. It begins with what is known now.
pub(super) fn follow<C>(charger: C, told: impl Stream<Item = Told> + Send + 'static) -> EventStream
where
    C: Backend,
{
    let mut watch = Watch::new(&charger);
    told.flat_map(move |(kinds, protocol)| {
        if kinds.contains(&EventKind::Telemetry) {
            // What the charger does not tell is counted from its readings.
            charger.telemetry();
        }
        let mut kinds = kinds;
        kinds.extend(watch.changes(charger.state(), charger.faults()));
        if kinds.is_empty() && protocol.is_some() {
            kinds.push(EventKind::Other);
        }
        let identity = charger.identity();
        let events: Vec<_> = kinds
            .into_iter()
            .map(|kind| Event {
                protocol: protocol.clone(),
                ..Event::new(identity.clone(), kind)
            })
            .collect();
        stream::iter(events)
    })
    .boxed()
}

/// The last known state and faults.
struct Watch {
    state: State,
    is_open: bool,
    faults: Vec<Fault>,
}

impl Watch {
    fn new(charger: &impl Backend) -> Self {
        let state = charger.state();
        Self {
            state,
            is_open: state.is_session_open(),
            faults: charger.faults(),
        }
    }

    fn changes(&mut self, state: State, faults: Vec<Fault>) -> Vec<EventKind> {
        let mut kinds = Vec::new();
        if state != self.state {
            kinds.push(EventKind::State {
                from: self.state,
                to: state,
            });
            self.state = state;
        }
        // A session goes on while its charger is out of reach.
        let is_told = !matches!(
            state,
            State::Offline | State::Unauthenticated | State::Unknown(_)
        );
        if is_told && state.is_session_open() != self.is_open {
            self.is_open = state.is_session_open();
            kinds.push(if self.is_open {
                EventKind::SessionStarted
            } else {
                EventKind::SessionEnded
            });
        }
        if faults != self.faults {
            self.faults.clone_from(&faults);
            kinds.push(EventKind::Faults(faults));
        }
        kinds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_tell_sessions_and_a_break_in_the_connection_ends_none() {
        let mut watch = Watch {
            state: State::Connected,
            is_open: false,
            faults: Vec::new(),
        };
        for (state, expected) in [
            (State::Connected, &[][..]),
            (State::Charging, &["state", "session_started"]),
            (State::SuspendedByVehicle, &["state"]),
            (State::Offline, &["state"]),
            (State::Unknown(-1), &["state"]),
            (State::Charging, &["state"]),
            (State::Offline, &["state"]),
            (State::Finished, &["state", "session_ended"]),
            (State::Unauthenticated, &["state"]),
            (State::SuspendedByCharger, &["state", "session_started"]),
            (State::Fault, &["state", "session_ended"]),
        ] {
            let got = watch.changes(state, Vec::new());
            let names: Vec<_> = got.iter().map(EventKind::name).collect();
            assert_eq!(names, expected, "{state}");
        }
    }

    #[test]
    fn faults_are_told_when_they_come_and_when_they_go() {
        let mut watch = Watch {
            state: State::Fault,
            is_open: false,
            faults: Vec::new(),
        };
        let faults = vec![Fault::unknown(20)];
        let came = watch.changes(State::Fault, faults.clone());
        assert_eq!(came, [EventKind::Faults(faults.clone())]);
        assert_eq!(watch.changes(State::Fault, faults), []);
        let gone = watch.changes(State::Fault, Vec::new());
        assert_eq!(gone, [EventKind::Faults(Vec::new())]);
    }
}
