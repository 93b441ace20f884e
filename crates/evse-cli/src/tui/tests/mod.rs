//! Tests of the screen without a terminal.

mod app;
mod input;
mod screens;

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use evse::model::{CurrentRange, Device, LastError, Session};
use evse::units::{Milliamps, Millivolts, WattHours, Watts};
use evse::{
    Address, Backend, Capabilities, Charger, Command, Done, Effect, Error, ErrorKind, EventStream,
    Fault, Identity, Protocol, Snapshot, State, Telemetry,
};
use futures_util::stream;
use jiff::{Timestamp, tz::TimeZone};

use super::app::{App, Now};

/// A charger that only shows what it was given.
#[derive(Clone)]
struct Mock {
    protocol: Protocol,
    address: Option<Address>,
    device: Device,
    state: State,
    telemetry: Telemetry,
    faults: Vec<Fault>,
    last_update: Option<SystemTime>,
    last_error: Option<LastError>,
}

#[async_trait]
impl Backend for Mock {
    fn identity(&self) -> Identity {
        Identity::new(self.protocol, "0300000000000000001")
    }

    fn address(&self) -> Option<Address> {
        self.address.clone()
    }

    fn device(&self) -> Device {
        self.device.clone()
    }

    fn state(&self) -> State {
        self.state
    }

    fn telemetry(&self) -> Telemetry {
        self.telemetry.clone()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.current = Some(CurrentRange::from_six_to(16));
        capabilities
    }

    fn faults(&self) -> Vec<Fault> {
        self.faults.clone()
    }

    fn last_update(&self) -> Option<SystemTime> {
        self.last_update
    }

    fn last_error(&self) -> Option<LastError> {
        self.last_error.clone()
    }

    fn events(&self) -> EventStream {
        Box::pin(stream::empty())
    }

    async fn execute(&self, command: Command) -> Result<Done<Effect>, Error> {
        Err(Error::unsupported(&self.identity(), command.name()))
    }
}

impl Mock {
    /// No car.
    fn idle() -> Self {
        let mut telemetry = Telemetry::default();
        telemetry.voltage[0] = Some(Millivolts(230_100));
        telemetry.current[0] = Some(Milliamps(0));
        telemetry.power = Some(Watts(0));
        telemetry.lifetime_energy = Some(WattHours(250_325));
        telemetry.limit.reported = Some(Milliamps(16_000));
        telemetry.vehicle_connected = Some(false);
        let mut device = Device::default();
        device.brand = Some("ACME".to_owned());
        device.model = Some("Box 16".to_owned());
        Self {
            protocol: Protocol::Custom("acme"),
            address: "duosida://192.0.2.7".parse().ok(),
            device,
            state: State::Available,
            telemetry,
            faults: Vec::new(),
            last_update: Some(start() + Duration::from_secs(298)),
            last_error: None,
        }
    }

    fn charging(current: Milliamps) -> Self {
        let mut mock = Self::idle();
        mock.state = State::Charging;
        let telemetry = &mut mock.telemetry;
        telemetry.current[0] = Some(current);
        telemetry.power = Some(Watts(current.0 * 230 / 1_000));
        telemetry.session_energy = Some(WattHours(2_417));
        telemetry.vehicle_connected = Some(true);
        let session = telemetry.session.insert(Session::default());
        session.started_at = Some(start() - Duration::from_mins(47));
        mock
    }

    fn faulty() -> Self {
        let mut mock = Self::idle();
        mock.state = State::Fault;
        mock.faults = vec![Fault::new(14, "over_voltage", "the voltage is too high")];
        mock
    }

    fn offline() -> Self {
        let mut mock = Self::idle();
        mock.state = State::Offline;
        mock.telemetry = Telemetry::default();
        mock.last_error = Some(LastError {
            at: start(),
            kind: ErrorKind::Unreachable,
            text: "connection refused; check address and power".to_owned(),
        });
        mock
    }

    fn of(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    fn named(self, name: &str) -> Snapshot {
        let mut snapshot = Charger::custom(self).snapshot();
        name.clone_into(&mut snapshot.name);
        snapshot
    }
}

/// When the screen was opened: on a day at 18:00 UTC.
fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(493_002)
}

/// So many seconds after that.
fn at(seconds: u64) -> Now {
    let uptime = Duration::from_secs(seconds);
    let wall = Timestamp::try_from(start() + uptime).expect("in range");
    Now {
        uptime,
        wall: wall.to_zoned(TimeZone::UTC),
    }
}

/// A screen that has just seen these.
fn seen(snapshots: &[Snapshot]) -> App {
    let mut app = App::new(at(0));
    app.tick(at(0), snapshots.to_vec());
    app
}
