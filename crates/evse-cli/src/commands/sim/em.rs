//! `evse sim em`.

use std::net::{Ipv4Addr, SocketAddrV4};

use evse::em::proto::message::StartMethod;
use evse_sim::em::{DeviceConfig, Event, Violation, ViolationKind};
use evse_sim::shell::em::{ChargerEvent, Simulator, SimulatorOptions};

use super::{follow, recorder};
use crate::cli::{SimCar, SimEm};
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::signals::terminated;

pub(super) async fn run(options: SimEm, context: &Context) -> Result<(), Failure> {
    let mut options = simulator_options(options);
    options.tap = context.recording().cloned().map(recorder);
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))?;
    let end = terminated();
    let mut events = simulator.events();
    let last = simulator.count().saturating_sub(1);
    if let Some(address) = simulator.address(0) {
        output::line(&format!("ready em {address}"))?;
    }
    if let Some(address) = simulator.address(last).filter(|_| last > 0) {
        output::line(&format!("last {address}"))?;
    }
    let told = |ChargerEvent { serial, event, .. }: &ChargerEvent| {
        let mut text = words(event);
        if last > 0 {
            text = format!("{serial}  {text}");
        }
        (kind(event), text)
    };
    let result = tokio::select! {
        result = follow(&mut events, context, told) => result,
        () = end => Ok(()),
    };
    simulator.shutdown().await;
    result
}

fn simulator_options(options: SimEm) -> SimulatorOptions {
    let SimEm { serial, pin, .. } = options;
    let mut device = DeviceConfig::new(options.model, options.phases, serial, pin);
    device.client_port = options.client_port;
    device.announce_to = options.announce_to.unwrap_or_else(|| {
        let client = if options.bind.is_loopback() {
            Ipv4Addr::LOCALHOST
        } else {
            Ipv4Addr::BROADCAST
        };
        SocketAddrV4::new(client, options.client_port)
    });
    device.history_records = options.history;
    device.history_capacity = device.history_capacity.max(options.history);
    device.utc_offset_s = jiff::Zoned::now().offset().seconds();
    if matches!(options.car, SimCar::Charging) {
        // Plug and charge is how a charger starts without a command.
        device.start_method = StartMethod::Automatic;
    }
    SimulatorOptions {
        count: options.count,
        bind: options.bind,
        port: options.port,
        plugged: !matches!(options.car, SimCar::None),
        speed: options.speed,
        seed: options.seed,
        faults: options.fault,
        ..SimulatorOptions::new(device)
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::Registered(_) => "registered",
        Event::Unregistered => "unregistered",
        Event::State(_) => "state",
        Event::SessionStarted => "session_started",
        Event::SessionEnded(_) => "session_ended",
        Event::RecordAcknowledged => "record_acknowledged",
        Event::SettingStored(_) => "setting_stored",
        Event::WrongPin(_) => "wrong_pin",
        Event::Restarted => "restarted",
        Event::Violation(_) => "violation",
    }
}

fn words(event: &Event) -> String {
    match event {
        Event::Registered(client) => format!("client {client} registered"),
        Event::Unregistered => "no client any more".to_owned(),
        Event::State(state) => format!("state {state}"),
        Event::SessionStarted => "session started".to_owned(),
        Event::SessionEnded(reason) => format!("session ended: {reason}"),
        Event::RecordAcknowledged => "record acknowledged".to_owned(),
        Event::SettingStored(command) => format!("setting {} stored", command.name()),
        Event::WrongPin(client) => format!("wrong PIN from {client}"),
        Event::Restarted => "restarted".to_owned(),
        Event::Violation(Violation {
            kind: kind @ ViolationKind::MissingAck(_),
            ..
        }) => format!("{kind}; the client may be gone"),
        Event::Violation(violation) => format!("violation {violation}"),
    }
}
