//! Chargers of every family through the one public surface.

mod custom;
#[cfg(feature = "duosida")]
mod duosida;
#[cfg(feature = "em")]
mod em;

/// The next event of a kind that fits.
#[cfg(any(feature = "duosida", feature = "em"))]
async fn next(
    events: &mut evse::EventStream,
    fits: impl Fn(&evse::EventKind) -> bool,
) -> evse::Event {
    use futures_util::StreamExt as _;

    let wanted = async {
        loop {
            let event = events.next().await.expect("the stream goes on");
            if fits(&event.kind) {
                return event;
            }
        }
    };
    let limit = std::time::Duration::from_secs(20);
    let found = tokio::time::timeout(limit, wanted).await;
    found.expect("in time")
}
