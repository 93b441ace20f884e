//! `evse sim duosida`.

use std::time::Duration;

use evse::duosida::proto::config::keys;
use evse_sim::duosida::{Device, DeviceConfig, Event};
use evse_sim::shell::{Simulator, SimulatorOptions};

use super::{follow, recorder, replay};
use crate::cli::{SimCar, SimDuosida};
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::signals::terminated;

pub(super) async fn run(options: SimDuosida, context: &Context) -> Result<(), Failure> {
    if let Some(path) = options.replay.clone() {
        return replay::run(options, &path, context).await;
    }
    let car = options.car;
    let mut options = simulator_options(options)?;
    options.tap = context.recording().cloned().map(recorder);
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))?;
    let end = terminated();
    let mut events = simulator.events();
    output::line(&format!("ready duosida {}", simulator.address()))?;
    if let Some(address) = simulator.discovery_address() {
        output::line(&format!("discovery {address}"))?;
    }
    place_car(&simulator, car);
    let result = tokio::select! {
        result = follow(&mut events, context, |event| (kind(event), words(event))) => result,
        () = end => Ok(()),
    };
    simulator.shutdown().await;
    result
}

fn simulator_options(options: SimDuosida) -> Result<SimulatorOptions, Failure> {
    let mut device = match options.phases {
        3 => DeviceConfig::three_phase(),
        _ => DeviceConfig::default(),
    };
    if let Some(id) = options.id {
        if id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Failure::usage(
                "an identifier has 1 to 64 printable characters, real ones are 19 digits",
            ));
        }
        device.identifier = id;
    }
    device.slot_busy = Duration::from_secs_f64(options.slot_busy);
    Ok(SimulatorOptions {
        bind: options.bind,
        port: options.port,
        discovery_bind: options.discovery_bind,
        discovery_port: Some(options.discovery_port),
        speed: options.speed,
        seed: options.seed,
        device,
        faults: options.fault,
        ..SimulatorOptions::default()
    })
}

fn place_car(simulator: &Simulator, car: SimCar) {
    match car {
        SimCar::None => {}
        SimCar::Plugged => simulator.device(Device::plug_in),
        // Plug and charge is how a charger starts without a command.
        SimCar::Charging => simulator.device(|device, now| {
            device.set_setting(now, keys::DIRECT_WORK_MODE, "1");
            device.plug_in(now);
        }),
    }
}

fn kind(event: &Event) -> &'static str {
    match event {
        Event::CloseConnection => "close_connection",
        Event::Opened => "opened",
        Event::Status(_) => "status",
        Event::TransactionStarted => "transaction_started",
        Event::TransactionConfirmed { .. } => "transaction_confirmed",
        Event::TransactionStopped { .. } => "transaction_stopped",
        Event::SettingWritten { .. } => "setting_written",
        Event::Restarted => "restarted",
        Event::Violation(_) => "violation",
    }
}

fn words(event: &Event) -> String {
    match event {
        Event::CloseConnection => "connection given up".to_owned(),
        Event::Opened => "session opened".to_owned(),
        Event::Status(status) => format!("status {status}"),
        Event::TransactionStarted => "transaction started".to_owned(),
        Event::TransactionConfirmed {
            transaction_id,
            locally,
        } => {
            let by = if *locally { "the client" } else { "the cloud" };
            format!("transaction {transaction_id} confirmed by {by}")
        }
        Event::TransactionStopped { reason } => format!("transaction stopped, reason {reason}"),
        Event::SettingWritten { key } => format!("setting {key} written"),
        Event::Restarted => "restarted".to_owned(),
        Event::Violation(violation) => format!("violation {violation}"),
    }
}
