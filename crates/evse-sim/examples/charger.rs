//! A simulated Duosida wallbox on loopback with a car plugged in: `cargo run -p evse-sim --example charger [PORT]`.
use evse_sim::duosida::Device;
use evse_sim::shell::{Simulator, SimulatorOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let port = std::env::args().nth(1).map_or(Ok(0), |port| port.parse())?;
    let simulator = Simulator::start(SimulatorOptions {
        port,
        ..SimulatorOptions::for_tests()
    })
    .await?;
    println!("ready duosida {}", simulator.address());
    simulator.device(Device::plug_in);
    let mut events = simulator.events();
    loop {
        println!("{:?}", events.recv().await?);
    }
}
