//! Many chargers by their names: `cargo run -p evse --example fleet -- evse.toml`. Without a configuration it makes two
//! chargers of two kinds up, lets both charge, and ends when both have stopped.

use std::path::PathBuf;
use std::time::Duration;

use evse::state_store::StateStore;
use evse::{Command, Config, ConnectOptions, EventKind, Fleet, MemberEvent, StartOptions};
use evse_sim::shell::{self, em};
use evse_sim::{DelayRange, duosida as duosida_model, em as em_model};
use futures_util::StreamExt as _;

type Problem = Box<dyn std::error::Error>;

const SOON: Duration = Duration::from_secs(30);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Problem> {
    if let Some(path) = std::env::args().nth(1) {
        let config = Config::load(Some(PathBuf::from(path)))?.config;
        let fleet = Fleet::from_config(&config, ConnectOptions::new(StateStore::locate(None)?));
        follow(&fleet).await;
        return Ok(());
    }

    let mut wallbox = shell::SimulatorOptions::for_tests();
    wallbox.device.slot_busy = Duration::ZERO;
    let wallbox = shell::Simulator::start(wallbox).await?;
    wallbox.device(duosida_model::Device::plug_in);
    let client_port = std::net::UdpSocket::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let carport = em::Simulator::start(carport(client_port)?).await?;

    let text = format!(
        "[em]\nport = {client_port}\nbroadcast = [\"127.0.0.1\"]\n\
         [chargers.garage]\naddress = \"duosida://{}\"\n\
         [chargers.carport]\naddress = \"em://9181102751219513\"\npin = \"123456\"\nmax_current = 13\n",
        wallbox.address()
    );
    let config = Config::parse(&text, "made up")?;
    let folder = tempfile::tempdir()?;
    let store = StateStore::at(folder.path().join("state.json"));
    let fleet = Fleet::from_config(&config, ConnectOptions::new(store));
    tokio::select! {
        () = follow(&fleet) => (),
        result = charge(&fleet) => result?,
    }
    fleet.shutdown().await;
    wallbox.shutdown().await;
    carport.shutdown().await;
    Ok(())
}

/// Prints what happens at all of them.
async fn follow(fleet: &Fleet) {
    let mut events = fleet.events();
    while let Some(happened) = events.next().await {
        match happened.event {
            MemberEvent::Charger(event) => {
                if let EventKind::State { from, to } = event.kind {
                    println!("{}: {from} -> {to}", happened.name);
                }
            }
            MemberEvent::NotConnected(error) => println!("{}: {}", happened.name, error.text),
            other => println!("{}: {other:?}", happened.name),
        }
    }
}

/// Tells each charger by its name, whatever kind it is.
async fn charge(fleet: &Fleet) -> Result<(), Problem> {
    for name in fleet.names() {
        fleet.wait_for(&name, SOON).await?;
        let started = fleet
            .execute(&name, Command::Start(StartOptions::default()))
            .await?;
        println!("{name}: start: {}", started.completion);
    }
    for now in fleet.snapshot() {
        println!("{}: {}", now.name, now.status_text());
    }
    for name in fleet.names() {
        let stopped = fleet.execute(&name, Command::Stop).await?;
        println!("{name}: stop: {}", stopped.completion);
    }
    Ok(())
}

/// An `EVSEMaster` charger with a car, that announces itself to this port.
fn carport(client_port: u16) -> Result<em::SimulatorOptions, Problem> {
    let (serial, pin) = ("9181102751219513".parse()?, "123456".parse()?);
    let mut device = em_model::DeviceConfig::new(em_model::Model::BesenBs20, 1, serial, pin);
    device.announce_interval = DelayRange::from_millis(200, 400);
    Ok(em::SimulatorOptions {
        plugged: true,
        ..em::SimulatorOptions::for_tests(device, client_port)
    })
}
