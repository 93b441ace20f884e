//! An EM charger of three phases and a live session with it.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::{Duration, Instant};

use evse::GuardedEm;
use evse::em::proto::session::{ClockPolicy, Known, StartRequest};
use evse::em::proto::{Pin, Serial};
use evse::em::{Communicator, Options, Whom};
use evse::guard::{Policy, Requester};
use evse::state_store::StateStore;
use evse_sim::em::{Device, DeviceConfig, Model};
use evse_sim::shell::em::{Simulator, SimulatorOptions};
use tokio::time::{sleep, timeout};

use super::{READING, SPEED, Teller};
use crate::failure::Failure;
use crate::output::{json, table};

/// What the steps between the readings take, about.
const STEPS: Duration = Duration::from_secs(6);

/// How long to wait for its announcement, which comes every 3 s of its own time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Its simulated charger, and the session.
pub(super) async fn run(
    store: StateStore,
    limit: Duration,
    teller: &Teller,
) -> Result<(), Failure> {
    let communicator = Communicator::new(options());
    let port = communicator.start()?;
    let pin = pin()?;
    let mut device = DeviceConfig::new(Model::BesenBs20, 3, SERIAL, pin);
    (device.history_capacity, device.history_records) = (3, 2);
    let simulator = Simulator::start(SimulatorOptions {
        speed: SPEED,
        seed: 1,
        ..SimulatorOptions::for_tests(device, port)
    });
    let simulator = simulator
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))?;
    let session = story(&communicator, &simulator, store, limit, teller);
    let told = timeout(limit, session).await;
    let result = told.unwrap_or_else(|_| teller.say("end", "the time is up"));
    communicator.stop().await;
    let broken = simulator.device(0, |device, _| device.violation_count());
    simulator.shutdown().await;
    result?;
    teller.violations(broken.unwrap_or_default())
}

/// On loopback, any port: the simulated charger is told which.
fn options() -> Options {
    let mut options = Options {
        bind: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0),
        ..Options::default()
    };
    // The simulated charger's clock runs ahead, by design.
    options.endpoint.session.clock = ClockPolicy::Never;
    options
}

/// Log in, plug in, start at 10 A, raise to 16 A, stop, read the memory.
async fn story(
    communicator: &Communicator,
    simulator: &Simulator,
    store: StateStore,
    limit: Duration,
    teller: &Teller,
) -> Result<(), Failure> {
    let evse = communicator.wait_for(Whom::Any, PATIENCE).await?;
    let address = evse.address().map(|address| address.to_string());
    teller.say(
        "found",
        &format!(
            "a simulated charger of three phases announces itself from {}",
            address.unwrap_or_default()
        ),
    )?;
    let known = Known {
        pin: Some(pin()?),
        ..Known::default()
    };
    communicator.add(evse.serial(), known);
    evse.login(None).await?;
    teller.say(
        "connected",
        &format!(
            "logged in to {} with its PIN, no cloud involved",
            evse.label()
        ),
    )?;
    let charger = GuardedEm::new(evse, store, Policy::default()).await;
    simulator.device(0, Device::plug_in);
    teller.say("plugged_in", "a car is plugged in")?;
    readings(&charger, READING * 2, teller).await?;

    let charging = limit.saturating_sub(STEPS) / 2;
    let request = StartRequest {
        current_a: Some(10),
        ..StartRequest::default()
    };
    let done = charger.start(request, false).await?;
    teller.say("start", &table::em::started(&done.completion))?;
    readings(&charger, charging, teller).await?;
    charger.set_max_current(16, Requester::Person).await?;
    teller.say(
        "set_current",
        "set-current 16: done, confirmed by the charger; this model pauses for 20 s",
    )?;
    readings(&charger, charging, teller).await?;
    charger.stop(None).await?;
    teller.say("stop", "stop: done, confirmed by the charger")?;
    let history = charger.evse().history(|_, _| {}).await?;
    for record in &history.records {
        teller.say(
            "record",
            &format!("in its memory: {}", table::em::record(record)),
        )?;
    }
    teller.say(
        "end",
        "that was all; try it with your own charger: evse em discover",
    )
}

/// Shows the readings for a while.
async fn readings(charger: &GuardedEm, duration: Duration, teller: &Teller) -> Result<(), Failure> {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        sleep(READING.min(duration)).await;
        let evse = charger.evse();
        evse.refresh().await?;
        teller.reading(
            &table::em::readings(evse, &evse.label()),
            json::em::StatusJson::new(evse),
        )?;
    }
    Ok(())
}

/// The PIN of the simulated charger.
pub(super) fn pin() -> Result<Pin, Failure> {
    PIN.parse()
        .map_err(|_| Failure::failed("io", "the simulated charger has no PIN"))
}

pub(super) const SERIAL: Serial = Serial([0x10, 0, 0, 0, 0, 0, 0, 1]);
pub(super) const PIN: &str = "123456";
