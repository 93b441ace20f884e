//! `duosida-ev`: every command of its CLI. It has no server, so our client cannot meet its charger.

mod cases;
mod check;

use std::collections::BTreeSet;
use std::iter::once;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Place;
use super::process::{Reported, Seen, Simulator, run_peer};
use super::table::{OURS_THEIRS, Row, THEIRS_OURS};
use cases::{CASES, Case};
use check::{Check, known_faults};

pub(super) use check::KNOWN_FAULTS;

pub(super) fn run(place: &Place) -> Result<Vec<Row>> {
    if place.record.is_some() && !place.isolated {
        bail!("--record needs a network namespace: captures have the default ports");
    }
    for command in commands(place)? {
        let runs_it = |case: &Case| case.command.split(' ').next() == Some(&command);
        if !CASES.iter().any(runs_it) {
            bail!("no case runs the peer's command {command}; add one");
        }
    }
    let cases = CASES
        .iter()
        .filter(|case| place.isolated || !case.searches());
    let run = |case: &Case| {
        run_case(place, case).unwrap_or_else(|error| Row::failed(THEIRS_OURS, case.command, &error))
    };
    let mut rows: Vec<Row> = cases.map(run).collect();
    rows.push(Row {
        direction: OURS_THEIRS,
        command: "none".to_owned(),
        reported: "it has no server".to_owned(),
        saw: String::new(),
        note: "nothing to run".to_owned(),
        failure: None,
    });
    Ok(rows)
}

/// The commands that the peer's help lists in braces.
fn commands(place: &Place) -> Result<BTreeSet<String>> {
    let mut help = Command::new(place.bin.join("duosida"));
    let Reported { stdout, .. } = run_peer(help.arg("--help"), &place.work.join("help.txt"))?;
    let (_, rest) = stdout
        .split_once('{')
        .context("the peer's help lists no commands")?;
    let (list, _) = rest
        .split_once('}')
        .context("the peer's help lists no commands")?;
    Ok(list.split(',').map(|name| name.trim().to_owned()).collect())
}

fn run_case(place: &Place, case: &Case) -> Result<Row> {
    let simulator = start_simulator(place, case)?;
    let mut peer = Command::new(place.bin.join("duosida"));
    let port = simulator.port().to_string();
    let mut words = case.command.split(' ');
    peer.args(words.next());
    if !case.searches() {
        peer.args([
            "--host",
            "127.0.0.1",
            "--port",
            &port,
            "--device-id",
            IDENTIFIER,
        ]);
    }
    let reported = run_peer(peer.args(words), &place.work.join("peer.txt"))?;
    if matches!(case.check, Check::Started) {
        simulator.wait_for("status Charging")?;
    }
    let seen = simulator.stop()?;
    place.keep(case.name, &seen.capture)?;
    Ok(row(case, &reported, &seen))
}

fn start_simulator(place: &Place, case: &Case) -> Result<Simulator> {
    let mut arguments = vec!["duosida", "--car", case.car, "--id", IDENTIFIER];
    if !place.isolated {
        arguments.extend(["--port", "0", "--discovery-port", "0"]);
    }
    if case.searches() {
        // After the search it connects twice in a row, which the slot of a real charger does not allow.
        arguments.extend(["--slot-busy", "0"]);
    }
    let capture = place.work.join("simulator.pcap");
    let simulator = Simulator::start(&place.evse, &arguments, capture)?;
    match case.car {
        "none" => {}
        "plugged" => simulator.wait_for("status Preparing")?,
        _ => simulator.wait_for("status Charging")?,
    }
    Ok(simulator)
}

fn row(case: &Case, reported: &Reported, seen: &Seen) -> Row {
    let known = known_faults(&case.check, seen);
    let failure = case.check.run(reported, seen).err();
    let told = reported.stdout.lines().map(str::trim);
    let told = told.filter(|line| TELLING.iter().any(|word| line.starts_with(word)));
    let exit = format!("exit {}", reported.exit);
    let reported: Vec<&str> = once(exit.as_str()).chain(told.take(2)).collect();
    Row {
        direction: THEIRS_OURS,
        command: case.command.to_owned(),
        reported: reported.join("; "),
        saw: case.check.saw(seen),
        note: known.clone().unwrap_or_default(),
        failure: failure.or_else(|| known.err()),
    }
}

/// How lines begin that tell what came of a command.
const TELLING: [&str; 6] = ["[+]", "Error", "Found 1", "Failed", "Status:", "\"state\":"];
/// Invented; 19 digits.
const IDENTIFIER: &str = "0300000000000000042";
