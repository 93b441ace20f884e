//! What happens at a charger, and its readings: `cargo run -p evse --example monitor -- duosida://192.0.2.7`. Without an
//! address it makes a charger up, lets a vehicle charge at it, and ends with the charge.

use std::time::Duration;

use evse::guard::Policy;
use evse::state_store::StateStore;
use evse::{Charger, Event, EventKind, GuardedDuosida, StartOptions};
use evse_sim::duosida::Device;
use evse_sim::shell::{Simulator, SimulatorOptions};
use futures_util::StreamExt as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(address) = std::env::args().nth(1) {
        let charger = connect(&address, StateStore::locate(None)?).await?;
        return watch(&charger, |_| false).await;
    }
    let mut options = SimulatorOptions::for_tests();
    options.speed = 4.0;
    options.device.slot_busy = Duration::ZERO;
    let simulator = Simulator::start(options).await?;
    let folder = tempfile::tempdir()?;
    let store = StateStore::at(folder.path().join("state.json"));
    let charger = connect(&format!("duosida://{}", simulator.address()), store).await?;

    let watched = charger.clone();
    let watching = tokio::spawn(async move {
        let is_over = |event: &Event| event.kind == EventKind::SessionEnded;
        watch(&watched, is_over)
            .await
            .map_err(|error| error.to_string())
    });
    simulator.device(Device::plug_in);
    let done = charger.start(StartOptions::default()).await?;
    println!("start: {}", done.completion);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let done = charger.stop().await?;
    println!("stop: {}", done.completion);
    watching.await??;
    charger.shutdown().await;
    Ok(())
}

async fn connect(address: &str, store: StateStore) -> Result<Charger, Box<dyn std::error::Error>> {
    let options = evse::duosida::Options::default();
    let address = address.parse()?;
    let charger = GuardedDuosida::connect(&address, options, store, Policy::default()).await?;
    Ok(charger.into())
}

/// Prints events until the last one; with readings, what they are. It works for a charger of any family.
async fn watch(
    charger: &Charger,
    is_last: impl Fn(&Event) -> bool,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut events = charger.events();
    while let Some(event) = events.next().await {
        match &event.kind {
            EventKind::Telemetry => {
                let now = charger.snapshot();
                println!(
                    "{}: {}; {}",
                    now.name,
                    now.status_text(),
                    now.phase_summary()
                );
            }
            kind => println!("{:?}: {kind:?}", event.identity),
        }
        if is_last(&event) {
            break;
        }
    }
    Ok(())
}
