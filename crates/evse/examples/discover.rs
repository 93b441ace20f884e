//! Who is there, of all protocols: `cargo run -p evse --example discover -- 192.0.2.255` searches by that broadcast
//! address. Without one it makes a charger of each kind up, and finds them in 12 s.

use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use evse::twc::proto::Address as Unit;
use evse::twc::proto::message::ProtocolVersion;
use evse::{DiscoverOptions, FoundKind, discover};
use evse_sim::shell::{self, em, twc};
use evse_sim::{DelayRange, em as em_model, twc as twc_model};
use futures_util::StreamExt as _;

type Problem = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Problem> {
    let mut options = DiscoverOptions::default();
    for address in std::env::args().skip(1) {
        options.broadcasts.push(address.parse()?);
    }
    if !options.broadcasts.is_empty() {
        search(&options).await;
        return Ok(());
    }

    let wallbox = shell::Simulator::start(shell::SimulatorOptions::for_tests()).await?;
    let client_port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
    let carport = em::Simulator::start(carport(client_port)?).await?;
    let bus = twc::Simulator::start(bus()?).await?;

    options.duration = Duration::from_secs(2);
    options.broadcasts = vec![Ipv4Addr::LOCALHOST];
    options.ports = vec![bus.address()];
    if let Some(address) = wallbox.discovery_address() {
        options.duosida.port = address.port();
    }
    options.em.bind.set_port(client_port);
    let count = search(&options).await;
    wallbox.shutdown().await;
    carport.shutdown().await;
    bus.shutdown().await;
    if count == 3 {
        Ok(())
    } else {
        Err(format!("{count} of 3 chargers were found").into())
    }
}

/// Prints what is found as it is found, and counts the chargers.
async fn search(options: &DiscoverOptions) -> usize {
    let mut count = 0;
    let mut items = discover(options);
    while let Some(item) = items.next().await {
        match item {
            Ok(found) if found.kind == FoundKind::Charger => {
                let model = found.device.model.unwrap_or_default();
                println!("{} {model}", found.address);
                count += 1;
            }
            Ok(port) => println!("{}, which was not listened to", port.address),
            Err(issue) => println!("{}: {issue}", issue.protocol),
        }
    }
    count
}

/// An `EVSEMaster` charger that announces itself to this port.
fn carport(client_port: u16) -> Result<em::SimulatorOptions, Problem> {
    let (serial, pin) = ("9181102751219513".parse()?, "123456".parse()?);
    let mut device = em_model::DeviceConfig::new(em_model::Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(200, 400);
    Ok(em::SimulatorOptions::for_tests(device, client_port))
}

/// A bus with one Tesla unit, behind a gateway.
fn bus() -> Result<twc::SimulatorOptions, Problem> {
    let mut unit = twc_model::PeripheralConfig::new(Unit(0x3495), ProtocolVersion::V2);
    unit.presence_interval = Duration::from_secs(1);
    let bus = twc_model::BusConfig::new(1, vec![unit]);
    let mut options = twc::SimulatorOptions::for_tests(bus);
    options.place = twc::Place::Tcp("127.0.0.1:0".parse()?);
    Ok(options)
}
