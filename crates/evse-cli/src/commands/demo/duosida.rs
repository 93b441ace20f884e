//! A Duosida wallbox and a live session with it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use evse::duosida::proto::config::Setting;
use evse::duosida::{DiscoverOptions, Options, Reconnect, discover};
use evse::guard::Policy;
use evse::state_store::StateStore;
use evse::{Address, GuardedDuosida};
use evse_sim::duosida::Device;
use evse_sim::shell::{Simulator, SimulatorOptions};
use futures_util::StreamExt as _;
use tokio::time::{sleep, timeout};

use super::{READING, SPEED, Teller};
use crate::failure::Failure;
use crate::output::{json, table};

/// What the steps between the readings take, about.
const STEPS: Duration = Duration::from_secs(6);

/// Its simulated wallbox, and the session.
pub(super) async fn run(
    store: StateStore,
    limit: Duration,
    teller: &Teller,
) -> Result<(), Failure> {
    let mut options = SimulatorOptions {
        speed: SPEED,
        seed: 1,
        ..SimulatorOptions::for_tests()
    };
    options.device.slot_busy = Duration::ZERO;
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))?;
    let told = timeout(limit, story(&simulator, store, limit, teller)).await;
    let result = told.unwrap_or_else(|_| teller.say("end", "the time is up"));
    let broken = simulator.device(|device, _| device.violation_count());
    simulator.shutdown().await;
    result?;
    teller.violations(broken)
}

/// Plug in, start at 6 A, raise to 16 A, stop, try too early, unplug.
async fn story(
    simulator: &Simulator,
    store: StateStore,
    limit: Duration,
    teller: &Teller,
) -> Result<(), Failure> {
    teller.say(
        "simulator",
        &format!(
            "a simulated wallbox listens on {}, {SPEED} times as fast as real time",
            simulator.address()
        ),
    )?;
    let address = find(simulator, teller).await?;
    let options = Options {
        reconnect: Reconnect::Never,
        ..Options::default()
    };
    let charger = GuardedDuosida::connect(&address, options, store, Policy::default()).await?;
    let model = charger
        .charger()
        .identity()
        .and_then(|identity| identity.model)
        .unwrap_or_default();
    teller.say(
        "connected",
        &format!("session open with {model}, no cloud involved"),
    )?;

    simulator.device(Device::plug_in);
    teller.say("plugged_in", "a car is plugged in")?;
    readings(&charger, READING * 2, teller).await?;

    let charging = limit.saturating_sub(STEPS) / 2;
    set_current(&charger, 6, teller).await?;
    start(&charger, teller).await?;
    readings(&charger, charging, teller).await?;
    set_current(&charger, 16, teller).await?;
    readings(&charger, charging, teller).await?;

    let done = charger.stop(None).await?;
    teller.say(
        "stop",
        &format!("stop: {}", table::completion(done.completion)),
    )?;
    if let Err(error) = charger.start(None, false).await {
        teller.say(
            "held_back",
            &format!("start: held back by the guard: {error}"),
        )?;
    }
    simulator.device(Device::unplug);
    teller.say("unplugged", "the car is unplugged")?;
    readings(&charger, READING, teller).await?;
    charger.shutdown().await;
    teller.say(
        "end",
        "that was all; try it with your own wallbox: evse duosida discover",
    )
}

/// Discovery on loopback: one probe, one answer.
async fn find(simulator: &Simulator, teller: &Teller) -> Result<Address, Failure> {
    let SocketAddr::V4(listens) = simulator.address() else {
        return Err(Failure::failed("io", "the simulator is not on IPv4"));
    };
    let options = DiscoverOptions {
        targets: vec![*listens.ip()],
        port: simulator
            .discovery_address()
            .map_or(0, |address| address.port()),
        ..DiscoverOptions::default()
    };
    let mut found = std::pin::pin!(discover(options));
    while let Some(item) = found.next().await {
        if let Ok(charger) = item {
            let firmware = charger.firmware.unwrap_or_default();
            teller.say(
                "found",
                &format!(
                    "discovery found it at {}, Wi-Fi firmware {firmware}",
                    charger.ip
                ),
            )?;
            break;
        }
    }
    Ok(Address::duosida(listens.ip().to_string(), listens.port()))
}

async fn set_current(charger: &GuardedDuosida, amps: u8, teller: &Teller) -> Result<(), Failure> {
    let done = charger.set(Setting::MaxCurrent { amps }).await?;
    teller.say(
        "set_current",
        &format!("set-current {amps}: {}", table::completion(done.completion)),
    )
}

async fn start(charger: &GuardedDuosida, teller: &Teller) -> Result<(), Failure> {
    let done = charger.start(None, false).await?;
    teller.say(
        "start",
        &format!("start: {}", table::completion(done.completion)),
    )
}

/// Shows the readings for a while.
async fn readings(
    charger: &GuardedDuosida,
    duration: Duration,
    teller: &Teller,
) -> Result<(), Failure> {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        sleep(READING.min(duration)).await;
        charger.charger().refresh().await?;
        let status = charger.charger().status();
        let identity = charger.charger().identity();
        let object = json::StatusJson::new(&status, identity.as_ref());
        teller.reading(&table::readings(&status), object)?;
    }
    Ok(())
}
