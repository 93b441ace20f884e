//! What the peer must report and what the simulator must have seen.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::interop::check::{ensure, events, text};
use crate::interop::faults::{Found, KnownFault, note};
use crate::interop::process::{Reported, Seen};

/// What a run must come to.
pub(super) enum Check {
    /// The search finds the charger and asks it for its identifier.
    Discovered,
    /// At least so many different statuses as text.
    Statuses(usize),
    /// One status as JSON.
    StatusJson,
    /// Key, value and the charger's answer. The peer calls it done whatever the answer.
    Set(&'static str, &'static str, &'static str),
    /// The peer refuses by itself, in these words.
    Refused(&'static str),
    /// Charging begins.
    Started,
    /// The peer stops a transaction that does not exist: it sends the time as the transaction's number.
    StopRejected,
}

/// What is wrong with the peer.
pub(in crate::interop) const KNOWN_FAULTS: [KnownFault; 4] = [
    KnownFault {
        text: "message carries another identifier",
        reason: "its second handshake is a constant, with the identifier of the charger it was captured from",
    },
    KnownFault {
        text: "confirmation of BootNotification has an unknown message id",
        reason: "the constant carries the message id of that session",
    },
    KnownFault {
        text: "boot confirmation sets the clock",
        reason: "the constant carries the time of that session, 2025-11-17",
    },
    KnownFault {
        text: "was not confirmed",
        reason: "it confirms nothing else that the charger asks; a session of 15 s or more shows it",
    },
];

/// Which known faults of the peer came up, for the table. `Err` for any other, and for a known one that is gone.
pub(super) fn known_faults(check: &Check, seen: &Seen) -> Result<String, String> {
    let violations = events(seen, "violation").into_iter();
    let found = Found::sort(&KNOWN_FAULTS, violations.map(str::to_owned));
    if let Some(other) = found.other {
        return Err(other);
    }
    let expected = match check {
        Check::Discovered => 0, // no second handshake
        Check::Statuses(2..) => 4,
        _ => 3,
    };
    let is_gone = |known: &&KnownFault| !found.known.contains(known.text);
    match KNOWN_FAULTS[..expected].iter().find(is_gone) {
        Some(known) => Err(format!("a known fault is gone: {}", known.text)),
        None => Ok(note(&KNOWN_FAULTS, &found.known)),
    }
}

impl Check {
    /// `Err` says what is wrong.
    pub(super) fn run(&self, reported: &Reported, seen: &Seen) -> Result<(), String> {
        let refused = matches!(self, Self::Refused(_));
        ensure(reported.exit == i32::from(refused), || {
            format!("exit code {}: {}", reported.exit, reported.stdout.trim())
        })?;
        match self {
            Self::Discovered => discovered(&reported.stdout, seen),
            Self::Statuses(count) => statuses(*count, &reported.stdout, seen),
            Self::StatusJson => status_json(&reported.stdout, seen),
            Self::Set(key, value, answer) => {
                ensure(reported.stdout.contains("[+]"), || {
                    "no success reported".to_owned()
                })?;
                set(key, value, answer, seen)
            }
            Self::Refused(words) => {
                ensure(reported.stdout.contains(words), || {
                    format!("does not say {words:?}")
                })?;
                let none = bodies(seen, "ChangeConfigurationReq").is_empty();
                ensure(none, || "the charger was asked all the same".to_owned())
            }
            Self::Started => started(&reported.stdout, seen),
            Self::StopRejected => stop_rejected(&reported.stdout, seen),
        }
    }

    /// In words, for the table.
    pub(super) fn saw(&self, seen: &Seen) -> String {
        let answer = |message| match bodies(seen, message).first() {
            Some(body) => name(&body["status"]).to_owned(),
            None => "no answer".to_owned(),
        };
        match self {
            Self::Discovered => "a probe, then a session".to_owned(),
            Self::Statuses(_) | Self::StatusJson => {
                let statuses = vendor_statuses(seen);
                let status = statuses
                    .last()
                    .map_or("none", |status| name(&status["status"]));
                format!("{} vendor status sent, last {status}", statuses.len())
            }
            Self::Set(..) => match bodies(seen, "ChangeConfigurationReq").first() {
                Some(body) => {
                    let written = events(seen, "setting_written").len();
                    let (key, value) = (text(&body["key"]), text(&body["value"]));
                    let answer = answer("ChangeConfigurationConf");
                    format!("{key} = {value}: {answer}, {written} written")
                }
                None => "no setting".to_owned(),
            },
            Self::Refused(_) => "no setting".to_owned(),
            Self::Started => {
                let answer = answer("RemoteStartTransactionConf");
                format!("start: {answer}, {}", events(seen, "status").join(", "))
            }
            Self::StopRejected => {
                let answer = answer("RemoteStopTransactionConf");
                format!("stop of an unknown transaction: {answer}")
            }
        }
    }
}

fn discovered(stdout: &str, seen: &Seen) -> Result<(), String> {
    let reply = seen.frames.iter().find(|frame| frame.get("mac").is_some());
    let reply = reply.ok_or("no probe reached the simulator")?;
    let raw = hex(text(&reply["raw"])).ok_or("the reply has no bytes")?;
    let raw = String::from_utf8_lossy(&raw);
    let parts: Vec<&str> = raw.trim_end_matches('\0').split(',').collect();
    let [ip, mac, kind, firmware] = parts[..] else {
        return Err(format!("the reply has other parts: {raw}"));
    };
    let boot = bodies(seen, "BootNotificationReq");
    let boot = boot.first().ok_or("no session followed")?;
    let expected = [
        "Found 1 device(s):".to_owned(),
        format!("1. {ip}"),
        format!("Device ID: {}", text(&boot["charge_point_serial_number"])),
        format!("MAC: {mac}"),
        format!("Type: {kind}"),
        format!("Firmware: {firmware}"),
    ];
    lines_hold(stdout, &expected)
}

/// Each block must show one of the vendor statuses that the charger sent, all of it.
fn statuses(count: usize, stdout: &str, seen: &Seen) -> Result<(), String> {
    let sent: BTreeSet<[String; 7]> = vendor_statuses(seen)
        .into_iter()
        .map(|status| lines(status, seen))
        .collect();
    let mut shown = BTreeSet::new();
    for block in stdout.split("Charger Status:").skip(1) {
        let same = |expected: &&[String; 7]| lines_hold(block, &expected[..]).is_ok();
        let found = sent.iter().find(same);
        shown.insert(found.ok_or_else(|| format!("never sent: {block}; sent: {sent:?}"))?);
    }
    ensure(shown.len() >= count, || {
        format!("only {} different statuses", shown.len())
    })
}

/// As the peer prints a vendor status.
fn lines(status: &Value, seen: &Seen) -> [String; 7] {
    let value = |key: &str| float(&status[key]);
    let (voltage, current) = (value("voltage_v"), value("current_a"));
    [
        format!("Device ID: {}", identifier(seen)),
        format!("Status: {}", name(&status["status"])),
        format!("CP Voltage: {:.0}V", value("cp_voltage_v")),
        format!("Voltage (L1): {voltage:.1}V"),
        format!("Current (L1): {current:.2}A"),
        format!("Power: {:.1}W", voltage * current),
        format!("Station: {:.1}°C", value("station_temperature_c")),
    ]
}

fn status_json(stdout: &str, seen: &Seen) -> Result<(), String> {
    let told: Value = serde_json::from_str(stdout).map_err(|error| error.to_string())?;
    ensure(told["device_id"] == *identifier(seen), || {
        "another device_id".to_owned()
    })?;
    let same = |status: &&Value| {
        let number = |key: &str| float(&status[key]);
        let (voltage, current) = (number("voltage_v"), number("current_a"));
        let expected = [
            ("voltage", voltage),
            ("current", current),
            ("power", voltage * current),
            ("cp_voltage", number("cp_voltage_v")),
            ("temperature_station", number("station_temperature_c")),
            ("session_energy", number("session_energy_kwh")),
        ];
        let close = |(key, value): &(&str, f64)| {
            let told = told[*key].as_f64();
            told.is_some_and(|told| (told - value).abs() <= value.abs() * 1e-6)
        };
        told["conn_status"] == status["status"]["code"]
            && told["state"] == status["status"]["name"]
            && expected.iter().all(close)
    };
    let statuses = vendor_statuses(seen);
    ensure(statuses.iter().any(same), || format!("never sent: {told}"))
}

fn set(key: &str, value: &str, answer: &str, seen: &Seen) -> Result<(), String> {
    let requests = bodies(seen, "ChangeConfigurationReq");
    let asked = requests.len() == 1 && requests[0]["key"] == key && requests[0]["value"] == value;
    ensure(asked, || format!("the charger was asked {requests:?}"))?;
    let answers = bodies(seen, "ChangeConfigurationConf");
    let answered = answers.len() == 1 && name(&answers[0]["status"]) == answer;
    ensure(answered, || format!("the charger answered {answers:?}"))?;
    let written = events(seen, "setting_written");
    let expected = format!("setting {key} written");
    match answer {
        "Accepted" => ensure(written == [expected], || format!("written: {written:?}")),
        _ => ensure(written.is_empty(), || format!("written: {written:?}")),
    }
}

fn started(stdout: &str, seen: &Seen) -> Result<(), String> {
    let answers = bodies(seen, "RemoteStartTransactionConf");
    let accepted = answers.len() == 1 && name(&answers[0]["status"]) == "Accepted";
    ensure(accepted, || format!("the charger answered {answers:?}"))?;
    let begun = events(seen, "transaction_started").len() == 1;
    ensure(begun, || "no transaction began".to_owned())?;
    ensure(events(seen, "status").contains(&"status Charging"), || {
        "not charging".to_owned()
    })?;
    lines_hold(stdout, &["[+] Start command sent".to_owned()])?;
    // Which status is the last when the peer looks is a matter of tenths of a second.
    let told = stdout
        .lines()
        .find_map(|line| line.strip_prefix("Status: "));
    let is_sent = |told| {
        vendor_statuses(seen)
            .iter()
            .any(|sent| name(&sent["status"]) == told)
    };
    ensure(told.is_some_and(is_sent), || {
        format!("status never sent: {told:?}")
    })
}

fn stop_rejected(stdout: &str, seen: &Seen) -> Result<(), String> {
    let answers = bodies(seen, "RemoteStopTransactionConf");
    let rejected = answers.len() == 1 && name(&answers[0]["status"]) == "Rejected";
    ensure(rejected, || format!("the charger answered {answers:?}"))?;
    let ended = events(seen, "transaction_stopped").len();
    ensure(ended == 0, || "the transaction ended".to_owned())?;
    let expected = [
        "[+] Stop command sent".to_owned(),
        "Status: Charging".to_owned(),
    ];
    lines_hold(stdout, &expected)
}

fn lines_hold(printed: &str, expected: &[String]) -> Result<(), String> {
    let holds = |line: &&String| {
        printed
            .lines()
            .any(|printed| printed.trim() == line.as_str())
    };
    match expected.iter().find(|line| !holds(line)) {
        Some(line) => Err(format!("does not print {line:?}")),
        None => Ok(()),
    }
}

/// The bodies of the messages of a kind.
fn bodies<'a>(seen: &'a Seen, message: &str) -> Vec<&'a Value> {
    let frames = seen.frames.iter();
    frames
        .filter(|frame| frame["message"]["name"] == message)
        .map(|frame| &frame["body"])
        .collect()
}

fn vendor_statuses(seen: &Seen) -> Vec<&Value> {
    let transfers = bodies(seen, "DataTransferReq").into_iter();
    transfers
        .filter(|body| body["case"]["name"] == "DataVendorStatusReq")
        .map(|body| &body["data"])
        .collect()
}

/// Field 100 of what the charger sends.
fn identifier(seen: &Seen) -> &str {
    let mut frames = seen.frames.iter();
    let from_charger = frames.find(|frame| frame["message"]["name"] == "BootNotificationReq");
    from_charger.map_or("", |frame| text(&frame["client_id"]))
}

/// The wire has single precision, and the peer prints the nearest double.
fn float(value: &Value) -> f64 {
    f64::from(value.to_string().parse::<f32>().unwrap_or_default())
}

fn name(coded: &Value) -> &str {
    text(&coded["name"])
}

fn hex(digits: &str) -> Option<Vec<u8>> {
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(byte).collect()
}
