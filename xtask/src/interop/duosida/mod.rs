//! `duosida-ev`: every command of its CLI. It has no server, so our client cannot meet its charger.

mod check;

use std::collections::BTreeSet;
use std::iter::once;
use std::process::Command;

use anyhow::{Context, Result, bail};
use evse_capture::decode::CaptureOptions;
use evse_capture::scrub::scrub;

use super::Place;
use super::process::{Reported, Seen, Simulator, run_peer};
use super::table::{OURS_THEIRS, Row, THEIRS_OURS};
use check::{Check, known_faults};

pub(super) use check::KNOWN_FAULTS;

/// One run of the peer.
struct Case {
    /// Of the capture: `peer-<name>.pcap`.
    name: &'static str,
    /// The command and what follows it, without the address.
    arguments: &'static [&'static str],
    /// What the car does: `none`, `plugged`, `charging`.
    car: &'static str,
    check: Check,
}

impl Case {
    const fn new(
        name: &'static str,
        arguments: &'static [&'static str],
        car: &'static str,
        check: Check,
    ) -> Self {
        Self {
            name,
            arguments,
            car,
            check,
        }
    }

    /// The peer searches by broadcast, at the default ports.
    fn searches(&self) -> bool {
        self.name == "discover" || self.name == "status-after-search"
    }

    fn command(&self) -> String {
        self.arguments.join(" ")
    }
}

const ACCEPTED: &str = "Accepted";

const CASES: [Case; 21] = [
    Case::new(
        "discover",
        &["discover", "--timeout", "2"],
        "plugged",
        Check::Discovered,
    ),
    Case::new(
        "status-after-search",
        &["status"],
        "plugged",
        Check::Statuses(1),
    ),
    Case::new("status-no-car", &["status"], "none", Check::Statuses(1)),
    Case::new(
        "status-json",
        &["status", "--json"],
        "charging",
        Check::StatusJson,
    ),
    Case::new(
        "monitor",
        &["monitor", "--interval", "1", "--duration", "11"],
        "charging",
        Check::Statuses(2),
    ),
    Case::new("start", &["start"], "plugged", Check::Started),
    Case::new("stop", &["stop"], "charging", Check::StopRejected),
    Case::new(
        "set-current",
        &["set-current", "16"],
        "plugged",
        Check::Set("VendorMaxWorkCurrent", "16", ACCEPTED),
    ),
    Case::new(
        "set-current-out-of-range",
        &["set-current", "33"],
        "plugged",
        Check::Refused("between 6 and 32"),
    ),
    Case::new(
        "set-timeout",
        &["set-timeout", "240"],
        "plugged",
        Check::Set("ConnectionTimeOut", "240", ACCEPTED),
    ),
    Case::new(
        "set-max-temp",
        &["set-max-temp", "88"],
        "plugged",
        Check::Set("VendorMaxWorkTemperature", "88", ACCEPTED),
    ),
    Case::new(
        "set-max-voltage",
        &["set-max-voltage", "280"],
        "plugged",
        Check::Set("VendorMaxWorkVoltage", "280", ACCEPTED),
    ),
    Case::new(
        "set-min-voltage",
        &["set-min-voltage", "95"],
        "plugged",
        Check::Set("VendorMinWorkVoltage", "95", ACCEPTED),
    ),
    Case::new(
        "set-direct-mode-on",
        &["set-direct-mode", "on"],
        "none",
        Check::Set("VendorDirectWorkMode", "1", ACCEPTED),
    ),
    Case::new(
        "set-direct-mode-off",
        &["set-direct-mode", "off"],
        "charging",
        Check::Set("VendorDirectWorkMode", "0", ACCEPTED),
    ),
    // The firmware that the simulator plays rejects this key; the peer does not read the answer.
    Case::new(
        "set-led-brightness",
        &["set-led-brightness", "1"],
        "plugged",
        Check::Set("VendorLEDStrength", "1", "Rejected"),
    ),
    Case::new(
        "set-stop-on-disconnect-off",
        &["set-stop-on-disconnect", "off"],
        "plugged",
        Check::Set("StopTransactionOnEVSideDisconnect", "0", ACCEPTED),
    ),
    Case::new(
        "set-stop-on-disconnect-on",
        &["set-stop-on-disconnect", "on"],
        "plugged",
        Check::Set("StopTransactionOnEVSideDisconnect", "1", ACCEPTED),
    ),
    Case::new(
        "config",
        &["config", "CheckCpN12V", "0"],
        "plugged",
        Check::Set("CheckCpN12V", "0", ACCEPTED),
    ),
    Case::new(
        "config-out-of-range",
        &["config", "VendorMaxWorkCurrent", "99"],
        "plugged",
        Check::Set("VendorMaxWorkCurrent", "99", "Rejected"),
    ),
    Case::new(
        "config-unknown",
        &["config", "NoSuchKey", "1"],
        "plugged",
        Check::Set("NoSuchKey", "1", "NotSupported"),
    ),
];

pub(super) fn run(place: &Place) -> Result<Vec<Row>> {
    if let Some(folder) = &place.record {
        if !place.isolated {
            bail!("--record needs a network namespace: captures have the default ports");
        }
        std::fs::create_dir_all(folder)?;
    }
    let missing = commands(place)?.into_iter().find(|command| {
        !CASES
            .iter()
            .any(|case| case.arguments.first() == Some(&command.as_str()))
    });
    if let Some(command) = missing {
        bail!("no case runs the peer's command {command}; add one");
    }
    let mut rows = Vec::new();
    for case in CASES
        .iter()
        .filter(|case| place.isolated || !case.searches())
    {
        rows.push(run_case(place, case).with_context(|| format!("duosida {}", case.command()))?);
    }
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
    let port = simulator.address.port().to_string();
    let (first, rest) = case
        .arguments
        .split_first()
        .context("a case has a command")?;
    peer.arg(first);
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
    let reported = run_peer(peer.args(rest), &place.work.join("peer.txt"))?;
    let seen = simulator.stop()?;
    if let Some(folder) = &place.record {
        let scrubbed = scrub(&seen.capture, &CaptureOptions::default())?;
        let file = folder.join(format!("peer-{}.pcap", case.name));
        std::fs::write(file, scrubbed.write(Vec::new())?)?;
    }
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
        command: case.command(),
        reported: reported.join("; "),
        saw: case.check.saw(seen),
        note: match known {
            Ok(0) | Err(_) => String::new(),
            Ok(count) => format!("{count} known faults"),
        },
        failure: failure.or_else(|| known.err()),
    }
}

/// How lines begin that tell what came of a command.
const TELLING: [&str; 6] = ["[+]", "Error", "Found 1", "Failed", "Status:", "\"state\":"];
/// Invented; 19 digits.
const IDENTIFIER: &str = "0300000000000000042";
