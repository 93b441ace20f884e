//! Two Tesla Gen2 units on one line, and a controller that shares a breaker between them.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::twc::proto::session::Farewell;
use evse::twc::{Config, Director};
use evse_sim::shell::twc::{Place, Simulator, SimulatorOptions};
use evse_sim::twc::{BusConfig, Peripheral, PeripheralConfig, ViolationKind};
use tokio::time::{sleep, timeout};

use super::{READING, Teller};
use crate::failure::Failure;
use crate::output::{json, table};

/// How fast the time of the bus passes. The controller's own times, such as those for answers, stay as they are, and a car
/// that asks for current waits for 30 s.
const SPEED: f64 = 3.0;

pub(super) const UNITS: [Unit; 2] = [Unit(0x3495), Unit(0x3496)];

/// What the common breaker carries, A.
const LIMIT_A: u16 = 16;

/// How long to wait for the first unit: the controller listens and announces itself for 11 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the steps behind the last readings take, about.
const STEPS: Duration = Duration::from_secs(2);

/// The simulated bus, and the controller.
pub(super) async fn run(limit: Duration, teller: &Teller) -> Result<(), Failure> {
    let units = UNITS.map(|unit| PeripheralConfig::new(unit, ProtocolVersion::V2));
    let gateway = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let simulator = Simulator::start(SimulatorOptions {
        speed: SPEED,
        ..SimulatorOptions::new(Place::Tcp(gateway), BusConfig::new(1, units.to_vec()))
    });
    let simulator = simulator
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))?;
    let told = timeout(limit, story(&simulator, limit, teller)).await;
    let result = told.unwrap_or_else(|_| teller.say("end", "the time is up"));
    // At this speed a loaded machine does not keep to the silence before a frame.
    let broken = simulator.bus(|bus, _| {
        let counted = bus.violations().iter();
        counted
            .filter(|violation| violation.kind != ViolationKind::NoSilence)
            .count()
    });
    simulator.shutdown().await;
    result?;
    teller.violations(u64::try_from(broken).unwrap_or(u64::MAX))
}

/// Listen, find two units, share a breaker between two cars, limit one of them, leave.
async fn story(simulator: &Simulator, limit: Duration, teller: &Teller) -> Result<(), Failure> {
    let address = simulator.address();
    teller.say(
        "simulator",
        &format!("two simulated units on one line, behind a gateway at {address}, {SPEED} times as fast as real time"),
    )?;
    let mut config = Config::default();
    config.session.limit_a = LIMIT_A;
    config.session.unit.wiring_a = LIMIT_A;
    config.session.farewell = Farewell::Leave;
    let director = Director::open(address.as_str(), config).await?;
    simulator.peripheral(0, Peripheral::plug_in);
    teller.say(
        "listening",
        "a car is plugged into the first; for 5 s the controller listens, for another one would have the bus",
    )?;
    let first = director.wait_for(Some(UNITS[0]), PATIENCE).await?;
    teller.say(
        "found",
        &format!("unit {} answers, no cloud involved", UNITS[0]),
    )?;
    let mut last = BTreeMap::new();
    readings(&director, READING * 4, &mut last, teller).await?;

    simulator.peripheral(1, Peripheral::plug_in);
    teller.say(
        "plugged_in",
        &format!("a car is plugged into the second: both share {LIMIT_A} A"),
    )?;
    let charging = || limit.saturating_sub(teller.began.elapsed() + STEPS);
    readings(&director, charging() / 2, &mut last, teller).await?;
    let reply = first.set_session_current(Some(6)).await?;
    teller.say(
        "session_current",
        &table::twc::outcome(UNITS[0], "session current 6 A", reply),
    )?;
    readings(&director, charging(), &mut last, teller).await?;
    for left in director.shutdown().await.units {
        teller.say("left", &left.to_string())?;
    }
    teller.say(
        "end",
        "that was all; try it with your own units: evse twc watch /dev/ttyUSB0",
    )
}

/// Shows the readings of all units as they change, for a while.
async fn readings(
    director: &Director,
    duration: Duration,
    last: &mut BTreeMap<Unit, String>,
    teller: &Teller,
) -> Result<(), Failure> {
    let end = Instant::now() + duration;
    while Instant::now() < end {
        sleep(READING.min(duration)).await;
        for unit in director.peripherals() {
            let Some(unit) = unit.read(Clone::clone) else {
                continue;
            };
            let text = table::twc::readings(&unit);
            if last.get(&unit.address) != Some(&text) {
                teller.reading(&text, json::twc::UnitJson::new(&unit))?;
                last.insert(unit.address, text);
            }
        }
    }
    Ok(())
}
