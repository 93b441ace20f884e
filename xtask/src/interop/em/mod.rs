//! `EVSEMaster` chargers: what others wrote on both sides of the socket.

mod agree;
pub(super) mod besen;
pub(super) mod evsemaster;
mod faults;

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Result, bail};
use serde_json::Value;

use super::Place;
use super::faults::{Found, KnownFault, gone, note};
use super::process::{Seen, Simulator, run_peer};
use super::table::{Row, THEIRS_OURS};
use crate::workspace::root;

/// A client that others wrote, driven by a small program in its language.
struct Client {
    package: &'static str,
    /// In this folder. It takes a case, the client port, the PIN and addresses of chargers, and prints JSON.
    driver: &'static str,
    known_faults: &'static [KnownFault],
    cases: &'static [Case],
}

/// One run of the driver.
struct Case {
    /// A function of the driver, and the end of the capture's name.
    name: &'static str,
    /// Options of `evse sim em`.
    simulator: &'static str,
    chargers: u8,
    check: Check,
}

/// What the client reported and the simulator saw, in words for the table; `Err` says what is wrong.
type Check = fn(&Value, &Seen) -> Result<[String; 2], String>;

impl Case {
    /// With one charger.
    const fn new(name: &'static str, simulator: &'static str, check: Check) -> Self {
        Self {
            name,
            simulator,
            chargers: 1,
            check,
        }
    }

    /// With several, which share the client's socket.
    const fn several(name: &'static str, chargers: u8, check: Check) -> Self {
        Self {
            name,
            simulator: "--car plugged",
            chargers,
            check,
        }
    }

    /// The client looks for chargers by broadcast.
    fn searches(&self) -> bool {
        self.name == "search"
    }
}

/// Every case of a client; at last, a row for each known fault that is gone.
fn run_client(place: &Place, client: &Client) -> Result<Vec<Row>> {
    if place.record.is_some() && !place.isolated {
        bail!("--record needs a network namespace: captures have the default ports");
    }
    let mut found = BTreeSet::new();
    let mut rows = Vec::new();
    let cases = client.cases.iter();
    for case in cases.filter(|case| place.isolated || !case.searches()) {
        let row = run_case(place, client, case, &mut found);
        rows.push(row.unwrap_or_else(|error| Row::failed(THEIRS_OURS, case.name, &error)));
    }
    rows.extend(gone(client.known_faults, &found));
    Ok(rows)
}

fn run_case(
    place: &Place,
    client: &Client,
    case: &Case,
    found: &mut BTreeSet<&'static str>,
) -> Result<Row> {
    let port = client_port(place).to_string();
    let count = case.chargers.to_string();
    let mut arguments = vec!["em", "--client-port", &port, "--count", &count];
    arguments.extend(case.simulator.split(' '));
    let capture = place.work.join("simulator.pcap");
    let simulator = Simulator::start(&place.evse, &arguments, capture)?;
    if case.simulator.contains("charging") {
        simulator.wait_for("state charging")?;
    }
    let mut driver = python(place, client.driver);
    driver.args([case.name, &port, PIN]);
    driver.args((0..case.chargers).map(|number| format!("127.0.0.{}", FIRST_HOST + number)));
    let reported = run_peer(&mut driver, &place.work.join("peer.txt"))?;
    let seen = simulator.stop()?;
    let name = format!("{}-{}", client.package, case.name.replace('_', "-"));
    place.keep(&name, &seen.capture)?;
    let faults = Found::sort(client.known_faults, faults::all(&seen));
    let outcome = reported.told().and_then(|told| (case.check)(&told, &seen));
    let (words, failure) = match outcome {
        Ok(words) => (words, None),
        Err(error) => (<[String; 2]>::default(), Some(error)),
    };
    let [reported, saw] = words;
    let note = note(client.known_faults, &faults.known);
    found.extend(faults.known);
    Ok(Row {
        direction: THEIRS_OURS,
        command: case.name.to_owned(),
        reported,
        saw,
        note,
        failure: failure.or(faults.other),
    })
}

/// A driver in this folder, run by the peer's Python.
fn python(place: &Place, driver: &str) -> Command {
    let mut python = Command::new(place.bin.join("python"));
    python.arg(root().join("xtask/src/interop/em").join(driver));
    python
}

/// Where chargers send to: the real port where nobody else can have it.
fn client_port(place: &Place) -> u16 {
    if place.isolated { 28_376 } else { 28_476 }
}

/// That of `evse sim em`.
const PIN: &str = "123456";
/// The last byte of its first address.
const FIRST_HOST: u8 = 2;
