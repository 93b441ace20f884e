//! Many chargers through one fleet, against simulated ones on real sockets and a pty.

mod discovery;
mod duosida;
mod em;
mod twc;

use std::path::Path;
use std::time::Duration;

use evse::config::Config;
use evse::state_store::StateStore;
use evse::{ConnectOptions, EventKind, FleetEvent, MemberEvent, State};
use futures_util::{Stream, StreamExt as _};
use tokio::time::timeout;

/// Far above what anything here takes.
const SOON: Duration = Duration::from_secs(90);

fn config(text: &str) -> Config {
    Config::parse(text, "evse.toml").expect(text)
}

fn options(folder: &Path) -> ConnectOptions {
    ConnectOptions::new(StateStore::at(folder.join("state.json")))
}

/// The next event of a charger that fits.
async fn next(
    events: &mut (impl Stream<Item = FleetEvent> + Unpin),
    name: &str,
    fits: impl Fn(&MemberEvent) -> bool,
) -> MemberEvent {
    let wanted = async {
        loop {
            let event = events.next().await.expect("the fleet lives");
            if *event.name == *name && fits(&event.event) {
                return event.event;
            }
        }
    };
    timeout(SOON, wanted).await.expect("in time")
}

/// Waits until a charger tells that it is in this state.
async fn until(events: &mut (impl Stream<Item = FleetEvent> + Unpin), name: &str, wanted: State) {
    let is = |event: &MemberEvent| match event {
        MemberEvent::Charger(event) => {
            matches!(event.kind, EventKind::State { to, .. } if to == wanted)
        }
        _ => false,
    };
    next(events, name, is).await;
}

const fn is_connected(event: &MemberEvent) -> bool {
    matches!(event, MemberEvent::Connected)
}

const fn is_not(event: &MemberEvent) -> bool {
    matches!(event, MemberEvent::NotConnected(_))
}
