//! `EVSEMaster` chargers: what others wrote on both sides of the socket.

mod agree;
pub(super) mod besen;
pub(super) mod evsemaster;
mod faults;

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context, Result, bail};
use evse_capture::decode::CaptureOptions;
use evse_capture::scrub::scrub;
use serde_json::Value;

use super::process::{Reported, Seen, Simulator, run_peer};
use super::table::{Row, THEIRS_OURS};
use super::{KnownFault, Place};
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
    if let Some(folder) = &place.record {
        if !place.isolated {
            bail!("--record needs a network namespace: captures have the default ports");
        }
        std::fs::create_dir_all(folder)?;
    }
    let mut found = BTreeSet::new();
    let mut rows = Vec::new();
    let cases = client.cases.iter();
    for case in cases.filter(|case| place.isolated || !case.searches()) {
        let row = run_case(place, client, case, &mut found);
        rows.push(row.unwrap_or_else(|error| failed(THEIRS_OURS, case.name, &error)));
    }
    let is_gone = |known: &&KnownFault| !found.contains(known.text);
    let gone = client.known_faults.iter().filter(is_gone);
    rows.extend(gone.map(|known| {
        let error = anyhow::anyhow!("a known fault is gone: {}", known.text);
        failed(THEIRS_OURS, "all", &error)
    }));
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
    record(place, &name, &seen.capture)?;
    let faults = faults::find(client.known_faults, &seen);
    let outcome = told(&reported).and_then(|told| (case.check)(&told, &seen));
    let (words, failure) = match outcome {
        Ok(words) => (words, None),
        Err(error) => (<[String; 2]>::default(), Some(error)),
    };
    let [reported, saw] = words;
    let note = match faults.known.len() {
        0 => String::new(),
        count => format!("{count} known faults"),
    };
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

/// The last line that a driver printed.
fn told(reported: &Reported) -> Result<Value, String> {
    let last = reported.stdout.lines().next_back().unwrap_or_default();
    match serde_json::from_str(last) {
        Ok(told) if reported.exit == 0 => Ok(told),
        _ => Err(format!(
            "exit code {}: {}",
            reported.exit,
            reported.stdout.trim()
        )),
    }
}

/// Keeps a capture, scrubbed, if that is wanted and it is small enough for a fixture: a whole history is not.
fn record(place: &Place, name: &str, capture: &[u8]) -> Result<()> {
    let Some(folder) = &place.record else {
        return Ok(());
    };
    if capture.len() > LARGEST_FIXTURE {
        eprintln!("{name} is not kept: {} bytes", capture.len());
        return Ok(());
    }
    let path = folder.join(format!("peer-{name}.pcap"));
    let scrubbed = scrub(capture, &CaptureOptions::default())?;
    std::fs::write(&path, scrubbed.write(Vec::new())?)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A case that did not come to its end.
fn failed(direction: &'static str, command: &str, error: &anyhow::Error) -> Row {
    Row {
        direction,
        command: command.to_owned(),
        reported: String::new(),
        saw: String::new(),
        note: String::new(),
        failure: Some(format!("{error:#}")),
    }
}

/// Where chargers send to: the real port where nobody else can have it.
fn client_port(place: &Place) -> u16 {
    if place.isolated { 28_376 } else { 28_476 }
}

/// That of `evse sim em`.
const PIN: &str = "123456";
/// The last byte of its first address.
const FIRST_HOST: u8 = 2;
const LARGEST_FIXTURE: usize = 32_768;
