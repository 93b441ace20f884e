//! `evse sim twc`.

use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::{VinPart, VinSection};
use evse_sim::faults::FaultKind as _;
use evse_sim::shell::twc::{Place, Simulator, SimulatorOptions};
use evse_sim::twc::{BusConfig, BusEvent, Car, Event, PeripheralConfig};

use super::{follow, line_recorder};
use crate::cli::{SimTwc, SimTwcCar};
use crate::context::Context;
use crate::failure::Failure;
use crate::output;
use crate::signals::terminated;

pub(super) async fn run(options: SimTwc, context: &Context) -> Result<(), Failure> {
    let mut options = simulator_options(options);
    options.tap = context.recording().cloned().map(line_recorder);
    let simulator = Simulator::start(options)
        .await
        .map_err(|error| Failure::failed("io", error.to_string()))?;
    let end = terminated();
    let mut events = simulator.events();
    output::line(&format!("ready twc {}", simulator.address()))?;
    let result = tokio::select! {
        result = follow(&mut events, context, words) => result,
        () = end => Ok(()),
    };
    simulator.shutdown().await;
    result
}

fn simulator_options(options: SimTwc) -> SimulatorOptions {
    let unit = |index: u16| {
        let id = Unit(options.id.0.wrapping_add(index));
        let mut unit = PeripheralConfig::new(id, options.protocol);
        unit.phases = options.phases;
        unit.car = match options.car {
            SimTwcCar::Other => Car::Other,
            SimTwcCar::Tesla | SimTwcCar::None => tesla(index),
        };
        unit
    };
    let bus = BusConfig {
        has_controller: options.foreign_controller,
        faults: options.fault,
        ..BusConfig::new(options.seed, (0..options.units).map(unit).collect())
    };
    let place = match options.listen {
        Some(address) => Place::Tcp(address),
        None => Place::Pty(options.pty.unwrap_or_default()),
    };
    SimulatorOptions {
        plugged: !matches!(options.car, SimTwcCar::None),
        speed: options.speed,
        ..SimulatorOptions::new(place, bus)
    }
}

/// Each unit has a car of its own.
fn tesla(index: u16) -> Car {
    let mut car = Car::tesla();
    if let Car::Tesla { vin: [.., last] } = &mut car {
        let number = format!("{:03}", index + 1);
        *last = VinPart::from_bytes(VinSection::Last, number.as_bytes());
    }
    car
}

fn words(event: &BusEvent) -> (&'static str, String) {
    match event {
        BusEvent::Peripheral { id, event, .. } => {
            let (kind, text) = unit_words(*event);
            (kind, format!("{id}  {text}"))
        }
        BusEvent::Controller { present: true } => (
            "foreign_controller",
            "another controller is on the bus".to_owned(),
        ),
        BusEvent::Controller { present: false } => (
            "foreign_controller_gone",
            "the other controller is gone".to_owned(),
        ),
        BusEvent::Adapter { present: true } => {
            ("plugged_in", "the adapter is plugged in".to_owned())
        }
        BusEvent::Adapter { present: false } => {
            ("unplugged", "the adapter is unplugged".to_owned())
        }
        BusEvent::Fault(fault) => ("fault", format!("fault {}", fault.name())),
        BusEvent::Violation(violation) => ("violation", format!("violation {violation}")),
    }
}

fn unit_words(event: Event) -> (&'static str, String) {
    match event {
        Event::Claimed(controller) => ("claimed", format!("claimed by controller {controller}")),
        Event::Unclaimed => ("unclaimed", "has no controller any more".to_owned()),
        Event::State(state) => ("state", format!("state {state}")),
        Event::Limit(limit_ca) => (
            "limit",
            format!("limit {}.{:02} A", limit_ca / 100, limit_ca % 100),
        ),
        Event::Contactors { closed: true } => ("contactors", "contactors closed".to_owned()),
        Event::Contactors { closed: false } => ("contactors", "contactors open".to_owned()),
        Event::Restarted { session } => {
            ("restarted", format!("restarted with session {session:02X}"))
        }
        Event::Renamed(id) => ("renamed", format!("takes the id {id}")),
    }
}
