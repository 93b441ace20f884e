//! A simulated bus behind a pty or a TCP port, and a director on it.

#![allow(dead_code, reason = "each program uses its part")]

use std::{future::Future, time::Duration};

use evse_sim::{
    shell::twc::{Place, Simulator, SimulatorOptions},
    twc::{BusConfig, Peripheral as Simulated, PeripheralConfig, ViolationKind},
};
use futures_util::{Stream, StreamExt};
use tokio::time::timeout;
use twc_director::{
    Config, Director, Event, Peripheral,
    proto::{
        Address,
        message::ProtocolVersion,
        session::{self, UnitConfig},
    },
};

pub(crate) const UNIT: Address = Address(0x3495);
pub(crate) const OTHER: Address = Address(0x2433);
pub(crate) const VIN: &str = "5YJTESTA4TWC00001";

/// Far above what anything here takes.
const SOON: Duration = Duration::from_secs(90);

/// Fails the test instead of hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("it takes too long")
}

/// Units that show their presence often, with these ids.
pub(crate) fn bus(ids: &[Address]) -> BusConfig {
    let unit = |id: &Address| PeripheralConfig {
        presence_interval: Duration::from_millis(1_300),
        ..PeripheralConfig::new(*id, ProtocolVersion::V2)
    };
    BusConfig::new(1, ids.iter().map(unit).collect())
}

pub(crate) async fn simulator(bus: BusConfig) -> Simulator {
    Simulator::start(SimulatorOptions::for_tests(bus))
        .await
        .expect("a pty")
}

/// Four times as fast as a real one.
pub(crate) async fn fast(bus: BusConfig) -> Simulator {
    let mut options = SimulatorOptions::for_tests(bus);
    options.speed = 4.0;
    Simulator::start(options).await.expect("a pty")
}

pub(crate) async fn gateway(bus: BusConfig) -> Simulator {
    let place = Place::Tcp(([127, 0, 0, 1], 0).into());
    Simulator::start(SimulatorOptions::new(place, bus))
        .await
        .expect("a free port")
}

/// A circuit of 32 A.
pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.session.limit_a = 32;
    config.session.unit = UnitConfig {
        wiring_a: 32,
        ..UnitConfig::default()
    };
    config
}

pub(crate) fn listening() -> Config {
    let mut config = config();
    config.session.listen_only = true;
    config
}

pub(crate) async fn opened(simulator: &Simulator, config: Config) -> Director {
    Director::open(&*simulator.address(), config)
        .await
        .expect("it is there")
}

/// Waits for an event.
pub(crate) async fn event<T>(
    events: &mut (impl Stream<Item = Event> + Unpin),
    wanted: impl Fn(Event) -> Option<T>,
) -> T {
    soon(async {
        loop {
            let event = events.next().await.expect("a running director");
            assert!(
                !matches!(event, Event::Missed { .. }),
                "the test is too slow"
            );
            if let Some(found) = wanted(event) {
                return found;
            }
        }
    })
    .await
}

/// Waits for an event of the bus.
pub(crate) async fn bus_event<T>(
    events: &mut (impl Stream<Item = Event> + Unpin),
    wanted: impl Fn(session::Event) -> Option<T>,
) -> T {
    event(events, |event| match event {
        Event::Bus(event) => wanted(event),
        _ => None,
    })
    .await
}

/// Waits until a unit is as wanted.
pub(crate) async fn until(
    director: &Director,
    unit: &Peripheral,
    is: impl Fn(&session::Peripheral) -> bool,
) {
    let mut events = director.events();
    soon(async {
        while unit.read(&is) != Some(true) {
            events.next().await.expect("a running director");
        }
    })
    .await;
}

/// A unit that is linked.
pub(crate) async fn linked(director: &Director, unit: Address) -> Peripheral {
    director
        .wait_for(Some(unit), SOON)
        .await
        .expect("it is on the bus")
}

/// A unit whose car charges.
pub(crate) async fn charging(
    director: &Director,
    simulator: &Simulator,
    index: usize,
) -> Peripheral {
    let id = simulator
        .peripheral(index, |unit, _| unit.config().id)
        .expect("a unit");
    let unit = linked(director, id).await;
    simulator.peripheral(index, Simulated::plug_in);
    until(director, &unit, |unit| {
        unit.is_charging() && unit.delivered_ca > Some(500)
    })
    .await;
    unit
}

/// Nothing that a client can help: a unit that begins to speak while a frame leaves is not heard in time.
pub(crate) fn assert_no_violations(simulator: &Simulator) {
    let mut found = simulator.bus(|bus, _| bus.violations().to_vec());
    found.retain(|one| one.kind != ViolationKind::NoSilence);
    assert_eq!(found, []);
}
