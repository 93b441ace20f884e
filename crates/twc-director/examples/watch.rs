//! Watches a bus without sending: `cargo run -p twc-director --example watch -- /dev/ttyUSB0`. Without a port it makes one up,
//! with a simulated controller, two units and a car.

use evse_sim::{
    shell::twc::{Simulator, SimulatorOptions},
    twc::{BusConfig, Peripheral as Simulated, PeripheralConfig},
};
use futures_util::StreamExt;
use twc_director::{
    Config, Director, Event, Peripheral,
    proto::{
        Address,
        message::{PeripheralState, ProtocolVersion},
        session,
    },
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut simulator = None;
    let port = match std::env::args().nth(1) {
        Some(port) => port,
        None => simulator.insert(simulated().await?).address(),
    };
    let mut config = Config::default();
    config.session.listen_only = true;
    let director = Director::open(&*port, config).await?;
    let mut events = director.events();
    println!("listening on {port}");
    while let Some(event) = events.next().await {
        match event {
            Event::Bus(session::Event::Frame {
                from: session::Sender::Peripheral(unit),
                ..
            }) => {
                if let Some(unit) = director.peripheral(unit) {
                    println!("{}", line(&unit));
                }
            }
            Event::Bus(session::Event::Frame { .. }) => {}
            event => println!("{event:?}"),
        }
    }
    Ok(())
}

fn line(unit: &Peripheral) -> String {
    let state = unit.state().map_or("", PeripheralState::name);
    let amps = |ca: Option<u16>| {
        ca.map_or_else(
            || "-".to_owned(),
            |ca| format!("{:.2} A", f32::from(ca) / 100.0),
        )
    };
    format!(
        "{} {state:<22} available {:>8} delivered {:>8}",
        unit.address(),
        amps(unit.current_available_ca()),
        amps(unit.current_delivered_ca()),
    )
}

async fn simulated() -> Result<Simulator, Box<dyn std::error::Error>> {
    let unit = |id| PeripheralConfig::new(Address(id), ProtocolVersion::V2);
    let mut bus = BusConfig::new(1, vec![unit(0x3495), unit(0x2433)]);
    bus.has_controller = true;
    let simulator = Simulator::start(SimulatorOptions::for_tests(bus)).await?;
    simulator.peripheral(0, Simulated::plug_in);
    Ok(simulator)
}
