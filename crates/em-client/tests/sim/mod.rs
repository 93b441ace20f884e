//! Simulated chargers on loopback, and a communicator that hears them.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::{
    future::Future,
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

use em_client::{
    Communicator, Evse, LocalZone, Options,
    proto::{
        Pin, Serial,
        session::{Known, Session},
    },
};
use evse_sim::{
    DelayRange,
    em::{DeviceConfig, Model},
    shell::em::{Simulator, SimulatorOptions},
};
use futures_util::StreamExt;
use tokio::time::timeout;

pub(crate) const PIN: &str = "123456";
pub(crate) const SERIAL: &str = "1122334455667788";

/// Far above what anything here takes.
const SOON: Duration = Duration::from_secs(20);

/// Fails the test instead of hanging.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(SOON, what).await.expect("it takes too long")
}

pub(crate) fn pin() -> Pin {
    PIN.parse().expect("six digits")
}

pub(crate) fn serial() -> Serial {
    SERIAL.parse().expect("16 digits")
}

/// Any free port on loopback.
pub(crate) fn options() -> Options {
    Options {
        bind: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0),
        zone: LocalZone::new(|_| 0),
        ..Options::default()
    }
}

pub(crate) fn started(options: Options) -> (Communicator, u16) {
    let communicator = Communicator::new(options);
    let port = communicator.start().expect("a free port");
    (communicator, port)
}

pub(crate) fn device(model: Model, phases: u8) -> DeviceConfig {
    let mut config = DeviceConfig::new(model, phases, serial(), pin());
    config.announce_interval = DelayRange::from_millis(50, 100);
    config.status_interval = DelayRange::from_millis(300, 500);
    config.charging_interval = Duration::from_millis(300);
    config.reply_delay = DelayRange::from_millis(0, 5);
    config
}

/// One charger for the client on a port.
pub(crate) async fn simulator(config: DeviceConfig, port: u16) -> Simulator {
    simulators(SimulatorOptions::for_tests(config, port)).await
}

pub(crate) async fn simulators(options: SimulatorOptions) -> Simulator {
    Simulator::start(options).await.expect("free ports")
}

/// What is known is the PIN.
pub(crate) fn with_pin() -> Known {
    Known {
        pin: Some(pin()),
        ..Known::default()
    }
}

/// Waits until a charger is as wanted.
pub(crate) async fn until(evse: &Evse, communicator: &Communicator, is: impl Fn(&Session) -> bool) {
    let mut events = communicator.events();
    soon(async {
        while evse.read(&is) != Some(true) {
            events.next().await.expect("a running communicator");
        }
    })
    .await;
}

/// A charger that is logged in, with its status and settings read.
pub(crate) async fn logged_in(communicator: &Communicator) -> Evse {
    let evse = communicator.add(serial(), with_pin()).expect("a place");
    let is_complete = |session: &Session| {
        session.is_registered()
            && session.status().is_some()
            && session.configuration().output_current_a.is_some()
            && session.configuration().name.is_some()
            && !session.info().software_version.is_empty()
    };
    until(&evse, communicator, is_complete).await;
    evse
}

pub(crate) fn assert_no_violations(simulator: &Simulator) {
    for index in 0..simulator.count() {
        let found = simulator.device(index, |device, _| device.violations().to_vec());
        assert_eq!(found.expect("a charger"), [], "charger {index}");
    }
}
