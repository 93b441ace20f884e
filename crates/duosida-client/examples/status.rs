//! Shows a charger's status as it changes: `cargo run --example status -- 192.0.2.7`.

use std::net::{IpAddr, SocketAddr};

use duosida_client::{Charger, Link, Options, proto::TCP_PORT};
use futures_util::StreamExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host: IpAddr = std::env::args()
        .nth(1)
        .ok_or("usage: status ADDRESS")?
        .parse()?;
    let address = SocketAddr::from((host, TCP_PORT));
    let charger = Charger::connect_with_progress(address, Options::default(), |link| {
        if let Link::Waiting { until, reason } = link {
            let wait = until.saturating_duration_since(std::time::Instant::now());
            eprintln!("{reason}; trying again in {} s", wait.as_secs());
        }
    })
    .await?;
    charger.refresh().await?;
    let mut statuses = charger.monitor();
    while let Some(status) = statuses.next().await {
        let [voltage, ..] = status.voltage_v;
        println!("{:?} {voltage:?} V, {:?} W", status.state, status.power_w);
    }
    Ok(())
}
