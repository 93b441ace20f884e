//! What a user, or someone who looks for a fault, should see. Chargers are named by the last four digits.

use emproto::{
    Serial,
    frame::datagrams,
    session::{Changes, Event, Session, SessionState},
};
use tracing::{Level, debug, info, trace, warn};

use crate::{error::Peer, shared::Core};

/// Something happened to a charger.
pub(crate) fn event(core: &Core, serial: Serial, event: &Event) {
    let charger = || core.peer(serial);
    match event {
        Event::Added => info!(charger = %charger(), "a new charger"),
        Event::Removed => info!(charger = %charger(), "removed"),
        Event::Alarm(alarm) => warn!(charger = %charger(), "{alarm}"),
        Event::Malformed { command, error } => {
            debug!(charger = %charger(), %command, %error, "a message that cannot be read");
        }
        Event::Done {
            result: Err(error), ..
        } => debug!(charger = %charger(), %error, "a request failed"),
        Event::Changed(changes) if shows(*changes) => {
            let session = core.endpoint.evse(serial);
            let state = session.map_or(SessionState::Unknown, Session::state);
            info!(charger = %charger(), ?state, "changed");
        }
        Event::Changed(changes) => debug!(charger = %charger(), ?changes, "changed"),
        Event::Done { result: Ok(_), .. } | Event::Progress { .. } | Event::Record { .. } => {}
    }
}

/// Whether a user would notice.
const fn shows(changes: Changes) -> bool {
    changes.contains(Changes::ONLINE)
        || changes.contains(Changes::LOGIN)
        || changes.contains(Changes::ADDRESS)
}

/// A packet passed: its datagrams by name and length, never their content.
pub(crate) fn packet(direction: &'static str, packet: &[u8]) {
    if !tracing::enabled!(Level::TRACE) {
        return;
    }
    for datagram in datagrams(packet) {
        match datagram {
            Ok(datagram) => {
                let charger = Peer {
                    serial: datagram.serial,
                    address: None,
                };
                let (command, bytes) = (datagram.command, datagram.payload.len());
                trace!(%charger, %command, bytes, "{direction}");
            }
            Err(error) => trace!(%error, "{direction}"),
        }
    }
}
