//! Serial ports: whether there is one, whether this user may open it, and who has it.

use evse::Address;
use evse::twc::{Port, serial_ports};
use futures_util::future::join_all;

use super::case::Case;
use super::holder::{Holder, holders};
use super::{Finding, bus};

/// Looks at adapters, and listens on the buses that are meant.
pub(super) async fn check(case: &Case<'_>) -> Vec<Finding> {
    let buses = buses(case);
    let mut findings = Vec::new();
    if !case.is_one {
        let none_is_known = case.chargers.is_empty() && buses.is_empty();
        findings.extend(adapters(&buses, none_is_known));
    }
    let heard = join_all(buses.iter().map(|port| meant(port, case))).await;
    findings.extend(heard.into_iter().flatten());
    findings
}

/// The ports of the chargers that are meant, each once; without a name, also those of buses.
fn buses(case: &Case<'_>) -> Vec<String> {
    let mut addresses: Vec<Address> = Vec::new();
    let of_chargers = case.chargers.iter().map(|charger| charger.address.clone());
    let of_buses = case.config.buses.iter().filter(|_| !case.is_one);
    let of_buses = of_buses.map(|bus| Address::twc(bus.port.clone(), None));
    for address in of_chargers.chain(of_buses) {
        if !addresses
            .iter()
            .any(|known| known.shares_bus_with(&address))
        {
            addresses.push(address);
        }
    }
    let ports = addresses.into_iter().filter_map(|address| match address {
        Address::Twc { port, .. } => Some(port),
        _ => None,
    });
    ports.collect()
}

/// Adapters that nothing of the configuration names. They are not opened. That there is none is said while no charger is
/// known.
fn adapters(buses: &[String], none_is_known: bool) -> Vec<Finding> {
    let ports = serial_ports();
    let is_named = |port: &&String| {
        let address = Address::twc((*port).clone(), None);
        buses
            .iter()
            .any(|bus| Address::twc(bus.clone(), None).shares_bus_with(&address))
    };
    let adapters = ports.iter().filter(|port| !is_built_in(port));
    let others: Vec<Finding> = adapters
        .filter(|port| !is_named(port))
        .map(|port| unnamed(port))
        .collect();
    if others.is_empty() && none_is_known {
        let what = match ports.as_slice() {
            [] => "this machine has none; only Tesla Gen2 units need one".to_owned(),
            ports => format!(
                "this machine has none but {}; only Tesla Gen2 units need one",
                ports.join(", ")
            ),
        };
        return vec![Finding::note("no-adapter", "serial adapter", what, LOOK)];
    }
    others
}

/// Whether it is a port of the board rather than an adapter: most machines have some that lead nowhere.
fn is_built_in(port: &str) -> bool {
    port.starts_with("/dev/ttyS") || port.starts_with("/dev/ttyAMA")
}

fn unnamed(port: &str) -> Finding {
    #[cfg(unix)]
    if let Some(finding) = super::permission::of_adapter(port) {
        return finding;
    }
    if let Some(holder) = holder(port) {
        let what = format!("{holder} has it open");
        let fix = "leave it, unless a bus is behind it: then end that program";
        return Finding::note("port-held", port, what, fix);
    }
    let what = format!("free, and not configured; `evse doctor twc://{port}` listens there");
    Finding::ok("serial-port", port, what)
}

/// A port of a bus: it is opened only when nobody else has it, who would lose what we read.
async fn meant(port: &str, case: &Case<'_>) -> Vec<Finding> {
    if let (Port::Serial(_), Some(holder)) = (Port::from(port), holder(port)) {
        let what = format!("{holder} has it open, and a bus can have one reader only");
        let fix = format!("end that program (`kill {}`), then try again", holder.pid);
        return vec![Finding::problem("port-held", port, what, fix)];
    }
    bus::check(port, case).await
}

fn holder(port: &str) -> Option<Holder> {
    let device = std::fs::canonicalize(port).ok()?;
    holders(|target| target == device).into_iter().next()
}

/// Where an adapter would be seen.
pub(super) const LOOK: &str = "plug a USB-RS485 adapter in, and see with `sudo dmesg | tail` whether the system takes \
                               it: it becomes /dev/ttyUSB0 or /dev/ttyACM0";
