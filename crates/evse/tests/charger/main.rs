//! Chargers of every family through the one public surface.

mod custom;
#[cfg(feature = "duosida")]
mod duosida;
#[cfg(feature = "em")]
mod em;

use std::time::Duration;

use evse::{Event, EventKind, EventStream};
use futures_util::StreamExt as _;
use tokio::time::timeout;

#[cfg(any(feature = "duosida", feature = "em"))]
/// The next event of a kind that fits.
async fn next(events: &mut EventStream, fits: impl Fn(&EventKind) -> bool) -> Event {
    let wanted = async {
        loop {
            let event = events.next().await.expect("the stream goes on");
            if fits(&event.kind) {
                return event;
            }
        }
    };
    timeout(Duration::from_secs(20), wanted)
        .await
        .expect("in time")
}
